-- Insured persons, who come in by a code printed beside their card and see who looked. An account knows its person by
-- the pseudonym alone.
alter table account add column person_id uuid;
alter table account drop constraint account_role_known, drop constraint account_role_has_its_house;
alter table account
    add constraint account_role_known check
        (role in ('professional', 'administrator', 'assistant', 'insurer', 'operator', 'auditor', 'insured')),
    add constraint account_role_has_its_house check
        ((role in ('professional', 'administrator', 'assistant')) = (establishment_id is not null)
         and (role = 'insurer') = (insurer_id is not null)
         and (role = 'insured') = (person_id is not null));
create unique index account_person_once on account (person_id) where closed_at is null;

-- Activation codes by their address, a keyed PRF: sixty bits would not resist a guess at their bare hash.
create table gate.activation (
    address    uuid primary key,
    person_id  uuid not null,
    issued_at  timestamptz not null,
    expires_at timestamptz not null
);
create unique index activation_person_once on gate.activation (person_id);
alter table gate.activation owner to egide_gate;
grant select, insert, update on gate.activation to egide_loader;

create index entry_person_idx on gate.entry (person_id, at) where person_id is not null;

-- The account of whom a code names, opened if there is none; null for a code that is worth nothing. A code issued after an account
-- was opened closes it, with all that lets in: it is how who lost its passkey comes back. The clock is the database's own.
create function activate_insured(p_address uuid, p_account uuid, p_label bytea) returns uuid
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
     where a.address = p_address and a.expires_at > v_at;
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
revoke all on function activate_insured from public;
grant execute on function activate_insured to egide_app;

-- A code has served once its person has a passkey: it is forgotten.
create function forget_activation(p_account uuid) returns void
language sql security definer
set search_path = public, pg_temp
as $$
    delete from gate.activation a
     using account k
     where k.account_id = p_account and a.person_id = k.person_id
       and exists (select from passkey p where p.account_id = k.account_id)
$$;
revoke all on function forget_activation from public;
grant execute on function forget_activation to egide_app;

-- Who learned something about the person of an open session, the last first: never of anybody else.
create function accesses_of(p_session uuid, p_before timestamptz)
returns table (at timestamptz, name text, profession text, department text, purpose text, basis text, care_on date)
language sql stable security definer
set search_path = public, pg_temp
as $$
    select e.at, h.name, h.profession, h.department, e.purpose, e.basis, e.care_on
      from web_session s
      join account k on k.account_id = s.account_id and k.closed_at is null
      join gate.entry e on e.person_id = k.person_id
      join establishment h on h.establishment_id = e.establishment_id
     where s.session_id = p_session and s.closed_at is null and s.ends_at > clock_timestamp() and e.at < p_before
     order by e.at desc, e.entry_id
     limit 100
$$;
revoke all on function accesses_of from public;
grant execute on function accesses_of to egide_app;
