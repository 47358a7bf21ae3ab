-- Whom to look at first, and why: what is not explained, against a house's own past, what it was refused beyond
-- eight a day, unknown persons in a row beyond four. It blocks nothing. Cost: a pass over the debts of six months,
-- and the day's answers of each house that has any.
create or replace function gate.ranking(p_limit integer)
returns table (establishment_id uuid, score bigint, new_today bigint, refused_today bigint, misses integer,
    unexplained bigint,
               stale bigint, explained bigint)
language plpgsql stable security definer
set search_path = gate, pg_temp
as $$
#variable_conflict use_column
declare
    v_now constant timestamptz := gate.instant();
begin
    return query
    with debts as (
        select d.establishment_id,
               count(*) filter (where d.asked_at > v_now - interval '24 hours') as new_today,
               count(*) filter (where d.asked_at > v_now - interval '30 days') as unexplained,
               count(*) filter (where not d.held and coalesce(d.first_at,
                   d.asked_at) <= v_now - interval '10 days') as stale
          from gate.debt d
         where d.basis = 'U' and d.asked_at > v_now - interval '180 days'
         group by d.establishment_id
    ), repaid as (
        select e.establishment_id, count(*) as explained
          from gate.explained e
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
               coalesce(d.unexplained, 0) as unexplained, coalesce(d.stale, 0) as stale, coalesce(r.explained,
                   0) as explained,
               coalesce(f.refused_today, 0) as refused_today
          from gate.budget b
          left join debts d using (establishment_id)
          left join repaid r using (establishment_id)
          left join refused f using (establishment_id)
    )
    select c.establishment_id,
           greatest(c.refused_today - 8, 0) + 3 * greatest(c.misses - 4, 0) + greatest(c.stale - c.explained / 5, 0)
               + case when c.proved then 0 else 10 * greatest(c.unexplained - 3, 0) end,
           c.new_today, c.refused_today, c.misses, c.unexplained, c.stale, c.explained
      from counted c
     order by 2 desc, 1
     limit p_limit;
end $$;

alter function gate.ranking(integer) owner to egide_gate;
revoke all on function gate.ranking(integer) from public;
