-- Whether an establishment may still try numbers of its own today: a hundred that are none. p_is_missed counts one; it
-- is asked without it before a number is looked up, so that beyond the hundred nothing is found by its number either.
-- Days before the last two are forgotten.
create or replace function gate.try_number(p_establishment uuid, p_is_missed boolean) returns boolean
language plpgsql security definer
set search_path = gate, pg_temp
as $$
declare
    v_day   constant date := (gate.instant() at time zone 'UTC')::date;
    v_tries integer;
begin
    if not p_is_missed then
        return not exists (select from gate.number_tried t
                            where t.establishment_id = p_establishment and t.day = v_day and t.tries >= 100);
    end if;
    delete from gate.number_tried t where t.establishment_id = p_establishment and t.day < v_day - 1;
    insert into gate.number_tried as t (establishment_id, day, tries)
    values (p_establishment, v_day, 1)
        on conflict (establishment_id, day) do update set tries = t.tries + 1
    returning t.tries into v_tries;
    return v_tries <= 100;
end
$$;

alter function gate.try_number(uuid, boolean) owner to egide_gate;
revoke all on function gate.try_number(uuid, boolean) from public;
grant execute on function gate.try_number(uuid, boolean) to egide_app;
