-- What an establishment at a site of the register is, by the profession of who applies and the site's category;
-- null for none. Pharmacists keep pharmacies (620) or laboratories (611, 612), and no hospital's.
create or replace function public.site_profession(p_profession text, p_category text) returns text
language sql immutable
set search_path = pg_catalog
as $$
    select case when p_profession <> 'pharmacy' then p_profession
                when p_category = '620' then 'pharmacy'
                when p_category in ('611', '612') then 'laboratory' end
$$;

revoke all on function public.site_profession(text, text) from public;
grant execute on function public.site_profession(text, text) to egide_portal;
