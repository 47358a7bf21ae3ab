create table house_application (
    application_id   uuid primary key,
    account_id       uuid not null references applicant,
    finess           text not null,
    siret            text not null,
    iban_sealed      bytea not null,
    iban_tail        text not null,
    contact_sealed   bytea not null,
    contact_shown    text not null,
    payee            text not null,
    document         text not null,
    asked_at         timestamptz not null,
    decided_by       uuid references account (account_id),
    decided_at       timestamptz,
    accepted         boolean,
    establishment_id uuid references establishment,
    constraint house_application_payee_known
        check (payee in ('match', 'close-match', 'unavailable')),
    constraint house_application_decided_whole check ((decided_at is null) = (accepted is null))
);
create unique index house_application_one_open on house_application (account_id)
    where decided_at is null;

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

create table house_change (
    change_id        uuid not null,
    establishment_id uuid,
    sealed           bytea not null,
    shown            text not null,
    address          uuid not null,
    asked_by         uuid not null,
    asked_at         timestamptz not null,
    approved_by      uuid,
    approved_at      timestamptz,
    cancelled_by     uuid,
    cancelled_at     timestamptz,
    applied_at       timestamptz,
    kind             text not null,
    subject          uuid references account (account_id),
    code_hash        bytea,
    constraint iban_change_pkey primary key (change_id),
    constraint iban_change_establishment_id_fkey foreign key (establishment_id)
        references establishment(establishment_id),
    constraint iban_change_asked_by_fkey foreign key (asked_by) references account(account_id),
    constraint iban_change_approved_by_fkey foreign key (approved_by) references account(account_id),
    constraint iban_change_cancelled_by_fkey foreign key (cancelled_by)
        references account(account_id),
    constraint house_change_by_two check (approved_by <> asked_by),
    constraint house_change_approved_by_somebody
        check ((approved_by is null) = (approved_at is null)),
    constraint house_change_waits
        check (applied_at is null or applied_at >= approved_at + interval '72 hours'),
    constraint house_change_ends_once check (applied_at is null or cancelled_at is null),
    constraint house_change_kind_known
        check (kind in ('iban', 'contact', 'administrator', 'recovery')),
    constraint house_change_has_its_subject
        check ((kind in ('administrator', 'recovery')) = (subject is not null)),
    constraint house_change_has_its_house check (establishment_id is not null or kind = 'recovery')
);
create index house_change_due_idx on house_change (approved_at)
    where (cancelled_at is null) and (applied_at is null);
create unique index house_change_one_open on house_change (establishment_id, kind)
    where (subject is null) and (cancelled_at is null) and (applied_at is null);
create unique index house_change_one_open_each on house_change (subject, kind)
    where (subject is not null) and (cancelled_at is null) and (applied_at is null);
create index house_change_subject_idx on house_change (subject);
create index iban_change_account_idx on house_change (asked_by);
create index iban_change_approver_idx on house_change (approved_by);

-- Where a house is written to; sealed, and shown by a few signs only.
create table house_contact (
    establishment_id uuid primary key references establishment,
    contact_sealed   bytea not null,
    shown            text not null,
    since            timestamptz not null
);

-- What a house is told by mail, written by the database itself: nobody who changes something can keep it from being
-- said.
create table notice (
    notice_id        uuid default gen_random_uuid() primary key,
    establishment_id uuid not null references establishment,
    event            text not null,
    about            text not null,
    shown            text not null,
    contact_sealed   bytea not null,
    made_at          timestamptz not null default clock_timestamp(),
    tries            integer not null default 0,
    next_try_at      timestamptz not null default clock_timestamp(),
    sent_at          timestamptz,
    constraint notice_event_known
        check (event in ('asked', 'approved', 'applied', 'cancelled', 'new'))
);
create index notice_due_idx on notice (next_try_at) where sent_at is null;

-- A file of claims leaves by two persons of the insurer: one asks, another approves, the first takes it within a day.
create table export_order (
    export_id     uuid primary key,
    insurer_id    uuid not null references insurer,
    settlement_id text not null references settlement,
    asked_by      uuid not null references account (account_id),
    asked_at      timestamptz not null,
    approved_by   uuid references account (account_id),
    approved_at   timestamptz,
    constraint export_order_by_two check (approved_by <> asked_by),
    constraint export_order_approved_by_somebody
        check ((approved_by is null) = (approved_at is null))
);
create index export_order_insurer_idx on export_order (insurer_id, asked_at);

-- A house asks for help on one of its invoices; the operator sees that invoice, masked, and nothing it was not
-- asked about.
create table support_ticket (
    ticket_id        uuid primary key,
    establishment_id uuid not null references establishment,
    invoice          text not null,
    reason           text not null,
    opened_by        uuid not null references account (account_id),
    opened_at        timestamptz not null,
    closed_by        uuid references account (account_id),
    closed_at        timestamptz,
    foreign key (establishment_id, invoice) references claim(establishment_id, invoice),
    constraint support_ticket_reason_known
        check (reason in ('refused', 'unpaid', 'amount', 'other'))
);
create unique index support_ticket_one_open on support_ticket (establishment_id, invoice)
    where closed_at is null;
create index support_ticket_open_idx on support_ticket (opened_at) where closed_at is null;
