-- An establishment keeps an administrator: who would be its last is not made anything else.
create or replace function public.another_administrator(p_establishment uuid, p_account uuid) returns boolean
language sql stable security definer
set search_path = public, pg_temp
as $$
    select exists (select from account a
                    where a.establishment_id = p_establishment and a.role = 'administrator' and a.closed_at is null
                      and a.account_id <> p_account)
$$;

revoke all on function public.another_administrator(uuid, uuid) from public;
