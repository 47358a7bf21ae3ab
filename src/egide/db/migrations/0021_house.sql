-- Who sends notices, in a process of its own: it reads where to write, and nothing else.
do $$
begin
    if not exists (select from pg_roles where rolname = 'egide_messenger') then
        begin
            create role egide_messenger nologin;
        exception when duplicate_object or unique_violation then
            null;
        end;
    end if;
    grant egide_messenger to current_user with set true, inherit true;
end
$$;
grant usage on schema public to egide_messenger;

-- Where a house is written to; sealed, and shown by a few signs only.
create table house_contact (
    establishment_id uuid primary key references establishment,
    contact_sealed   bytea not null,
    shown            text not null,
    since            timestamptz not null
);
grant select (establishment_id, shown, since) on house_contact to egide_app;

-- What two persons and three days change: the account number of a house, its contact, its administrators; and the
-- recovery of an account whose passkeys are lost.
alter table iban_change rename to house_change;
alter table house_change rename column iban_sealed to sealed;
alter table house_change rename column iban_tail to shown;
alter table house_change rename column iban_address to address;
alter table house_change rename constraint iban_change_by_two to house_change_by_two;
alter table house_change rename constraint iban_change_waits to house_change_waits;
alter table house_change rename constraint iban_change_approved_by_somebody to house_change_approved_by_somebody;
alter table house_change rename constraint iban_change_ends_once to house_change_ends_once;
alter table house_change
    alter column establishment_id drop not null,
    add column kind text not null default 'iban',
    add column subject uuid references account (account_id),
    add column code_hash bytea,
    add constraint house_change_kind_known check (kind in ('iban', 'contact', 'administrator', 'recovery')),
    add constraint house_change_has_its_subject check ((kind in ('administrator', 'recovery')) = (subject is not null)),
    add constraint house_change_has_its_house check (establishment_id is not null or kind = 'recovery');
alter table house_change alter column kind drop default;
drop index iban_change_one_open;
create unique index house_change_one_open on house_change (establishment_id, kind)
    where subject is null and cancelled_at is null and applied_at is null;
create unique index house_change_one_open_each on house_change (subject, kind)
    where subject is not null and cancelled_at is null and applied_at is null;
create index house_change_subject_idx on house_change (subject);
create index house_change_due_idx on house_change (approved_at) where cancelled_at is null and applied_at is null;
revoke all on house_change from egide_app;
grant select (change_id, kind, establishment_id, subject, shown, address, asked_by, asked_at, approved_by, approved_at,
              cancelled_at, applied_at) on house_change to egide_app;
grant insert (change_id, kind, establishment_id, subject, sealed, shown, address, asked_by, asked_at) on house_change to egide_app;
grant update (approved_by, cancelled_by, code_hash) on house_change to egide_app;

-- Who may decide, with an account still open: an administrator of the house, never on itself; the operator, as the second
-- person; for a recovery, the operator as the first too, and a professional who came back by Pro Santé Connect for itself.
create function may_decide(p_account uuid, p_establishment uuid, p_kind text, p_subject uuid, p_asks boolean) returns boolean
language sql stable security definer
set search_path = public, pg_temp
as $$
    select exists (
        select from account a
         where a.account_id = p_account and a.closed_at is null
           and (p_account is distinct from p_subject
                    and (a.role = 'administrator' and a.establishment_id = p_establishment
                         or a.role = 'operator' and (p_kind = 'recovery' or not p_asks))
                or p_account = p_subject and p_kind = 'recovery' and p_asks and a.rpps is not null)
    )
$$;
revoke all on function may_decide from public;

create or replace function iban_change_guard() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
    v_subject account;
