-- The last step to the baseline: what a new installation has, and one that came here by the files before this one
-- had not.
set role egide_gate;
create type gate.question as (
    establishment uuid,
    entry         uuid,
    software      uuid,
    proof         uuid,
    purpose       text,
    basis         text,
    address       uuid,
    care_on       date,
    key           text,
    method        text
);
create type gate.answer as (
    outcome    text,
    anybody    uuid,
    person_id  uuid,
    insurer_id uuid,
    plan_code  text,
    start_on   date,
    end_on     date
);
create index debt_asked_idx on gate.debt (asked_at);
alter table gate.entry validate constraint entry_outcome_known;
reset role;
