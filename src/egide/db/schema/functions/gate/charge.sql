-- Charge one question to its establishment's bucket: 'admitted', 'again' if the person is in the window already,
-- 'over-pace' where it is charged and held (p_unmet: the establishment never met p_person, or nobody is found),
-- 'over-budget', or 'suspended' where there is no budget. The budget's row stays locked until the end of the
-- transaction, so no two questions of one establishment are counted at once.
create or replace function gate.charge(
    p_establishment uuid,
    p_address uuid,
    p_basis text,
    p_person uuid,
    p_unmet boolean
) returns text
language plpgsql
as $$
declare
    v_budget  constant gate.budget := gate.adapted_budget(p_establishment, p_basis);
    v_now     constant timestamptz := gate.instant();
    v_is_held boolean := false;
    u         record;
begin
    if v_budget.establishment_id is null then
        return 'suspended';
    end if;
    select count(*) filter (where d.asked_at > v_now - interval '24 hours') as in_day,
           count(*) as in_month,
           coalesce(bool_or(d.address = p_address and d.asked_at > v_now - interval '24 hours'), false) as was_in_day,
           coalesce(bool_or(d.address = p_address), false) as was_in_month,
           coalesce(bool_or(d.address = p_address and d.held), false) as was_held,
           count(*) filter (where d.unmet and not d.held and d.asked_at > v_now - interval '24 hours') as unmet_in_day,
           count(*) filter (where d.unmet and not d.held) as unmet_in_month
      into u
      from gate.unproved_query d
     where d.establishment_id = p_establishment and d.basis = p_basis and d.asked_at > v_now - interval '30 days';
    if p_basis = 'U' and (not u.was_in_month or u.was_held) then
        if gate.is_stale(p_establishment, v_now) then
            return 'over-budget';
        end if;
        v_is_held := coalesce(p_unmet and (u.unmet_in_day >= v_budget.first_contact_limit
                                           or u.unmet_in_month >= 3 * v_budget.first_contact_limit), false);
    end if;
    if not u.was_in_day
           and u.in_day >= (case p_basis when 'U' then v_budget.day_limit else v_budget.relation_day_limit end)
       or not u.was_in_month
           and u.in_month >= (case p_basis when 'U' then v_budget.month_limit
                                          else v_budget.relation_month_limit end) then
        return 'over-budget';
    end if;
    -- What is held is charged like any other: who types strangers beyond its first-contact rate pays for each,
    -- hit or miss alike, and the card that is shown then repays it.
    insert into gate.unproved_query as d (establishment_id, address, asked_at, basis, unmet, held, first_at, person_id)
    values (p_establishment, p_address, v_now, p_basis, p_unmet, v_is_held, v_now,
            case when v_is_held then p_person end)
    on conflict (establishment_id, basis, address) do update
       set asked_at = excluded.asked_at, unmet = excluded.unmet, held = excluded.held,
           first_at = coalesce(d.first_at, d.asked_at), person_id = coalesce(excluded.person_id, d.person_id);
    return case when v_is_held then 'over-pace' when u.was_in_month and not u.was_held then 'again' else 'admitted' end;
end
$$;

alter function gate.charge(uuid, uuid, text, uuid, boolean) owner to egide_gate;
revoke all on function gate.charge(uuid, uuid, text, uuid, boolean) from public;
