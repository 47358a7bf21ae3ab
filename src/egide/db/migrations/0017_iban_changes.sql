-- A transfer keeps the account it is sent to: a file written again is the same whatever has changed since.
alter table transfer add column iban_sealed bytea;
update transfer t set iban_sealed = e.iban_sealed from establishment e where e.establishment_id = t.establishment_id;
alter table transfer alter column iban_sealed set not null;
-- The counter shows transfers, never the account they go to.
revoke select on transfer from egide_app;
grant select (establishment_id, transfer_id, settlement_id, amount_cents, claims) on transfer to egide_app;

-- A new account number of an establishment: asked by one person, confirmed by another, in force 72 hours after.
create table iban_change (
    change_id        uuid primary key,
    establishment_id uuid not null references establishment,
    iban_sealed      bytea not null,
    iban_tail        text not null,
    iban_address     uuid not null,  -- a keyed PRF of the number: who approves types it, and it is compared
    asked_by         uuid not null references account (account_id),
    asked_at         timestamptz not null,
    approved_by      uuid references account (account_id),
    approved_at      timestamptz,
    cancelled_by     uuid references account (account_id),
    cancelled_at     timestamptz,
    applied_at       timestamptz,
    constraint iban_change_by_two check (approved_by <> asked_by),
    constraint iban_change_approved_by_somebody check ((approved_by is null) = (approved_at is null)),
    constraint iban_change_waits check (applied_at is null or applied_at >= approved_at + interval '72 hours'),
    constraint iban_change_ends_once check (applied_at is null or cancelled_at is null)
);
create unique index iban_change_one_open on iban_change (establishment_id) where cancelled_at is null and applied_at is null;
create index iban_change_account_idx on iban_change (asked_by);

-- Who may decide on an account number: an administrator of the house, or the operator, with an account still open.
create function may_decide_iban(p_account uuid, p_establishment uuid, p_asks boolean) returns boolean
language sql stable security definer
set search_path = public, pg_temp
as $$
    select exists (
        select from account a
         where a.account_id = p_account and a.closed_at is null
           and (a.role = 'administrator' and a.establishment_id = p_establishment or a.role = 'operator' and not p_asks)
    )
$$;
revoke all on function may_decide_iban from public;

-- The instants are the database's own, whatever a statement says; what is decided is decided by who may, and stays decided;
-- a number that is not wanted any more is not kept.
create function iban_change_guard() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    if tg_op = 'INSERT' then
        if not may_decide_iban(new.asked_by, new.establishment_id, true) then
            raise exception 'who asks for a change of account is an administrator of the house' using errcode = 'check_violation';
        end if;
        new.asked_at := clock_timestamp();
        new.approved_by := null;
        new.approved_at := null;
        new.cancelled_by := null;
        new.cancelled_at := null;
        new.applied_at := null;
        return new;
    end if;
    if old.cancelled_at is not null or old.applied_at is not null then
        raise exception 'a change of account has ended' using errcode = 'check_violation';
    end if;
    if old.approved_by is not null and new.approved_by is distinct from old.approved_by then
        raise exception 'a change of account is approved once' using errcode = 'check_violation';
    end if;
    if old.approved_by is null and new.approved_by is not null then
        if not may_decide_iban(new.approved_by, new.establishment_id, false)
           or not may_decide_iban(new.asked_by, new.establishment_id, true) then
            raise exception 'who approves a change of account may decide on it' using errcode = 'check_violation';
        end if;
        new.approved_at := clock_timestamp();
    end if;
    if new.cancelled_by is not null then
        new.cancelled_at := clock_timestamp();
        new.iban_sealed := ''::bytea;
    end if;
    return new;
end $$;
create trigger iban_change_guard before insert or update on iban_change
    for each row execute function iban_change_guard();

grant select (change_id, establishment_id, iban_tail, asked_by, asked_at, approved_by, approved_at, cancelled_at, applied_at)
   on iban_change to egide_app;
grant insert (change_id, establishment_id, iban_sealed, iban_tail, iban_address, asked_by, asked_at) on iban_change to egide_app;
grant select (iban_address) on iban_change to egide_app;
grant update (approved_by, cancelled_by) on iban_change to egide_app;

-- Put in force what has waited long enough; settlements alone call it, as they close.
create function apply_iban_changes() returns bigint
language sql security definer
set search_path = public, pg_temp
as $$
    with due as (
        update iban_change
           set applied_at = clock_timestamp()
         where approved_at is not null and cancelled_at is null and applied_at is null
           and may_decide_iban(asked_by, establishment_id, true) and may_decide_iban(approved_by, establishment_id, false)
           and approved_at <= clock_timestamp() - interval '72 hours'
     returning establishment_id, iban_sealed, iban_tail
    ), changed as (
        update establishment e
           set iban_sealed = due.iban_sealed, iban_tail = due.iban_tail
          from due
         where e.establishment_id = due.establishment_id
     returning e.establishment_id
    )
    select count(*) from changed
$$;
revoke all on function apply_iban_changes from public;
grant execute on function apply_iban_changes to egide_payer;

-- What an account that is closed had asked or approved is stopped with it.
create function account_closed() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    update iban_change
       set cancelled_by = new.account_id
     where (asked_by = new.account_id or approved_by = new.account_id) and cancelled_at is null and applied_at is null;
    delete from ceremony where account_id = new.account_id;
    return null;
end $$;
create trigger account_closed after update of closed_at on account
    for each row when (old.closed_at is null and new.closed_at is not null) execute function account_closed();
create index iban_change_approver_idx on iban_change (approved_by);

-- Nor does the counter, or an import, read the account that an establishment is paid on.
revoke select on establishment from egide_app, egide_loader;
grant select (establishment_id, finess, siret, profession, name, department, iban_tail, enrolled_at)
   on establishment to egide_app, egide_loader;
