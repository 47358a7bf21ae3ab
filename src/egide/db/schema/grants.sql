-- What each role may do with tables, whole: what is not named here is refused. Functions carry their own grants.
revoke all on all tables in schema public, gate
    from public, egide_app, egide_portal, egide_insurer, egide_loader, egide_payer, egide_messenger, egide_logger;
revoke all on all tables in schema public from egide_gate;

grant select on schema_file, schema_level to egide_app, egide_portal;

grant select on insurer_former_number to egide_loader, egide_payer, egide_portal;

-- egide_gate
grant select on establishment, insurer, insurer_former_number, insurer_service, professional, software to egide_gate;
grant select (establishment_id, preauth_id, state) on preauth to egide_gate;
grant select (card, digest, ends, line_number, person_id, starts) on import_staged to egide_gate;
grant select (concentrator, establishment_id, revoked_at, software_id, thumbprint) on caller_key to egide_gate;

-- egide_app
grant select on allocation, gate.checkpoint, gate.tile, insurer, law_check, member_import, nomenclature_act,
    nomenclature_edition, nomenclature_tariff, plan, plan_level, professional, settlement, software, vendor_key
    to egide_app;
grant select, insert on assertion_seen to egide_app;
grant select, insert on claim, claim_line, consumption, ledger_entry to egide_app;
grant select on claim_cancellation, preauth_terms, refund, withholding to egide_app;
grant select on dispute to egide_app;
grant select (answered_at, dispute_id, is_upheld, reading, reason) on dispute_answer to egide_app;
grant insert (answer_by, claim_id, dispute_id, establishment_id, expected_cents, ground, insurer_id, line, opened_at,
    second_by) on dispute to egide_app;
grant select on care_network, insurer_service, network_insurer, network_member, network_price to egide_app;
grant select, insert on claim_acceptance, insurer_event to egide_app;
grant update (answer, answered_at, reason) on claim_acceptance to egide_app, egide_payer;
grant select on claim_acceptance to egide_payer;
grant select, insert on preauth, preauth_line to egide_app;
grant select, insert, update on batch_line to egide_app;
grant select, insert, delete on reservation to egide_app;
grant update (act_by, invoice_until, piece_answer, state, valid_until) on preauth to egide_app;
grant update (during) on reservation to egide_app;
grant select on caller_key to egide_app;
grant select (department, enrolled_at, establishment_id, finess, iban_tail, name, profession, siret
    ) on establishment to egide_app;
grant select (amount_cents, booked_on, claims, ended_on, establishment_id, reason, settlement_id, state, transfer_id)
    on transfer to egide_app;
grant select (establishment_id, released_at, transfer_id) on payment_hold to egide_app;

-- egide_portal
grant select on account, applicant, finess_site, funds_call, gate.checkpoint, gate.tile, insurer, invitation,
    professional, software, support_ticket, vendor_key to egide_portal;
grant select, insert, delete on ceremony, oidc_login to egide_portal;
grant select, insert on caller_key, passkey, web_session to egide_portal;
grant insert on convention_signature to egide_portal;
grant update (used_at) on account to egide_portal;
grant update (revoked_at, revoked_by) on caller_key to egide_portal;
grant select on nomenclature_act, nomenclature_edition, nomenclature_tariff, plan, plan_level, preauth_terms
    to egide_portal;
grant select (establishment_id, invoice) on claim to egide_portal;
grant select (application_id, signed_at) on convention_signature to egide_portal;
grant select (department, enrolled_at, establishment_id, finess, iban_tail, name, profession, siret
    ) on establishment to egide_portal;
grant select (index, value) on gate.leaf to egide_portal;
grant select (accepted, account_id, application_id, asked_at, contact_shown, decided_at, decided_by,
    document, establishment_id, finess, iban_tail, payee, siret) on establishment_application to egide_portal;
grant insert (contact_sealed, iban_sealed, account_id, application_id, asked_at, contact_shown, document,
    finess, iban_tail, payee, siret) on establishment_application to egide_portal;
