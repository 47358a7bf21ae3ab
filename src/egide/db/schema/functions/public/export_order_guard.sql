-- An export is asked and approved by two persons of the insurer, at the database's instant.
create or replace function public.export_order_guard() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    if not may_export(new.asked_by, new.insurer_id) then
        raise exception 'who asks for an export is of the insurer' using errcode = 'check_violation';
    end if;
    if tg_op = 'INSERT' then
        new.asked_at := clock_timestamp();
        new.approved_by := null;
        new.approved_at := null;
        return new;
    end if;
    if old.approved_by is not null or new.approved_by is null then
        raise exception 'an export is approved once' using errcode = 'check_violation';
    end if;
    if not may_export(new.approved_by, new.insurer_id) or old.asked_at < clock_timestamp() - interval '24 hours' then
        raise exception 'who approves an export is of the insurer, within a day' using errcode = 'check_violation';
    end if;
    new.approved_at := clock_timestamp();
    return new;
end $$;

revoke all on function public.export_order_guard() from public;

create or replace trigger export_order_guard
    before insert or update on public.export_order
    for each row execute function export_order_guard();
