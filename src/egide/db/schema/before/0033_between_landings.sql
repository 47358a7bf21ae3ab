set role egide_gate;
do $$
begin
    if (select array_length(conkey, 1) from pg_constraint where conrelid = 'gate.debt'::regclass
        and conname = 'debt_pkey') = 2 then
        alter table gate.debt drop constraint debt_pkey, add primary key (establishment_id, basis, address);
    end if;
end $$;
create table if not exists gate.confirmation (
    establishment_id uuid not null,
    person_id        uuid not null,
    at               timestamptz not null
);
create index if not exists confirmation_idx on gate.confirmation (establishment_id, at);
create index if not exists checkpoint_cosigned_idx on gate.checkpoint (size) where cardinality(cosignatures) > 0;
reset role;
