-- The whole gate: what may be contained, what repays a debt, who was met before, what rings.
grant usage on schema public to egide_gate;
grant select on establishment, software, insurer, professional to egide_gate;
grant select (establishment_id, software_id, revoked_at) on caller_key to egide_gate;
set role egide_gate;

-- What is contained, until when, by whom and why. Nothing is deleted: a segment is opened again by its end.
create table gate.segment (
    kind   text not null,
    value  text not null,
    mode   text not null,
    reason text not null,
    author text not null,
    since  timestamptz not null,
    until  timestamptz not null,
    primary key (kind, value),
    constraint segment_kind_known check (kind in
        ('establishment', 'key', 'vendor', 'build', 'amc', 'flow', 'profession', 'department', 'method', 'person')),
    constraint segment_mode_known check (mode in ('card-only', 'off')),
    constraint segment_says_why check (reason <> '' and author <> ''),
    constraint segment_ends check (until >= since)
);
create index segment_until_idx on gate.segment (until);
create table gate.segment_log (
    at     timestamptz not null,
    kind   text not null,
    value  text not null,
    mode   text not null,
    reason text not null,
    author text not null,
    until  timestamptz
);
create trigger segment_log_append_only before update or delete on gate.segment_log
    for each row execute function gate.forbid_change();
create trigger segment_log_never_emptied before truncate on gate.segment_log
    for each statement execute function gate.forbid_change();

insert into gate.segment (kind, value, mode, reason, author, since, until)
select 'establishment', establishment_id::text, state, 'contained before segments had a reason', 'migration', gate.instant(),
       gate.instant() + interval '30 days'
  from gate.budget
 where state <> 'open';
alter table gate.budget
    drop column state,
    add column proved boolean not null default false,
    add column adapted_in integer,
    add column misses integer not null default 0,
    add column relation_day_limit integer not null default 300,
    add column relation_month_limit integer not null default 3000;
update gate.budget set proved = day_limit = 100;

-- Contain a segment, or open it again ('open'); felt by the next question of every process. A fact never loosens what a person
-- tightened, nor shortens it.
create function gate.set_segment(p_kind text, p_value text, p_mode text, p_reason text, p_author text, p_until timestamptz)
returns void
language plpgsql security definer
set search_path = gate, pg_temp
as $$
declare
    v_now constant timestamptz := gate.instant();
begin
    if p_mode = 'open' then
        update gate.segment set until = v_now where kind = p_kind and value = p_value and until > v_now;
    else
        insert into gate.segment as s (kind, value, mode, reason, author, since, until)
        values (p_kind, p_value, p_mode, p_reason, p_author, v_now, p_until)
            on conflict (kind, value) do update
           set mode = excluded.mode, reason = excluded.reason, author = excluded.author, since = excluded.since, until = excluded.until
         where s.until <= v_now or excluded.author <> 'gate';
    end if;
    insert into gate.segment_log (at, kind, value, mode, reason, author, until)
    values (v_now, p_kind, p_value, p_mode, p_reason, p_author, p_until);
end $$;
drop function gate.set_state(uuid, text);

create or replace function gate.open_budget(p_establishment uuid, p_proved boolean) returns void
language sql security definer
set search_path = gate, pg_temp
as $$
    insert into gate.budget as b (establishment_id, day_limit, month_limit, proved)
    values (p_establishment, case when p_proved then 100 else 2 end, case when p_proved then 60 else 10 end, p_proved)
        on conflict (establishment_id) do update
       set day_limit = excluded.day_limit,
           month_limit = case when b.proved and excluded.proved then b.month_limit else excluded.month_limit end,
           proved = excluded.proved
$$;
create or replace function gate.prove(p_establishment uuid) returns boolean
language plpgsql security definer
set search_path = gate, pg_temp
as $$
begin
    update gate.budget
       set proved = true, day_limit = greatest(day_limit, 100), month_limit = greatest(month_limit, 60)
     where establishment_id = p_establishment;
    return found;
end $$;

-- Debts: of typed numbers (U), and of relations asked again (H), which have a bucket of their own.
alter table gate.debt add column basis text not null default 'U', add column person_id uuid;
alter table gate.debt add constraint debt_basis_known check (basis in ('U', 'H'));
-- An alias that was guessed is no debt of the number that it happens to be.
alter table gate.debt drop constraint debt_pkey, add primary key (establishment_id, basis, address);
create index debt_person_idx on gate.debt (establishment_id, person_id) where basis = 'U' and person_id is not null;

