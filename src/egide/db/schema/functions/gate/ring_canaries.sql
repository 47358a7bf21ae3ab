-- A list is known by its canaries, whether anything was shown, held or refused.
create or replace function gate.ring_canaries(p_question gate.question[], p_answer gate.answer[], p_now timestamptz)
returns void
language plpgsql
as $$
begin
    insert into gate.fact (fact_id, at, kind, establishment_id, software_id, key, detail)
    select gen_random_uuid(), p_now, 'canary', q.establishment, q.software, coalesce(q.key, ''), k.label
      from rows from (unnest(p_question), unnest(p_answer))
           as q (establishment, entry, software, proof, purpose, basis, address, care_on, key, method, amc,
                 outcome, anybody, person_id, insurer_id, plan_code, start_on, end_on)
     cross join lateral (select q.anybody as person_id where q.outcome = 'canary'
                         union all
                         select c.person_id
                           from gate.cover c
                          where c.address = q.address and c.basis = 'U'
                            and q.basis = 'U' and q.outcome in ('over-pace', 'over-budget')) t
      join gate.canary k on k.person_id = t.person_id;
end
$$;

alter function gate.ring_canaries(gate.question[], gate.answer[], timestamptz) owner to egide_gate;
revoke all on function gate.ring_canaries(gate.question[], gate.answer[], timestamptz) from public;
