-- What became of each line of the batches that establishments send: a page is sent again from where it was cut.
create table batch_line (
    establishment_id uuid not null,
    batch            text not null,
    line             integer not null,
    digest           bytea not null,
    number           text not null,
    outcome          text not null,
    code             text,
    place            text,
    claim_id         uuid,
    amc_cents        bigint,
    taken_at         timestamptz not null,
    primary key (establishment_id, batch, line),
    constraint batch_line_positive check (line > 0),
    constraint batch_line_outcome check (outcome in ('accepted', 'rejected', 'refused', 'cancelled'))
);
