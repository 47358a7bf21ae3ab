-- A house enrols itself: by a professional whom Pro Santé Connect places there, at a site of the national register that is not
-- contracted yet. Whoever applies has an account of its own until then, which opens nothing else.
alter table account drop constraint account_role_known, drop constraint account_role_has_its_house;
alter table account
    add constraint account_role_known check
        (role in ('professional', 'administrator', 'assistant', 'insurer', 'operator', 'auditor', 'insured', 'applicant')),
    add constraint account_role_has_its_house check
        ((role in ('professional', 'administrator', 'assistant')) = (establishment_id is not null)
         and (role = 'insurer') = (insurer_id is not null)
         and (role = 'insured') = (person_id is not null));

create table applicant (
    account_id uuid primary key references account,
    rpps       text not null,
    profession text not null,
    sirets     text[] not null,
    finess     text[] not null,
    proved_at  timestamptz not null,
    constraint applicant_rpps_form check (rpps ~ '^[0-9]{11}$')
);
create index applicant_rpps_idx on applicant (rpps);
grant select on applicant to egide_app;
grant select on finess_site to egide_app;

create table house_application (
    application_id uuid primary key,
    account_id     uuid not null references applicant,
    finess         text not null,
    siret          text not null,
    iban_sealed    bytea not null,
    iban_tail      text not null,
    contact_sealed bytea not null,
    contact_shown  text not null,
    payee          text not null,
    document       text not null,
    asked_at       timestamptz not null,
    decided_by     uuid references account (account_id),
    decided_at     timestamptz,
    accepted       boolean,
    establishment_id uuid references establishment,
    constraint house_application_payee_known check (payee in ('match', 'close-match', 'unavailable')),
    constraint house_application_decided_whole check ((decided_at is null) = (accepted is null))
);
create unique index house_application_one_open on house_application (account_id) where decided_at is null;

-- What was signed, by which passkey: whoever doubts it verifies the signature again (WebAuthn, section 7.2).
create table convention_signature (
    application_id     uuid primary key references house_application,
    credential_id      bytea not null,
    nonce              bytea not null,
    client_data        bytea not null,
    authenticator_data bytea not null,
    signature          bytea not null,
    signed_at          timestamptz not null,
    starts_on          date not null,
    ends_on            date not null,
    establishment_id   uuid references establishment,
    constraint convention_signature_has_a_term check (ends_on > starts_on)
);
alter table ceremony drop constraint ceremony_purpose_known;
alter table ceremony add constraint ceremony_purpose_known check (purpose in ('enrol', 'login', 'touch', 'add', 'sign'));

grant select (application_id, account_id, finess, siret, iban_tail, contact_shown, payee, document, asked_at, decided_by, decided_at,
              accepted, establishment_id) on house_application to egide_app;
grant insert (application_id, account_id, finess, siret, iban_sealed, iban_tail, contact_sealed, contact_shown, payee, document, asked_at)
    on house_application to egide_app;
grant select (application_id, signed_at), insert on convention_signature to egide_app;

-- Sites of the register where somebody practises, that no contracted house has.
create function open_sites(p_sirets text[], p_finess text[])
returns table (finess text, siret text, name text, category text, department text)
language sql stable security definer
set search_path = public, pg_temp
as $$
    select f.finess, f.siret, f.name, f.category, f.department
      from finess_site f
     where (f.siret = any (p_sirets) or f.finess = any (p_finess)) and f.siret <> ''
       and not exists (select from establishment e where e.finess = f.finess or e.siret = f.siret)
     order by f.finess
     limit 50
$$;
revoke all on function open_sites from public;
grant execute on function open_sites to egide_app;

-- What a house at a site of the register is, by the profession of who applies and the site's category; null for none. Pharmacists
-- keep pharmacies (620) or laboratories (611, 612), and no hospital's.
create function site_profession(p_profession text, p_category text) returns text
language sql immutable
set search_path = pg_catalog
as $$
    select case when p_profession <> 'pharmacy' then p_profession
                when p_category = '620' then 'pharmacy'
                when p_category in ('611', '612') then 'laboratory' end
$$;

-- The account of who may apply, opened or proved again; null where there is nothing to apply for.
create function enrol_applicant(p_account uuid, p_rpps text, p_profession text, p_places text[][], p_label bytea) returns uuid
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_at      constant timestamptz := clock_timestamp();
    v_sirets  constant text[] := array(select unnest(p_places[1:1]));
    v_finess  constant text[] := array(select unnest(p_places[2:2]));
    v_account uuid;
begin
    if exists (select from professional p where p.rpps = p_rpps) or not exists (select from open_sites(v_sirets, v_finess)) then
        return null;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('applicant ' || p_rpps, 0));
    select a.account_id into v_account
      from applicant a
      join account k using (account_id)
     where a.rpps = p_rpps and k.closed_at is null and k.role = 'applicant';
    if not found then
        v_account := p_account;
        insert into account (account_id, role, label_sealed, created_at) values (p_account, 'applicant', p_label, v_at);
    end if;
    insert into applicant (account_id, rpps, profession, sirets, finess, proved_at)
    values (v_account, p_rpps, p_profession, v_sirets, v_finess, v_at)
        on conflict (account_id) do update
       set profession = excluded.profession, sirets = excluded.sirets, finess = excluded.finess, proved_at = excluded.proved_at;
    return v_account;
