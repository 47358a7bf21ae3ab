-- Who is meant by a code of the person's own page, used up even where it is late, or by an alias. A hundred pages a
-- day open an answer to an establishment: whoever plays persons is held to that, and the next shows its card.
create or replace function gate.meant(p_question gate.question[], p_verdict text[], p_now timestamptz) returns uuid[]
language plpgsql
as $$
declare
    v_meant uuid[] := array_fill(null::uuid, array[cardinality(p_question)]);
    m       record;
begin
    -- One batch after another for an establishment, so that no two count the same place.
    perform pg_advisory_xact_lock(hashtextextended('egide page ' || e::text, 0))
       from (select distinct q.establishment as e
               from unnest(p_question) as q (establishment, entry, software, proof, purpose, basis, address, care_on,
                                             key, method)
              where q.basis = 'A'
              order by 1) t;
    for m in
        with taken as (
            delete from gate.presence p
             using unnest(p_question) with ordinality as q (establishment, entry, software, proof, purpose, basis,
                                                            address, care_on, key, method, amc, ord)
             where p.address = q.address and q.basis = 'A' and p_verdict[q.ord] = 'admitted'
            returning q.ord, p.person_id, p.establishment_id,
                      p.establishment_id = q.establishment and p.expires_at > p_now as is_good
        )
        select t.ord, t.person_id
          from taken t
         where t.is_good
           and (select count(*) from gate.page_opened o
                 where o.establishment_id = t.establishment_id and o.at > p_now - interval '24 hours')
               + (select count(*) from taken b
                   where b.is_good and b.establishment_id = t.establishment_id and b.ord < t.ord) < 100
        union all
        select q.ord, r.person_id
          from unnest(p_question) with ordinality as q (establishment, entry, software, proof, purpose, basis, address,
                                                        care_on, key, method, amc, ord)
          join gate.relation r on r.establishment_id = q.establishment and r.alias = q.address
         where q.basis = 'H' and p_verdict[q.ord] = 'admitted'
    loop
        v_meant[m.ord] := m.person_id;
        if (p_question[m.ord]).basis = 'A' then
            insert into gate.page_opened (establishment_id, at) values ((p_question[m.ord]).establishment, p_now);
        end if;
    end loop;
    return v_meant;
end
$$;

alter function gate.meant(gate.question[], text[], timestamptz) owner to egide_gate;
revoke all on function gate.meant(gate.question[], text[], timestamptz) from public;
