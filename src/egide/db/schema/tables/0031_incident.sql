-- An incident: who may have learned what they should not, in what window, since when we know. Its actors and window may
-- be corrected; each reckoning of whom it exposed is kept, with what changed since the one before.
create table incident (
    incident_id uuid primary key,
    opened_at   timestamptz not null,
    opened_by   text not null,
    aware_at    timestamptz not null,
    hypothesis  text not null,
    since       timestamptz not null,
    until       timestamptz not null,
    actors      text[] not null,
    closed_at   timestamptz,
    closed_by   text,
    constraint incident_window check (since < until),
    constraint incident_names_somebody check (cardinality(actors) > 0),
    constraint incident_closed_by_somebody check ((closed_at is null) = (closed_by is null))
);

-- Whom it exposed, exactly, by ground and purpose: as the access log says at the last reckoning.
create table incident_exposed (
    incident_id uuid not null references incident,
    person_id   uuid not null,
    insurer_id  uuid not null,
    basis       text not null,
    purpose     text not null,
    answers     bigint not null,
    first_at    timestamptz not null,
    last_at     timestamptz not null,
    primary key (incident_id, insurer_id, person_id, basis, purpose)
);

-- A reckoning: what the log was, and a digest of whom it named.
create table incident_reckoning (
    incident_id uuid not null references incident,
    version     integer not null,
    reckoned_at timestamptz not null,
    log_size    bigint not null,
    checkpoint  text not null,
    persons     bigint not null,
    answers     bigint not null,
    added       bigint not null,
    removed     bigint not null,
    sha256      bytea not null,
    primary key (incident_id, version),
    constraint incident_reckoning_digest check (octet_length(sha256) = 32)
);

-- What was done or decided of a duty, by whom, for which controller: an insurer by its number, or ourselves.
create table incident_act (
    incident_id uuid not null references incident,
    controller  text not null,
    act         text not null,
    done_at     timestamptz not null,
    done_by     text not null,
    proof       text not null,
    noted_at    timestamptz not null,
    primary key (incident_id, controller, act)
);
