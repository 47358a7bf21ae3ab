-- A vendor's builds, two hundred at most: no vendor hides another's.
create or replace function public.declare_build(p_software uuid, p_thumbprint text, p_product text, p_version text)
returns uuid
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

revoke all on function public.declare_build(uuid, text, text, text) from public;
grant execute on function public.declare_build(uuid, text, text, text) to egide_app;
