-- Insurers see their own rows, and an import writes those of the insurers it is for: the database says so, whatever a
-- statement forgets to say.
do $$
begin
    if not exists (select from pg_roles where rolname = 'egide_insurer') then
        begin
            create role egide_insurer nologin;
        exception when duplicate_object or unique_violation then
            null;
        end;
    end if;
    grant egide_insurer to current_user with set true, inherit true;
    -- The counter becomes it for the pages of an insurer's staff, and has nothing of it otherwise.
    grant egide_insurer to egide_app with inherit false, set true;
end
$$;
grant usage on schema public to egide_insurer;

-- The insurer of the session that a transaction was opened for; null for any other.
create function insurer_of_session() returns uuid
language sql stable security definer
set search_path = public, pg_temp
as $$
    select k.insurer_id
      from web_session s
      join account k using (account_id)
     where s.session_id = nullif(current_setting('egide.session', true), '')::uuid
       and s.closed_at is null and s.ends_at > clock_timestamp() and k.closed_at is null and k.role = 'insurer'
$$;
revoke all on function insurer_of_session from public;
grant execute on function insurer_of_session to egide_insurer, egide_app;

-- A file of claims leaves by two persons of the insurer: one asks, another approves, the first takes it within a day.
create table export_order (
    export_id     uuid primary key,
    insurer_id    uuid not null references insurer,
    settlement_id text not null references settlement,
    asked_by      uuid not null references account (account_id),
    asked_at      timestamptz not null,
    approved_by   uuid references account (account_id),
    approved_at   timestamptz,
    constraint export_order_by_two check (approved_by <> asked_by),
    constraint export_order_approved_by_somebody check ((approved_by is null) = (approved_at is null))
);
create index export_order_insurer_idx on export_order (insurer_id, asked_at);

create function may_export(p_account uuid, p_insurer uuid) returns boolean
language sql stable security definer
set search_path = public, pg_temp
as $$
    select exists (select from account a
                    where a.account_id = p_account and a.insurer_id = p_insurer and a.role = 'insurer' and a.closed_at is null)
$$;
revoke all on function may_export from public;

create function export_order_guard() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    if not may_export(new.asked_by, new.insurer_id) then
        raise exception 'who asks for an export is of the insurer' using errcode = 'check_violation';
    end if;
    if tg_op = 'INSERT' then
        new.asked_at := clock_timestamp();
        new.approved_by := null;
        new.approved_at := null;
        return new;
    end if;
    if old.approved_by is not null or new.approved_by is null then
        raise exception 'an export is approved once' using errcode = 'check_violation';
    end if;
    if not may_export(new.approved_by, new.insurer_id) or old.asked_at < clock_timestamp() - interval '24 hours' then
        raise exception 'who approves an export is of the insurer, within a day' using errcode = 'check_violation';
    end if;
    new.approved_at := clock_timestamp();
    return new;
end $$;
create trigger export_order_guard before insert or update on export_order
    for each row execute function export_order_guard();

alter table export_order enable row level security;
create policy own on export_order for all to egide_insurer
    using (insurer_id = (select insurer_of_session())) with check (insurer_id = (select insurer_of_session()));
grant select, insert (export_id, insurer_id, settlement_id, asked_by, asked_at), update (approved_by) on export_order to egide_insurer;

-- The settlements whose claims the session's own person may take now: it asked, another approved, less than a day ago.
create function exports_open() returns text[]
language sql stable security definer
set search_path = public, pg_temp
as $$
    select coalesce(array_agg(o.settlement_id), '{}')
      from web_session s
      join export_order o on o.asked_by = s.account_id
     where s.session_id = nullif(current_setting('egide.session', true), '')::uuid
       and o.insurer_id = insurer_of_session()
       and o.approved_at > clock_timestamp() - interval '24 hours'
$$;
revoke all on function exports_open from public;
grant execute on function exports_open to egide_insurer;

alter table funds_call enable row level security;
create policy house on funds_call for all to egide_app, egide_payer using (true) with check (true);
create policy own on funds_call for select to egide_insurer using (insurer_id = (select insurer_of_session()));
grant select on funds_call to egide_insurer;
grant select (settlement_id, closed_at, execute_on) on settlement to egide_insurer;

alter table claim enable row level security;
create policy house on claim for all to egide_app, egide_payer using (true) with check (true);
create policy exported on claim for select to egide_insurer
    using (insurer_id = (select insurer_of_session())
           and regexp_replace(transfer_id, '-[0-9]+$', '') = any ((select exports_open())::text[]));
grant select (establishment_id, invoice, claim_id, insurer_id, plan_code, state, expense_cents, amo_cents, amc_cents,
              patient_cents, received_at, transfer_id) on claim to egide_insurer;
grant select (establishment_id, finess, name, profession, department) on establishment to egide_insurer;
grant select (account_id, label_sealed, insurer_id) on account to egide_insurer;
alter table account enable row level security;
create policy house on account for all to egide_app using (true) with check (true);
create policy own on account for select to egide_insurer using (insurer_id = (select insurer_of_session()));

-- The insurers that an import is for.
set role egide_gate;
create function gate.tenants() returns uuid[]
language sql stable
set search_path = gate, pg_temp
as $$ select string_to_array(nullif(current_setting('egide.insurers', true), ''), ',')::uuid[] $$;
revoke all on function gate.tenants from public;
grant execute on function gate.tenants to egide_loader;
alter table gate.person enable row level security;
create policy imported on gate.person for all to egide_loader
    using (insurer_id = any ((select gate.tenants())::uuid[])) with check (insurer_id = any ((select gate.tenants())::uuid[]));
alter table gate.cover enable row level security;
create policy imported on gate.cover for all to egide_loader
    using (insurer_id = any ((select gate.tenants())::uuid[])) with check (insurer_id = any ((select gate.tenants())::uuid[]));
reset role;
