-- What a hostile reading of the house's changes found.

-- At most twenty changes under way in a house, and fifty codes that nobody has used: a flood hides nothing.
-- Who let somebody back in never makes the second of two persons with it. A recovery is approved with its code. Only who may
-- decide stops a change, who asked or approved it, or whom it is about; but nobody keeps oneself an administrator.
create or replace function house_change_guard() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
    v_subject account;
begin
    if tg_op = 'INSERT' then
        if not may_decide(new.asked_by, new.establishment_id, new.kind, new.subject, true) then
            raise exception 'who asks for a change is an administrator of the house' using errcode = 'check_violation';
        end if;
        perform pg_advisory_xact_lock(hashtextextended('changes ' || coalesce(new.establishment_id, new.subject)::text, 0));
        if (select count(*) from house_change h
             where h.establishment_id = new.establishment_id and h.cancelled_at is null and h.applied_at is null) >= 20 then
            return null;
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
           or not may_decide(new.asked_by, new.establishment_id, new.kind, new.subject, true)
           or recovered_by_each_other(new.asked_by, new.approved_by) then
            raise exception 'who approves a change may decide on it' using errcode = 'check_violation';
        end if;
        if (new.kind = 'recovery') <> (new.code_hash is not null) then
            raise exception 'a recovery, and nothing else, has a code' using errcode = 'check_violation';
        end if;
        new.approved_at := clock_timestamp();
    end if;
    if new.approved_by is null then
        new.code_hash := null;
    end if;
    if new.cancelled_by is not null then
        if not exists (select from account a
                        where a.account_id = new.cancelled_by
                          and (a.closed_at is null
                               and (a.role = 'operator' or a.role = 'administrator' and a.establishment_id = new.establishment_id)
                               or new.cancelled_by in (new.asked_by, new.approved_by, new.subject)))
           or new.cancelled_by = new.subject and new.kind = 'administrator' and new.shown <> 'administrator'
              and exists (select from account a where a.account_id = new.subject and a.closed_at is null) then
            raise exception 'who stops a change is of the house, and not whom it takes power from' using errcode = 'check_violation';
        end if;
        new.cancelled_at := clock_timestamp();
        new.sealed := ''::bytea;
    end if;
    return new;
end $$;

-- Whether one of two accounts let the other back in: it may hold its passkey.
create function recovered_by_each_other(p_one uuid, p_other uuid) returns boolean
language sql stable security definer
set search_path = public, pg_temp
as $$
    select exists (select from house_change r
                    where r.kind = 'recovery' and r.applied_at is not null
                      and (r.subject = p_one and p_other in (r.asked_by, r.approved_by)
                           or r.subject = p_other and p_one in (r.asked_by, r.approved_by)))
$$;
revoke all on function recovered_by_each_other from public;
grant execute on function recovered_by_each_other to egide_app;

-- An applicant that lost its passkey asks for itself too, having come back by Pro Santé Connect.
create or replace function may_decide(p_account uuid, p_establishment uuid, p_kind text, p_subject uuid, p_asks boolean) returns boolean
language sql stable security definer
set search_path = public, pg_temp
as $$
    select exists (
        select from account a
         where a.account_id = p_account and a.closed_at is null
           and (p_account is distinct from p_subject
                    and (a.role = 'administrator' and a.establishment_id = p_establishment
                         or a.role = 'operator' and (p_kind = 'recovery' or not p_asks))
                or p_account = p_subject and p_kind = 'recovery' and p_asks
                    and (a.rpps is not null or exists (select from applicant p where p.account_id = a.account_id)))
    )
$$;

-- Stop what an account asked or approved and is not in force: it lost its power, or its passkeys were another's.
create function stop_changes_of(p_account uuid) returns void
language sql security definer
set search_path = public, pg_temp
as $$
    update house_change
       set cancelled_by = asked_by
     where p_account in (asked_by, approved_by) and cancelled_at is null and applied_at is null
$$;
revoke all on function stop_changes_of from public;

-- Put in force what has waited long enough, one house after another, each change judged after those before it; what was
-- asked a month ago and never put in force is stopped. A change that fails is stopped and hinders no other.
create or replace function apply_house_changes() returns bigint
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_at    constant timestamptz := clock_timestamp();
    v_count bigint := 0;
    v_ids   uuid[];
    v_id    uuid;
    c       house_change;
