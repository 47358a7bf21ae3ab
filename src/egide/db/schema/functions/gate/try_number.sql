-- Count a number that an establishment says is one of its own, and is not; false beyond a hundred a day: who walks them
-- finds no more of its invoices than that. Days before the last two are forgotten.
create or replace function gate.try_number(p_establishment uuid) returns boolean
language plpgsql security definer
set search_path = gate, pg_temp
as $$
declare
    v_day   constant date := (gate.instant() at time zone 'UTC')::date;
    v_tries integer;
begin
    delete from gate.number_tried t where t.establishment_id = p_establishment and t.day < v_day - 1;
    insert into gate.number_tried as t (establishment_id, day, tries)
    values (p_establishment, v_day, 1)
        on conflict (establishment_id, day) do update set tries = t.tries + 1
    returning t.tries into v_tries;
    return v_tries <= 100;
end
$$;

alter function gate.try_number(uuid) owner to egide_gate;
revoke all on function gate.try_number(uuid) from public;
grant execute on function gate.try_number(uuid) to egide_app;