-- Which typed persons were explained, by the thirty days they were asked in: what an establishment's own limit grows from. One
-- person counts once a period, however often its card is shown.
create table gate.explained (
    establishment_id uuid not null,
    period           integer not null,
    person_id        uuid not null,
    primary key (establishment_id, period, person_id)
);
create function gate.period(p_at timestamptz) returns integer
language sql immutable
as 'select (floor(extract(epoch from p_at) / 2592000))::integer';

-- Repay the debt of persons at establishments. Never called with what the establishment says alone: a card it scanned, the
-- person's own word, a claim that its insurer settled. A row that is being charged at this instant waits for its next proof.
create function gate.explain(p_establishment uuid[], p_person uuid[]) returns void
language sql security definer
set search_path = gate, pg_temp
as $$
    with met as (
        select d.establishment_id, d.address
          from gate.debt d
          join (select distinct establishment, person from unnest(p_establishment, p_person) as t (establishment, person)) w
            on d.establishment_id = w.establishment and d.person_id = w.person
         where d.basis = 'U'
           for update of d skip locked
    ), gone as (
        delete from gate.debt d using met m
         where d.establishment_id = m.establishment_id and d.basis = 'U' and d.address = m.address
        returning d.establishment_id, gate.period(d.asked_at) as period, d.person_id
    )
    insert into gate.explained (establishment_id, period, person_id)
    select establishment_id, period, person_id from gone order by 1, 2, 3
        on conflict do nothing
$$;

-- Whom persons said they were at: a word given on a page, so a few a house.
create table gate.confirmation (
    establishment_id uuid not null,
    person_id        uuid not null,
    at               timestamptz not null
);
create index confirmation_idx on gate.confirmation (establishment_id, at);

-- A person met by its card, or by a settled claim, is known to that establishment by an alias that is worth nothing elsewhere.
create table gate.relation (
    establishment_id uuid not null,
    person_id        uuid not null,
    alias            uuid not null,
    opened_at        timestamptz not null,
    primary key (establishment_id, person_id)
);
create unique index relation_alias_idx on gate.relation (establishment_id, alias);

-- Codes that an insured person's own page gives for one establishment: by their address, once, for sixty seconds.
create table gate.presence (
    address          uuid primary key,
    establishment_id uuid not null,
    person_id        uuid not null,
    expires_at       timestamptz not null
);
create index presence_expires_idx on gate.presence (expires_at);

-- Persons who do not exist, one list for each insurer or export: whoever asks about one holds a list.
create table gate.canary (
    person_id uuid primary key,
    label     text not null,
    made_at   timestamptz not null
);

-- What happened that needs no judgement: it blocks by itself, and is told within a minute.
create table gate.fact (
    fact_id          uuid primary key,
    at               timestamptz not null,
    kind             text not null,
    establishment_id uuid not null,
    software_id      uuid,
    key              text not null default '',
    detail           text not null default '',
    told_at          timestamptz,
    constraint fact_kind_known check (kind in ('canary', 'replayed', 'key-mismatch', 'streak'))
);
create index fact_untold_idx on gate.fact (at) where told_at is null;
create index fact_at_idx on gate.fact (at);

-- A replay of the same question is a network's second try; of another question, a thief's.
alter table gate.proof add column address uuid;

-- Typed persons a day, by segment and by shard: sixteen rows a segment, so that a crowd does not wait at one.
create table gate.segment_cap (
    kind    text not null,
    value   text not null,
    day_cap integer not null,
    primary key (kind, value)
);
create table gate.segment_use (
    kind    text not null,
    value   text not null,
    day     date not null,
    shard   smallint not null,
    persons integer not null,
    primary key (kind, value, day, shard)
);

alter table gate.entry
    add column key text,
    add column method text,
    drop constraint entry_basis_known,
    drop constraint entry_outcome_known,
    add constraint entry_basis_known check (basis in ('P', 'A', 'H', 'U', 'E', 'T')),
    add constraint entry_outcome_known check (outcome in ('shown', 'unknown', 'not-covered', 'ambiguous', 'revoked', 'over-budget',
        'over-cap', 'suspended', 'replayed', 'canary'));

