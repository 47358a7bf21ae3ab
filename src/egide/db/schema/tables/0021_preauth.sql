-- A prise en charge: asked under the establishment's own number, known by that of the entry of the log which first
-- showed the person; an extension is its next revision.
create table preauth (
    establishment_id uuid not null,
    preauth_id       uuid not null,
    revision         smallint not null,
    request          text not null,
    content_hash     bytea not null,
    entry_id         uuid not null,
    person_id        uuid not null,
    insurer_id       uuid not null,
    plan_code        text not null,
    state            text not null,
    asked_at         timestamptz not null,
    act_by           date,
    valid_until      date,
    invoice_until    date,
    piece            text,
    piece_answer     text,
    reason           text,
    expense_cents    bigint not null,
    amo_cents        bigint not null,
    amc_cents        bigint not null,
    patient_cents    bigint not null,
    response         bytea not null,
    primary key (establishment_id, preauth_id, revision),
    constraint preauth_request_once unique (establishment_id, request),
    constraint preauth_state_known check (state in ('rated', 'pended-payer', 'pended-pieces', 'granted',
                                                    'partly-granted', 'refused', 'used-part', 'used', 'cancelled',
                                                    'superseded')),
    constraint preauth_no_share_negative
        check (expense_cents >= 0 and amo_cents >= 0 and amc_cents >= 0 and patient_cents >= 0)
);
create index preauth_queue_idx on preauth (insurer_id, act_by) where state = 'pended-payer';
create index preauth_person_idx on preauth (person_id);
-- One revision of each is the one that counts.
create unique index preauth_current_once on preauth (establishment_id, preauth_id) where state <> 'superseded';

create table preauth_line (
    establishment_id uuid not null,
    preauth_id       uuid not null,
    revision         smallint not null,
    line             smallint not null,
    act_code         text not null,
    care_on          date not null,
    quantity         smallint not null,
    side             text not null,
    expense_cents    bigint not null,
    amo_cents        bigint not null,
    amc_cents        bigint not null,
    patient_cents    bigint not null,
    promised_cents   bigint not null,
    control          text,
    used_by          uuid,
    primary key (establishment_id, preauth_id, revision, line),
    constraint preauth_line_refused_grants_nothing check (control is null or amc_cents = 0 and used_by is null),
    constraint preauth_line_no_share_negative
        check (expense_cents >= 0 and amo_cents >= 0 and amc_cents >= 0 and patient_cents >= 0)
);
create index preauth_line_used_idx on preauth_line (used_by) where used_by is not null;

-- What a line was paid because it was promised, where its price would have been another.
alter table claim_line add column agreed_cents bigint;

-- What cancelling an invoice gave back, to be taken again if the cancelling is undone.
alter table claim_cancellation add column preauth_id uuid;
alter table claim_cancellation add column preauth_lines smallint[];

-- What a prise en charge holds of a counter until it is used, ends or expires: nobody ends it, days are compared. Two
-- of them never hold one seat of a renewal at once, whatever any program believes.
create schema extensions;
create extension btree_gist schema extensions;
create table reservation (
    person_id        uuid not null,
    counter          text not null,
    establishment_id uuid not null,
    preauth_id       uuid not null,
    line             smallint not null,
    care_on          date not null,
    units            integer not null,
    amount_cents     bigint not null,
    during           daterange not null,
    seat             smallint not null,
    used_by          uuid,
    primary key (person_id, counter, preauth_id, line),
    constraint reservation_ends check (upper(during) - lower(during) <= 400),
    constraint reservation_seat_once
        exclude using gist (person_id with =, counter with =, seat with =, preauth_id with <>, during with &&)
        where (used_by is null and counter like 'renewal:%')
);
create index reservation_preauth_idx on reservation (preauth_id);

-- What an insurer's convention says of its prises en charge, from a day on.
create table preauth_terms (
    insurer_id     uuid not null references insurer,
    from_on        date not null,
    valid_days     smallint not null,
    tolerance_days smallint not null,
    answer_days    smallint not null,
    piece_days     smallint not null,
    above_cents    bigint,
    primary key (insurer_id, from_on),
    constraint preauth_terms_days check (valid_days between 1 and 180 and tolerance_days between 0 and 20
                                         and answer_days between 1 and 30 and piece_days between 1 and 60),
    constraint preauth_terms_above check (above_cents is null or above_cents >= 0)
);

set role egide_gate;
alter table gate.entry drop constraint entry_purpose_known;
alter table gate.entry add constraint entry_purpose_known
    check (purpose in ('rights', 'claim', 'preauth', 'quote', 'support', 'reread', 'export'));
drop function if exists gate.covers(uuid, text, uuid, date, uuid);
reset role;
