-- Contain a segment, or open it again ('open'); felt by the next question of every process. A fact never loosens
-- what a person tightened, nor shortens it.
create or replace function gate.set_segment(p_kind text, p_value text, p_mode text, p_reason text, p_author text,
    p_until timestamptz)
returns void
language plpgsql security definer
set search_path = gate, pg_temp
as $$
declare
    v_now constant timestamptz := gate.instant();
begin
    if p_mode = 'open' then
        update gate.segment set until = v_now where kind = p_kind and value = p_value and until > v_now;
    else
        insert into gate.segment as s (kind, value, mode, reason, author, since, until)
        values (p_kind, p_value, p_mode, p_reason, p_author, v_now, p_until)
            on conflict (kind, value) do update
           set mode = excluded.mode, reason = excluded.reason, author = excluded.author, since = excluded.since,
               until = excluded.until
         where s.until <= v_now or excluded.author <> 'gate';
    end if;
    insert into gate.segment_log (at, kind, value, mode, reason, author, until)
    values (v_now, p_kind, p_value, p_mode, p_reason, p_author, p_until);
end $$;

alter function gate.set_segment(text, text, text, text, text, timestamptz) owner to egide_gate;
revoke all on function gate.set_segment(text, text, text, text, text, timestamptz) from public;
