-- Write that an establishment reads again what it was shown: one entry for each answer, under p_read, in its order.
-- Nothing is told here; who is shown what was not its own is not written either.
create or replace function gate.reread(
    p_establishment uuid,
    p_entry         uuid[],
    p_read          uuid[],
    p_software      uuid,
    p_key           text,
    p_method        text
) returns void
language sql security definer
set search_path = gate, pg_temp
as $$
    insert into gate.entry (establishment_id, entry_id, at, software_id, purpose, basis, address, care_on, outcome,
                            person_id, insurer_id, plan_code, start_on, end_on, key, method)
    select e.establishment_id, t.read, gate.instant(), p_software, 'reread', 'R', e.entry_id, e.care_on, 'shown',
           e.person_id, e.insurer_id, e.plan_code, e.start_on, e.end_on, p_key, p_method
      from unnest(p_entry, p_read) as t (entry, read)
      join gate.entry e on e.establishment_id = p_establishment and e.entry_id = t.entry
     where e.outcome = 'shown'
$$;

alter function gate.reread(uuid, uuid[], uuid[], uuid, text, text) owner to egide_gate;
revoke all on function gate.reread(uuid, uuid[], uuid[], uuid, text, text) from public;
grant execute on function gate.reread(uuid, uuid[], uuid[], uuid, text, text) to egide_app, egide_portal;
