-- Contain an establishment for a day on a fact: only its card serves. Who took the counter's login can make such facts
-- of anybody, so that no more than twenty, or one in fifty of all, are contained in an hour by what nobody signed for
-- (a replay, a streak), or by canaries, whose addresses it can ask in anybody's name; those beyond are told like the
-- others, and a person decides.
create or replace function gate.contain_by_fact(p_establishment uuid, p_kind text, p_now timestamptz) returns void
language plpgsql
as $$
declare
    v_lately constant bigint := (select count(*)
                                   from gate.segment s
                                  where s.kind = 'establishment' and s.author = 'gate'
                                    and (s.reason = 'canary') = (p_kind = 'canary')
                                    and s.reason in ('replayed', 'streak', 'canary')
                                    and s.since > p_now - interval '1 hour');
begin
    if v_lately >= 20 and v_lately >= (select count(*) / 50 from gate.budget) then
        return;
    end if;
    perform gate.set_segment('establishment', p_establishment::text, 'card-only', p_kind, 'gate',
                             p_now + interval '24 hours');
end
$$;

alter function gate.contain_by_fact(uuid, text, timestamptz) owner to egide_gate;
revoke all on function gate.contain_by_fact(uuid, text, timestamptz) from public;
