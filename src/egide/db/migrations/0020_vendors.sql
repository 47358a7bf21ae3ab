-- Makers of software, by the keys that sign their builds; a key of one opens nothing by itself.
create table vendor_key (
    thumbprint    text primary key,
    vendor        text not null,
    jwk           jsonb not null,
    registered_at timestamptz not null,
    revoked_at    timestamptz
);
create index vendor_key_vendor_idx on vendor_key (vendor) where revoked_at is null;
create trigger vendor_key_ended before update on vendor_key
    for each row execute function ended_once('revoked_at');
grant select on vendor_key to egide_app, egide_loader;

-- Which key of its maker declared a build, and which vouched for the instance that holds a caller's key.
alter table software add column declared_by text references vendor_key;
alter table caller_key add column attested_by text references vendor_key;

-- A maker declares its own builds, and no other's.
create function declare_build(p_software uuid, p_thumbprint text, p_product text, p_version text) returns uuid
language sql security definer
set search_path = public, pg_temp
as $$
    insert into software (software_id, vendor, product, version, declared_by)
    select p_software, v.vendor, p_product, p_version, v.thumbprint
      from vendor_key v
     where v.thumbprint = p_thumbprint and v.revoked_at is null
        on conflict (vendor, product, version) do nothing;
    select s.software_id
      from software s
      join vendor_key v using (vendor)
     where v.thumbprint = p_thumbprint and v.revoked_at is null and s.product = p_product and s.version = p_version
$$;
revoke all on function declare_build from public;
grant execute on function declare_build to egide_app;

-- What a house enrols is vouched for wherever the build's maker vouches; the operator may do without.
create function caller_key_attested() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    if new.enrolled_by is not null or new.attested_by is not null then
        if exists (select from software s join vendor_key v using (vendor)
                    where s.software_id = new.software_id and v.revoked_at is null)
           and not exists (select from software s join vendor_key v using (vendor)
                            where s.software_id = new.software_id and v.revoked_at is null and v.thumbprint = new.attested_by)
        then
            raise exception 'the maker of this build vouches for each instance' using errcode = 'check_violation';
        end if;
    end if;
    return new;
end $$;
create trigger caller_key_attested before insert on caller_key
    for each row execute function caller_key_attested();