begin
    update house_change set cancelled_by = asked_by
     where asked_at < v_at - interval '30 days' and cancelled_at is null and applied_at is null;
    select array_agg(h.change_id order by h.approved_at, h.change_id) into v_ids
      from house_change h
     where h.approved_at <= v_at - interval '72 hours' and h.cancelled_at is null and h.applied_at is null;
    foreach v_id in array coalesce(v_ids, '{}') loop
        select * into c from house_change h
         where h.change_id = v_id and h.cancelled_at is null and h.applied_at is null
           for update skip locked;
        continue when not found;
        perform pg_advisory_xact_lock(hashtextextended('changes ' || coalesce(c.establishment_id, c.subject)::text, 0));
        continue when not may_decide(c.asked_by, c.establishment_id, c.kind, c.subject, true)
                   or not may_decide(c.approved_by, c.establishment_id, c.kind, c.subject, false)
                   or c.kind = 'administrator' and c.shown <> 'administrator'
                      and not another_administrator(c.establishment_id, c.subject);
        begin
            update house_change h set applied_at = v_at where h.change_id = c.change_id;
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
                if c.shown <> 'administrator' then
                    perform stop_changes_of(c.subject);
                end if;
            else
                perform let_nothing_in(c.subject, v_at, 'lost');
                perform stop_changes_of(c.subject);
                insert into invitation (code_hash, account_id, expires_at) values (c.code_hash, c.subject, v_at + interval '7 days');
            end if;
            v_count := v_count + 1;
        exception when others then
            raise warning 'change % is stopped: %', c.change_id, sqlerrm;
            update house_change h set cancelled_by = h.asked_by where h.change_id = c.change_id;
        end;
    end loop;
    return v_count;
end $$;

-- The subject of a recovery sees it and stops it, of whatever house: it is a session that still serves.
create function own_recovery(p_session uuid, p_stop boolean)
returns table (change uuid, asked_at timestamptz, in_force_at timestamptz)
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_account uuid;
begin
    select s.account_id into v_account
      from web_session s
      join account k on k.account_id = s.account_id and k.closed_at is null
     where s.session_id = p_session and s.closed_at is null and s.ends_at > clock_timestamp();
    if p_stop then
        return query update house_change h set cancelled_by = v_account
                      where h.subject = v_account and h.kind = 'recovery' and h.cancelled_at is null and h.applied_at is null
                     returning h.change_id, h.asked_at, h.approved_at + interval '72 hours';
    else
        return query select h.change_id, h.asked_at, h.approved_at + interval '72 hours'
                       from house_change h
                      where h.subject = v_account and h.kind = 'recovery' and h.cancelled_at is null and h.applied_at is null;
    end if;
end $$;
revoke all on function own_recovery from public;
grant execute on function own_recovery to egide_app;

-- A maker that ever vouched goes on being asked to: taking its only key away opens nothing.
create or replace function caller_key_attested() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    if new.enrolled_by is null and pg_has_role(session_user, 'egide_app', 'member')
       and not pg_has_role(session_user, 'egide_loader', 'member') then
        raise exception 'the counter enrols a key in the name of somebody' using errcode = 'check_violation';
    end if;
    if new.enrolled_by is not null or new.attested_by is not null then
        if exists (select from software s join vendor_key v using (vendor) where s.software_id = new.software_id)
           and not exists (select from software s join vendor_key v using (vendor)
                            where s.software_id = new.software_id and v.revoked_at is null and v.thumbprint = new.attested_by)
        then
            raise exception 'the maker of this build vouches for each instance' using errcode = 'check_violation';
        end if;
    end if;
    return new;
end $$;

-- An application is decided while who applied still may: refused at once where its site was taken or its account closed.
create or replace function decide_application(p_application uuid, p_establishment uuid, p_by uuid, p_accept boolean) returns boolean
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_at constant timestamptz := clock_timestamp();
    h    house_application;
    a    applicant;
    s    record;
