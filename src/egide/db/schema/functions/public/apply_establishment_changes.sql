-- Put in force what has waited long enough, one establishment after another, each judged after those before it;
-- what was asked a month ago and never put in force is stopped. A change that fails is stopped and hinders no other.
create or replace function public.apply_establishment_changes() returns bigint
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_at    constant timestamptz := clock_timestamp();
    v_count bigint := 0;
    v_ids   uuid[];
    v_id    uuid;
    c       establishment_change;
begin
    update establishment_change set cancelled_by = asked_by
     where asked_at < v_at - interval '30 days' and cancelled_at is null and applied_at is null;
    select array_agg(h.change_id order by h.approved_at, h.change_id) into v_ids
      from establishment_change h
     where h.approved_at <= v_at - interval '72 hours' and h.cancelled_at is null and h.applied_at is null;
    foreach v_id in array coalesce(v_ids, '{}') loop
        select * into c from establishment_change h
         where h.change_id = v_id and h.cancelled_at is null and h.applied_at is null
           for update skip locked;
        continue when not found;
        perform pg_advisory_xact_lock(hashtextextended('changes ' || coalesce(c.establishment_id, c.subject)::text, 0));
        continue when not may_decide(c.asked_by, c.establishment_id, c.kind, c.subject, true)
                   or not may_decide(c.approved_by, c.establishment_id, c.kind, c.subject, false)
                   or c.kind = 'administrator' and c.shown <> 'administrator'
                      and not another_administrator(c.establishment_id, c.subject);
        begin
            update establishment_change h set applied_at = v_at where h.change_id = c.change_id;
            if c.kind = 'iban' then
                update establishment e set iban_sealed = c.sealed, iban_tail = c.shown
                    where e.establishment_id = c.establishment_id;
            elsif c.kind = 'contact' then
                insert into establishment_contact (establishment_id, contact_sealed, shown, since)
                values (c.establishment_id, c.sealed, c.shown, v_at)
                    on conflict (establishment_id) do update
                   set contact_sealed = excluded.contact_sealed, shown = excluded.shown, since = excluded.since;
            elsif c.kind = 'administrator' then
                update account a set role = c.shown where a.account_id = c.subject;
                update web_session s set closed_at = v_at where s.account_id = c.subject and s.closed_at is null;
                if c.shown <> 'administrator' then
                    perform stop_changes_of(c.subject);
                end if;
            else
                perform let_nothing_in(c.subject, v_at, 'lost');
                perform stop_changes_of(c.subject);
                insert into invitation (code_hash, account_id, expires_at) values (c.code_hash, c.subject,
                    v_at + interval '7 days');
            end if;
            v_count := v_count + 1;
        exception when others then
            raise warning 'change % is stopped: %', c.change_id, sqlerrm;
            update establishment_change h set cancelled_by = h.asked_by where h.change_id = c.change_id;
        end;
    end loop;
    return v_count;
end $$;

revoke all on function public.apply_establishment_changes() from public;
grant execute on function public.apply_establishment_changes() to egide_portal, egide_payer;
