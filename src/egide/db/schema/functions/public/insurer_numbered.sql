-- The insurer that has a number, or had it before.
create or replace function public.insurer_numbered(p_amc text) returns uuid
language sql stable
as $$
    select i.insurer_id from public.insurer i where i.amc_number = p_amc
     union all
    select f.insurer_id from public.insurer_former_number f where f.amc_number = p_amc
     limit 1
$$;

revoke all on function public.insurer_numbered(text) from public;
grant execute on function public.insurer_numbered(text)
    to egide_gate, egide_loader, egide_payer, egide_portal;
