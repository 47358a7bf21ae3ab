-- The transfers of the settlements whose claims an insurer's session may take now: of one settlement, or of all.
create or replace function public.exported_transfers(p_settlement text) returns text[]
language sql stable security definer
set search_path = public, pg_temp
as $$
    select coalesce(array_agg(t.transfer_id), '{}')
      from transfer t
     where t.settlement_id = any (exports_open()) and (p_settlement is null or t.settlement_id = p_settlement)
$$;

revoke all on function public.exported_transfers(text) from public;
grant execute on function public.exported_transfers(text) to egide_insurer;
