-- The pace of a house among persons it never met, segments by API, and what is not explained, for a person to read.
alter table caller_key add column concentrator text;
alter table caller_key add constraint caller_key_concentrator_named check (concentrator <> '');
grant select (thumbprint, concentrator) on caller_key to egide_gate;
set role egide_gate;

-- A debt is of a person whom the house had never met, by its card or by a settled claim, or of one it had; it is held where the
-- pace let nothing be shown; it is as old as the first time it was asked, however often it is asked again.
alter table gate.debt
    add column unmet boolean not null default false,
    add column held boolean not null default false,
    add column first_at timestamptz;
alter table gate.explained add column unmet boolean not null default false, add column asked_on date;
alter table gate.budget add column unmet_limit integer, add column paced_on date;
-- What was explained before says not of whom: a house that is here already learns for thirty days before it is held to a pace.
update gate.budget set paced_on = (gate.instant() at time zone 'UTC')::date + 30;
alter table gate.entry drop constraint entry_outcome_known;
alter table gate.entry add constraint entry_outcome_known check (outcome in ('shown', 'unknown', 'not-covered', 'ambiguous', 'revoked',
    'over-budget', 'over-cap', 'over-pace', 'suspended', 'replayed', 'canary')) not valid;

-- How many unmet persons a house may type in 24 hours, and three times as many in thirty days, until they are explained: twice
-- what it had explained on its third busiest day, six at least. Null while it has met fewer than forty persons for ten days:
-- there is nothing to judge it by. Two days that somebody staged change nothing.
create function gate.pace(p_establishment uuid) returns integer
language sql stable
as $$
    select case when (select count(*)
                        from (select from gate.relation r
                               where r.establishment_id = p_establishment and r.opened_at <= gate.instant() - interval '10 days'
                               limit 40) met) = 40
                then greatest(6, 2 * coalesce((select count(*)
                                                 from gate.explained e
                                                where e.establishment_id = p_establishment and e.unmet
                                                  and e.period > gate.period(gate.instant()) - 6
                                                group by e.asked_on
                                                order by 1 desc
                                               offset 2 limit 1), 0))::integer
           end
$$;

create or replace function gate.explain(p_establishment uuid[], p_person uuid[]) returns void
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
        returning d.establishment_id, gate.period(d.asked_at) as period, d.person_id, d.asked_at, d.unmet
    )
    insert into gate.explained (establishment_id, period, person_id, unmet, asked_on)
    select distinct on (establishment_id, period, person_id)
           establishment_id, period, person_id, unmet, (asked_at at time zone 'UTC')::date
      from gone
     order by establishment_id, period, person_id, asked_at, unmet
        on conflict do nothing
$$;

-- Relations before debts, as a question takes them.
create or replace function gate.settle(p_establishment uuid[], p_person uuid[]) returns void
language sql security definer
set search_path = gate, pg_temp
as $$
    insert into gate.relation (establishment_id, person_id, alias, opened_at)
    select t.establishment, t.person, gen_random_uuid(), gate.instant()
      from (select distinct establishment, person from unnest(p_establishment, p_person) as u (establishment, person)) t
     order by 1, 2
        on conflict do nothing;
    select gate.explain(p_establishment, p_person)
$$;

