set role egide_gate;
-- Open an establishment's budget, or change its standing. Only the owner of the installation may call it.
create function gate.open_budget(p_establishment uuid, p_proved boolean) returns void
language sql security definer
set search_path = gate, pg_temp
as $$
    insert into gate.budget (establishment_id, day_limit, month_limit)
    values (p_establishment, case when p_proved then 100 else 2 end, case when p_proved then 60 else 10 end)
        on conflict (establishment_id) do update
       set day_limit = excluded.day_limit, month_limit = excluded.month_limit
$$;

create function gate.set_state(p_establishment uuid, p_state text) returns void
language sql security definer
set search_path = gate, pg_temp
as $$ update gate.budget set state = p_state where establishment_id = p_establishment $$;

create function gate.revoke_card(p_address uuid) returns void
language sql security definer
set search_path = gate, pg_temp
as $$ insert into gate.card_revoked (address, revoked_at) values (p_address, gate.instant()) on conflict do nothing $$;

revoke all on function gate.open_budget, gate.set_state, gate.revoke_card from public;
reset role;
