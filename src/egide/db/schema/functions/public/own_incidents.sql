-- The incidents of the last three years that some insurer was told of, and whether each exposed the person of a
-- session: to one whom it did, once its own insurer was told; what was seen and when, once its space is open.
create or replace function public.own_incidents(p_session uuid)
returns table (
    incident_id uuid,
    aware_at    timestamptz,
    since       timestamptz,
    until       timestamptz,
    reckoned_at timestamptz,
    actors      text[],
    measures    text[],
    is_exposed  boolean,
    purposes    text[],
    first_at    timestamptz,
    last_at     timestamptz
)
language sql stable security definer
set search_path = public, pg_temp
as $$
    select n.incident_id, n.aware_at, n.since, n.until, r.reckoned_at,
           array(select distinct split_part(u.actor, ':', 1) from unnest(n.actors) as u (actor)),
           array(select distinct a.act from incident_act a
                  where a.incident_id = n.incident_id and a.act in ('closed', 'card-only')),
           coalesce(x.answers, 0) > 0, coalesce(x.purposes, '{}'), x.first_at, x.last_at
      from session_account(p_session, 'insured') k
     cross join (select whose_space(p_session) is not null as is_open) w
     cross join incident n
     cross join lateral (select max(q.reckoned_at) as reckoned_at
                           from incident_reckoning q
                          where q.incident_id = n.incident_id) r
      left join lateral (select array_agg(distinct e.purpose) filter (where w.is_open) as purposes,
                                sum(e.answers) as answers, min(e.first_at) filter (where w.is_open) as first_at,
                                max(e.last_at) filter (where w.is_open) as last_at,
                                bool_and(exists (select from incident_act d
                                                   join insurer i on i.insurer_id = e.insurer_id
                                                  where d.incident_id = n.incident_id and d.act = 'D1'
                                                    and d.controller = i.amc_number)) as is_told
                           from incident_exposed e
                          where e.incident_id = n.incident_id and e.person_id = k.person_id) x on true
     where n.opened_at > clock_timestamp() - interval '3 years'
       and exists (select from incident_act d where d.incident_id = n.incident_id and d.act = 'D1')
       and coalesce(x.is_told, true)
     order by n.opened_at desc
     limit 20
$$;

revoke all on function public.own_incidents(uuid) from public;
grant execute on function public.own_incidents(uuid) to egide_portal;
