-- Shut every door of an account: its codes, ceremonies, passkeys and sessions.
create or replace function public.let_nothing_in(p_account uuid, p_at timestamptz, p_why text) returns void
language sql security definer
set search_path = public, pg_temp
as $$
    update invitation set used_at = p_at where account_id = p_account and used_at is null;
    delete from ceremony where account_id = p_account;
    update passkey set revoked_at = p_at, revoked_why = p_why where account_id = p_account and revoked_at is null;
    update web_session set closed_at = p_at where account_id = p_account and closed_at is null;
$$;

revoke all on function public.let_nothing_in(uuid, timestamptz, text) from public;
