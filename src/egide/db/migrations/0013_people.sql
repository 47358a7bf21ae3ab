-- Persons who act: no password anywhere, passkeys only. Who they are is sealed; what they may do is their role.
create table account (
    account_id       uuid primary key,
    role             text not null,
    establishment_id uuid references establishment,
    insurer_id       uuid references insurer,
    label_sealed     bytea not null,
    created_at       timestamptz not null,
    used_at          timestamptz,
    closed_at        timestamptz,
    constraint account_role_known check (role in ('professional', 'administrator', 'assistant', 'insurer', 'operator', 'auditor')),
    constraint account_role_has_its_house check
        ((role in ('professional', 'administrator', 'assistant')) = (establishment_id is not null)
         and (role = 'insurer') = (insurer_id is not null))
);
create index account_establishment_idx on account (establishment_id);

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

-- The one-time codes that let a person enrol a first passkey, by their hash; a code serves once.
create table invitation (
    code_hash  bytea primary key,
    account_id uuid not null references account,
    expires_at timestamptz not null,
    used_at    timestamptz
);

-- Challenges given out and not yet answered; each is answered once, whichever process receives it.
create table ceremony (
    challenge_hash bytea primary key,
    purpose        text not null,
    account_id     uuid,
    code_hash      bytea,
    expires_at     timestamptz not null,
    constraint ceremony_purpose_known check (purpose in ('enrol', 'login', 'touch', 'add'))
);

-- Sessions, by the hash of their cookie, each bound to a key that the browser cannot export.
create table web_session (
    session_hash bytea primary key,
    session_id   uuid not null unique,
    account_id   uuid not null references account,
    thumbprint   text not null,
    device       text not null,
    opened_at    timestamptz not null,
    seen_at      timestamptz not null,
    touched_at   timestamptz not null,
    ends_at      timestamptz not null,
    closed_at    timestamptz
);
create index web_session_account_idx on web_session (account_id, opened_at);

grant select on account, passkey, invitation, ceremony, web_session to egide_app;
grant update (used_at, closed_at) on account to egide_app;
grant insert on passkey, ceremony, web_session to egide_app;
grant update (sign_count, used_at, revoked_at, revoked_why) on passkey to egide_app;
grant update (used_at) on invitation to egide_app;
grant delete on ceremony to egide_app;
grant update (seen_at, touched_at, closed_at) on web_session to egide_app;
-- Administrators enrol and revoke the keys of their own software; the key itself never changes.
grant insert on caller_key to egide_app;
grant update (revoked_at) on caller_key to egide_app;
