-- Persons who act: no password anywhere, passkeys only. Who they are is sealed; what they may do is their role.
-- Professionals who come in by Pro Santé Connect: one account each, at the establishment of the directory. Insured
-- persons, who come in by a code printed beside their card and see who looked. An account knows its person by the
-- pseudonym alone. A house enrols itself: by a professional whom Pro Santé Connect places there, at a site of the
-- national register that is not contracted yet. Whoever applies has an account of its own until then, which opens
-- nothing else.
create table account (
    account_id       uuid primary key,
    role             text not null,
    establishment_id uuid references establishment,
    insurer_id       uuid references insurer,
    label_sealed     bytea not null,
    created_at       timestamptz not null,
    used_at          timestamptz,
    closed_at        timestamptz,
    rpps             text references professional,
    person_id        uuid,
    constraint account_role_known
        check (role in ('professional', 'administrator', 'assistant', 'insurer', 'operator', 'auditor',
            'insured', 'applicant')),
    constraint account_role_has_its_house
        check ((role in ('professional', 'administrator', 'assistant')) = (establishment_id is not null)
            and (role = 'insurer') = (insurer_id is not null) and (role = 'insured') = (person_id is not null))
);
create index account_establishment_idx on account (establishment_id);
create unique index account_person_once on account (person_id) where closed_at is null;
create unique index account_rpps_once on account (rpps) where closed_at is null;
create index account_used_idx on account (coalesce(used_at, created_at))
    where (closed_at is null) and (role <> 'insured');

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

-- The one-time codes that let a person enrol a first passkey, by their hash; a code serves once.
create table invitation (
    code_hash  bytea primary key,
    account_id uuid not null references account,
    expires_at timestamptz not null,
    used_at    timestamptz
);

-- A passkey (WebAuthn credential). Its counter only grows: one that goes back has been copied.
create table passkey (
    credential_id bytea primary key,
    account_id    uuid not null references account,
    public_key    bytea not null,
    sign_count    bigint not null,
    name          text not null,
    enrolled_at   timestamptz not null,
    used_at       timestamptz,
    revoked_at    timestamptz,
    revoked_why   text,
    constraint passkey_name_short check (char_length(name) between 1 and 40)
);
create index passkey_account_idx on passkey (account_id);

-- Sessions, by the hash of their cookie, each bound to a key that the browser cannot export. Sessions whose browser
-- keeps a key in the machine itself (Device Bound Session Credentials), and from when its cookie is asked.
create table web_session (
    session_hash bytea primary key,
    session_id   uuid not null,
    account_id   uuid not null references account,
    thumbprint   text not null,
    device       text not null,
    opened_at    timestamptz not null,
    seen_at      timestamptz not null,
    touched_at   timestamptz not null,
    ends_at      timestamptz not null,
    closed_at    timestamptz,
    is_new       boolean not null default false,
    device_jwk   text,
    device_from  timestamptz,
    unique (session_id),
    constraint web_session_short check (ends_at <= opened_at + interval '4 hours'),
    constraint web_session_device_whole check ((device_jwk is null) = (device_from is null))
);
create index web_session_account_idx on web_session (account_id, opened_at);

-- Challenges given out and not yet answered; each is answered once, whichever process receives it.
create table ceremony (
    challenge_hash bytea primary key,
    purpose        text not null,
    account_id     uuid,
    code_hash      bytea,
    expires_at     timestamptz not null,
    thumbprint     text not null,
    constraint ceremony_purpose_known
        check (purpose in ('enrol', 'login', 'touch', 'add', 'sign', 'device'))
);
create index ceremony_expires_idx on ceremony (expires_at);

create table oidc_login (
    state_hash bytea not null,
    thumbprint text not null,
    nonce      text not null,
    verifier   text not null,
    expires_at timestamptz not null,
    peer       text not null,
    constraint psc_login_pkey primary key (state_hash)
);
create index oidc_login_expires_idx on oidc_login (expires_at);
