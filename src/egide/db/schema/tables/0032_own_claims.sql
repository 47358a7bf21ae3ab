-- A person sees the invoices that were sent for it, the last first.
create index claim_person_idx on claim (person_id, received_at);
-- And whether an incident exposed it.
create index incident_exposed_person_idx on incident_exposed (person_id);

set role egide_gate;
-- When an insured person last opened its own space, and by which session, which is in the log once an hour: so many an
-- hour at most, so that who holds the portal's login reads no country. Nothing is told by the transaction that opened
-- it: who asks and rolls back would leave no trace.
create table gate.own_space (
    account_id uuid not null,
    session_id uuid not null,
    opened_at  timestamptz not null,
    xid        xid8 not null default pg_current_xact_id(),
    primary key (account_id, session_id)
);
create index own_space_opened_idx on gate.own_space (opened_at);

alter table gate.entry drop constraint entry_purpose_known;
alter table gate.entry add constraint entry_purpose_known
    check (purpose in ('rights', 'claim', 'preauth', 'quote', 'support', 'reread', 'export', 'own'));
alter table gate.entry drop constraint entry_basis_known;
alter table gate.entry add constraint entry_basis_known
    check (basis in ('P', 'A', 'H', 'U', 'E', 'T', 'R', 'O', 'S'));
alter table gate.entry drop constraint entry_names_who_received;
alter table gate.entry add constraint entry_names_who_received
    check ((purpose in ('support', 'export', 'own')) = (account_id is not null)
           and (purpose in ('support', 'export', 'own')) = (software_id is null));
alter table gate.entry add constraint entry_own_is_by_oneself check ((purpose = 'own') = (basis = 'S'));
create index objection_at_idx on gate.objection (at);
reset role;

-- It tells what a person has said of an establishment.
drop function if exists accesses_of(uuid, timestamptz);
