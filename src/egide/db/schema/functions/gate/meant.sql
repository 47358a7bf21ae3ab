-- Who is meant by a code of the person's own page, used up even where it is late, or by an alias.
create or replace function gate.meant(p_question gate.question[], p_verdict text[], p_now timestamptz) returns uuid[]
language plpgsql
as $$
declare
    v_meant uuid[] := array_fill(null::uuid, array[cardinality(p_question)]);
    m       record;
begin
    for m in
        with taken as (
            delete from gate.presence p
             using unnest(p_question) with ordinality as q (establishment, entry, software, proof, purpose, basis,
                                                            address, care_on, key, method, ord)
             where p.address = q.address and q.basis = 'A' and p_verdict[q.ord] = 'admitted'
            returning q.ord, p.person_id, p.establishment_id = q.establishment and p.expires_at > p_now as is_good
        )
        select t.ord, t.person_id from taken t where t.is_good
        union all
        select q.ord, r.person_id
          from unnest(p_question) with ordinality as q (establishment, entry, software, proof, purpose, basis, address,
                                                        care_on, key, method, ord)
          join gate.relation r on r.establishment_id = q.establishment and r.alias = q.address
         where q.basis = 'H' and p_verdict[q.ord] = 'admitted'
    loop
        v_meant[m.ord] := m.person_id;
    end loop;
    return v_meant;
end
$$;

alter function gate.meant(gate.question[], text[], timestamptz) owner to egide_gate;
revoke all on function gate.meant(gate.question[], text[], timestamptz) from public;
