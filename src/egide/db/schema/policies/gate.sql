-- Rows of one insurer among others: an import writes those of the insurers it is for, and sees no other.
drop policy if exists imported on gate.person;
drop policy if exists imported on gate.cover;
drop policy if exists imported on gate.activation;

alter table gate.person enable row level security;
create policy imported on gate.person for all to egide_loader
    using (insurer_id = any ((select gate.tenants())::uuid[]))
    with check (insurer_id = any ((select gate.tenants())::uuid[]));

alter table gate.cover enable row level security;
create policy imported on gate.cover for all to egide_loader
    using (insurer_id = any ((select gate.tenants())::uuid[]))
    with check (insurer_id = any ((select gate.tenants())::uuid[]));

alter table gate.activation enable row level security;
create policy imported on gate.activation for all to egide_loader
    using (exists (select from gate.person p
                    where p.person_id = activation.person_id
                      and p.insurer_id = any ((select gate.tenants())::uuid[])))
    with check (exists (select from gate.person p
                         where p.person_id = activation.person_id
                           and p.insurer_id = any ((select gate.tenants())::uuid[])));
