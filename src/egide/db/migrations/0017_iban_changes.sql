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

-- The instants are the database's own, whatever a statement says; what is decided stays decided; a number that is not
-- wanted any more is not kept.
create function iban_change_guard() returns trigger
language plpgsql set search_path = pg_catalog
as $$
begin
    if tg_op = 'INSERT' then
        new.asked_at := clock_timestamp();
        return new;
    end if;
    if old.cancelled_at is not null or old.applied_at is not null then
        raise exception 'a change of account has ended' using errcode = 'check_violation';
    end if;
    if old.approved_by is not null and new.approved_by is distinct from old.approved_by then
        raise exception 'a change of account is approved once' using errcode = 'check_violation';
    end if;
    if old.approved_by is null and new.approved_by is not null then
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
grant insert on iban_change to egide_app;
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

-- Nor does the counter, or an import, read the account that an establishment is paid on.
revoke select on establishment from egide_app, egide_loader;
grant select (establishment_id, finess, siret, profession, name, department, iban_tail, enrolled_at)
   on establishment to egide_app, egide_loader;
