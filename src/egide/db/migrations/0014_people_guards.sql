-- What is ended stays ended, whoever asks: no statement of the counter, and no slip of an owner, opens it again.
create function ended_once() returns trigger
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
create trigger account_ended before update on account
    for each row execute function ended_once('closed_at');
create trigger passkey_ended before update on passkey
    for each row execute function ended_once('revoked_at');
create trigger invitation_ended before update on invitation
    for each row execute function ended_once('used_at');
create trigger web_session_ended before update on web_session
    for each row execute function ended_once('closed_at');
create trigger caller_key_ended before update on caller_key
    for each row execute function ended_once('revoked_at');

revoke update (closed_at) on account from egide_app;
alter table web_session add constraint web_session_short check (ends_at <= opened_at + interval '4 hours');
-- A challenge is answered by the browser it was given to.
delete from ceremony;
alter table ceremony add column thumbprint text not null;
create index ceremony_expires_idx on ceremony (expires_at);
create index caller_key_revoked_idx on caller_key (revoked_at) where revoked_at is not null;