grant select (address, applied_at, approved_at, approved_by, asked_at, asked_by, cancelled_at, change_id,
    establishment_id, kind, shown, subject) on establishment_change to egide_portal;
grant insert (sealed, address, asked_at, asked_by, change_id, establishment_id, kind, shown, subject
    ) on establishment_change to egide_portal;
grant update (approved_by, cancelled_by, code_hash) on establishment_change to egide_portal;
grant select (establishment_id, shown, since) on establishment_contact to egide_portal;
grant update (used_at) on invitation to egide_portal;
grant update (revoked_at, revoked_why, sign_count, used_at) on passkey to egide_portal;
grant insert (establishment_id, invoice, opened_at, opened_by, reason, ticket_id) on support_ticket to egide_portal;
grant update (closed_by) on support_ticket to egide_portal;
grant update (closed_at, device_from, device_jwk, seen_at, reauthenticated_at) on web_session to egide_portal;

-- egide_insurer
grant select on export_order, funds_call to egide_insurer;
grant select (account_id, insurer_id, label_sealed) on account to egide_insurer;
grant select (amc_cents, amo_cents, claim_id, establishment_id, expense_cents, insurer_id, invoice,
    other_amc_cents, patient_cents, plan_code, received_at, state, undue_cents) on claim to egide_insurer;
grant select (claim_id, ended_at, insurer_id, transfer_id) on allocation to egide_insurer;
grant select (department, establishment_id, finess, name, profession) on establishment to egide_insurer;
grant insert (asked_at, asked_by, export_id, insurer_id, settlement_id) on export_order to egide_insurer;
grant update (approved_by) on export_order to egide_insurer;
grant select (closed_at, execute_on, settlement_id) on settlement to egide_insurer;

-- egide_loader
grant select on caller_key, insurer, nomenclature_act, nomenclature_edition, nomenclature_tariff, plan,
    plan_level, professional, software, vendor_key to egide_loader;
grant select, insert, update on gate.activation to egide_loader;
grant select, insert, update, delete on gate.cover, gate.person, import_progress to egide_loader;
grant select, insert, delete, truncate on import_staged to egide_loader;
grant select, insert on member_import to egide_loader;
grant select, insert, update on member_sequence to egide_loader;
grant select (department, enrolled_at, establishment_id, finess, iban_tail, name, profession, siret
    ) on establishment to egide_loader;

-- egide_payer
grant select on claim, claim_cancellation, claim_line, establishment, insurer to egide_payer;
grant select, insert on allocation, funds_call, ledger_entry, transfer to egide_payer;
grant select, insert, update on settlement, settlement_order to egide_payer;
grant update (state) on claim to egide_payer;
grant update (is_given_back, transfer_id, was) on claim_cancellation to egide_payer;
grant update (ended_at) on allocation to egide_payer;
grant update (booked_on, ended_on, reason, state) on transfer to egide_payer;
grant select, insert on bank_report, bank_statement to egide_payer;
grant select on debit_waiting, insurer_funding, restoration to egide_payer;
grant select, insert on collection, settlement_release to egide_payer;
grant update (booked_on, ended_on, is_ahead, reason, state) on collection to egide_payer;
grant select on insurer_mandate to egide_payer;
grant update (registered_on, stopped_on, stopped_why) on insurer_mandate to egide_payer;
grant update (funds_cents) on funds_call to egide_payer;
grant select, insert, update on bank_entry, bank_said, claim_call, payment_hold, refund, withholding to egide_payer;

-- egide_messenger
grant select on notice to egide_messenger;
grant select (establishment_id, name) on establishment to egide_messenger;
grant update (next_try_at, sent_at, tries) on notice to egide_messenger;

-- egide_logger
grant select, insert on gate.checkpoint, gate.leaf, gate.tile to egide_logger;
grant select on gate.entry, gate.log_mark to egide_logger;
grant update (cosignatures) on gate.checkpoint to egide_logger;
grant update (size, xid) on gate.log_mark to egide_logger;
grant update (hashes) on gate.tile to egide_logger;