end $$;
revoke all on function enrol_applicant from public;
grant execute on function enrol_applicant to egide_app;

create function house_application_guard() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    if not exists (select from applicant a
                     join account k using (account_id)
                    cross join open_sites(a.sirets, a.finess) s
                    where a.account_id = new.account_id and k.closed_at is null and k.role = 'applicant'
                      and a.proved_at > clock_timestamp() - interval '30 days'
                      and site_profession(a.profession, s.category) is not null
                      and s.finess = new.finess and s.siret = new.siret) then
        raise exception 'who applies practises at the site it applies for, which no house has' using errcode = 'check_violation';
    end if;
    new.asked_at := clock_timestamp();
    return new;
end $$;
create trigger house_application_guard before insert on house_application
    for each row execute function house_application_guard();

-- Accept an application that was signed: of itself where the bank says that the account is the applicant's, by an operator's
-- hand otherwise. The house begins as a newcomer, its budget at two persons a day; who applied administers it.
create function decide_application(p_application uuid, p_establishment uuid, p_by uuid, p_accept boolean) returns boolean
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_at constant timestamptz := clock_timestamp();
    h    house_application;
    a    applicant;
    s    record;
begin
    select * into h from house_application x where x.application_id = p_application and x.decided_at is null for update;
    if not found then
        return false;
    end if;
    if p_by is not null and not exists (select from account k where k.account_id = p_by and k.role = 'operator' and k.closed_at is null) then
        return false;
    end if;
    if not p_accept then
        if p_by is null then
            return false;
        end if;
        update house_application set decided_by = p_by, decided_at = v_at, accepted = false, iban_sealed = '', contact_sealed = ''
         where application_id = p_application;
        return true;
    end if;
    if not exists (select from convention_signature c where c.application_id = p_application)
       or p_by is null and h.payee <> 'match' then
        return false;
    end if;
    select * into a from applicant x where x.account_id = h.account_id;
    select * into s from open_sites(a.sirets, a.finess) o where o.finess = h.finess and o.siret = h.siret;
    if not found or exists (select from professional p where p.rpps = a.rpps) then
        return false;
    end if;
    insert into establishment (establishment_id, finess, siret, profession, name, department, iban_sealed, iban_tail, enrolled_at)
    values (p_establishment, h.finess, h.siret, site_profession(a.profession, s.category), s.name, s.department, h.iban_sealed, h.iban_tail, v_at);
    insert into house_contact (establishment_id, contact_sealed, shown, since)
    values (p_establishment, h.contact_sealed, h.contact_shown, v_at);
    insert into professional (rpps, establishment_id) values (a.rpps, p_establishment);
    perform gate.open_budget(p_establishment, false);
    update account set role = 'administrator', establishment_id = p_establishment, rpps = a.rpps where account_id = h.account_id;
    update house_application
       set decided_by = p_by, decided_at = v_at, accepted = true, establishment_id = p_establishment, iban_sealed = '', contact_sealed = ''
     where application_id = p_application;
    update convention_signature set establishment_id = p_establishment where application_id = p_application;
    return true;
end $$;
revoke all on function decide_application from public;
grant execute on function decide_application to egide_app;

-- An administrator lets in, and shuts out, the professionals and assistants of its own house; administrators change by two persons.
create function invite_to_house(p_session uuid, p_account uuid, p_role text, p_label bytea, p_code bytea) returns boolean
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_at    constant timestamptz := clock_timestamp();
    v_house uuid;
begin
    select k.establishment_id into v_house
      from web_session s
      join account k using (account_id)
     where s.session_id = p_session and s.closed_at is null and s.ends_at > v_at and k.closed_at is null and k.role = 'administrator';
    if not found or p_role not in ('professional', 'assistant') then
        return false;
    end if;
    insert into account (account_id, role, establishment_id, label_sealed, created_at) values (p_account, p_role, v_house, p_label, v_at);
    insert into invitation (code_hash, account_id, expires_at) values (p_code, p_account, v_at + interval '7 days');
    return true;
end $$;
revoke all on function invite_to_house from public;
grant execute on function invite_to_house to egide_app;

create function shut_out_of_house(p_session uuid, p_account uuid) returns boolean
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_at constant timestamptz := clock_timestamp();
begin
    update account t set closed_at = v_at
      from web_session s
      join account k using (account_id)
     where s.session_id = p_session and s.closed_at is null and s.ends_at > v_at and k.closed_at is null and k.role = 'administrator'
       and t.account_id = p_account and t.establishment_id = k.establishment_id and t.role in ('professional', 'assistant')
       and t.closed_at is null;
    if not found then
        return false;
    end if;
    perform let_nothing_in(p_account, v_at, 'closed');
    return true;
end $$;
revoke all on function shut_out_of_house from public;
grant execute on function shut_out_of_house to egide_app;

-- An application that was never signed is begun anew.
create function withdraw_unsigned(p_account uuid) returns void
language sql security definer
set search_path = public, pg_temp
as $$
    delete from house_application h
     where h.account_id = p_account and h.decided_at is null
       and not exists (select from convention_signature s where s.application_id = h.application_id)
$$;
revoke all on function withdraw_unsigned from public;
grant execute on function withdraw_unsigned to egide_app;
