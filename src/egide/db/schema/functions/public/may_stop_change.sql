-- Whether an account may stop a change: who may decide, who asked or approved it, or whom it is about; but nobody keeps
-- oneself an administrator.
create or replace function public.may_stop_change(p_account uuid, p_change establishment_change) returns boolean
language sql stable security definer
set search_path = public, pg_temp
as $$
    select exists (select from account a
                    where a.account_id = p_account
                      and (a.closed_at is null
                           and (a.role = 'operator'
                                or a.role = 'administrator' and a.establishment_id = p_change.establishment_id)
                           or p_account in (p_change.asked_by, p_change.approved_by, p_change.subject)))
       and not (p_account = p_change.subject and p_change.kind = 'administrator' and p_change.shown <> 'administrator'
                and exists (select from account a where a.account_id = p_change.subject and a.closed_at is null))
$$;

revoke all on function public.may_stop_change(uuid, establishment_change) from public;
