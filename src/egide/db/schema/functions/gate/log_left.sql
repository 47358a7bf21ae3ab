-- Write in the log what was about to be asked and never was answered, two minutes later: of whom it would have been, as
-- shown, since whoever broke off may have learned it; a canary among them is told. Rows stay thirty days, and count.
create or replace function gate.log_left() returns void
language plpgsql security definer
set search_path = gate, pg_temp
as $$
declare
    v_now constant timestamptz := gate.instant();
begin
    delete from gate.intent where at < v_now - interval '30 days';
    with left_ as (
        update gate.intent i
           set is_logged = true
         where not i.is_logged and i.at < v_now - interval '2 minutes'
        returning i.*
    ), found as (
        select l.*, c.person_id, c.insurer_id, c.plan_code, c.start_on, c.end_on,
               row_number() over (partition by l.establishment_id, l.entry_id order by c.start_on desc) as nth
          from left_ l
          join gate.cover c on c.address = l.address and c.basis = 'U' and l.basis = 'U'
         union all
        select l.*, r.person_id, p.insurer_id, '', l.at::date, null::date, 1
          from left_ l
          join gate.relation r on r.establishment_id = l.establishment_id and r.alias = l.address and l.basis = 'H'
          join gate.person p on p.person_id = r.person_id
    ), rung as (
        insert into gate.fact (fact_id, at, kind, establishment_id, software_id, key, detail)
        select gen_random_uuid(), v_now, 'canary', f.establishment_id, f.software_id, f.key, k.label
          from found f
          join gate.canary k on k.person_id = f.person_id
         where f.nth = 1
    )
    insert into gate.entry (establishment_id, entry_id, at, software_id, purpose, basis, address, care_on, outcome,
                            person_id, insurer_id, plan_code, start_on, end_on, key, method)
    select f.establishment_id, f.entry_id, v_now, f.software_id, 'rights', f.basis, f.address,
           (f.at at time zone 'Europe/Paris')::date, 'shown', f.person_id, f.insurer_id, f.plan_code, f.start_on,
           f.end_on, f.key, f.method
      from found f
     where f.nth = 1
        on conflict do nothing;
end
$$;

alter function gate.log_left() owner to egide_gate;
revoke all on function gate.log_left() from public;
grant execute on function gate.log_left() to egide_logger;
