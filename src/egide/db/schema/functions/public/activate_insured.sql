-- The account of whom a code names, opened if there is none; null for a code that is worth nothing. A code issued
-- after an account was opened closes it, with all that lets in: it is how who lost its passkey comes back. The
-- clock is the database's own.
create or replace function public.activate_insured(p_address uuid, p_account uuid, p_label bytea) returns uuid
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_at      constant timestamptz := clock_timestamp();
    v_person  uuid;
    v_issued  timestamptz;
    v_account uuid;
    v_created timestamptz;
begin
    select a.person_id, a.issued_at into v_person, v_issued
      from gate.activation a
     where a.address = gate.kept(p_address) and a.expires_at > v_at;
    if not found then
        return null;
    end if;
    select k.account_id, k.created_at into v_account, v_created
      from account k
     where k.person_id = v_person and k.closed_at is null
       for update;
    if found and v_created >= v_issued then
        return v_account;
    end if;
    if found then
        update account set closed_at = v_at where account_id = v_account;
        update passkey set revoked_at = v_at, revoked_why = 'lost' where account_id = v_account and revoked_at is null;
        update web_session set closed_at = v_at where account_id = v_account and closed_at is null;
    end if;
    insert into account (account_id, role, person_id, label_sealed, created_at)
    values (p_account, 'insured', v_person, p_label, greatest(v_at, v_issued))
        on conflict (person_id) where closed_at is null do nothing;
    return (select k.account_id from account k where k.person_id = v_person and k.closed_at is null);
end $$;

revoke all on function public.activate_insured(uuid, uuid, bytea) from public;
grant execute on function public.activate_insured(uuid, uuid, bytea) to egide_portal;
