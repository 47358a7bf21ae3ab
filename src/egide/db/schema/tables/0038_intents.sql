-- What is about to be asked without a proof of presence, committed before anything is looked up: whoever asks and then
-- rolls back, or measures what asking costs, has left it here, counted like what was answered. What was answered takes
-- its row away; what stays is of nobody who was told, or of a thief, and the log says so (gate.log_left).
set role egide_gate;
create table gate.intent (
    establishment_id uuid not null,
    entry_id         uuid not null,
    software_id      uuid not null,
    basis            text not null,
    address          uuid not null,
    key              text not null,
    method           text not null,
    at               timestamptz not null,
    is_logged        boolean not null default false,
    xid              xid8 not null default pg_current_xact_id(),
    primary key (establishment_id, entry_id),
    constraint intent_basis_known check (basis in ('U', 'H'))
);
create index intent_at_idx on gate.intent (at);
reset role;

drop function if exists insurer_preauths(uuid);
