create table claim (
    establishment_id uuid not null,
    invoice          text not null,
    claim_id         uuid not null,
    content_hash     bytea not null,
    entry_id         uuid not null,
    care_hash        bytea not null,
    person_id        uuid not null,
    insurer_id       uuid not null,
    plan_code        text not null,
    state            text not null,
    control          text,
    expense_cents    bigint not null,
    amo_cents        bigint not null,
    amc_cents        bigint not null,
    patient_cents    bigint not null,
    received_at      timestamptz not null,
    due_on           date not null,
    response         bytea not null,
    transfer_id      text,
    primary key (establishment_id, invoice),
    constraint claim_id_once unique (claim_id),
    constraint claim_state_known check (state in ('rejected', 'payable', 'nothing-due', 'settled')),
    constraint claim_rejected_pays_nothing check (state <> 'rejected' or amc_cents = 0),
    constraint claim_rejected_names_its_control check ((state = 'rejected') = (control is not null)),
    constraint claim_payable_is_positive check ((state in ('payable', 'settled')) = (amc_cents > 0)),
    constraint claim_payers_pay_the_expense check
        (state = 'rejected' or expense_cents = amo_cents + amc_cents + patient_cents),
    constraint claim_no_share_negative check
        (expense_cents >= 0 and amo_cents >= 0 and amc_cents >= 0 and patient_cents >= 0),
    constraint claim_settled_has_its_transfer check ((state = 'settled') = (transfer_id is not null))
);
create index claim_payable_idx on claim (establishment_id, received_at) where state = 'payable';
create unique index claim_same_care_once on claim (establishment_id, care_hash) where state <> 'rejected';
create index claim_transfer_idx on claim (transfer_id) where transfer_id is not null;

create table claim_line (
    establishment_id uuid not null,
    claim_id         uuid not null,
    line             smallint not null,
    act_code         text not null,
    care_on          date not null,
    expense_cents    bigint not null,
    amo_cents        bigint not null,
    amc_cents        bigint not null,
    patient_cents    bigint not null,
    primary key (establishment_id, claim_id, line),
    constraint claim_line_payers_pay_the_expense check
        (expense_cents = amo_cents + amc_cents + patient_cents)
);

-- What a person has used of a limited guarantee: the memory of counters and renewal periods.
create table consumption (
    person_id   uuid not null,
    counter     text not null,
    care_on     date not null,
    claim_id    uuid not null,
    line        smallint not null,
    units       integer not null,
    amount_cents bigint not null,
    primary key (person_id, counter, claim_id, line)
);

grant select, insert on claim, claim_line, consumption to egide_app;
