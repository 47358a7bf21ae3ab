-- Shut every flow where a witness saw more of the log than this database holds: it was restored too far back, and
-- what it would answer, nobody could prove afterwards. A person opens each again. True if anything was open.
create or replace function gate.shut_behind_witness(p_said text) returns boolean
language plpgsql security definer
set search_path = gate, pg_temp
as $$
declare
    v_flow text;
    v_shut boolean := false;
begin
    foreach v_flow in array array['rights', 'claim', 'preauth', 'payments', 'portal'] loop
        if not exists (select from gate.segment s
                        where (s.kind, s.value, s.mode) = ('flow', v_flow, 'off')
                          and s.until > gate.instant() + interval '1 day') then
            perform gate.set_segment('flow', v_flow, 'off', p_said, 'log', gate.instant() + interval '30 days');
            v_shut := true;
        end if;
    end loop;
    return v_shut;
end
$$;

alter function gate.shut_behind_witness(text) owner to egide_gate;
revoke all on function gate.shut_behind_witness(text) from public;
grant execute on function gate.shut_behind_witness(text) to egide_logger;
