-- The budget of an establishment as of now, its row locked until the end of the transaction; null where it has none.
-- Once a period its thirty days' limit moves by one step: up to half more than what was ever justified in thirty days,
-- a tenth more at most, never above 300. Once a day its first-contact rate is reckoned again.
create or replace function gate.adapted_budget(p_establishment uuid, p_basis text) returns gate.budget
language plpgsql
as $$
declare
    v_budget      gate.budget;
    v_now         timestamptz;
    v_month_limit integer;
begin
    select * into v_budget from gate.budget b where b.establishment_id = p_establishment for update;
    -- The instant is read after the lock, so time runs forward.
    v_now := gate.instant();
    if v_budget.proved and v_budget.adapted_in is distinct from gate.period(v_now) then
        select least(300, greatest(60, floor(1.5 * coalesce(max(e.persons), 0))::integer),
                     floor(v_budget.month_limit * 1.1)::integer)
          into v_month_limit
          from (select count(*) as persons
                  from gate.justified
                 where establishment_id = p_establishment and period < gate.period(v_now)
                 group by period) e;
        update gate.budget b
           set month_limit = greatest(60, v_month_limit), adapted_in = gate.period(v_now)
         where b.establishment_id = p_establishment
        returning * into v_budget;
    end if;
    if p_basis = 'U'
       and (v_budget.first_contact_on is null or v_budget.first_contact_on < (v_now at time zone 'UTC')::date) then
        update gate.budget b
           set first_contact_limit = gate.first_contact_rate(p_establishment),
               first_contact_on = (v_now at time zone 'UTC')::date
         where b.establishment_id = p_establishment
        returning * into v_budget;
    end if;
    return v_budget;
end
$$;

alter function gate.adapted_budget(uuid, text) owner to egide_gate;
revoke all on function gate.adapted_budget(uuid, text) from public;