begin
    if tg_op = 'INSERT' then
        if not may_decide(new.asked_by, new.establishment_id, new.kind, new.subject, true) then
            raise exception 'who asks for a change is an administrator of the house' using errcode = 'check_violation';
        end if;
        if new.subject is not null then
            select * into v_subject from account a where a.account_id = new.subject and a.closed_at is null;
            if not found or v_subject.establishment_id is distinct from new.establishment_id or v_subject.role = 'insured' then
                raise exception 'whom a change is about is of the house' using errcode = 'check_violation';
            end if;
            if new.kind = 'administrator' then
                new.shown := case when v_subject.role <> 'administrator' then 'administrator'
                                  when v_subject.rpps is null then 'assistant' else 'professional' end;
            end if;
        end if;
        new.asked_at := clock_timestamp();
        new.approved_by := null;
        new.approved_at := null;
        new.cancelled_by := null;
        new.cancelled_at := null;
        new.applied_at := null;
        new.code_hash := null;
        return new;
    end if;
    if old.cancelled_at is not null or old.applied_at is not null then
        raise exception 'a change has ended' using errcode = 'check_violation';
    end if;
    if old.approved_by is not null and (new.approved_by, new.code_hash) is distinct from (old.approved_by, old.code_hash) then
        raise exception 'a change is approved once' using errcode = 'check_violation';
    end if;
    if old.approved_by is null and new.approved_by is not null then
        if not may_decide(new.approved_by, new.establishment_id, new.kind, new.subject, false)
           or not may_decide(new.asked_by, new.establishment_id, new.kind, new.subject, true) then
            raise exception 'who approves a change may decide on it' using errcode = 'check_violation';
        end if;
        new.approved_at := clock_timestamp();
    end if;
    if new.approved_by is null then
        new.code_hash := null;
    end if;
    if new.cancelled_by is not null then
        new.cancelled_at := clock_timestamp();
        new.sealed := ''::bytea;
    end if;
    return new;
end $$;
alter function iban_change_guard() rename to house_change_guard;
alter trigger iban_change_guard on house_change rename to house_change_guard;

-- A house keeps an administrator: who would be its last is not made anything else.
create function another_administrator(p_establishment uuid, p_account uuid) returns boolean
language sql stable security definer
set search_path = public, pg_temp
as $$
    select exists (select from account a
                    where a.establishment_id = p_establishment and a.role = 'administrator' and a.closed_at is null
                      and a.account_id <> p_account)
$$;
revoke all on function another_administrator from public;

drop function apply_iban_changes();
drop function may_decide_iban(uuid, uuid, boolean);

-- Shut every door of an account: its codes, ceremonies, passkeys and sessions.
create function let_nothing_in(p_account uuid, p_at timestamptz, p_why text) returns void
language sql security definer
set search_path = public, pg_temp
as $$
    update invitation set used_at = p_at where account_id = p_account and used_at is null;
    delete from ceremony where account_id = p_account;
    update passkey set revoked_at = p_at, revoked_why = p_why where account_id = p_account and revoked_at is null;
    update web_session set closed_at = p_at where account_id = p_account and closed_at is null;
$$;
revoke all on function let_nothing_in from public;

-- Put in force what has waited long enough; it hurries nothing, so settlements and the counter may both call it.
create function apply_house_changes() returns bigint
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_at    constant timestamptz := clock_timestamp();
    v_count bigint := 0;
    c       house_change;
begin
    for c in
        select * from house_change h
         where h.approved_at <= v_at - interval '72 hours' and h.cancelled_at is null and h.applied_at is null
           and may_decide(h.asked_by, h.establishment_id, h.kind, h.subject, true)
           and may_decide(h.approved_by, h.establishment_id, h.kind, h.subject, false)
           and (h.kind <> 'administrator' or h.shown = 'administrator' or another_administrator(h.establishment_id, h.subject))
         order by h.approved_at
           for update skip locked
    loop
        if c.kind = 'iban' then
            update establishment e set iban_sealed = c.sealed, iban_tail = c.shown where e.establishment_id = c.establishment_id;
        elsif c.kind = 'contact' then
            insert into house_contact (establishment_id, contact_sealed, shown, since)
            values (c.establishment_id, c.sealed, c.shown, v_at)
                on conflict (establishment_id) do update
               set contact_sealed = excluded.contact_sealed, shown = excluded.shown, since = excluded.since;
        elsif c.kind = 'administrator' then
            update account a set role = c.shown where a.account_id = c.subject;
            update web_session s set closed_at = v_at where s.account_id = c.subject and s.closed_at is null;
        else
            perform let_nothing_in(c.subject, v_at, 'lost');
            insert into invitation (code_hash, account_id, expires_at) values (c.code_hash, c.subject, v_at + interval '7 days');
        end if;
        update house_change h set applied_at = v_at where h.change_id = c.change_id;
        v_count := v_count + 1;
    end loop;
    return v_count;
