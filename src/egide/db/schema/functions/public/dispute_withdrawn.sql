-- Withdraw a dispute for the establishment that opened it. False where it is not its own, or has ended.
create or replace function public.dispute_withdrawn(p_establishment uuid, p_dispute uuid)
returns boolean
language plpgsql security definer
set search_path = public, pg_temp
as $$
begin
    update dispute
       set state = 'withdrawn'
     where dispute_id = p_dispute and establishment_id = p_establishment
       and (state = 'open'
            or (state = 'maintained' and raise_by >= (clock_timestamp() at time zone 'Europe/Paris')::date));
    return found;
end $$;

revoke all on function public.dispute_withdrawn(uuid, uuid) from public;
grant execute on function public.dispute_withdrawn(uuid, uuid) to egide_app;
