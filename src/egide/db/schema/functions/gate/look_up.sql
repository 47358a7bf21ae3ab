-- Look up the cover that each question is about, and give its answer: one person covered on that day, or why not.
create or replace function gate.look_up(
    p_question gate.question[],
    p_verdict text[],
    p_meant uuid[],
    p_now timestamptz
) returns gate.answer[]
language plpgsql
as $$
declare
    v_contained constant boolean := exists (select from gate.segment s where s.until > p_now and s.kind = 'amc');
begin
    return array(
        select row (case
                        when p_verdict[q.ord] <> 'admitted' then p_verdict[q.ord]
                        when b.establishment_id is null then 'suspended'
                        when hit.persons is null then 'unknown'
                        when exists (select from gate.canary k where k.person_id = hit.anybody) then 'canary'
                        when v_contained
                             and exists (select from gate.segment s
                                          where s.kind = 'amc' and s.value = hit.insurer_id::text and s.until > p_now
                                            and (s.mode = 'off' or q.basis in ('U', 'H'))) then 'suspended'
                        when hit.revoked then 'revoked'
                        when hit.covered = 0 then 'not-covered'
                        when hit.covered > 1 then 'ambiguous'
                        else 'shown'
                    end,
                    hit.anybody, hit.person_id, hit.insurer_id, hit.plan_code, hit.start_on, hit.end_on)::gate.answer
          from unnest(p_question) with ordinality as q (establishment, entry, software, proof, purpose, basis, address,
                                                        care_on, key, method, amc, ord)
          left join gate.budget b on b.establishment_id = q.establishment
          left join lateral (
               select count(*) as persons,
                      count(*) filter (where c.on_day) as covered,
                      (array_agg(c.person_id))[1] as anybody,
                      (array_agg(c.person_id) filter (where c.on_day))[1] as person_id,
                      (array_agg(c.insurer_id) filter (where c.on_day))[1] as insurer_id,
                      (array_agg(c.plan_code) filter (where c.on_day))[1] as plan_code,
                      (array_agg(c.start_on) filter (where c.on_day))[1] as start_on,
                      (array_agg(c.end_on) filter (where c.on_day))[1] as end_on,
                      bool_or(c.is_revoked) as revoked
                 from gate.covers(q.establishment, q.purpose, q.basis, q.address, q.care_on,
                                 p_meant[q.ord], q.amc) c
               having count(*) > 0
          ) hit on p_verdict[q.ord] = 'admitted'
         order by q.ord
    );
end
$$;

alter function gate.look_up(gate.question[], text[], uuid[], timestamptz) owner to egide_gate;
revoke all on function gate.look_up(gate.question[], text[], uuid[], timestamptz) from public;
