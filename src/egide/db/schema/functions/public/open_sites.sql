-- Sites of the register where somebody practises, that no contracted establishment has.
create or replace function public.open_sites(p_sirets text[], p_finess text[])
returns table (finess text, siret text, name text, category text, department text)
language sql stable security definer
set search_path = public, pg_temp
as $$
    select f.finess, f.siret, f.name, f.category, f.department
      from finess_site f
     where (f.siret = any (p_sirets) or f.finess = any (p_finess)) and f.siret <> ''
       and not exists (select from establishment e where e.finess = f.finess or e.siret = f.siret)
     order by f.finess
     limit 50
$$;

revoke all on function public.open_sites(text[], text[]) from public;
grant execute on function public.open_sites(text[], text[]) to egide_portal;
