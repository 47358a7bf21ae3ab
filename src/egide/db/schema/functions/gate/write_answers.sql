-- Write one entry of the access log for each answer, refusals too, before anything is told (GATE I1); open the
-- relations of persons met by their card or their page; note of whom a typed question turned out to be.
create or replace function gate.write_answers(p_question gate.question[], p_answer gate.answer[], p_now timestamptz)
returns void
language plpgsql
as $$
begin
    insert into gate.entry (establishment_id, entry_id, at, software_id, purpose, basis, address, care_on, outcome,
                            person_id, insurer_id, plan_code, start_on, end_on, key, method)
    select q.establishment, q.entry, p_now, q.software, q.purpose, q.basis, q.address, q.care_on, q.outcome,
           s.person_id, s.insurer_id, s.plan_code, s.start_on, s.end_on, q.key, q.method
      from rows from (unnest(p_question), unnest(p_answer))
           as q (establishment, entry, software, proof, purpose, basis, address, care_on, key, method, amc,
                 outcome, anybody, person_id, insurer_id, plan_code, start_on, end_on)
      left join lateral (select q.person_id, q.insurer_id, q.plan_code, q.start_on, q.end_on) s on q.outcome = 'shown';
    insert into gate.relation (establishment_id, person_id, alias, opened_at)
    select q.establishment, q.person_id, gen_random_uuid(), p_now
      from (select distinct t.establishment, t.person_id
              from rows from (unnest(p_question), unnest(p_answer))
                   as t (establishment, entry, software, proof, purpose, basis, address, care_on, key, method, amc,
                         outcome, anybody, person_id, insurer_id, plan_code, start_on, end_on)
             where t.basis in ('P', 'A') and t.outcome = 'shown'
               and not exists (select from gate.relation r
                                where r.establishment_id = t.establishment and r.person_id = t.person_id)) q
     order by 1, 2
        on conflict do nothing;
end
$$;

alter function gate.write_answers(gate.question[], gate.answer[], timestamptz) owner to egide_gate;
revoke all on function gate.write_answers(gate.question[], gate.answer[], timestamptz) from public;
