-- Ask a second person of the insurer to read a dispute again, until a day. False where it is not the establishment's,
-- or is not to be read again.
create or replace function public.dispute_raised(p_establishment uuid, p_dispute uuid, p_second_by date)
returns boolean
language plpgsql security definer
set search_path = public, pg_temp
as $$
begin
    update dispute
       set state = 'open', is_second = true, second_by = greatest(p_second_by, answer_by)
     where dispute_id = p_dispute and establishment_id = p_establishment and state = 'maintained'
       and raise_by >= (clock_timestamp() at time zone 'Europe/Paris')::date;
    return found;
end $$;

revoke all on function public.dispute_raised(uuid, uuid, date) from public;
grant execute on function public.dispute_raised(uuid, uuid, date) to egide_app;
