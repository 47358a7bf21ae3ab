-- An engagement, by its number, to the establishment that received it and to no other.
create or replace function gate.engagement(p_establishment uuid, p_entry uuid)
returns table (at timestamptz, care_on date, insurer_id uuid, plan_code text, start_on date, end_on date)
language sql stable security definer
set search_path = gate, pg_temp
as $$
    select e.at, e.care_on, e.insurer_id, e.plan_code, e.start_on, e.end_on
      from gate.entry e
     where e.establishment_id = p_establishment and e.entry_id = p_entry and e.outcome = 'shown'
$$;

alter function gate.engagement(uuid, uuid) owner to egide_gate;
revoke all on function gate.engagement(uuid, uuid) from public;
grant execute on function gate.engagement(uuid, uuid) to egide_app, egide_portal;
