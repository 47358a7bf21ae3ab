-- An insurer accepts its call for funds: its claims are settled by it, which is what an establishment cannot forge
-- alone. Their persons explain what was typed of them, and are known to the houses they went to.
alter table funds_call add column accepted_by uuid references account (account_id), add column accepted_at timestamptz;
alter table funds_call add constraint funds_call_accepted_by_somebody check
    ((accepted_by is null) = (accepted_at is null));