end $$;
revoke all on function apply_house_changes from public;
grant execute on function apply_house_changes to egide_payer, egide_app;

create or replace function account_closed() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    update house_change
       set cancelled_by = new.account_id
     where new.account_id in (asked_by, approved_by, subject) and cancelled_at is null and applied_at is null;
    delete from ceremony where account_id = new.account_id;
    return null;
end $$;

-- What a house is told by mail, written by the database itself: nobody who changes something can keep it from being said.
create table notice (
    notice_id        uuid primary key default gen_random_uuid(),
    establishment_id uuid not null references establishment,
    event            text not null,
    about            text not null,
    shown            text not null,
    contact_sealed   bytea not null,
    made_at          timestamptz not null default clock_timestamp(),
    tries            integer not null default 0,
    next_try_at      timestamptz not null default clock_timestamp(),
    sent_at          timestamptz,
    constraint notice_event_known check (event in ('asked', 'approved', 'applied', 'cancelled', 'new'))
);
create index notice_due_idx on notice (next_try_at) where sent_at is null;
grant select, update (tries, next_try_at, sent_at) on notice to egide_messenger;
grant select (establishment_id, name) on establishment to egide_messenger;

create function tell_house(p_establishment uuid, p_event text, p_about text, p_shown text, p_other bytea) returns void
language sql security definer
set search_path = public, pg_temp
as $$
    insert into notice (establishment_id, event, about, shown, contact_sealed)
    select p_establishment, p_event, p_about, p_shown, t.contact
      from (select h.contact_sealed as contact from house_contact h where h.establishment_id = p_establishment
            union
            select p_other where p_other <> ''::bytea) t
$$;
revoke all on function tell_house from public;

create function house_change_told() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
    v_event text;
    v_new   bytea := case when new.kind = 'contact' then coalesce(nullif(new.sealed, ''::bytea), old.sealed) else ''::bytea end;
begin
    if new.establishment_id is null then
        return null;
    end if;
    v_event := case when tg_op = 'INSERT' then 'asked'
                    when new.applied_at is not null then 'applied'
                    when new.cancelled_at is not null then 'cancelled'
                    when new.approved_at is not null and old.approved_at is null then 'approved' end;
    if v_event is not null then
        perform tell_house(new.establishment_id, v_event, new.kind, case when new.kind = 'iban' then new.shown else '' end, v_new);
    end if;
    return null;
end $$;
create trigger house_change_told after insert or update on house_change
    for each row execute function house_change_told();

-- A passkey more, and a browser never seen with this account, are told too.
create function passkey_told() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    perform tell_house(a.establishment_id, 'new', 'passkey', '', ''::bytea)
       from account a where a.account_id = new.account_id and a.establishment_id is not null;
    return null;
end $$;
create trigger passkey_told after insert on passkey
    for each row execute function passkey_told();

alter table web_session add column is_new boolean not null default false;
create function session_of_new_device() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    new.is_new := exists (select from web_session s where s.account_id = new.account_id)
        and not exists (select from web_session s where s.account_id = new.account_id and s.thumbprint = new.thumbprint);
    if new.is_new then
        perform tell_house(a.establishment_id, 'new', 'device', '', ''::bytea)
           from account a where a.account_id = new.account_id and a.establishment_id is not null;
    end if;
    return new;
end $$;
create trigger session_of_new_device before insert on web_session
    for each row execute function session_of_new_device();
