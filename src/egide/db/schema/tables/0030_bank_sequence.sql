-- A transfer keeps the name that it is sent under, as it keeps the account: its file written again is the same.
alter table transfer add column payee_name text;
update transfer t set payee_name = e.name from establishment e where e.establishment_id = t.establishment_id;
alter table transfer alter column payee_name set not null;

-- The bank's own number of a statement, where it gives one: a statement that moves nothing in all may be missing
-- between two whose balances follow.
alter table bank_statement add column sequence_number bigint;

-- Establishments an order of which came to nothing, and was debited all the same by what the bank says since: nothing
-- more is paid to them until two persons have said what that debit is.
create view debit_waiting with (security_invoker) as
select t.establishment_id, t.transfer_id, b.account, b.place, b.number
  from bank_entry b
  join transfer t on t.transfer_id = b.target
 where b.disposition = 'suspense' and b.amount_cents < 0 and t.state in ('rejected', 'returned')
 union
select t.establishment_id, t.transfer_id, b.account, b.place, b.number
  from bank_entry b
  join transfer t on t.settlement_id = b.target
 where b.disposition = 'suspense' and b.amount_cents < 0 and t.state in ('rejected', 'returned');

-- Why each thing that a report says is looked at by a person, in the order of their names.
alter table bank_report add column why text[] not null default '{}';
