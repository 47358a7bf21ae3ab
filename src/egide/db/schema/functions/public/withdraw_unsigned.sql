-- What is being signed at this instant is not withdrawn.
create or replace function public.withdraw_unsigned(p_account uuid) returns void
language sql security definer
set search_path = public, pg_temp
as $$
    delete from establishment_application h
     where h.application_id in (select x.application_id from establishment_application x
                                 where x.account_id = p_account and x.decided_at is null
                                   for update skip locked)
       and not exists (select from convention_signature s where s.application_id = h.application_id)
$$;

revoke all on function public.withdraw_unsigned(uuid) from public;
grant execute on function public.withdraw_unsigned(uuid) to egide_portal;