begin
    select * into h from house_application x where x.application_id = p_application and x.decided_at is null for update;
    if not found then
        return false;
    end if;
    if p_by is not null and not exists (select from account k where k.account_id = p_by and k.role = 'operator' and k.closed_at is null) then
        return false;
    end if;
    if not p_accept and p_by is null then
        return false;
    end if;
    if p_accept and (not exists (select from convention_signature c where c.application_id = p_application)
                     or p_by is null
                        -- The register says of pharmacies (620) and laboratories (611, 612) what they are; of the others it
                        -- takes eyes to tell a practice from the hospital that it stands in.
                        and exists (select from applicant y cross join open_sites(y.sirets, y.finess) o
                                     where y.account_id = h.account_id and o.finess = h.finess and o.siret = h.siret
                                       and (h.payee <> 'match' or o.category not in ('611', '612', '620')))) then
        return false;
    end if;
    select x.* into a from applicant x join account k using (account_id)
     where x.account_id = h.account_id and k.closed_at is null and k.role = 'applicant';
    select * into s from open_sites(a.sirets, a.finess) o where o.finess = h.finess and o.siret = h.siret;
    if not p_accept or a.account_id is null or s.finess is null or exists (select from professional p where p.rpps = a.rpps) then
        update house_application set decided_by = p_by, decided_at = v_at, accepted = false, iban_sealed = '', contact_sealed = ''
         where application_id = p_application;
        return not p_accept;
    end if;
    insert into establishment (establishment_id, finess, siret, profession, name, department, iban_sealed, iban_tail, enrolled_at)
    values (p_establishment, h.finess, h.siret, site_profession(a.profession, s.category), s.name, s.department, h.iban_sealed, h.iban_tail, v_at);
    insert into house_contact (establishment_id, contact_sealed, shown, since)
    values (p_establishment, h.contact_sealed, h.contact_shown, v_at);
    insert into professional (rpps, establishment_id) values (a.rpps, p_establishment);
    perform gate.open_budget(p_establishment, false);
    update account set role = 'administrator', establishment_id = p_establishment, rpps = a.rpps where account_id = h.account_id;
    update house_application
       set decided_by = p_by, decided_at = v_at, accepted = true, establishment_id = p_establishment, iban_sealed = '', contact_sealed = ''
     where application_id = p_application;
    update convention_signature set establishment_id = p_establishment where application_id = p_application;
    return true;
end $$;

-- What is being signed at this instant is not withdrawn.
create or replace function withdraw_unsigned(p_account uuid) returns void
language sql security definer
set search_path = public, pg_temp
as $$
    delete from house_application h
     where h.application_id in (select x.application_id from house_application x
                                 where x.account_id = p_account and x.decided_at is null
                                   for update skip locked)
       and not exists (select from convention_signature s where s.application_id = h.application_id)
$$;

-- Who was shut out of one house may come in by another.
create or replace function enrol_professional(p_account uuid, p_rpps text, p_label bytea, p_at timestamptz) returns uuid
language sql security definer
set search_path = public, pg_temp
as $$
    insert into account (account_id, role, establishment_id, rpps, label_sealed, created_at)
    select p_account, 'professional', p.establishment_id, p.rpps, p_label, p_at
      from professional p
     where p.rpps = p_rpps
       and not exists (select from account a
                        where a.rpps = p_rpps and a.closed_at is not null and a.establishment_id = p.establishment_id)
        on conflict (rpps) where closed_at is null do nothing
 returning account_id
$$;

create or replace function invite_to_house(p_session uuid, p_account uuid, p_role text, p_label bytea, p_code bytea) returns boolean
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_at    constant timestamptz := clock_timestamp();
    v_house uuid;
begin
    select k.establishment_id into v_house
      from web_session s
      join account k using (account_id)
     where s.session_id = p_session and s.closed_at is null and s.ends_at > v_at and k.closed_at is null and k.role = 'administrator';
    if not found or p_role not in ('professional', 'assistant') then
        return false;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('invitations ' || v_house::text, 0));
    if (select count(*) from account a join invitation i using (account_id)
         where a.establishment_id = v_house and a.closed_at is null and i.used_at is null and i.expires_at > v_at) >= 50 then
        return false;
    end if;
    insert into account (account_id, role, establishment_id, label_sealed, created_at) values (p_account, p_role, v_house, p_label, v_at);
    insert into invitation (code_hash, account_id, expires_at) values (p_code, p_account, v_at + interval '7 days');
    return true;
end $$;

