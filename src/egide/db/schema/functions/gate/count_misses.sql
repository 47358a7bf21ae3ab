-- Count persons in a row of whom nothing was found to show; the eighth is a fact. One that is shown ends the row, and
-- only that: in a batch, the row is as long as its longest run, whatever was shown before or after it. What
-- is held back counts for nothing, whoever it is of: what is told depends on what was shown alone (GATE, I7). What an
-- insurer has yet to say is counted once it has (count_word).
create or replace function gate.count_misses(
    p_question gate.question[],
    p_answer gate.answer[],
    p_counted bigint[],
    p_now timestamptz
) returns void
language plpgsql
as $$
declare
    v_words constant boolean := exists (select from public.insurer_service);
begin
    with counted as (
        select q.establishment, q.ord, q.outcome <> 'shown' as is_miss,
               count(*) filter (where q.outcome = 'shown') over (partition by q.establishment order by q.ord) as run
          from rows from (unnest(p_question), unnest(p_answer)) with ordinality
               as q (establishment, entry, software, proof, purpose, basis, address, care_on, key, method, amc,
                     outcome, anybody, person_id, insurer_id, plan_code, start_on, end_on, ord)
         where q.ord = any (p_counted)
           and not (v_words and q.outcome = 'shown' and gate.asks_rights(q.insurer_id, p_now))
    ), runs as (
        select c.establishment, c.run, count(*) filter (where c.is_miss) as misses
          from counted c
         group by c.establishment, c.run
    ), rows as (
        -- The first run goes on from what the budget counts; the last is what it counts from now on.
        select b.establishment_id,
               max(r.misses + case when r.run = 0 then b.misses else 0 end) as longest,
               (array_agg(r.misses + case when r.run = 0 then b.misses else 0 end order by r.run desc))[1] as last
          from runs r
          join gate.budget b on b.establishment_id = r.establishment
         group by b.establishment_id
    ), moved as (
        update gate.budget b
           set misses = case when w.longest >= 8 then 0 else w.last end
          from rows w
         where b.establishment_id = w.establishment_id
           and (w.longest >= 8 or b.misses <> w.last)
        returning b.establishment_id, w.longest >= 8 as is_streak
    )
    insert into gate.fact (fact_id, at, kind, establishment_id, detail)
    select gen_random_uuid(), p_now, 'streak', m.establishment_id, 'eight unknown persons in a row'
      from moved m
     where m.is_streak;
end
$$;

alter function gate.count_misses(gate.question[], gate.answer[], bigint[], timestamptz) owner to egide_gate;
revoke all on function gate.count_misses(gate.question[], gate.answer[], bigint[], timestamptz) from public;
