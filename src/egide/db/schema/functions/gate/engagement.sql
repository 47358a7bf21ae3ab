-- An engagement read again, by the entry that says so (gate.reread), once that is committed and for a minute.
create or replace function gate.engagement(p_establishment uuid, p_read uuid)
returns table (at timestamptz, care_on date, insurer_id uuid, plan_code text, start_on date, end_on date)
language sql stable security definer
set search_path = gate, pg_temp
as $$
    select e.at, e.care_on, e.insurer_id, e.plan_code, e.start_on, e.end_on
      from gate.entry r
      join gate.entry e on e.establishment_id = r.establishment_id and e.entry_id = r.address
     where r.establishment_id = p_establishment and r.entry_id = p_read and r.purpose = 'reread'
       and r.at > gate.instant() - interval '1 minute' and r.xid is distinct from pg_current_xact_id_if_assigned()
       and e.outcome = 'shown'
$$;

alter function gate.engagement(uuid, uuid) owner to egide_gate;
revoke all on function gate.engagement(uuid, uuid) from public;
grant execute on function gate.engagement(uuid, uuid) to egide_app, egide_portal;
