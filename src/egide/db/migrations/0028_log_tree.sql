-- The access log as a Merkle tree. The counter writes entries as before; a process of its own, under its own login, puts each in
-- the tree within seconds and signs what the tree is.
do $$
begin
    if not exists (select from pg_roles where rolname = 'egide_logger') then
        begin
            create role egide_logger nologin;
        exception when duplicate_object or unique_violation then
            null;
        end;
    end if;
    grant egide_logger to current_user with set true, inherit true;
end
$$;
grant usage on schema public, gate to egide_logger;

set role egide_gate;
-- The transaction that wrote an entry: below the oldest one still open, nothing can come any more.
alter table gate.entry add column xid xid8 not null default pg_current_xact_id();
create index entry_xid_idx on gate.entry (xid);
create index entry_at_idx on gate.entry (establishment_id, at);

-- One row a leaf: its place for ever, its salt until it is erased, and what the tree holds of it.
create table gate.leaf (
    index            bigint primary key,
    establishment_id uuid not null,
    entry_id         uuid not null,
    salt             bytea,
    value            bytea not null,
    constraint leaf_once unique (establishment_id, entry_id),
    constraint leaf_salt_of_256_bits check (octet_length(salt) = 32),
    constraint leaf_value_of_256_bits check (octet_length(value) = 32)
);
-- Hashes by 256, level by level; the last of each level grows until it is full.
create table gate.tile (
    level  smallint not null,
    number bigint not null,
    hashes bytea not null,
    primary key (level, number),
    constraint tile_of_whole_hashes check (octet_length(hashes) % 32 = 0 and octet_length(hashes) between 32 and 8192)
);
create table gate.checkpoint (
    size        bigint primary key,
    note        text not null,
    signed_at   timestamptz not null,
    cosignatures text[] not null default '{}'
);
create index checkpoint_cosigned_idx on gate.checkpoint (size) where cardinality(cosignatures) > 0;
create table gate.log_mark (
    is_one boolean primary key default true check (is_one),
    xid    xid8 not null,
    size   bigint not null
);
insert into gate.log_mark (xid, size) values ('0', 0);

-- A leaf never changes but by its salt, which erasure destroys; tiles only grow.
create function gate.leaf_kept() returns trigger
language plpgsql
as $$
begin
    if tg_op = 'DELETE' or new.salt is not null or (new.index, new.establishment_id, new.entry_id, new.value)
                           is distinct from (old.index, old.establishment_id, old.entry_id, old.value) then
        raise exception 'the tree is append-only';
    end if;
    return new;
end $$;
create trigger leaf_kept before update or delete on gate.leaf for each row execute function gate.leaf_kept();
create function gate.tile_grows() returns trigger
language plpgsql
as $$
begin
    if tg_op = 'DELETE' or (new.level, new.number) <> (old.level, old.number)
       or substring(new.hashes for octet_length(old.hashes)) <> old.hashes then
        raise exception 'the tree is append-only';
    end if;
    return new;
end $$;
create trigger tile_grows before update or delete on gate.tile for each row execute function gate.tile_grows();
create trigger leaf_never_emptied before truncate on gate.leaf for each statement execute function gate.forbid_change();
create trigger tile_never_emptied before truncate on gate.tile for each statement execute function gate.forbid_change();

grant select on gate.entry, gate.leaf, gate.tile, gate.checkpoint, gate.log_mark to egide_logger;
grant insert on gate.leaf, gate.tile, gate.checkpoint to egide_logger;
grant update (hashes) on gate.tile to egide_logger;
grant update (cosignatures) on gate.checkpoint to egide_logger;
grant update (xid, size) on gate.log_mark to egide_logger;
-- Tiles and checkpoints tell nothing of anybody: the counter shows them to whoever asks.
grant select on gate.tile, gate.checkpoint to egide_app;
grant select (index, value) on gate.leaf to egide_app;

