-- The access log, and what was contained, are append-only.
create or replace function gate.forbid_change() returns trigger
language plpgsql
as $$
begin
    raise exception 'the access log is append-only';
end
$$;

alter function gate.forbid_change() owner to egide_gate;
revoke all on function gate.forbid_change() from public;

create or replace trigger entry_append_only
    before delete or update on gate.entry
    for each row execute function gate.forbid_change();
create or replace trigger entry_never_emptied
    before truncate on gate.entry
    for each statement execute function gate.forbid_change();
create or replace trigger leaf_never_emptied
    before truncate on gate.leaf
    for each statement execute function gate.forbid_change();
create or replace trigger segment_log_append_only
    before delete or update on gate.segment_log
    for each row execute function gate.forbid_change();
create or replace trigger segment_log_never_emptied
    before truncate on gate.segment_log
    for each statement execute function gate.forbid_change();
create or replace trigger tile_never_emptied
    before truncate on gate.tile
    for each statement execute function gate.forbid_change();
