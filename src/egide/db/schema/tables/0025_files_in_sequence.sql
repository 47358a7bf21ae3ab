-- The last number of each insurer's files, where it numbers them: an older file is not taken.
create table member_sequence (
    insurer_id  uuid primary key,
    sequence    bigint not null,
    digest      uuid not null,
    imported_at timestamptz not null,
    constraint member_sequence_positive check (sequence > 0)
);
