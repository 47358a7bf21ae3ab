-- A change as it is asked for, by who may, with nothing decided yet; null where twenty are under way: a flood hides
-- nothing.
create or replace function public.establishment_change_asked(p_change establishment_change) returns establishment_change
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    c         establishment_change := p_change;
    v_subject account;
begin
    if not may_decide(c.asked_by, c.establishment_id, c.kind, c.subject, true) then
        raise exception 'who asks for a change is an administrator of the establishment'
            using errcode = 'check_violation';
    end if;
    perform pg_advisory_xact_lock(hashtextextended('changes ' || coalesce(c.establishment_id, c.subject)::text, 0));
    if (select count(*) from establishment_change h
         where h.establishment_id = c.establishment_id and h.cancelled_at is null and h.applied_at is null) >= 20 then
        return null;
    end if;
    if c.subject is not null then
        select * into v_subject from account a where a.account_id = c.subject and a.closed_at is null;
        if not found or v_subject.establishment_id is distinct from c.establishment_id
            or v_subject.role = 'insured' then
            raise exception 'whom a change is about is of the establishment' using errcode = 'check_violation';
        end if;
        if c.kind = 'administrator' then
            c.shown := case when v_subject.role <> 'administrator' then 'administrator'
                            when v_subject.rpps is null then 'assistant' else 'professional' end;
        end if;
    end if;
    c.asked_at := clock_timestamp();
    c.approved_by := null;
    c.approved_at := null;
    c.cancelled_by := null;
    c.cancelled_at := null;
    c.applied_at := null;
    c.code_hash := null;
    return c;
end $$;

revoke all on function public.establishment_change_asked(establishment_change) from public;
