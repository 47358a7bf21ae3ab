-- The key that lists of an insurer's own victims are sealed to: the insurer's, whose other half never comes here.
create table insurer_key (
    insurer_id uuid primary key references insurer,
    jwk        jsonb not null,
    since      timestamptz not null
);
