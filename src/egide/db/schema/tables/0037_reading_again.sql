-- How many persons an establishment reads again is bounded, and how many numbers it tries that are none of its own: a
-- key that was stolen without a list of invoices must not walk them.
set role egide_gate;
create table gate.read_again (
    establishment_id uuid not null,
    person_id        uuid not null,
    at               timestamptz not null,
    primary key (establishment_id, person_id)
);
create table gate.number_tried (
    establishment_id uuid not null,
    day              date not null,
    tries            integer not null,
    primary key (establishment_id, day)
);
reset role;

drop function if exists gate.reread(uuid, uuid[], uuid[], uuid, text, text);