-- The caps of segments from their size: five typed persons a day for each establishment, a thousand at least.
create function gate.size_segments() returns void
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

drop function gate.charge(uuid, uuid);
-- Charge one question to its establishment's bucket: 'admitted', 'again' if the person is in the window already, 'over-budget', or
-- 'suspended' where there is no budget. The budget's row stays locked until the end of the transaction, so no two questions
-- of one establishment are counted at once; the instant is read after the lock, so time runs forward.
create function gate.charge(p_establishment uuid, p_address uuid, p_basis text) returns text
language plpgsql
as $$
declare
    budget        gate.budget;
    asked         timestamptz;
    v_day_limit   integer;
    v_month_limit integer;
    v_day_count   integer;
    v_month_count integer;
    v_in_day      boolean;
    v_in_month    boolean;
    v_stale       integer;
begin
    select * into budget from gate.budget b where b.establishment_id = p_establishment for update;
    if not found then
        return 'suspended';
    end if;
    asked := gate.instant();
    if budget.proved and budget.adapted_in is distinct from gate.period(asked) then
        -- One step a period: up to half more than what was ever explained in thirty days, a tenth more at most, never above 300.
        select least(300, greatest(60, floor(1.5 * coalesce(max(e.persons), 0))::integer), floor(budget.month_limit * 1.1)::integer)
          into v_month_limit
          from (select count(*) as persons
                  from gate.explained
                 where establishment_id = p_establishment and period < gate.period(asked)
                 group by period) e;
        budget.month_limit := greatest(60, v_month_limit);
        update gate.budget b
           set month_limit = budget.month_limit, adapted_in = gate.period(asked)
         where b.establishment_id = p_establishment;
    end if;
    v_day_limit := case p_basis when 'U' then budget.day_limit else budget.relation_day_limit end;
    v_month_limit := case p_basis when 'U' then budget.month_limit else budget.relation_month_limit end;
    select count(*) filter (where d.asked_at > asked - interval '24 hours'),
           count(*),
           coalesce(bool_or(d.address = p_address and d.asked_at > asked - interval '24 hours'), false),
           coalesce(bool_or(d.address = p_address), false)
      into v_day_count, v_month_count, v_in_day, v_in_month
      from gate.debt d
     where d.establishment_id = p_establishment
       and d.asked_at > asked - interval '30 days'
       and d.basis = p_basis;
    -- Typed persons whom nothing explained ten days later, against those explained: honest service is one in ten. From one in
    -- three on, nobody new is shown without a card.
    if p_basis = 'U' and not v_in_month then
        select count(*) into v_stale
          from gate.debt d
         where d.establishment_id = p_establishment and d.basis = 'U'
           and d.asked_at <= asked - interval '10 days' and d.asked_at > asked - interval '180 days';
        if v_stale >= 12
           and v_stale * 2 > (select count(*) from gate.explained e
                               where e.establishment_id = p_establishment and e.period > gate.period(asked) - 6) then
            return 'over-budget';
        end if;
    end if;
    if (v_in_day or v_day_count < v_day_limit) and (v_in_month or v_month_count < v_month_limit) then
        insert into gate.debt (establishment_id, address, asked_at, basis)
        values (p_establishment, p_address, asked, p_basis)
        on conflict (establishment_id, basis, address) do update set asked_at = excluded.asked_at;
        return case when v_in_month then 'again' else 'admitted' end;
    end if;
    return 'over-budget';
end
$$;

-- Of typed persons who are new (by position, one row for each of their segments), those beyond the cap of one of them; the others
-- are counted. Below half of a cap nobody waits; above, one batch is counted after another.
create function gate.beyond_caps(p_ord bigint[], p_kind text[], p_value text[], p_shard integer[], p_day date) returns bigint[]
language plpgsql
as $$
declare
    v_beyond bigint[];
    s        record;
