-- Open an establishment's budget, or change its standing. Only the owner of the installation may call it.
create or replace function gate.open_budget(p_establishment uuid, p_proved boolean) returns void
language sql security definer
set search_path = gate, pg_temp
as $$
    insert into gate.budget as b (establishment_id, day_limit, month_limit, proved)
    values (p_establishment, case when p_proved then 100 else 2 end, case when p_proved then 60 else 10 end, p_proved)
        on conflict (establishment_id) do update
       set day_limit = excluded.day_limit,
           month_limit = case when b.proved and excluded.proved then b.month_limit else excluded.month_limit end,
           proved = excluded.proved
$$;

alter function gate.open_budget(uuid, boolean) owner to egide_gate;
revoke all on function gate.open_budget(uuid, boolean) from public;
