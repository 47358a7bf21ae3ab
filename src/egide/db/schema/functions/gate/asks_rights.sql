-- Whether an insurer answers by itself whether its persons are covered: what it says is not said yet.
create or replace function gate.asks_rights(p_insurer uuid, p_now timestamptz) returns boolean
language sql stable
as $$
    select coalesce((select 'rights' = any (s.asked)
                       from public.insurer_service s
                      where s.insurer_id = p_insurer and s.since <= p_now
                      order by s.since desc
                      limit 1), false)
$$;

alter function gate.asks_rights(uuid, timestamptz) owner to egide_gate;
revoke all on function gate.asks_rights(uuid, timestamptz) from public;
