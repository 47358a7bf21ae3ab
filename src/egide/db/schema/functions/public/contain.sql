-- An operator contains a segment: 'done', 'no-operator' for another's session, 'looser' for what would open more, or
-- sooner, than what is in force, or would shut for more than thirty days. Whoever takes the server over can forge a
-- session: it may shut, and opens nothing.
create or replace function public.contain(
    p_session uuid,
    p_kind text,
    p_value text,
    p_mode text,
    p_reason text,
    p_until timestamptz
)
returns text
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_account uuid;
begin
    perform gate.read_committed();
    select k.account_id into v_account
      from session_account(p_session, 'operator') k;
    if v_account is null or not is_admitted(v_account, 'operator') then
        return 'no-operator';
    end if;
    perform pg_advisory_xact_lock(hashtextextended('egide contain ' || p_kind || ' ' || p_value, 0));
    if p_mode not in ('card-only', 'off') or p_until > clock_timestamp() + interval '30 days'
       or exists (select from gate.segment g
                   where g.kind = p_kind and g.value = p_value and g.until > clock_timestamp()
                     and (g.until > p_until or g.mode = 'off' and p_mode = 'card-only')) then
        return 'looser';
    end if;
    perform gate.set_segment(p_kind, p_value, p_mode, p_reason, v_account::text, p_until);
    return 'done';
end $$;

revoke all on function public.contain(uuid, text, text, text, text, timestamptz) from public;
grant execute on function public.contain(uuid, text, text, text, text, timestamptz) to egide_portal;
