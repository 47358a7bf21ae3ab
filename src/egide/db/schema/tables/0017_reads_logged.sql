-- What is read again, and what an insurer's staff let out, are in the log too: a document of one's own (R), an order of
-- two persons (O).
set role egide_gate;

alter table gate.entry drop constraint entry_purpose_known;
alter table gate.entry add constraint entry_purpose_known
    check (purpose in ('rights', 'claim', 'support', 'reread', 'export'));
alter table gate.entry drop constraint entry_basis_known;
alter table gate.entry add constraint entry_basis_known check (basis in ('P', 'A', 'H', 'U', 'E', 'T', 'R', 'O'));
alter table gate.entry drop constraint entry_names_who_received;
alter table gate.entry add constraint entry_names_who_received
    check ((purpose in ('support', 'export')) = (account_id is not null)
           and (purpose in ('support', 'export')) = (software_id is null));
alter table gate.entry add constraint entry_export_is_by_order check ((purpose = 'export') = (basis = 'O'));
alter table gate.entry add constraint entry_reread_is_of_ones_own check ((purpose = 'reread') = (basis = 'R'));

reset role;

-- It reads what gate.reread wrote.
drop function if exists gate.engagement(uuid, uuid);
