-- The incidents that are open, and those of the last year, the last first, to the session of an operator or an auditor:
-- how many persons each exposed, of which insurers, what was noted; nobody by a number.
create or replace function public.operator_incidents(p_session uuid)
returns table (
    incident_id uuid,
    opened_at   timestamptz,
    opened_by   text,
    aware_at    timestamptz,
    hypothesis  text,
    since       timestamptz,
    until       timestamptz,
    closed_at   timestamptz,
    persons     bigint,
    answers     bigint,
    insurers    text[],
    names       text[],
    acts        jsonb
)
language sql stable security definer
set search_path = public, pg_temp
as $$
    select n.incident_id, n.opened_at, n.opened_by, n.aware_at, n.hypothesis, n.since, n.until, n.closed_at,
           r.persons, r.answers, i.numbers, i.names,
           coalesce((select jsonb_agg(jsonb_build_object('controller', a.controller, 'act', a.act, 'done_at', a.done_at,
                                                         'done_by', a.done_by, 'proof', a.proof)
                                      order by a.noted_at, a.act)
                       from incident_act a
                      where a.incident_id = n.incident_id), '[]')
      from session_account(p_session, 'operator', 'auditor') k
     cross join incident n
     cross join lateral (select q.persons, q.answers
                           from incident_reckoning q
                          where q.incident_id = n.incident_id
                          order by q.version desc limit 1) r
     cross join lateral (select coalesce(array_agg(m.amc_number order by m.amc_number), '{}') as numbers,
                                coalesce(array_agg(m.name order by m.amc_number), '{}') as names
                           from insurer m
                          where exists (select from incident_exposed x
                                         where x.incident_id = n.incident_id and x.insurer_id = m.insurer_id)
                             or exists (select from incident_act a
                                         where a.incident_id = n.incident_id and a.controller = m.amc_number)) i
     where (n.closed_at is null or n.closed_at > clock_timestamp() - interval '1 year')
     order by n.opened_at desc
     limit 50
$$;

revoke all on function public.operator_incidents(uuid) from public;
grant execute on function public.operator_incidents(uuid) to egide_portal;
