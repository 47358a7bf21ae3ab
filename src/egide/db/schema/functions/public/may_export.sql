-- Whether an account is of an insurer's staff, open and its own.
create or replace function public.may_export(p_account uuid, p_insurer uuid) returns boolean
language sql stable security definer
set search_path = public, pg_temp
as $$
    select exists (select from account a
                    where a.account_id = p_account and a.insurer_id = p_insurer and a.role = 'insurer'
                        and a.closed_at is null)
$$;

revoke all on function public.may_export(uuid, uuid) from public;