drop function gate.charge(uuid, uuid, text);
-- Charge one question to its establishment's bucket: 'admitted', 'again' if the person is in the window already, 'over-pace' where
-- it is charged and held (p_unmet: the house never met p_person, or nobody is found), 'over-budget', or 'suspended' where there is
-- no budget. The budget's row stays locked until the end of the transaction, so no two questions
-- of one establishment are counted at once; the instant is read after the lock, so time runs forward.
create function gate.charge(p_establishment uuid, p_address uuid, p_basis text, p_person uuid, p_unmet boolean) returns text
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
    v_unmet_day   integer;
    v_unmet_month integer;
    v_was_held    boolean;
    v_is_held     boolean;
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
    if p_basis = 'U' and (budget.paced_on is null or budget.paced_on < (asked at time zone 'UTC')::date) then
        update gate.budget b
           set unmet_limit = gate.pace(p_establishment), paced_on = (asked at time zone 'UTC')::date
         where b.establishment_id = p_establishment
        returning unmet_limit into budget.unmet_limit;
    end if;
    v_day_limit := case p_basis when 'U' then budget.day_limit else budget.relation_day_limit end;
    v_month_limit := case p_basis when 'U' then budget.month_limit else budget.relation_month_limit end;
    select count(*) filter (where d.asked_at > asked - interval '24 hours'),
           count(*),
           coalesce(bool_or(d.address = p_address and d.asked_at > asked - interval '24 hours'), false),
           coalesce(bool_or(d.address = p_address), false),
           count(*) filter (where d.unmet and not d.held and d.asked_at > asked - interval '24 hours'),
           count(*) filter (where d.unmet and not d.held),
           coalesce(bool_or(d.address = p_address and d.held), false)
      into v_day_count, v_month_count, v_in_day, v_in_month, v_unmet_day, v_unmet_month, v_was_held
      from gate.debt d
     where d.establishment_id = p_establishment
       and d.asked_at > asked - interval '30 days'
       and d.basis = p_basis;
    -- Typed persons whom nothing explained ten days later, against those explained: honest service is one in ten. From one in
    -- three on, nobody new is shown without a card.
    if p_basis = 'U' and (not v_in_month or v_was_held) then
        select count(*) into v_stale
          from gate.debt d
         where d.establishment_id = p_establishment and d.basis = 'U' and not d.held
           and coalesce(d.first_at, d.asked_at) <= asked - interval '10 days' and d.asked_at > asked - interval '180 days';
        if v_stale >= 12
           and v_stale * 2 > (select count(*) from gate.explained e
                               where e.establishment_id = p_establishment and e.period > gate.period(asked) - 6) then
            return 'over-budget';
        end if;
        v_is_held := p_unmet and (v_unmet_day >= budget.unmet_limit or v_unmet_month >= 3 * budget.unmet_limit);
    end if;
    if (v_in_day or v_day_count < v_day_limit) and (v_in_month or v_month_count < v_month_limit) then
        -- What is held is charged like any other: who types strangers beyond its pace pays for each, hit or miss alike, and the
        -- card that is shown then repays it.
        insert into gate.debt as d (establishment_id, address, asked_at, basis, unmet, held, first_at, person_id)
        values (p_establishment, p_address, asked, p_basis, p_unmet, coalesce(v_is_held, false), asked,
                case when v_is_held then p_person end)
        on conflict (establishment_id, basis, address) do update
           set asked_at = excluded.asked_at, unmet = excluded.unmet, held = excluded.held,
               first_at = coalesce(d.first_at, d.asked_at), person_id = coalesce(excluded.person_id, d.person_id);
        return case when v_is_held then 'over-pace' when v_in_month and not v_was_held then 'again' else 'admitted' end;
    end if;
    return 'over-budget';
end
$$;

-- Suspend, of the verdicts of a batch, those of contained segments: all of what is off, what is typed or of a relation where
-- only a card serves.
create function gate.suspend(p_gate text[], p_basis text[], p_establishment uuid[], p_software uuid[], p_purpose text[], p_key text[],
                             p_method text[], p_now timestamptz) returns text[]
language plpgsql
as $$
declare
    v_gate text[] := p_gate;
    q      record;
begin
    if not exists (select from gate.segment s where s.until > p_now) then
        return p_gate;
    end if;
    for q in
        select t.ord, bool_or(s.mode = 'off') as is_off
          from unnest(p_establishment, p_software, p_purpose, p_key, p_method) with ordinality
               as t (establishment, software, purpose, key, method, ord)
          left join public.establishment h on h.establishment_id = t.establishment
          left join public.software w on w.software_id = t.software
          left join public.caller_key k on k.thumbprint = t.key
          join gate.segment s
            on s.until > p_now
           and (s.kind, s.value) in (('establishment', t.establishment::text), ('key', t.key), ('method', t.method),
                                     ('flow', t.purpose), ('profession', h.profession), ('department', h.department),
                                     ('vendor', w.vendor), ('build', w.vendor || ' ' || w.product || ' ' || w.version),
                                     ('concentrator', k.concentrator))
         group by t.ord
    loop
        if v_gate[q.ord] = 'admitted' and (q.is_off or p_basis[q.ord] in ('U', 'H')) then
            v_gate[q.ord] := 'suspended';
        end if;
    end loop;
    return v_gate;
end $$;

