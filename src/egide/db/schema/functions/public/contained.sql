-- What is contained now, for operators and auditors.
create or replace function public.contained(p_session uuid)
returns table (kind text, value text, mode text, reason text, author text, since timestamptz, until timestamptz)
language sql stable security definer
set search_path = public, pg_temp
as $$
    select g.kind, g.value, g.mode, g.reason, g.author, g.since, g.until
      from session_account(p_session, 'operator', 'auditor') k
     cross join gate.segment g
     where g.until > clock_timestamp()
     order by g.since
$$;

revoke all on function public.contained(uuid) from public;
grant execute on function public.contained(uuid) to egide_portal;
