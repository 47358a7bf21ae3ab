-- The incidents of which the insurer of a session was told, the last first: how many of its own members each exposed,
-- by ground and purpose, and what was noted for it; nobody by a number.
create or replace function public.insurer_incidents(p_session uuid)
returns table (
    incident_id uuid,
    amc_number  text,
    aware_at    timestamptz,
    hypothesis  text,
    since       timestamptz,
    until       timestamptz,
    closed_at   timestamptz,
    reckoned_at timestamptz,
    persons     bigint,
    seen        jsonb,
    acts        jsonb
)
language sql stable security definer
set search_path = public, pg_temp
as $$
    select n.incident_id, i.amc_number, n.aware_at, n.hypothesis, n.since, n.until, n.closed_at,
           (select max(q.reckoned_at) from incident_reckoning q where q.incident_id = n.incident_id),
           (select count(distinct x.person_id) from incident_exposed x
             where x.incident_id = n.incident_id and x.insurer_id = i.insurer_id),
           coalesce((select jsonb_agg(jsonb_build_object('purpose', x.purpose, 'basis', x.basis, 'persons', x.persons))
                       from (select e.purpose, e.basis, count(*) as persons
                               from incident_exposed e
                              where e.incident_id = n.incident_id and e.insurer_id = i.insurer_id
                              group by e.purpose, e.basis
                              order by e.purpose, e.basis) x), '[]'),
           (select jsonb_agg(jsonb_build_object('controller', a.controller, 'act', a.act, 'done_at', a.done_at,
                                                'done_by', a.done_by, 'proof', a.proof)
                             order by a.noted_at, a.act)
              from incident_act a
             where a.incident_id = n.incident_id and a.controller = i.amc_number)
      from session_account(p_session, 'insurer') k
      join insurer i on i.insurer_id = k.insurer_id
     cross join incident n
     where exists (select from incident_act d
                    where d.incident_id = n.incident_id and d.act = 'D1' and d.controller = i.amc_number)
     order by n.opened_at desc
     limit 50
$$;

revoke all on function public.insurer_incidents(uuid) from public;
grant execute on function public.insurer_incidents(uuid) to egide_portal;