-- Ask a batch of questions (a claim also learns the year of birth, which some prices hang on): use each proof once, ask what is
-- contained, charge what is typed, look up, write one entry an answer, repay, ring, return. One statement, one commit, for at
-- most 64 questions of any establishments. Locks are taken in one order: proofs, budgets, caps, then rows of one's own.
create or replace function gate.ask(
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
    v_missed    bigint[];
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

    v_gate := gate.suspend(v_gate, p_basis, p_establishment, p_software, p_purpose, p_key, p_method, v_now);
    -- Typed questions and relations are charged one by one, in the order of establishments (no deadlock). A card, a code of the
    -- person's own page or an engagement cost nothing.
    for q in
        select t.establishment, t.address, t.basis, t.ord, k.person, not coalesce(k.is_met, false) as is_unmet
          from unnest(p_establishment, p_address, p_basis) with ordinality as t (establishment, address, basis, ord)
          left join lateral (
               select case when count(distinct c.person_id) = 1 then (array_agg(c.person_id))[1] end as person,
                      bool_or(exists (select from gate.relation r
                                       where r.establishment_id = t.establishment and r.person_id = c.person_id)) as is_met
                 from gate.cover c
                where c.address = t.address and c.basis = 'U') k on t.basis = 'U'
         where t.basis in ('U', 'H') and v_gate[t.ord] = 'admitted'
         order by t.establishment, t.ord
    loop
        v_gate[q.ord] := gate.charge(q.establishment, q.address, q.basis, q.person, q.basis = 'U' and q.is_unmet);
        if v_gate[q.ord] = 'admitted' and q.basis = 'U' then
            v_new := v_new || q.ord;
        elsif v_gate[q.ord] = 'again' then
            v_gate[q.ord] := 'admitted';
        elsif v_gate[q.ord] = 'over-pace' and q.person is null then
            v_missed := v_missed || q.ord;
        end if;
    end loop;
    -- A list is known by its canaries, whether or not anything may still be shown.
    if 'over-pace' = any (v_gate) or 'over-budget' = any (v_gate) then
        insert into gate.fact (fact_id, at, kind, establishment_id, software_id, key, detail)
        select gen_random_uuid(), v_now, 'canary', t.establishment, t.software, coalesce(t.key, ''), k.label
          from unnest(p_establishment, p_software, p_address, p_basis, p_key) with ordinality
               as t (establishment, software, address, basis, key, ord)
          join gate.cover c on c.address = t.address and c.basis = 'U'
          join gate.canary k on k.person_id = c.person_id
         where t.basis = 'U' and v_gate[t.ord] in ('over-pace', 'over-budget');
    end if;
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

    -- Again: what was contained while this batch waited for its budgets is contained.
    v_gate := gate.suspend(v_gate, p_basis, p_establishment, p_software, p_purpose, p_key, p_method, v_now);
    v_new := (select array_agg(n) from unnest(v_new) n where v_gate[n] = 'admitted');
    v_contained := exists (select from gate.segment s where s.until > v_now);

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

    perform gate.after(p_establishment, p_entry, v_new, v_missed, v_now);
end
$$;

-- What an establishment may still ask without a proof, and what is asked of it instead; it tells nothing about anybody.
drop function gate.standing(uuid, uuid, text, text);
create function gate.standing(p_establishment uuid, p_software uuid, p_key text, p_method text)
returns table (day_limit integer, day_used bigint, month_limit integer, month_used bigint, relation_limit integer, relation_used bigint,
               is_card_only boolean, unmet_limit integer)
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
                     left join public.caller_key k on k.thumbprint = p_key
                    where s.until > gate.instant()
                      and (s.kind, s.value) in (('establishment', p_establishment::text), ('key', p_key), ('method', p_method),
                                                ('flow', 'rights'), ('profession', h.profession), ('department', h.department),
                                                ('vendor', w.vendor), ('build', w.vendor || ' ' || w.product || ' ' || w.version),
                                                ('concentrator', k.concentrator))),
           b.unmet_limit
      from gate.budget b
      left join gate.debt d on d.establishment_id = b.establishment_id and d.asked_at > gate.instant() - interval '30 days'
     where b.establishment_id = p_establishment
     group by b.establishment_id
$$;


