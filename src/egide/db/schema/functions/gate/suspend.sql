-- Suspend, of the verdicts of a batch, those of contained segments: all of what is off, what is typed or of a relation
-- where only a card serves.
create or replace function gate.suspend(p_verdict text[], p_question gate.question[], p_now timestamptz) returns text[]
language plpgsql
as $$
declare
    v_verdict text[] := p_verdict;
    s         record;
begin
    if not exists (select from gate.segment g where g.until > p_now) then
        return p_verdict;
    end if;
    for s in
        select q.ord, q.basis, bool_or(g.mode = 'off') as is_off
          from unnest(p_question) with ordinality as q (establishment, entry, software, proof, purpose, basis, address,
                                                        care_on, key, method, amc, ord)
          left join public.establishment h on h.establishment_id = q.establishment
          left join public.software w on w.software_id = q.software
          left join public.caller_key k on k.thumbprint = q.key
          join gate.segment g
            on g.until > p_now
           and (g.kind, g.value) in (('establishment', q.establishment::text), ('key', q.key), ('method', q.method),
                                     ('flow', case q.purpose when 'quote' then 'preauth' else q.purpose end),
                                     ('profession', h.profession), ('department', h.department),
                                     ('vendor', w.vendor), ('build', w.vendor || ' ' || w.product || ' ' || w.version),
                                     ('concentrator', k.concentrator))
         group by q.ord, q.basis
    loop
        if v_verdict[s.ord] = 'admitted' and (s.is_off or s.basis in ('U', 'H')) then
            v_verdict[s.ord] := 'suspended';
        end if;
    end loop;
    return v_verdict;
end
$$;

alter function gate.suspend(text[], gate.question[], timestamptz) owner to egide_gate;
revoke all on function gate.suspend(text[], gate.question[], timestamptz) from public;
