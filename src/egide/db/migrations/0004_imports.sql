-- One row a file taken in, whole or not at all; the digest of its content makes it idempotent.
create table member_import (
    import_id   uuid primary key,
    digest      uuid not null,
    lines       bigint not null,
    persons     bigint not null,
    refused     bigint not null,
    imported_at timestamptz not null,
    constraint member_import_once unique (digest)
);
grant select, insert on member_import to egide_loader;
grant select on member_import to egide_app;

-- Where an interrupted import stopped: what is staged up to line_count need not be read again.
create table import_progress (
    digest     uuid primary key,
    line_count bigint not null,
    report     text not null
);
-- Sealed persons on their way in. Unlogged: after a crash of the server it is empty, and the
-- import finds that its progress says more than is there, and starts again.
create unlogged table import_staged (
    digest      uuid not null,
    line_number bigint not null,
    person_id   uuid not null,
    insurer_id  uuid not null,
    sealed      bytea not null,
    wrapped_key bytea not null,
    person_digest bytea not null,
    birth_year  smallint not null,
    card        uuid,
    member      uuid not null,
    nir         uuid not null,
    starts      date[] not null,
    ends        date[] not null,
    plans       text[] not null
);
create unique index import_staged_line_idx on import_staged (digest, line_number);
grant select, insert, update, delete on import_progress to egide_loader;
grant select, insert, delete, truncate on import_staged to egide_loader;
