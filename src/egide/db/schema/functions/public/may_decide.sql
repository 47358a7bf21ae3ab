-- An applicant that lost its passkey asks for itself too, having come back by Pro Santé Connect.
create or replace function public.may_decide(
    p_account uuid,
    p_establishment uuid,
    p_kind text,
    p_subject uuid,
    p_asks boolean
)
returns boolean
language sql stable security definer
set search_path = public, pg_temp
as $$
    select exists (
        select from account a
         where a.account_id = p_account and a.closed_at is null
           and (p_account is distinct from p_subject
                    and (a.role = 'administrator' and a.establishment_id = p_establishment
                         or a.role = 'operator' and (p_kind = 'recovery' or not p_asks))
                or p_account = p_subject and p_kind = 'recovery' and p_asks
                    and (a.rpps is not null or exists (select from applicant p where p.account_id = a.account_id)))
    )
$$;

revoke all on function public.may_decide(uuid, uuid, text, uuid, boolean) from public;
