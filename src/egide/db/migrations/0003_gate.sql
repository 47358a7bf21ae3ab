set role egide_gate;

-- The instant as the gate reads it. A caller cannot choose it: the windows of the budget hang on it.
create function gate.instant() returns timestamptz
language sql volatile
as 'select clock_timestamp()';

create table gate.person (
    person_id   uuid primary key,
    insurer_id  uuid not null,
    birth_year  smallint not null,
    sealed      bytea not null,
    wrapped_key bytea not null,
    digest      bytea not null,
    addresses   uuid[] not null
);

-- Cover by its address: a keyed PRF of the card, of the member number or of the NIR, made outside.
create table gate.cover (
    address    uuid not null,
    person_id  uuid not null,
    start_on   date not null,
    end_on     date,
    basis      text not null,
    insurer_id uuid not null,
    plan_code  text not null,
    primary key (address, person_id, start_on),
    constraint cover_period_not_empty check (end_on > start_on),
    constraint cover_basis_known check (basis in ('P', 'U'))
);

create table gate.card_revoked (
    address    uuid primary key,
    revoked_at timestamptz not null
);

create table gate.budget (
    establishment_id uuid primary key,
    day_limit        integer not null,
    month_limit      integer not null,
    state            text not null default 'open',
    constraint budget_day_bound check (day_limit between 0 and 100),
    constraint budget_month_bound check (month_limit between 0 and 300),
    constraint budget_state_known check (state in ('open', 'card-only', 'off'))
);

-- One row a person (by the address typed) not yet explained; asked_at is the last time.
create table gate.debt (
    establishment_id uuid not null,
    address          uuid not null,
    asked_at         timestamptz not null,
    primary key (establishment_id, address)
);
create index debt_window_idx on gate.debt (establishment_id, asked_at);

-- Proofs seen: a proof that comes twice is refused by whichever process it comes to, after a crash too.
create table gate.proof (
    proof_hash uuid primary key,
    seen_at    timestamptz not null
);
create index proof_seen_idx on gate.proof (seen_at);

-- The access log: one row an answer, refusals too. It is also the engagement: entry_id is its number.
create table gate.entry (
    establishment_id uuid not null,
    entry_id         uuid not null,
    at               timestamptz not null,
    software_id      uuid not null,
    purpose          text not null,
    basis            text not null,
    address          uuid not null,
    care_on          date not null,
    outcome          text not null,
    person_id        uuid,
    insurer_id       uuid,
    plan_code        text,
    start_on         date,
    end_on           date,
    primary key (establishment_id, entry_id),
    constraint entry_purpose_known check (purpose in ('rights', 'claim')),
    constraint entry_basis_known check (basis in ('P', 'U', 'E')),
    constraint entry_outcome_known check (outcome in
        ('shown', 'unknown', 'not-covered', 'ambiguous', 'revoked', 'over-budget', 'suspended', 'replayed')),
    constraint entry_shown_names_a_person check ((outcome = 'shown') = (person_id is not null))
);

create function gate.forbid_change() returns trigger
language plpgsql
as $$
begin
    raise exception 'the access log is append-only';
end
$$;
create trigger entry_append_only
    before update or delete on gate.entry
    for each row execute function gate.forbid_change();
create trigger entry_never_emptied
    before truncate on gate.entry
    for each statement execute function gate.forbid_change();

-- Charge one typed question to its establishment's budget; true if it may be looked up.
-- The budget row stays locked until the end of the transaction, so no two questions of one
-- establishment are counted at once; the instant is read after the lock, so time runs forward.
create function gate.charge(p_establishment uuid, p_address uuid) returns text
language plpgsql
as $$
declare
    budget gate.budget;
    asked  timestamptz;
    v_day_count integer;
    v_month_count integer;
    v_in_day  boolean;
    v_in_month boolean;
begin
    select * into budget from gate.budget b where b.establishment_id = p_establishment for update;
    if not found or budget.state <> 'open' then
        return 'suspended';
    end if;
    asked := gate.instant();
    select count(*) filter (where d.asked_at > asked - interval '24 hours'),
           count(*),
           coalesce(bool_or(d.address = p_address and d.asked_at > asked - interval '24 hours'), false),
           coalesce(bool_or(d.address = p_address), false)
      into v_day_count, v_month_count, v_in_day, v_in_month
      from gate.debt d
     where d.establishment_id = p_establishment
       and d.asked_at > asked - interval '30 days';
    if (v_in_day or v_day_count < budget.day_limit) and (v_in_month or v_month_count < budget.month_limit) then
        insert into gate.debt (establishment_id, address, asked_at)
        values (p_establishment, p_address, asked)
        on conflict (establishment_id, address) do update set asked_at = excluded.asked_at;
        return 'admitted';
    end if;
    return 'over-budget';
end
$$;

