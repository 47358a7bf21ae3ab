-- What an establishment contests of the decision of its invoice, once an invoice; and what its insurer answered, once
-- at most at each of two readings, by two persons. ``waived`` is the control that the insurer lifts for that care
-- alone: only the function that answers writes it.
create table dispute (
    dispute_id       uuid primary key,
    establishment_id uuid not null,
    claim_id         uuid not null,
    insurer_id       uuid not null references insurer,
    ground           text not null,
    line             smallint,
    expected_cents   bigint,
    opened_at        timestamptz not null,
    answer_by        date not null,
    second_by        date not null,
    is_second        boolean not null default false,
    raise_by         date,
    state            text not null default 'open',
    waived           text,
    foreign key (claim_id) references claim (claim_id),
    constraint dispute_once_a_claim unique (claim_id),
    constraint dispute_ground_known check (ground in ('rejection', 'amount')),
    constraint dispute_state_known check (state in ('open', 'maintained', 'upheld', 'withdrawn')),
    constraint dispute_says_what_is_expected
        check (expected_cents is null or (ground = 'amount' and expected_cents >= 0)),
    constraint dispute_line_positive check (line is null or line > 0),
    constraint dispute_readings_in_order check (answer_by <= second_by),
    constraint dispute_waives_what_it_upholds check (waived is null or (state = 'upheld' and ground = 'rejection'))
);
create index dispute_establishment_idx on dispute (establishment_id, opened_at);
create index dispute_insurer_idx on dispute (insurer_id, answer_by) where state = 'open';

create table dispute_answer (
    dispute_id  uuid not null references dispute,
    reading     smallint not null check (reading in (1, 2)),
    account_id  uuid not null references account,
    answered_at timestamptz not null,
    is_upheld   boolean not null,
    reason      text not null,
    primary key (dispute_id, reading),
    constraint dispute_read_by_two unique (dispute_id, account_id)
);
