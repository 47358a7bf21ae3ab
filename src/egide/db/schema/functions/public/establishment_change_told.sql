-- Each step of a change is told to the contact of before, and to the one asked for.
create or replace function public.establishment_change_told() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
    v_event text;
    v_new   bytea := case when new.kind = 'contact' then coalesce(nullif(new.sealed, ''::bytea), old.sealed)
        else ''::bytea end;
begin
    if new.establishment_id is null then
        return null;
    end if;
    v_event := case when tg_op = 'INSERT' then 'asked'
                    when new.applied_at is not null then 'applied'
                    when new.cancelled_at is not null then 'cancelled'
                    when new.approved_at is not null and old.approved_at is null then 'approved' end;
    if v_event is not null then
        perform tell_establishment(new.establishment_id, v_event, new.kind, case when new.kind = 'iban' then new.shown
            else '' end, v_new);
    end if;
    return null;
end $$;

revoke all on function public.establishment_change_told() from public;

create or replace trigger establishment_change_told
    after insert or update on public.establishment_change
    for each row execute function establishment_change_told();
