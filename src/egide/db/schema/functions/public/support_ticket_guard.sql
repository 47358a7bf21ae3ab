-- A ticket is opened by the establishment's own people and closed by them or by an operator, at the database's instant.
create or replace function public.support_ticket_guard() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    if tg_op = 'INSERT' then
        if not exists (select from account a where a.account_id = new.opened_by and a.closed_at is null
                          and a.establishment_id = new.establishment_id) then
            raise exception 'who asks for help is of the establishment' using errcode = 'check_violation';
        end if;
        new.opened_at := clock_timestamp();
        new.closed_by := null;
        new.closed_at := null;
        return new;
    end if;
    if old.closed_at is not null then
        raise exception 'a ticket is closed once' using errcode = 'check_violation';
    end if;
    if new.closed_by is not null then
        new.closed_at := clock_timestamp();
    end if;
    return new;
end $$;

revoke all on function public.support_ticket_guard() from public;

create or replace trigger support_ticket_guard
    before insert or update on public.support_ticket
    for each row execute function support_ticket_guard();
