-- Revoke a lost card: from the next question on it shows nothing.
create or replace function gate.revoke_card(p_address uuid) returns void
language sql security definer
set search_path = gate, pg_temp
as $$
    insert into gate.card_revoked (address, revoked_at) values (gate.kept(p_address), gate.instant())
        on conflict do nothing
$$;

alter function gate.revoke_card(uuid) owner to egide_gate;
revoke all on function gate.revoke_card(uuid) from public;
