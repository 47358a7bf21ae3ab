-- What is ended stays ended, whoever asks: no statement of the counter, and no slip of an owner, opens it again.
create or replace function public.ended_once() returns trigger
language plpgsql set search_path = pg_catalog
as $$
declare
    ended constant text := tg_argv[0];
    was constant jsonb := to_jsonb(old) -> ended;
begin
    if was <> 'null'::jsonb and was is distinct from to_jsonb(new) -> ended then
        raise exception '% of % is set once', ended, tg_table_name using errcode = 'check_violation';
    end if;
    return new;
end $$;

revoke all on function public.ended_once() from public;

create or replace trigger account_ended
    before update on public.account
    for each row execute function ended_once('closed_at');
create or replace trigger caller_key_ended
    before update on public.caller_key
    for each row execute function ended_once('revoked_at');
create or replace trigger caller_key_revoked_by_once
    before update on public.caller_key
    for each row execute function ended_once('revoked_by');
create or replace trigger invitation_ended
    before update on public.invitation
    for each row execute function ended_once('used_at');
create or replace trigger passkey_ended
    before update on public.passkey
    for each row execute function ended_once('revoked_at');
create or replace trigger vendor_key_ended
    before update on public.vendor_key
    for each row execute function ended_once('revoked_at');
create or replace trigger web_session_ended
    before update on public.web_session
    for each row execute function ended_once('closed_at');
