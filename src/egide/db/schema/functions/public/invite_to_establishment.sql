-- An administrator lets in, and shuts out, the professionals and assistants of its own establishment; administrators
-- change by two persons.
create or replace function public.invite_to_establishment(
    p_session uuid,
    p_account uuid,
    p_role text,
    p_label bytea,
    p_code bytea
)
returns boolean
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_at    constant timestamptz := clock_timestamp();
    v_establishment uuid;
begin
    select k.establishment_id into v_establishment
      from web_session s
      join account k using (account_id)
     where s.session_id = p_session and s.closed_at is null and s.ends_at > v_at and k.closed_at is null
         and k.role = 'administrator';
    if not found or p_role not in ('professional', 'assistant') then
        return false;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('invitations ' || v_establishment::text, 0));
    if (select count(*) from account a join invitation i using (account_id)
         where a.establishment_id = v_establishment and a.closed_at is null and i.used_at is null
             and i.expires_at > v_at) >= 50 then
        return false;
    end if;
    insert into account (account_id, role, establishment_id, label_sealed, created_at) values (p_account, p_role,
        v_establishment, p_label, v_at);
    insert into invitation (code_hash, account_id, expires_at) values (p_code, p_account, v_at + interval '7 days');
    return true;
end $$;

revoke all on function public.invite_to_establishment(uuid, uuid, text, bytea, bytea) from public;
grant execute on function public.invite_to_establishment(uuid, uuid, text, bytea, bytea) to egide_portal;