begin
    for s in
        select n.kind, n.value
          from (select t.kind, t.value, count(*) as persons from unnest(p_kind, p_value) as t (kind, value) group by 1, 2) n
          left join gate.segment_cap c using (kind, value)
         where n.persons + (select coalesce(sum(u.persons), 0) from gate.segment_use u
                             where u.kind = n.kind and u.value = n.value and u.day = p_day) > coalesce(c.day_cap, 1000) / 2
         order by 1, 2
    loop
        perform pg_advisory_xact_lock(hashtextextended('egide segment ' || s.kind || ' ' || s.value, 0));
    end loop;
    with new as (
        select * from unnest(p_ord, p_kind, p_value) as t (ord, kind, value)
    ), ranked as (
        select n.ord,
               row_number() over (partition by n.kind, n.value order by n.ord)
                   + (select coalesce(sum(u.persons), 0) from gate.segment_use u
                       where u.kind = n.kind and u.value = n.value and u.day = p_day) > coalesce(c.day_cap, 1000) as beyond
          from new n
          left join gate.segment_cap c using (kind, value)
    )
    select array_agg(distinct ord) into v_beyond from ranked where beyond;
    insert into gate.segment_use as u (kind, value, day, shard, persons)
    select t.kind, t.value, p_day, t.shard, count(*)
      from unnest(p_ord, p_kind, p_value, p_shard) as t (ord, kind, value, shard)
     where v_beyond is null or not t.ord = any (v_beyond)
     group by 1, 2, 4
     order by 1, 2, 4
        on conflict (kind, value, day, shard) do update set persons = u.persons + excluded.persons;
    return v_beyond;
end $$;

drop function gate.ask(uuid[], uuid[], uuid[], uuid[], text[], text[], uuid[], date[]);
-- Ask a batch of questions (a claim also learns the year of birth, which some prices hang on): use each proof once, ask what is
-- contained, charge what is typed, look up, write one entry an answer, repay, ring, return. One statement, one commit, for at
-- most 64 questions of any establishments. Locks are taken in one order: proofs, budgets, caps, then rows of one's own.
create function gate.ask(
    p_establishment uuid[],
    p_entry         uuid[],
    p_software      uuid[],
    p_proof         uuid[],
    p_purpose       text[],
    p_basis         text[],
    p_address       uuid[],
    p_care_on       date[],
    p_key           text[],
    p_method        text[]
) returns table (
    ordinal    bigint,
    outcome    text,
    person_id  uuid,
    insurer_id uuid,
    plan_code  text,
    start_on   date,
    end_on     date,
    birth_year smallint,
    alias      uuid
)
language plpgsql
security definer
set search_path = gate, pg_temp
as $$
#variable_conflict use_column
declare
    v_gate      text[] := array_fill('admitted'::text, array[cardinality(p_entry)]);
    v_person    uuid[] := array_fill(null::uuid, array[cardinality(p_entry)]);
    v_now       timestamptz := gate.instant();
    v_contained boolean;
    v_used      bigint[];
    v_new       bigint[];
    q           record;