-- An export serves while both of its persons are there.
create or replace function exports_open() returns text[]
language sql stable security definer
set search_path = public, pg_temp
as $$
    select coalesce(array_agg(o.settlement_id), '{}')
      from web_session s
      join export_order o on o.asked_by = s.account_id
     where s.session_id = nullif(current_setting('egide.session', true), '')::uuid
       and o.insurer_id = insurer_of_session()
       and o.approved_at > clock_timestamp() - interval '24 hours'
       and may_export(o.approved_by, o.insurer_id)
$$;

-- The loader sees the codes of the insurers that it works for.
set role egide_gate;
alter table gate.activation enable row level security;
create policy imported on gate.activation for all to egide_loader
    using (exists (select from gate.person p where p.person_id = activation.person_id and p.insurer_id = any ((select gate.tenants())::uuid[])))
    with check (exists (select from gate.person p where p.person_id = activation.person_id and p.insurer_id = any ((select gate.tenants())::uuid[])));
reset role;

-- A maker's builds, two hundred at most: no maker hides another's.
create or replace function declare_build(p_software uuid, p_thumbprint text, p_product text, p_version text) returns uuid
language sql security definer
set search_path = public, pg_temp
as $$
    insert into software (software_id, vendor, product, version, declared_by)
    select p_software, v.vendor, p_product, p_version, v.thumbprint
      from vendor_key v
     where v.thumbprint = p_thumbprint and v.revoked_at is null
       and (select count(*) from software s where s.vendor = v.vendor) < 200
        on conflict (vendor, product, version) do nothing;
    select s.software_id
      from software s
      join vendor_key v using (vendor)
     where v.thumbprint = p_thumbprint and v.revoked_at is null and s.product = p_product and s.version = p_version
$$;

-- A page ends with all that happened at its last instant: the next one begins before it, and loses nothing.
create or replace function accesses_of(p_session uuid, p_before timestamptz)
returns table (at timestamptz, name text, profession text, department text, purpose text, basis text, care_on date)
language sql stable security definer
set search_path = public, pg_temp
as $$
    select e.at, coalesce(h.name, 'Égide, assistance aux professionnels'), coalesce(h.profession, 'operator'),
           coalesce(h.department, ''), e.purpose, e.basis, e.care_on
      from web_session s
      join account k on k.account_id = s.account_id and k.closed_at is null
      join gate.entry e on e.person_id = k.person_id
      left join establishment h on h.establishment_id = e.establishment_id
     where s.session_id = p_session and s.closed_at is null and s.ends_at > clock_timestamp() and e.at < p_before
     order by e.at desc
     fetch first 100 rows with ties
$$;
create or replace function trail(p_session uuid, p_before timestamptz)
returns table (at timestamptz, event text, about text, house uuid, by_account uuid)
language sql stable security definer
set search_path = public, pg_temp
as $$
    select t.*
      from web_session s
      join account k on k.account_id = s.account_id and k.closed_at is null and k.role = 'auditor'
     cross join lateral (
           select c.asked_at, 'change-asked', c.kind, c.establishment_id, c.asked_by from house_change c
           union all
           select c.approved_at, 'change-approved', c.kind, c.establishment_id, c.approved_by from house_change c
           union all
           select c.cancelled_at, 'change-cancelled', c.kind, c.establishment_id, c.cancelled_by from house_change c
           union all
           select c.applied_at, 'change-applied', c.kind, c.establishment_id, null from house_change c
           union all
           select y.enrolled_at, 'key-enrolled', y.thumbprint, y.establishment_id, y.enrolled_by from caller_key y
           union all
           select y.revoked_at, 'key-revoked', y.thumbprint, y.establishment_id, y.revoked_by from caller_key y
           union all
           select o.asked_at, 'export-asked', o.settlement_id, o.insurer_id, o.asked_by from export_order o
           union all
           select o.approved_at, 'export-approved', o.settlement_id, o.insurer_id, o.approved_by from export_order o
           union all
           select e.at, 'support-view', e.address::text, null, e.account_id from gate.entry e where e.purpose = 'support'
           ) t (at, event, about, house, by_account)
     where s.session_id = p_session and s.closed_at is null and s.ends_at > clock_timestamp() and t.at < p_before
     order by t.at desc
     fetch first 200 rows with ties
$$;
