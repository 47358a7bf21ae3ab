-- Accounts of professionals and staff that nobody has used for 180 days are closed, by the database's own clock. An
-- insured person's is not: it opens nothing but what was learned about that person.
create or replace function public.close_dormant_accounts() returns bigint
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_at     constant timestamptz := clock_timestamp();
    v_closed uuid[];
begin
    with dormant as (
        select account_id
          from account
         where closed_at is null and role <> 'insured' and coalesce(used_at, created_at) < v_at - interval '180 days'
         limit 1000
           for update skip locked
    ), closed as (
        update account a set closed_at = v_at from dormant d where a.account_id = d.account_id returning a.account_id
    )
    select coalesce(array_agg(account_id), '{}') into v_closed from closed;
    update invitation set used_at = v_at where account_id = any (v_closed) and used_at is null;
    update passkey set revoked_at = v_at, revoked_why = 'dormant' where account_id = any (v_closed)
        and revoked_at is null;
    update web_session set closed_at = v_at where account_id = any (v_closed) and closed_at is null;
    return cardinality(v_closed);
end $$;

revoke all on function public.close_dormant_accounts() from public;
grant execute on function public.close_dormant_accounts() to egide_portal;
