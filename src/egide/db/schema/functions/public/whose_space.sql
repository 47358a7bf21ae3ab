-- The person of a session, if its space is open by a transaction before this one; nobody otherwise.
create or replace function public.whose_space(p_session uuid) returns uuid
language sql stable security definer
set search_path = public, pg_temp
as $$
    select k.person_id
      from web_session s
      join account k on k.account_id = s.account_id and k.closed_at is null and k.role = 'insured'
      join gate.own_space o on o.account_id = k.account_id and o.session_id = s.session_id
     where s.session_id = p_session and s.closed_at is null and s.ends_at > clock_timestamp()
       and o.opened_at > clock_timestamp() - interval '1 hour'
       and o.xid is distinct from pg_current_xact_id_if_assigned()
$$;

revoke all on function public.whose_space(uuid) from public;
