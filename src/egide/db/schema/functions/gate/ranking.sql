-- Whom to look at first, and why: what is not justified, against an establishment's own past, what it was refused
-- beyond eight a day, unknown persons in a row beyond four. It blocks nothing. Cost: a pass over the unproved queries
-- of six months, and the day's answers of each establishment that has any.
create or replace function gate.ranking(p_limit integer)
returns table (establishment_id uuid, score bigint, new_today bigint, refused_today bigint, misses integer,
               unjustified bigint, stale bigint, justified bigint)
language plpgsql stable security definer
set search_path = gate, pg_temp
as $$
#variable_conflict use_column
declare
    v_now constant timestamptz := gate.instant();
begin
    return query
    with unproved as (
        select d.establishment_id,
               count(*) filter (where d.asked_at > v_now - interval '24 hours') as new_today,
               count(*) filter (where d.asked_at > v_now - interval '30 days') as unjustified,
               count(*) filter (where not d.held and coalesce(d.first_at,
                   d.asked_at) <= v_now - interval '10 days') as stale
          from gate.unproved_query d
         where d.basis = 'U' and d.asked_at > v_now - interval '180 days'
         group by d.establishment_id
    ), repaid as (
        select e.establishment_id, count(*) as justified
          from gate.justified e
         where e.period > gate.period(v_now) - 6
         group by e.establishment_id
    ), refused as (
        select b.establishment_id, e.refused_today
          from gate.budget b
         cross join lateral (select count(*) as refused_today
                               from gate.entry x
                              where x.establishment_id = b.establishment_id and x.at > v_now - interval '24 hours'
                                and x.outcome in ('over-budget', 'over-cap', 'over-pace')) e
    ), counted as (
        select b.establishment_id, b.misses, b.proved, coalesce(d.new_today, 0) as new_today,
               coalesce(d.unjustified, 0) as unjustified, coalesce(d.stale, 0) as stale, coalesce(r.justified,
                   0) as justified,
               coalesce(f.refused_today, 0) as refused_today
          from gate.budget b
          left join unproved d using (establishment_id)
          left join repaid r using (establishment_id)
          left join refused f using (establishment_id)
    )
    select c.establishment_id,
           greatest(c.refused_today - 8, 0) + 3 * greatest(c.misses - 4, 0) + greatest(c.stale - c.justified / 5, 0)
               + case when c.proved then 0 else 10 * greatest(c.unjustified - 3, 0) end,
           c.new_today, c.refused_today, c.misses, c.unjustified, c.stale, c.justified
      from counted c
     order by 2 desc, 1
     limit p_limit;
end $$;

alter function gate.ranking(integer) owner to egide_gate;
revoke all on function gate.ranking(integer) from public;
