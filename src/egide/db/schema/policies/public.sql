-- Rows of one insurer among others: its staff see its own accounts, calls for funds, exports and exported claims.
drop policy if exists establishment on account;
drop policy if exists own on account;
drop policy if exists own on export_order;
drop policy if exists establishment on funds_call;
drop policy if exists own on funds_call;
drop policy if exists establishment on claim;
drop policy if exists exported on claim;
drop policy if exists establishment on allocation;
drop policy if exists exported on allocation;
drop policy if exists of_claims on ledger_entry;
drop policy if exists of_transfers on ledger_entry;

alter table account enable row level security;
create policy establishment on account for all to egide_portal using (true) with check (true);
create policy own on account for select to egide_insurer using (insurer_id = (select insurer_of_session()));

alter table export_order enable row level security;
create policy own on export_order for all to egide_insurer
    using (insurer_id = (select insurer_of_session()))
    with check (insurer_id = (select insurer_of_session()));

alter table funds_call enable row level security;
create policy establishment on funds_call for all to egide_portal, egide_payer using (true) with check (true);
create policy own on funds_call for select to egide_insurer using (insurer_id = (select insurer_of_session()));

alter table claim enable row level security;
create policy establishment on claim for all to egide_app, egide_portal, egide_payer using (true) with check (true);
create policy exported on claim for select to egide_insurer
    using (insurer_id = (select insurer_of_session())
           and exists (select from allocation a where a.claim_id = claim.claim_id));

alter table allocation enable row level security;
create policy establishment on allocation for all to egide_app, egide_payer using (true) with check (true);
create policy exported on allocation for select to egide_insurer
    using (insurer_id = (select insurer_of_session()) and ended_at is null
           and transfer_id = any ((select exported_transfers(null))::text[]));

-- Each login books what it causes: the counter's its claims, the payer's its transfers; cancelling is the database's.
alter table ledger_entry enable row level security;
create policy of_claims on ledger_entry for all to egide_app using (true) with check (cause_kind = 'claim');
create policy of_transfers on ledger_entry for all to egide_payer using (true)
    with check (cause_kind in ('transfer', 'reject', 'bank-opening', 'bank-entry', 'disposition', 'call'));
