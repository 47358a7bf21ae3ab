-- What an establishment typed and nothing has justified, the newest first, and what is known of each question: whether
-- anybody was found, whether the establishment had met them, by which software and key, and at how many others
-- the same person was typed within thirty days, how many of them in other departments. No person is named.
create or replace function gate.unjustified(p_establishment uuid, p_limit integer)
returns table (asked_at timestamptz, is_found boolean, is_unmet boolean, is_held boolean, purpose text,
    software text, key text, other_establishments bigint,
               other_departments bigint)
language sql stable security definer
set search_path = gate, pg_temp
as $$
    select d.asked_at, d.person_id is not null, d.unmet, d.held, e.purpose,
        w.vendor || ' ' || w.product || ' ' || w.version, e.key,
           o.establishments, o.departments
      from gate.unproved_query d
      left join lateral (
           select * from gate.entry x
            where x.establishment_id = d.establishment_id and x.address = d.address and x.basis = 'U'
              and x.at between d.asked_at - interval '1 minute' and d.asked_at + interval '1 minute'
            order by x.at
            limit 1) e on true
      left join public.software w on w.software_id = e.software_id
      left join public.establishment h on h.establishment_id = d.establishment_id
     cross join lateral (
           select count(distinct x.establishment_id) as establishments,
                  count(distinct x.establishment_id) filter (where y.department <> h.department) as departments
             from gate.entry x
             left join public.establishment y on y.establishment_id = x.establishment_id
            where x.person_id = d.person_id and x.basis = 'U' and x.establishment_id <> d.establishment_id
              and x.at between d.asked_at - interval '30 days' and d.asked_at + interval '30 days') o
     where d.establishment_id = p_establishment and d.basis = 'U'
     order by d.asked_at desc
     limit p_limit
$$;

alter function gate.unjustified(uuid, integer) owner to egide_gate;
revoke all on function gate.unjustified(uuid, integer) from public;