begin
    if cardinality(p_entry) > 64 then
        raise exception 'at most 64 questions a batch';
    end if;
    with fresh as (
        insert into gate.proof (proof_hash, seen_at, address)
        select distinct on (t.proof) t.proof, v_now, t.address
          from unnest(p_proof, p_address) with ordinality as t (proof, address, ord)
         order by t.proof, t.ord
            on conflict (proof_hash) do nothing
        returning proof_hash
    )
    select array_agg(first.ord)
      into v_used
      from (select t.proof, min(t.ord) as ord
              from unnest(p_proof) with ordinality as t (proof, ord)
             group by t.proof) first
      join fresh on fresh.proof_hash = first.proof;

    if cardinality(v_used) is distinct from cardinality(p_entry) then
        for i in 1 .. cardinality(p_entry) loop
            if v_used is null or not (i = any (v_used)) then
                v_gate[i] := 'replayed';
            end if;
        end loop;
        insert into gate.fact (fact_id, at, kind, establishment_id, software_id, key)
        select gen_random_uuid(), v_now, 'replayed', t.establishment, t.software, coalesce(t.key, '')
          from unnest(p_establishment, p_software, p_proof, p_address, p_key) with ordinality
               as t (establishment, software, proof, address, key, ord)
          join gate.proof p on p.proof_hash = t.proof and p.address is not null and p.address <> t.address
         where v_gate[t.ord] = 'replayed';
    end if;

    v_contained := exists (select from gate.segment s where s.until > v_now);
    if v_contained then
        for q in
            select t.ord, max(case s.mode when 'off' then 2 else 1 end) as mode
              from unnest(p_establishment, p_software, p_purpose, p_key, p_method) with ordinality
                   as t (establishment, software, purpose, key, method, ord)
              left join public.establishment h on h.establishment_id = t.establishment
              left join public.software w on w.software_id = t.software
              join gate.segment s
                on s.until > v_now
               and (s.kind, s.value) in (('establishment', t.establishment::text), ('key', t.key), ('method', t.method),
                                         ('flow', t.purpose), ('profession', h.profession), ('department', h.department),
                                         ('vendor', w.vendor), ('build', w.vendor || ' ' || w.product || ' ' || w.version))
             group by t.ord
        loop
            if v_gate[q.ord] = 'admitted' and (q.mode = 2 or p_basis[q.ord] in ('U', 'H')) then
                v_gate[q.ord] := 'suspended';
            end if;
        end loop;
    end if;

    -- Typed questions and relations are charged one by one, in the order of establishments (no deadlock). A card, a code of the
    -- person's own page or an engagement cost nothing.
    for q in
        select t.establishment, t.address, t.basis, t.ord
          from unnest(p_establishment, p_address, p_basis) with ordinality as t (establishment, address, basis, ord)
         where t.basis in ('U', 'H') and v_gate[t.ord] = 'admitted'
         order by t.establishment, t.ord
    loop
        v_gate[q.ord] := gate.charge(q.establishment, q.address, q.basis);
        if v_gate[q.ord] = 'admitted' and q.basis = 'U' then
            v_new := v_new || q.ord;
        elsif v_gate[q.ord] = 'again' then
            v_gate[q.ord] := 'admitted';
        end if;
    end loop;
    if v_new is not null then
        for q in
            select unnest(gate.beyond_caps(array_agg(n.ord), array_agg(n.kind), array_agg(n.value), array_agg(n.shard),
                                           (v_now at time zone 'UTC')::date)) as ord
              from (select t.ord, s.kind, s.value, (hashtext(t.establishment::text) & 15) as shard
                      from unnest(p_establishment, p_software) with ordinality as t (establishment, software, ord)
                      left join public.establishment h on h.establishment_id = t.establishment
                      left join public.software w on w.software_id = t.software
                     cross join lateral (values ('profession', h.profession), ('department', h.department), ('vendor', w.vendor))
                           s (kind, value)
                     where t.ord = any (v_new) and s.value is not null) n
            having count(*) > 0
        loop
            -- It was told nothing: it owes nothing, and is new the next time it asks.
            v_gate[q.ord] := 'over-cap';
            v_new := array_remove(v_new, q.ord);
            delete from gate.debt d
             where d.establishment_id = p_establishment[q.ord] and d.basis = 'U' and d.address = p_address[q.ord];
        end loop;
    end if;

    -- Who is meant by a code of the person's own page, used up even where it is late, or by an alias.
    if 'A' = any (p_basis) then
        for q in
            with taken as (
                delete from gate.presence p
                 using unnest(p_address, p_basis) with ordinality as t (address, basis, ord)
                 where p.address = t.address and t.basis = 'A' and v_gate[t.ord] = 'admitted'
                returning t.ord, p.establishment_id, p.person_id, p.expires_at
            )
            select * from taken
        loop
            if q.establishment_id = p_establishment[q.ord] and q.expires_at > v_now then
                v_person[q.ord] := q.person_id;
            end if;
        end loop;
    end if;
    if 'H' = any (p_basis) then
        for q in
            select t.ord, r.person_id
              from unnest(p_establishment, p_address, p_basis) with ordinality as t (establishment, address, basis, ord)
              join gate.relation r on r.establishment_id = t.establishment and r.alias = t.address
             where t.basis = 'H' and v_gate[t.ord] = 'admitted'
        loop
            v_person[q.ord] := q.person_id;
        end loop;
    end if;

    return query
    with question as materialized (
        select t.*, v_gate[t.ord] as verdict, v_person[t.ord] as meant
          from unnest(p_establishment, p_entry, p_software, p_purpose, p_basis, p_address, p_care_on, p_key, p_method)
               with ordinality as t (establishment, entry, software, purpose, basis, address, care_on, key, method, ord)
    ), answer as materialized (
        select qu.*,
               hit.anybody, hit.person_id, hit.insurer_id, hit.plan_code, hit.start_on, hit.end_on,
               case
                   when qu.verdict <> 'admitted' then qu.verdict
                   when b.establishment_id is null then 'suspended'
                   when hit.persons is null then 'unknown'
                   when exists (select from gate.canary k where k.person_id = hit.anybody) then 'canary'
                   when v_contained and exists (select from gate.segment s
                                                 where s.kind = 'amc' and s.value = hit.insurer_id::text and s.until > v_now
                                                   and (s.mode = 'off' or qu.basis in ('U', 'H'))) then 'suspended'
                   when hit.revoked then 'revoked'
                   when hit.covered = 0 then 'not-covered'
                   when hit.covered > 1 then 'ambiguous'
                   else 'shown'
               end as outcome
          from question qu
          left join gate.budget b on b.establishment_id = qu.establishment
          left join lateral (
               select count(*) as persons,
                      count(*) filter (where c.on_day) as covered,
                      (array_agg(c.person_id))[1] as anybody,
                      (array_agg(c.person_id) filter (where c.on_day))[1] as person_id,
                      (array_agg(c.insurer_id) filter (where c.on_day))[1] as insurer_id,
                      (array_agg(c.plan_code) filter (where c.on_day))[1] as plan_code,
                      (array_agg(c.start_on) filter (where c.on_day))[1] as start_on,
                      (array_agg(c.end_on) filter (where c.on_day))[1] as end_on,
                      bool_or(c.is_revoked) as revoked
                 from (
                      select co.person_id, co.insurer_id, co.plan_code, co.start_on, co.end_on,
                             co.start_on <= qu.care_on
                                 and (co.end_on is null or qu.care_on < co.end_on) as on_day,
                             exists (select from gate.card_revoked r where r.address = co.address) as is_revoked
                        from gate.cover co
                       where co.address = qu.address and co.basis = qu.basis
                      union all
                      select distinct co.person_id, co.insurer_id, co.plan_code, co.start_on, co.end_on,
                             co.start_on <= qu.care_on
                                 and (co.end_on is null or qu.care_on < co.end_on) as on_day,
                             false
                        from gate.person pe
                        join gate.cover co on co.address = any (pe.addresses) and co.person_id = pe.person_id
                       where qu.meant is not null and pe.person_id = qu.meant
                      union all
                      select e.person_id, e.insurer_id, e.plan_code, e.start_on, e.end_on,
                             e.start_on <= qu.care_on
                                 and (e.end_on is null or qu.care_on < e.end_on)
                                 and qu.care_on between e.care_on and e.care_on + 30 as on_day,
                             false
                        from gate.entry e
                       where qu.basis = 'E'
                         and e.establishment_id = qu.establishment
                         and e.entry_id = qu.address
                         and e.outcome = 'shown'
                         and exists (select from gate.person pe where pe.person_id = e.person_id)
                         -- An engagement is renewed by asking the cover again, never by itself.
                         and e.basis <> 'E'
                 ) c
               having count(*) > 0
          ) hit on qu.verdict = 'admitted'
    ), written as (
        insert into gate.entry (establishment_id, entry_id, at, software_id, purpose, basis, address,
                                care_on, outcome, person_id, insurer_id, plan_code, start_on, end_on, key, method)
        select a.establishment, a.entry, v_now, a.software, a.purpose, a.basis, a.address, a.care_on, a.outcome,
               case when a.outcome = 'shown' then a.person_id end,
               case when a.outcome = 'shown' then a.insurer_id end,
               case when a.outcome = 'shown' then a.plan_code end,
               case when a.outcome = 'shown' then a.start_on end,
               case when a.outcome = 'shown' then a.end_on end,
               a.key, a.method
          from answer a
    ), owed as (
        update gate.debt d
           set person_id = a.person_id
          from answer a
         where a.basis = 'U' and a.outcome = 'shown' and d.establishment_id = a.establishment and d.basis = 'U' and d.address = a.address
           and d.person_id is distinct from a.person_id
    ), opened as (
        insert into gate.relation (establishment_id, person_id, alias, opened_at)
        select distinct a.establishment, a.person_id, gen_random_uuid(), v_now
          from (select distinct establishment, person_id from answer where basis in ('P', 'A') and outcome = 'shown') a
         order by 1, 2
            on conflict do nothing
        returning establishment_id, person_id, alias
    ), rung as (
        insert into gate.fact (fact_id, at, kind, establishment_id, software_id, key, detail)
        select gen_random_uuid(), v_now, 'canary', a.establishment, a.software, coalesce(a.key, ''), k.label
          from answer a
          join gate.canary k on k.person_id = a.anybody
         where a.outcome = 'canary'
    )
    select a.ord,
           case when a.outcome in ('shown', 'replayed') then a.outcome else 'not-shown' end,
           case when a.outcome = 'shown' then a.person_id end,
           case when a.outcome = 'shown' then a.insurer_id end,
           case when a.outcome = 'shown' then a.plan_code end,
           case when a.outcome = 'shown' then a.start_on end,
           case when a.outcome = 'shown' then a.end_on end,
           pe.birth_year,
           case when a.outcome = 'shown' then coalesce(r.alias, o.alias) end
      from answer a
      left join gate.person pe
        on a.purpose = 'claim' and a.outcome = 'shown' and pe.person_id = a.person_id
      left join gate.relation r on r.establishment_id = a.establishment and r.person_id = a.person_id
      left join opened o on o.establishment_id = a.establishment and o.person_id = a.person_id
     order by a.ord;

    perform gate.after(p_establishment, p_entry, v_new, v_now);
