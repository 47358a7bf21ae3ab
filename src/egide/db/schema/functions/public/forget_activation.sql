-- A code has served once its person has a passkey: it is forgotten.
create or replace function public.forget_activation(p_account uuid) returns void
language sql security definer
set search_path = public, pg_temp
as $$
    delete from gate.activation a
     using account k
     where k.account_id = p_account and a.person_id = k.person_id
       and exists (select from passkey p where p.account_id = k.account_id)
$$;

revoke all on function public.forget_activation(uuid) from public;
grant execute on function public.forget_activation(uuid) to egide_portal;
