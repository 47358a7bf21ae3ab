-- Charge what came without a proof of presence (typed, or of a relation), one by one in the order of establishments, so
-- that no two batches wait for each other; then the caps of segments; then, again, what was contained meanwhile.
-- Returns the verdicts, and which questions (by position) were charged anew and are to be looked up.
create or replace function gate.charge_unproved(
    p_question gate.question[],
    inout p_verdict text[],
    p_now timestamptz,
    out v_new bigint[]
)
language plpgsql
as $$
declare
    q record;
begin
    for q in
        select t.establishment, t.address, t.basis, t.ord, k.person, not coalesce(k.is_met, false) as is_unmet
          from unnest(p_question) with ordinality as t (establishment, entry, software, proof, purpose, basis, address,
                                                        care_on, key, method, amc, ord)
          left join lateral (
               select case when count(distinct c.person_id) = 1 then (array_agg(c.person_id))[1] end as person,
                      bool_or(exists (select from gate.relation r
                                       where r.establishment_id = t.establishment
                                           and r.person_id = c.person_id)) as is_met
                 from gate.cover c
                where c.address = t.address and c.basis = 'U') k on t.basis = 'U'
         where t.basis in ('U', 'H') and p_verdict[t.ord] = 'admitted'
         order by t.establishment, t.ord
    loop
        p_verdict[q.ord] := gate.charge(q.establishment, q.address, q.basis, q.person, q.basis = 'U' and q.is_unmet);
        if p_verdict[q.ord] = 'admitted' and q.basis = 'U' then
            v_new := v_new || q.ord;
        elsif p_verdict[q.ord] = 'again' then
            p_verdict[q.ord] := 'admitted';
        end if;
    end loop;
    if v_new is not null then
        p_verdict := gate.cap_segments(p_question, p_verdict, v_new, p_now);
    end if;
    p_verdict := gate.suspend(p_verdict, p_question, p_now);
    v_new := (select array_agg(n) from unnest(v_new) n where p_verdict[n] = 'admitted');
end
$$;

alter function gate.charge_unproved(gate.question[], text[], timestamptz) owner to egide_gate;
revoke all on function gate.charge_unproved(gate.question[], text[], timestamptz) from public;
