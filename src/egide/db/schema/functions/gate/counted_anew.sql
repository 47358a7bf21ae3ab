-- Which new typed persons of a batch (by position) count in the caps of segments: each once a day for an establishment,
-- a hundred at most.
create or replace function gate.counted_anew(p_question gate.question[], p_new bigint[], p_now timestamptz)
returns bigint[]
language plpgsql
as $$
declare
    v_day     constant date := (p_now at time zone 'UTC')::date;
    v_counted bigint[];
    q         record;
begin
    for q in
        select t.ord, t.establishment, t.address
          from unnest(p_question) with ordinality as t (establishment, entry, software, proof, purpose, basis, address,
                                                        care_on, key, method, amc, ord)
         where t.ord = any (p_new)
         order by t.establishment, t.ord
    loop
        insert into gate.segment_counted (day, establishment_id, address)
        select v_day, q.establishment, q.address
         where (select count(*) from gate.segment_counted c
                 where c.establishment_id = q.establishment and c.day = v_day) < 100
            on conflict do nothing;
        if found then
            v_counted := v_counted || q.ord;
        end if;
    end loop;
    return v_counted;
end
$$;

alter function gate.counted_anew(gate.question[], bigint[], timestamptz) owner to egide_gate;
revoke all on function gate.counted_anew(gate.question[], bigint[], timestamptz) from public;