end
$$;

-- What the answers of a batch change: persons met by their card are explained, misses in a row are counted, facts block.
create function gate.after(p_establishment uuid[], p_entry uuid[], p_new bigint[], p_now timestamptz) returns void
language plpgsql
as $$
declare
    q record;
begin
    perform gate.explain(array_agg(e.establishment_id), array_agg(e.person_id))
       from unnest(p_establishment, p_entry) as t (establishment, entry)
       join gate.entry e on e.establishment_id = t.establishment and e.entry_id = t.entry
      where e.basis in ('P', 'A') and e.outcome = 'shown'
        and exists (select from gate.debt d where d.establishment_id = e.establishment_id and d.person_id = e.person_id and d.basis = 'U')
     having count(*) > 0;
    if p_new is not null then
        for q in
            with counted as (
                select e.establishment_id, count(*) filter (where e.outcome in ('unknown', 'not-covered', 'ambiguous')) as misses, bool_or(e.outcome = 'shown') as is_hit
                  from unnest(p_establishment, p_entry) with ordinality as t (establishment, entry, ord)
                  join gate.entry e on e.establishment_id = t.establishment and e.entry_id = t.entry
                 where t.ord = any (p_new)
                 group by e.establishment_id
            )
            update gate.budget b
               set misses = case when c.is_hit then 0 when b.misses + c.misses >= 8 then 0 else b.misses + c.misses end
              from counted c
             where b.establishment_id = c.establishment_id
               and (c.is_hit and b.misses > 0 or not c.is_hit and c.misses > 0)
            returning b.establishment_id, not c.is_hit and b.misses = 0 as is_streak
        loop
            if q.is_streak then
                insert into gate.fact (fact_id, at, kind, establishment_id, detail)
                values (gen_random_uuid(), p_now, 'streak', q.establishment_id, 'eight unknown persons in a row');
            end if;
        end loop;
    end if;
    for q in
        select distinct f.establishment_id, f.kind
          from gate.fact f
         where f.at = p_now and f.establishment_id = any (p_establishment)
    loop
        perform gate.set_segment('establishment', q.establishment_id::text, 'card-only', q.kind, 'gate', p_now + interval '24 hours');
    end loop;