-- Ask a batch of questions (a claim also learns the year of birth, which some prices hang on): use each proof once, charge what is typed, look up, write one entry an
-- answer, return. One statement, one commit, for at most 64 questions of any establishments.
create function gate.ask(
    p_establishment uuid[],
    p_entry         uuid[],
    p_software      uuid[],
    p_proof         uuid[],
    p_purpose       text[],
    p_basis         text[],
    p_address       uuid[],
    p_care_on       date[]
) returns table (
    ordinal    bigint,
    outcome    text,
    person_id  uuid,
    insurer_id uuid,
    plan_code  text,
    start_on   date,
    end_on     date,
    birth_year smallint
)
language plpgsql
security definer
set search_path = gate, pg_temp
as $$
#variable_conflict use_column
declare
    v_gate text[] := array_fill('admitted'::text, array[cardinality(p_entry)]);
    v_used bigint[];
    v_now timestamptz := gate.instant();
    q record;
begin
    if cardinality(p_entry) > 64 then
        raise exception 'at most 64 questions a batch';
    end if;
    with fresh as (
        insert into gate.proof (proof_hash, seen_at)
        select u.proof, v_now
          from (select distinct proof from unnest(p_proof) as t (proof)) u
         order by u.proof
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
    end if;

    -- Typed questions are charged one by one, in the order of establishments (no deadlock). A card
    -- or an engagement costs nothing, unless the establishment is off.
    for q in
        select t.establishment, t.address, t.ord
          from unnest(p_establishment, p_address, p_basis) with ordinality as t (establishment, address, basis, ord)
         where t.basis = 'U' and v_gate[t.ord] = 'admitted'
         order by t.establishment, t.ord
    loop
        v_gate[q.ord] := gate.charge(q.establishment, q.address);
    end loop;

    return query
    with question as materialized (
        select t.*, v_gate[t.ord] as verdict
          from unnest(p_establishment, p_entry, p_software, p_purpose, p_basis, p_address, p_care_on)
               with ordinality as t (establishment, entry, software, purpose, basis, address, care_on, ord)
    ), answer as materialized (
        select qu.*,
               hit.person_id, hit.insurer_id, hit.plan_code, hit.start_on, hit.end_on,
               case
                   when qu.verdict <> 'admitted' then qu.verdict
                   when b.establishment_id is null or b.state = 'off' then 'suspended'
                   when hit.persons is null then 'unknown'
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
                         -- An engagement is renewed by asking the cover again, never by itself.
                         and e.basis <> 'E'
                 ) c
               having count(*) > 0
          ) hit on qu.verdict = 'admitted'
    ), written as (
        insert into gate.entry (establishment_id, entry_id, at, software_id, purpose, basis, address,
                                care_on, outcome, person_id, insurer_id, plan_code, start_on, end_on)
        select a.establishment, a.entry, v_now, a.software, a.purpose, a.basis, a.address, a.care_on, a.outcome,
               case when a.outcome = 'shown' then a.person_id end,
               case when a.outcome = 'shown' then a.insurer_id end,
               case when a.outcome = 'shown' then a.plan_code end,
               case when a.outcome = 'shown' then a.start_on end,
               case when a.outcome = 'shown' then a.end_on end
          from answer a
    )
    select a.ord,
           case when a.outcome in ('shown', 'replayed') then a.outcome else 'not-shown' end,
           case when a.outcome = 'shown' then a.person_id end,
           case when a.outcome = 'shown' then a.insurer_id end,
           case when a.outcome = 'shown' then a.plan_code end,
           case when a.outcome = 'shown' then a.start_on end,
           case when a.outcome = 'shown' then a.end_on end,
           pe.birth_year
      from answer a
      left join gate.person pe
        on a.purpose = 'claim' and a.outcome = 'shown' and pe.person_id = a.person_id
     order by a.ord;
end
$$;

-- An engagement, by its number, to the establishment that received it and to no other.
create function gate.engagement(p_establishment uuid, p_entry uuid)
returns table (at timestamptz, care_on date, insurer_id uuid, plan_code text, start_on date, end_on date)
language sql stable security definer
set search_path = gate, pg_temp
as $$
    select e.at, e.care_on, e.insurer_id, e.plan_code, e.start_on, e.end_on
      from gate.entry e
     where e.establishment_id = p_establishment and e.entry_id = p_entry and e.outcome = 'shown'
$$;

-- Use a proof outside a question; false if it was used before.
create function gate.use_proof(p_proof uuid) returns boolean
language plpgsql security definer
set search_path = gate, pg_temp
as $$
begin
    insert into gate.proof (proof_hash, seen_at) values (p_proof, gate.instant()) on conflict do nothing;
    return found;
end
$$;

-- Forget proofs older than any that is still accepted.
create function gate.forget_proofs() returns void
language sql security definer
set search_path = gate, pg_temp
as $$ delete from gate.proof where seen_at < gate.instant() - interval '10 minutes' $$;

revoke all on all functions in schema gate from public;
grant execute on function gate.ask, gate.engagement, gate.use_proof, gate.forget_proofs to egide_app;
grant select, insert, update, delete on gate.person, gate.cover to egide_loader;
reset role;
