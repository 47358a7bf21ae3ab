-- An administrator closes the account of somebody of its own establishment, never its own.
create or replace function public.shut_out_of_establishment(p_session uuid, p_account uuid) returns boolean
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_at constant timestamptz := clock_timestamp();
begin
    update account t set closed_at = v_at
      from web_session s
      join account k using (account_id)
     where s.session_id = p_session and s.closed_at is null and s.ends_at > v_at and k.closed_at is null
         and k.role = 'administrator'
       and t.account_id = p_account and t.establishment_id = k.establishment_id and t.role in ('professional',
           'assistant')
       and t.closed_at is null;
    if not found then
        return false;
    end if;
    perform let_nothing_in(p_account, v_at, 'closed');
    return true;
end $$;

revoke all on function public.shut_out_of_establishment(uuid, uuid) from public;
grant execute on function public.shut_out_of_establishment(uuid, uuid) to egide_portal;
