-- The account of a session that serves, where it has one of these roles; nobody otherwise. It is read with the rights
-- of whoever calls it: the functions that show something to a session.
create or replace function public.session_account(p_session uuid, variadic p_roles text[]) returns setof account
language sql stable
as $$
    select k.*
      from web_session s
      join account k on k.account_id = s.account_id and k.closed_at is null and k.role = any (p_roles)
     where s.session_id = p_session and s.closed_at is null and s.ends_at > clock_timestamp()
$$;

revoke all on function public.session_account(uuid, text[]) from public;
