-- Hold back, of the verdicts of a batch, what was not said beforehand (gate.intend) for the same address, by another
-- transaction and within the last minute: its budget had no room, or nobody said it. The others' rows are taken away.
create or replace function gate.hold_to_intents(p_verdict text[], p_question gate.question[], p_now timestamptz)
returns text[]
language plpgsql
as $$
declare
    v_verdict text[] := p_verdict;
    q         record;
begin
    for q in
        with said as (
            delete from gate.intent i
             using unnest(p_question) as t (establishment, entry, software, proof, purpose, basis, address, care_on,
                                            key, method, amc)
             where i.establishment_id = t.establishment and i.entry_id = t.entry and i.address = t.address
               and i.basis = t.basis and i.at > p_now - interval '1 minute' and gate.is_earlier(i.xid)
            returning i.establishment_id, i.entry_id
        )
        select t.ord, b.establishment_id is not null as has_budget
          from unnest(p_question) with ordinality as t (establishment, entry, software, proof, purpose, basis, address,
                                                        care_on, key, method, amc, ord)
          left join said s on s.establishment_id = t.establishment and s.entry_id = t.entry
          left join gate.budget b on b.establishment_id = t.establishment
         where t.basis in ('U', 'H') and s.entry_id is null
    loop
        if v_verdict[q.ord] = 'admitted' then
            v_verdict[q.ord] := case when q.has_budget then 'over-budget' else 'suspended' end;
        end if;
    end loop;
    return v_verdict;
end
$$;

alter function gate.hold_to_intents(text[], gate.question[], timestamptz) owner to egide_gate;
revoke all on function gate.hold_to_intents(text[], gate.question[], timestamptz) from public;
