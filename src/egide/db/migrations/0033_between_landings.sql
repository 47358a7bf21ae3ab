-- Migrations 0026 to 0030 were lived in before they were finished: an installation of that day has their numbers, not all of their
-- lines. What they gained afterwards, made where it lacks; an installation made since finds all of it there already.
grant select (establishment_id, software_id, revoked_at) on caller_key to egide_gate;
set role egide_gate;
do $$
begin
    if (select array_length(conkey, 1) from pg_constraint where conrelid = 'gate.debt'::regclass and conname = 'debt_pkey') = 2 then
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

-- The caps of segments from their size: five typed persons a day for each establishment, a thousand at least.
create or replace function gate.size_segments() returns void
language sql security definer
set search_path = gate, public, pg_temp
as $$
    insert into gate.segment_cap (kind, value, day_cap)
    select kind, value, greatest(1000, 5 * count(*))::integer
      from (select 'profession' as kind, profession as value from public.establishment
            union all
            select 'department', department from public.establishment
            union all
            select 'vendor', w.vendor
              from (select distinct k.establishment_id, s.vendor
                      from public.caller_key k join public.software s using (software_id)
                     where k.revoked_at is null) w) t
     group by kind, value
     order by kind, value
        on conflict (kind, value) do update set day_cap = excluded.day_cap where segment_cap.day_cap < excluded.day_cap
$$;
reset role;

-- A person says that it was there: what the establishment typed of it is explained. False if it was not asked of.
create or replace function confirm_presence(p_session uuid, p_establishment uuid) returns boolean
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_person uuid;
    v_at     constant timestamptz := clock_timestamp();
begin
    select k.person_id into v_person
      from web_session s
      join account k on k.account_id = s.account_id and k.closed_at is null and k.role = 'insured'
     where s.session_id = p_session and s.closed_at is null and s.ends_at > clock_timestamp();
    if v_person is null or not exists (select from gate.debt d where d.establishment_id = p_establishment and d.person_id = v_person) then
        return false;
    end if;
    -- Three a day and thirty in thirty days for a house: who plays persons (a taken server) buys no more than that.
    perform pg_advisory_xact_lock(hashtextextended('confirmed ' || p_establishment::text, 0));
    if (select count(*) from gate.confirmation c where c.establishment_id = p_establishment and c.at > v_at - interval '24 hours') >= 3
       or (select count(*) from gate.confirmation c where c.establishment_id = p_establishment and c.at > v_at - interval '30 days') >= 30 then
        return false;
    end if;
    insert into gate.confirmation (establishment_id, person_id, at) values (p_establishment, v_person, v_at);
    perform gate.explain(array[p_establishment], array[v_person]);
    return true;
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

-- A claim comes in as it was decided, and is settled by a settlement alone: nobody writes one that explains something.
create or replace function claim_comes_in_unsettled() returns trigger
language plpgsql set search_path = pg_catalog
as $$
begin
    if new.state = 'settled' or new.transfer_id is not null then
        raise exception 'a claim is settled by a settlement' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create or replace trigger claim_comes_in_unsettled before insert on claim for each row execute function claim_comes_in_unsettled();

select gate.size_segments();
