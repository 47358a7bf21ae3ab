-- Count persons in a row of whom nothing was found to show; the eighth is a fact. One that is shown ends the row. What
-- is held back counts for nothing, whoever it is of: what is told depends on what was shown alone (GATE, I7).
create or replace function gate.count_misses(
    p_question gate.question[],
    p_answer gate.answer[],
    p_counted bigint[],
    p_now timestamptz
) returns void
language plpgsql
as $$
begin
    with counted as (
        select q.establishment,
               count(*) filter (where q.outcome <> 'shown') as misses,
               bool_or(q.outcome = 'shown') as is_hit
          from rows from (unnest(p_question), unnest(p_answer)) with ordinality
               as q (establishment, entry, software, proof, purpose, basis, address, care_on, key, method,
                     outcome, anybody, person_id, insurer_id, plan_code, start_on, end_on, ord)
         where q.ord = any (p_counted)
         group by q.establishment
    ), moved as (
        update gate.budget b
           set misses = case when c.is_hit or b.misses + c.misses >= 8 then 0 else b.misses + c.misses end
          from counted c
         where b.establishment_id = c.establishment
           and (c.is_hit and b.misses > 0 or not c.is_hit and c.misses > 0)
        returning b.establishment_id, not c.is_hit and b.misses = 0 as is_streak
    )
    insert into gate.fact (fact_id, at, kind, establishment_id, detail)
    select gen_random_uuid(), p_now, 'streak', m.establishment_id, 'eight unknown persons in a row'
      from moved m
     where m.is_streak;
end
$$;

alter function gate.count_misses(gate.question[], gate.answer[], bigint[], timestamptz) owner to egide_gate;
revoke all on function gate.count_misses(gate.question[], gate.answer[], bigint[], timestamptz) from public;
