-- What another complementary insurer has paid of the same act: what is left is all that a second one owes.
alter table claim add column other_amc_cents bigint not null default 0;
alter table claim_line add column other_amc_cents bigint not null default 0;
alter table claim drop constraint claim_payers_pay_the_expense;
alter table claim add constraint claim_payers_pay_the_expense check (
    state = 'rejected' or expense_cents = amo_cents + amc_cents + other_amc_cents + patient_cents + undue_cents);
alter table claim add constraint claim_other_amc_not_negative check (other_amc_cents >= 0);
alter table claim_line drop constraint claim_line_payers_pay_the_expense;
alter table claim_line add constraint claim_line_payers_pay_the_expense check (
    expense_cents = amo_cents + amc_cents + other_amc_cents + patient_cents + undue_cents);
alter table claim_line add constraint claim_line_other_amc_not_negative check (other_amc_cents >= 0);
