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
reset role;