end $$;

-- What an establishment may still ask without a proof, and what is asked of it instead; it tells nothing about anybody.
create function gate.standing(p_establishment uuid, p_software uuid, p_key text, p_method text)
returns table (day_limit integer, day_used bigint, month_limit integer, month_used bigint, relation_limit integer, relation_used bigint,
               is_card_only boolean)
language sql stable security definer
set search_path = gate, pg_temp
as $$
    select b.day_limit,
           count(*) filter (where d.basis = 'U' and d.asked_at > gate.instant() - interval '24 hours'),
           b.month_limit,
           count(*) filter (where d.basis = 'U'),
           b.relation_day_limit,
           count(*) filter (where d.basis = 'H' and d.asked_at > gate.instant() - interval '24 hours'),
           exists (select from gate.segment s
                     left join public.establishment h on h.establishment_id = p_establishment
                     left join public.software w on w.software_id = p_software
                    where s.until > gate.instant()
                      and (s.kind, s.value) in (('establishment', p_establishment::text), ('key', p_key), ('method', p_method),
                                                ('flow', 'rights'), ('profession', h.profession), ('department', h.department),
                                                ('vendor', w.vendor), ('build', w.vendor || ' ' || w.product || ' ' || w.version)))
      from gate.budget b
      left join gate.debt d on d.establishment_id = b.establishment_id and d.asked_at > gate.instant() - interval '30 days'
     where b.establishment_id = p_establishment
     group by b.establishment_id
