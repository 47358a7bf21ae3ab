-- The insurer of the session that a transaction was opened for; null for any other.
create or replace function public.insurer_of_session() returns uuid
language sql stable security definer
set search_path = public, pg_temp
as $$
    select k.insurer_id
      from web_session s
      join account k using (account_id)
     where s.session_id = nullif(current_setting('egide.session', true), '')::uuid
       and s.closed_at is null and s.ends_at > clock_timestamp() and k.closed_at is null and k.role = 'insurer'
$$;

revoke all on function public.insurer_of_session() from public;
grant execute on function public.insurer_of_session() to egide_portal, egide_insurer;
