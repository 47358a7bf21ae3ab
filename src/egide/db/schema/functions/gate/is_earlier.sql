-- Whether a row was committed by a transaction before this one.
create or replace function gate.is_earlier(p_xid xid8) returns boolean
language sql stable
as $$
    select p_xid is distinct from pg_current_xact_id_if_assigned()
$$;

alter function gate.is_earlier(xid8) owner to egide_gate;
revoke all on function gate.is_earlier(xid8) from public;
