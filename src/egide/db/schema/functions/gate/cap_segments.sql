-- Hold the new typed persons of a batch to the caps of their segments. Beyond one, nothing is told and nothing is owed:
-- the person is new the next time it is asked for. A person counts once a day for an establishment, however often it
-- is typed, and an establishment a hundred times at most, its own budget: it spends nobody else's (GATE, I9).
-- A twin in the same batch was admitted on the first one's charge: it is kept out with it.
create or replace function gate.cap_segments(
    p_question gate.question[],
    p_verdict text[],
    p_new bigint[],
    p_now timestamptz
) returns text[]
language plpgsql
as $$
declare
    v_verdict text[] := p_verdict;
    v_counted bigint[] := gate.counted_anew(p_question, p_new, p_now);
    v_ord     bigint;
begin
    for v_ord in
        select unnest(gate.beyond_caps(array_agg(n.ord), array_agg(n.kind), array_agg(n.value), array_agg(n.shard),
                                       (p_now at time zone 'UTC')::date))
          from (select q.ord, s.kind, s.value, (hashtext(q.establishment::text) & 15) as shard
                  from unnest(p_question) with ordinality as q (establishment, entry, software, proof, purpose, basis,
                                                                address, care_on, key, method, amc, ord)
                  left join public.establishment h on h.establishment_id = q.establishment
                  left join public.software w on w.software_id = q.software
                 cross join lateral (values ('profession', h.profession), ('department', h.department),
                                            ('vendor', w.vendor)) s (kind, value)
                 where q.ord = any (v_counted) and s.value is not null) n
        having count(*) > 0
    loop
        v_verdict := array(
            select case when q.basis = 'U' and q.address = (p_question[v_ord]).address
                             and q.establishment = (p_question[v_ord]).establishment
                             and v_verdict[q.ord] = 'admitted' then 'over-cap' else v_verdict[q.ord] end
              from unnest(p_question) with ordinality as q (establishment, entry, software, proof, purpose, basis,
                                                            address, care_on, key, method, amc, ord)
             order by q.ord);
        delete from gate.unproved_query d
         where d.establishment_id = (p_question[v_ord]).establishment and d.basis = 'U'
           and d.address = (p_question[v_ord]).address and d.first_at >= p_now;
        -- What was owed before this batch is owed still: as old as it was, and held if it had been.
        update gate.unproved_query d
           set asked_at = d.first_at, held = d.first_at > p_now - interval '30 days'
         where d.establishment_id = (p_question[v_ord]).establishment and d.basis = 'U'
           and d.address = (p_question[v_ord]).address and d.first_at < p_now;
        delete from gate.segment_counted c
         where c.establishment_id = (p_question[v_ord]).establishment
           and c.day = (p_now at time zone 'UTC')::date and c.address = (p_question[v_ord]).address;
    end loop;
    return v_verdict;
end
$$;

alter function gate.cap_segments(gate.question[], text[], bigint[], timestamptz) owner to egide_gate;
revoke all on function gate.cap_segments(gate.question[], text[], bigint[], timestamptz) from public;
