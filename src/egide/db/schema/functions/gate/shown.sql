-- What a batch is told: 'not-shown' whatever the reason, and of whom is shown the cover and the establishment's own
-- alias.
create or replace function gate.shown(p_question gate.question[], p_answer gate.answer[])
returns table (
    ordinal    bigint,
    outcome    text,
    person_id  uuid,
    insurer_id uuid,
    plan_code  text,
    start_on   date,
    end_on     date,
    birth_year smallint,
    alias      uuid
)
language plpgsql
as $$
#variable_conflict use_column
begin
    return query
    select q.ord,
           case when q.outcome in ('shown', 'replayed') then q.outcome else 'not-shown' end,
           s.person_id, s.insurer_id, s.plan_code, s.start_on, s.end_on, p.birth_year, r.alias
      from rows from (unnest(p_question), unnest(p_answer)) with ordinality
           as q (establishment, entry, software, proof, purpose, basis, address, care_on, key, method,
                 outcome, anybody, person_id, insurer_id, plan_code, start_on, end_on, ord)
      left join lateral (select q.person_id, q.insurer_id, q.plan_code, q.start_on, q.end_on) s on q.outcome = 'shown'
      left join gate.person p on q.purpose = 'claim' and p.person_id = s.person_id
      left join gate.relation r on r.establishment_id = q.establishment and r.person_id = s.person_id
     order by q.ord;
end
$$;

alter function gate.shown(gate.question[], gate.answer[]) owner to egide_gate;
revoke all on function gate.shown(gate.question[], gate.answer[]) from public;
