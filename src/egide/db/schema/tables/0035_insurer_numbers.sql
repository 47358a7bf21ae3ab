-- An insurer takes another AMC number (a merger, a new name): its persons keep the pseudonyms that its first number
-- made, the cards in pockets show the number of before, and no number is ever two insurers'.
alter table insurer add column keyed_as text;
update insurer set keyed_as = amc_number;
alter table insurer alter column keyed_as set not null;

create table insurer_former_number (
    amc_number text primary key,
    insurer_id uuid not null references insurer,
    ended_at   timestamptz not null
);
create index insurer_former_number_idx on insurer_former_number (insurer_id);

-- The addresses of a staged person's member number under its insurer's former numbers.
alter table import_staged add column formers uuid[];
