-- The person of a session, if its space is open by a transaction before this one; nobody otherwise.
create or replace function public.whose_space(p_session uuid) returns uuid
language sql stable security definer
set search_path = public, pg_temp
as $$
    select k.person_id
      from session_account(p_session, 'insured') k
      join gate.own_space o on o.account_id = k.account_id and o.session_id = p_session
     where o.opened_at > clock_timestamp() - interval '1 hour'
       and o.xid is distinct from pg_current_xact_id_if_assigned()
$$;

revoke all on function public.whose_space(uuid) from public;
