-- Browsers that left for another house's word and are not back: Pro Santé Connect, or an insurer's members' space.
alter table psc_login rename to oidc_login;
alter index psc_login_expires_idx rename to oidc_login_expires_idx;
alter table oidc_login add column peer text not null default 'psc';
alter table oidc_login alter column peer drop default;

-- The account of a person of an insurer, opened if it never had one; null if the insurer has no such person, or if the account
-- was closed: a new code opens another (activate_insured).
create function enrol_insured(p_amc text, p_person uuid, p_account uuid, p_label bytea) returns uuid
language plpgsql security definer
set search_path = public, pg_temp
as $$
begin
    perform from gate.person p join insurer i using (insurer_id) where p.person_id = p_person and i.amc_number = p_amc;
    if not found then
        return null;
    end if;
    insert into account (account_id, role, person_id, label_sealed, created_at)
    select p_account, 'insured', p_person, p_label, clock_timestamp()
     where not exists (select from account a where a.person_id = p_person)
        on conflict (person_id) where closed_at is null do nothing;
    return (select k.account_id from account k where k.person_id = p_person and k.closed_at is null);
end $$;
revoke all on function enrol_insured from public;
grant execute on function enrol_insured to egide_app;

-- Sessions whose browser keeps a key in the machine itself (Device Bound Session Credentials), and from when its cookie is asked.
alter table web_session add column device_jwk text, add column device_from timestamptz;
alter table web_session add constraint web_session_device_whole check ((device_jwk is null) = (device_from is null));
grant update (device_jwk, device_from) on web_session to egide_app;
alter table ceremony drop constraint ceremony_purpose_known;
alter table ceremony add constraint ceremony_purpose_known
    check (purpose in ('enrol', 'login', 'touch', 'add', 'sign', 'device'));

-- A newcomer that has shown what it is gets the budget of the others; its segment and its debt stay.
create function gate.prove(p_establishment uuid) returns boolean
language plpgsql security definer
set search_path = gate, pg_temp
as $$
begin
    update gate.budget
       set day_limit = greatest(day_limit, 100), month_limit = greatest(month_limit, 60)
     where establishment_id = p_establishment;
    return found;
end $$;
alter function gate.prove owner to egide_gate;
revoke all on function gate.prove from public;
