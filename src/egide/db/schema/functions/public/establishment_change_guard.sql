-- A change is asked, approved by another, stopped or put in force: in that order, each once, at the database's instant.
-- Who let somebody back in never makes the second of two persons with it. A recovery is approved with its code.
create or replace function public.establishment_change_guard() returns trigger
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_asked establishment_change;
begin
    if tg_op = 'INSERT' then
        v_asked := establishment_change_asked(new);
        if v_asked.change_id is null then
            return null;
        end if;
        return v_asked;
    end if;
    if old.cancelled_at is not null or old.applied_at is not null then
        raise exception 'a change has ended' using errcode = 'check_violation';
    end if;
    if old.approved_by is not null
       and (new.approved_by, new.code_hash) is distinct from (old.approved_by, old.code_hash) then
        raise exception 'a change is approved once' using errcode = 'check_violation';
    end if;
    if old.approved_by is null and new.approved_by is not null then
        if not may_decide(new.approved_by, new.establishment_id, new.kind, new.subject, false)
           or not may_decide(new.asked_by, new.establishment_id, new.kind, new.subject, true)
           or recovered_by_each_other(new.asked_by, new.approved_by) then
            raise exception 'who approves a change may decide on it' using errcode = 'check_violation';
        end if;
        if (new.kind = 'recovery') <> (new.code_hash is not null) then
            raise exception 'a recovery, and nothing else, has a code' using errcode = 'check_violation';
        end if;
        new.approved_at := clock_timestamp();
    end if;
    if new.approved_by is null then
        new.code_hash := null;
    end if;
    if new.cancelled_by is not null then
        if not may_stop_change(new.cancelled_by, new) then
            raise exception 'who stops a change is of the establishment, and not whom it takes power from'
                using errcode = 'check_violation';
        end if;
        new.cancelled_at := clock_timestamp();
        new.sealed := ''::bytea;
    end if;
    return new;
end $$;

revoke all on function public.establishment_change_guard() from public;

create or replace trigger establishment_change_guard
    before insert or update on public.establishment_change
    for each row execute function establishment_change_guard();
