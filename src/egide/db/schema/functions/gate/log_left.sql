-- Write in the log what was about to be asked and never was answered, two minutes later: of whom it would have been,
-- since whoever broke off may have learned it; a canary among them is a fact. It is written as something read again:
-- such an entry is told to nobody and opens nothing. Rows stay thirty days, and count.
create or replace function gate.log_left() returns void
language plpgsql security definer
set search_path = gate, pg_temp
as $$
declare
    v_now constant timestamptz := gate.instant();
    w     record;
begin
    delete from gate.intent where at < v_now - interval '30 days';
    with left_ as (
        update gate.intent i
           set is_logged = true
         where not i.is_logged and i.at < v_now - interval '2 minutes'
        returning i.*
    ), found as (
        select l.*, o.person_id, o.insurer_id, o.plan_code, o.start_on, o.end_on
          from left_ l
          join lateral (select count(distinct c.person_id) as persons,
                               (array_agg(c.person_id order by c.start_on desc))[1] as person_id,
                               (array_agg(c.insurer_id order by c.start_on desc))[1] as insurer_id,
                               (array_agg(c.plan_code order by c.start_on desc))[1] as plan_code,
                               max(c.start_on) as start_on, (array_agg(c.end_on order by c.start_on desc))[1] as end_on
                          from gate.cover c
                         where c.address = l.address and c.basis = 'U') o on o.persons = 1
         where l.basis = 'U'
         union all
        select l.*, r.person_id, p.insurer_id, '', l.at::date, null::date
          from left_ l
          join gate.relation r on r.establishment_id = l.establishment_id and r.alias = l.address
          join gate.person p on p.person_id = r.person_id
         where l.basis = 'H'
    ), rung as (
        insert into gate.fact (fact_id, at, kind, establishment_id, software_id, key, detail)
        select gen_random_uuid(), v_now, 'canary', f.establishment_id, f.software_id, f.key, k.label
          from found f
          join gate.canary k on k.person_id = f.person_id
    )
    insert into gate.entry (establishment_id, entry_id, at, software_id, purpose, basis, address, care_on, outcome,
                            person_id, insurer_id, plan_code, start_on, end_on, key, method)
    select f.establishment_id, f.entry_id, v_now, f.software_id, 'reread', 'R', f.entry_id,
           (f.at at time zone 'Europe/Paris')::date, 'shown', f.person_id, f.insurer_id, f.plan_code, f.start_on,
           f.end_on, f.key, f.method
      from found f
        on conflict do nothing;
    for w in select distinct x.establishment_id from gate.fact x where x.at = v_now and x.kind = 'canary' loop
        perform gate.contain_by_fact(w.establishment_id, 'canary', v_now);
    end loop;
end
$$;

alter function gate.log_left() owner to egide_gate;
revoke all on function gate.log_left() from public;
grant execute on function gate.log_left() to egide_logger;
