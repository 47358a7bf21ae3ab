-- Use the proof of each question of a batch, once: 'admitted', or 'replayed' where it was used before or comes twice.
-- A replay of the same question is a network's second try; of another question, a thief's: that is a fact.
create or replace function gate.use_proofs(p_question gate.question[], p_now timestamptz) returns text[]
language plpgsql
as $$
declare
    v_verdict text[];
begin
    with fresh as (
        insert into gate.proof (proof_hash, seen_at, address)
        select distinct on (q.proof) q.proof, p_now, q.address
          from unnest(p_question) with ordinality as q (establishment, entry, software, proof, purpose, basis, address,
                                                        care_on, key, method, amc, ord)
         order by q.proof, q.ord
            on conflict (proof_hash) do nothing
        returning proof_hash
    )
    select array_agg(case when f.proof_hash is not null and q.nth = 1 then 'admitted' else 'replayed' end
                     order by q.ord)
      into v_verdict
      from (select t.proof, t.ord, row_number() over (partition by t.proof order by t.ord) as nth
              from unnest(p_question) with ordinality as t (establishment, entry, software, proof, purpose, basis,
                                                            address, care_on, key, method, amc, ord)) q
      left join fresh f on f.proof_hash = q.proof;
    if 'replayed' = any (v_verdict) then
        insert into gate.fact (fact_id, at, kind, establishment_id, software_id, key)
        select gen_random_uuid(), p_now, 'replayed', q.establishment, q.software, coalesce(q.key, '')
          from unnest(p_question) with ordinality as q (establishment, entry, software, proof, purpose, basis, address,
                                                        care_on, key, method, amc, ord)
          join gate.proof p on p.proof_hash = q.proof and p.address is not null and p.address <> q.address
         where v_verdict[q.ord] = 'replayed';
    end if;
    return v_verdict;
end
$$;

alter function gate.use_proofs(gate.question[], timestamptz) owner to egide_gate;
revoke all on function gate.use_proofs(gate.question[], timestamptz) from public;
