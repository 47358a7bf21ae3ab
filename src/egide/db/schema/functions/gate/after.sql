-- What the answers of a batch change: of whom a typed question turned out to be, who is justified by the card it
-- showed, misses in a row (p_counted: the questions that count, by position), and what a fact blocks.
create or replace function gate.after(
    p_question gate.question[],
    p_answer gate.answer[],
    p_counted bigint[],
    p_now timestamptz
) returns void
language plpgsql
as $$
declare
    v_establishment uuid[];
    v_person        uuid[];
    f               record;
begin
    if exists (select from unnest(p_answer) a where a.outcome in ('canary', 'over-pace', 'over-budget')) then
        perform gate.ring_canaries(p_question, p_answer, p_now);
    end if;
    if exists (select from unnest(p_question) q where q.basis = 'U') then
        update gate.unproved_query d
           set person_id = q.person_id
          from rows from (unnest(p_question), unnest(p_answer))
               as q (establishment, entry, software, proof, purpose, basis, address, care_on, key, method, amc,
                     outcome, anybody, person_id, insurer_id, plan_code, start_on, end_on)
         where q.basis = 'U' and q.outcome = 'shown'
           and d.establishment_id = q.establishment and d.basis = 'U' and d.address = q.address
           and d.person_id is distinct from q.person_id;
    end if;
    -- While an insurer is contained, its members are not shown: counting would tell them from strangers.
    if p_counted is not null and not exists (select from gate.segment s where s.kind = 'amc' and s.until > p_now) then
        perform gate.count_misses(p_question, p_answer, p_counted, p_now);
    end if;
    select array_agg(d.establishment_id), array_agg(d.person_id) into v_establishment, v_person
      from rows from (unnest(p_question), unnest(p_answer))
           as q (establishment, entry, software, proof, purpose, basis, address, care_on, key, method, amc,
                 outcome, anybody, person_id, insurer_id, plan_code, start_on, end_on)
      join gate.unproved_query d on d.establishment_id = q.establishment and d.person_id = q.person_id and d.basis = 'U'
     where q.basis in ('P', 'A') and q.outcome = 'shown';
    if v_person is not null then
        perform gate.justify(v_establishment, v_person);
    end if;
    for f in
        select distinct x.establishment_id, x.kind
          from gate.fact x
         where x.at = p_now
           and x.establishment_id = any (array(select q.establishment
                                                 from unnest(p_question) as q (establishment, entry, software, proof,
                                                      purpose, basis, address, care_on, key, method)))
    loop
        perform gate.contain_by_fact(f.establishment_id, f.kind, p_now);
    end loop;
end
$$;

alter function gate.after(gate.question[], gate.answer[], bigint[], timestamptz) owner to egide_gate;
revoke all on function gate.after(gate.question[], gate.answer[], bigint[], timestamptz) from public;