$$;

-- A call whose proof was signed by another key than its token's: told, at most once a minute a house; the call itself is refused.
create function gate.note_mismatch(p_establishment uuid, p_software uuid, p_key text) returns void
language sql security definer
set search_path = gate, pg_temp
as $$
    insert into gate.fact (fact_id, at, kind, establishment_id, software_id, key)
    select gen_random_uuid(), gate.instant(), 'key-mismatch', p_establishment, p_software, p_key
     where not exists (select from gate.fact f where f.at > gate.instant() - interval '1 minute'
                          and f.establishment_id = p_establishment and f.kind = 'key-mismatch')
$$;

create or replace function gate.forget_proofs() returns void
language sql security definer
set search_path = gate, pg_temp
as $$
    delete from gate.proof where seen_at < gate.instant() - interval '10 minutes';
    delete from gate.presence where expires_at < gate.instant() - interval '10 minutes';
    delete from gate.debt where asked_at < gate.instant() - interval '181 days';
    delete from gate.segment_use where day < (gate.instant() at time zone 'UTC')::date - 2
$$;

-- Whom to look at first, and why: what is not explained, against an establishment's own past. It blocks nothing.
create function gate.ranking(p_limit integer)
returns table (establishment_id uuid, score bigint, new_today bigint, refused_today bigint, misses integer, unexplained bigint,
               stale bigint, explained bigint)
language sql stable security definer
set search_path = gate, pg_temp
as $$
    select t.establishment_id,
           t.refused_today + 3 * t.misses + greatest(t.stale - t.explained / 5, 0)
               + case when t.proved then 0 else 10 * greatest(t.unexplained - 3, 0) end,
           t.new_today, t.refused_today, t.misses, t.unexplained, t.stale, t.explained
      from (select b.establishment_id, b.misses, b.proved,
                   count(d.address) filter (where d.asked_at > gate.instant() - interval '24 hours') as new_today,
                   count(d.address) filter (where d.asked_at > gate.instant() - interval '30 days') as unexplained,
                   count(d.address) filter (where d.asked_at <= gate.instant() - interval '10 days'
                                              and d.asked_at > gate.instant() - interval '180 days') as stale,
                   (select count(*) from gate.explained e
                     where e.establishment_id = b.establishment_id and e.period > gate.period(gate.instant()) - 6) as explained,
                   (select count(*) from gate.entry e
                     where e.establishment_id = b.establishment_id and e.at > gate.instant() - interval '24 hours'
                       and e.outcome in ('over-budget', 'over-cap')) as refused_today
              from gate.budget b
              left join gate.debt d on d.establishment_id = b.establishment_id and d.basis = 'U'
             group by b.establishment_id) t
     order by 2 desc, 1
     limit p_limit
$$;

revoke all on all functions in schema gate from public;
grant execute on function gate.ask, gate.engagement, gate.use_proof, gate.forget_proofs, gate.standing, gate.note_mismatch to egide_app;
reset role;

-- The code that an insured person's own page gives for one establishment: sixty seconds, once. Null if the session is not an
-- insured person's, or the number no establishment's.
create function give_presence(p_session uuid, p_finess text, p_address uuid) returns timestamptz
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_until constant timestamptz := gate.instant() + interval '60 seconds';
begin
    insert into gate.presence (address, establishment_id, person_id, expires_at)
    select p_address, h.establishment_id, k.person_id, v_until
      from web_session s
      join account k on k.account_id = s.account_id and k.closed_at is null and k.role = 'insured'
      join establishment h on h.finess = p_finess
     where s.session_id = p_session and s.closed_at is null and s.ends_at > clock_timestamp();
    return case when found then v_until end;
end $$;
revoke all on function give_presence from public;
grant execute on function give_presence to egide_app;

-- A person says that it was there: what the establishment typed of it is explained. False if it was not asked of.
create function confirm_presence(p_session uuid, p_establishment uuid) returns boolean
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
revoke all on function confirm_presence from public;
grant execute on function confirm_presence to egide_app;