-- What the answers of a batch change: persons met by their card are explained, misses in a row are counted, facts block.
drop function gate.after(uuid[], uuid[], bigint[], timestamptz);
create function gate.after(p_establishment uuid[], p_entry uuid[], p_new bigint[], p_missed bigint[], p_now timestamptz) returns void
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
    if p_new is not null or p_missed is not null then
        for q in
            with counted as (
                select e.establishment_id, count(*) filter (where e.outcome in ('unknown', 'not-covered', 'ambiguous', 'over-pace')) as misses,
                       bool_or(e.outcome = 'shown') as is_hit
                  from unnest(p_establishment, p_entry) with ordinality as t (establishment, entry, ord)
                  join gate.entry e on e.establishment_id = t.establishment and e.entry_id = t.entry
                 where t.ord = any (p_new || p_missed)
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

-- Whom to look at first, and why: what is not explained, against a house's own past, what it was refused beyond eight a day,
-- unknown persons in a row beyond four. It blocks nothing. Cost: a pass over the debts of six months, and the day's answers of each house
-- that has any.
create or replace function gate.ranking(p_limit integer)
returns table (establishment_id uuid, score bigint, new_today bigint, refused_today bigint, misses integer, unexplained bigint,
               stale bigint, explained bigint)
language plpgsql stable security definer
set search_path = gate, pg_temp
as $$
#variable_conflict use_column
declare
    v_now constant timestamptz := gate.instant();
begin
    return query
    with debts as (
        select d.establishment_id,
               count(*) filter (where d.asked_at > v_now - interval '24 hours') as new_today,
               count(*) filter (where d.asked_at > v_now - interval '30 days') as unexplained,
               count(*) filter (where not d.held and coalesce(d.first_at, d.asked_at) <= v_now - interval '10 days') as stale
          from gate.debt d
         where d.basis = 'U' and d.asked_at > v_now - interval '180 days'
         group by d.establishment_id
    ), repaid as (
        select e.establishment_id, count(*) as explained
          from gate.explained e
         where e.period > gate.period(v_now) - 6
         group by e.establishment_id
    ), refused as (
        select b.establishment_id, e.refused_today
          from gate.budget b
         cross join lateral (select count(*) as refused_today
                               from gate.entry x
                              where x.establishment_id = b.establishment_id and x.at > v_now - interval '24 hours'
                                and x.outcome in ('over-budget', 'over-cap', 'over-pace')) e
    ), counted as (
        select b.establishment_id, b.misses, b.proved, coalesce(d.new_today, 0) as new_today,
               coalesce(d.unexplained, 0) as unexplained, coalesce(d.stale, 0) as stale, coalesce(r.explained, 0) as explained,
               coalesce(f.refused_today, 0) as refused_today
          from gate.budget b
          left join debts d using (establishment_id)
          left join repaid r using (establishment_id)
          left join refused f using (establishment_id)
    )
    select c.establishment_id,
           greatest(c.refused_today - 8, 0) + 3 * greatest(c.misses - 4, 0) + greatest(c.stale - c.explained / 5, 0)
               + case when c.proved then 0 else 10 * greatest(c.unexplained - 3, 0) end,
           c.new_today, c.refused_today, c.misses, c.unexplained, c.stale, c.explained
      from counted c
     order by 2 desc, 1
     limit p_limit;
end $$;

-- Segments that typed, on one of these two days, four fifths of what their cap lets through: a crowd, whoever is in it.
create function gate.crowded()
returns table (kind text, value text, day date, persons bigint, day_cap integer)
language sql stable security definer
set search_path = gate, pg_temp
as $$
    select u.kind, u.value, u.day, sum(u.persons), coalesce(c.day_cap, 1000)
      from gate.segment_use u
      left join gate.segment_cap c using (kind, value)
     where u.day >= (gate.instant() at time zone 'UTC')::date - 1
     group by u.kind, u.value, u.day, c.day_cap
    having sum(u.persons) * 5 >= coalesce(c.day_cap, 1000) * 4
     order by 4 desc, 1, 2, 3
$$;

-- What a house typed and nothing has explained, the newest first, and what is known of each question: whether anybody was found,
-- whether the house had met them, by which software and key, and at how many other houses the same person was typed within
-- thirty days, how many of them in other departments. No person is named.
create function gate.unexplained(p_establishment uuid, p_limit integer)
returns table (asked_at timestamptz, is_found boolean, is_unmet boolean, is_held boolean, purpose text, software text, key text, other_houses bigint,
               other_departments bigint)
language sql stable security definer
set search_path = gate, pg_temp
as $$
    select d.asked_at, d.person_id is not null, d.unmet, d.held, e.purpose, w.vendor || ' ' || w.product || ' ' || w.version, e.key,
           o.houses, o.departments
      from gate.debt d
      left join lateral (
           select * from gate.entry x
            where x.establishment_id = d.establishment_id and x.address = d.address and x.basis = 'U'
              and x.at between d.asked_at - interval '1 minute' and d.asked_at + interval '1 minute'
            order by x.at
            limit 1) e on true
      left join public.software w on w.software_id = e.software_id
      left join public.establishment h on h.establishment_id = d.establishment_id
     cross join lateral (
           select count(distinct x.establishment_id) as houses,
                  count(distinct x.establishment_id) filter (where y.department <> h.department) as departments
             from gate.entry x
             left join public.establishment y on y.establishment_id = x.establishment_id
            where x.person_id = d.person_id and x.basis = 'U' and x.establishment_id <> d.establishment_id
              and x.at between d.asked_at - interval '30 days' and d.asked_at + interval '30 days') o
     where d.establishment_id = p_establishment and d.basis = 'U'
     order by d.asked_at desc
     limit p_limit
$$;

-- A concentrator is contained by the name its keys were enrolled with; a professional's account, or the portal, is shut, not asked
-- for a card.
alter table gate.segment drop constraint segment_kind_known;
alter table gate.segment add constraint segment_kind_known check (kind in
    ('establishment', 'key', 'vendor', 'build', 'concentrator', 'amc', 'flow', 'profession', 'department', 'method', 'person'));
update gate.segment set mode = 'off' where kind = 'person' or (kind, value) = ('flow', 'portal');
alter table gate.segment add constraint segment_of_persons_is_off check
    (mode = 'off' or kind <> 'person' and (kind, value) <> ('flow', 'portal'));

revoke all on all functions in schema gate from public;
grant execute on function gate.standing to egide_app;
reset role;

-- Whether an account may be on the portal: neither it nor the portal is contained. Operators and auditors stay, who see it.
create function is_admitted(p_account uuid, p_role text) returns boolean
language sql stable security definer
set search_path = gate, pg_temp
as $$
    select not exists (select from gate.segment s
                        where s.until > clock_timestamp()
                          and (s.kind = 'person' and s.value = p_account::text
                               or s.kind = 'flow' and s.value = 'portal' and p_role not in ('operator', 'auditor')))
$$;
revoke all on function is_admitted from public;
grant execute on function is_admitted to egide_app;

-- Whether a segment is of somebody or something: containing a name that nothing has would protect nobody.
create function is_segment(p_kind text, p_value text) returns boolean
language sql stable security definer
set search_path = public, pg_temp
as $$
    select case p_kind
               when 'establishment' then exists (select from establishment e where e.establishment_id::text = p_value)
               when 'key' then exists (select from caller_key k where k.thumbprint = p_value)
               when 'vendor' then exists (select from software s where s.vendor = p_value)
               when 'build' then exists (select from software s where s.vendor || ' ' || s.product || ' ' || s.version = p_value)
               when 'concentrator' then exists (select from caller_key k where k.concentrator = p_value)
               when 'amc' then exists (select from insurer i where i.insurer_id::text = p_value)
               when 'flow' then p_value in ('rights', 'claim', 'portal')
               when 'profession' then exists (select from establishment e where e.profession = p_value)
               when 'department' then exists (select from establishment e where e.department = p_value)
               when 'method' then p_value in ('dpop', 'mtls')
               when 'person' then exists (select from account a where a.account_id::text = p_value and a.closed_at is null)
               else false
           end
$$;
revoke all on function is_segment from public;
grant execute on function is_segment to egide_app;

-- An operator contains a segment: 'done', 'no-operator' for another's session, 'looser' for what would open more, or sooner, than
-- what is in force. Whoever takes the server over can forge a session: it may shut, and opens nothing.
create function contain(p_session uuid, p_kind text, p_value text, p_mode text, p_reason text, p_until timestamptz) returns text
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_account uuid;
begin
    select k.account_id into v_account
      from web_session s
      join account k on k.account_id = s.account_id and k.closed_at is null and k.role = 'operator'
     where s.session_id = p_session and s.closed_at is null and s.ends_at > clock_timestamp();
    if v_account is null or not is_admitted(v_account, 'operator') then
        return 'no-operator';
    end if;
    perform pg_advisory_xact_lock(hashtextextended('egide contain ' || p_kind || ' ' || p_value, 0));
    if p_mode not in ('card-only', 'off')
       or exists (select from gate.segment g
                   where g.kind = p_kind and g.value = p_value and g.until > clock_timestamp()
                     and (g.until > p_until or g.mode = 'off' and p_mode = 'card-only')) then
        return 'looser';
    end if;
    perform gate.set_segment(p_kind, p_value, p_mode, p_reason, v_account::text, p_until);
    return 'done';
end $$;
revoke all on function contain from public;
grant execute on function contain to egide_app;

-- What is contained now, for operators and auditors.
create function contained(p_session uuid)
returns table (kind text, value text, mode text, reason text, author text, since timestamptz, until timestamptz)
language sql stable security definer
set search_path = public, pg_temp
as $$
    select g.kind, g.value, g.mode, g.reason, g.author, g.since, g.until
      from web_session s
      join account k on k.account_id = s.account_id and k.closed_at is null and k.role in ('operator', 'auditor')
     cross join gate.segment g
     where s.session_id = p_session and s.closed_at is null and s.ends_at > clock_timestamp() and g.until > clock_timestamp()
     order by g.since
$$;
revoke all on function contained from public;
grant execute on function contained to egide_app;