-- An entry as the tree spells it: every column by its name, as text.
create function gate.entry_text(e gate.entry) returns jsonb
language sql stable
set search_path = gate, pg_temp
as $$
    select jsonb_build_object(
        'establishment', e.establishment_id::text, 'entry', e.entry_id::text,
        'at', to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'software', e.software_id::text, 'account', e.account_id::text, 'key', e.key, 'method', e.method,
        'purpose', e.purpose, 'basis', e.basis, 'address', e.address::text, 'care_on', e.care_on::text,
        'outcome', e.outcome, 'person', e.person_id::text, 'insurer', e.insurer_id::text, 'plan', e.plan_code,
        'start_on', e.start_on::text, 'end_on', e.end_on::text)
$$;

-- What proves an answer: to the establishment that received it, under its number.
create function gate.leaf_of(p_establishment uuid, p_entry uuid)
returns table (index bigint, salt bytea, entry jsonb)
language sql stable security definer
set search_path = gate, pg_temp
as $$
    select l.index, l.salt, gate.entry_text(e)
      from gate.leaf l
      join gate.entry e using (establishment_id, entry_id)
     where l.establishment_id = p_establishment and l.entry_id = p_entry and l.salt is not null
$$;
revoke all on function gate.leaf_of, gate.entry_text, gate.leaf_kept, gate.tile_grows from public;
grant execute on function gate.leaf_of to egide_app;
grant execute on function gate.entry_text to egide_logger;
reset role;

-- The same to an insured person, of any answer given on it.
create function own_leaf(p_session uuid, p_entry uuid)
returns table (index bigint, salt bytea, entry jsonb)
language sql stable security definer
set search_path = public, pg_temp
as $$
    select l.index, l.salt, gate.entry_text(e)
      from web_session s
      join account k on k.account_id = s.account_id and k.closed_at is null and k.role = 'insured'
      join gate.entry e on e.person_id = k.person_id and e.entry_id = p_entry
      join gate.leaf l on l.establishment_id = e.establishment_id and l.entry_id = e.entry_id
     where s.session_id = p_session and s.closed_at is null and s.ends_at > clock_timestamp() and l.salt is not null
$$;
revoke all on function own_leaf from public;
grant execute on function own_leaf to egide_app;

drop function accesses_of(uuid, timestamptz);
create function accesses_of(p_session uuid, p_before timestamptz)
returns table (at timestamptz, entry_id uuid, establishment_id uuid, name text, profession text, department text, purpose text,
               basis text, care_on date, is_in_tree boolean, is_owed boolean)
language sql stable security definer
set search_path = public, pg_temp
as $$
    select e.at, e.entry_id, e.establishment_id, coalesce(h.name, 'Égide, assistance aux professionnels'),
           coalesce(h.profession, 'operator'), coalesce(h.department, ''), e.purpose, e.basis, e.care_on,
           exists (select from gate.leaf l where l.establishment_id = e.establishment_id and l.entry_id = e.entry_id),
           exists (select from gate.debt d where d.establishment_id = e.establishment_id and d.person_id = e.person_id and d.basis = 'U')
      from web_session s
      join account k on k.account_id = s.account_id and k.closed_at is null
      join gate.entry e on e.person_id = k.person_id
      left join establishment h on h.establishment_id = e.establishment_id
     where s.session_id = p_session and s.closed_at is null and s.ends_at > clock_timestamp() and e.at < p_before
     order by e.at desc
     fetch first 100 rows with ties
$$;
revoke all on function accesses_of from public;
grant execute on function accesses_of to egide_app;

-- Erasure: what sealed a person is gone, and so are the salts of what was answered on it. The tree still verifies.
create function erase_person(p_person uuid) returns bigint
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_count bigint;
begin
    update gate.leaf l set salt = null
      from gate.entry e
     where e.person_id = p_person and l.establishment_id = e.establishment_id and l.entry_id = e.entry_id and l.salt is not null;
    get diagnostics v_count = row_count;
    delete from gate.cover where person_id = p_person;
    delete from gate.relation where person_id = p_person;
    delete from gate.activation where person_id = p_person;
    delete from gate.person where person_id = p_person;
    update account set closed_at = clock_timestamp() where person_id = p_person and closed_at is null;
    return v_count;
end $$;
revoke all on function erase_person from public;
