-- Open the space of the person of a session for an hour, and write it in the log: true once it is open, false where too
-- many persons' were opened in the last hour, null where the session is of no insured person.
create or replace function public.open_own_space(p_session uuid, p_entry uuid) returns boolean
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_now     timestamptz;
    v_account uuid;
    v_person  uuid;
    v_insurer uuid;
begin
    perform gate.read_committed();
    select k.account_id, k.person_id, p.insurer_id into v_account, v_person, v_insurer
      from session_account(p_session, 'insured') k
      join gate.person p on p.person_id = k.person_id;
    if v_person is null then
        return null;
    end if;
    if exists (select from gate.own_space o
                where o.account_id = v_account and o.session_id = p_session
                  and o.opened_at > gate.instant() - interval '55 minutes') then
        return true;
    end if;
    -- Who counts waits for who counted before.
    perform pg_advisory_xact_lock(7290460);
    v_now := gate.instant();  -- once nobody else counts: it is told after it is written, never long after
    if (select count(distinct o.account_id) from gate.own_space o where o.opened_at > v_now - interval '1 hour')
       >= greatest(300, (select 0.02 * c.reltuples from pg_class c where c.oid = 'public.account'::regclass)) then
        return false;
    end if;
    insert into gate.own_space (account_id, session_id, opened_at)
    values (v_account, p_session, v_now)
        on conflict (account_id, session_id) do update
       set opened_at = excluded.opened_at, xid = excluded.xid;
    insert into gate.entry (establishment_id, entry_id, at, account_id, purpose, basis, address, care_on, outcome,
                            person_id, insurer_id, plan_code, start_on, end_on)
    values (v_account, p_entry, v_now, v_account, 'own', 'S', v_account, (v_now at time zone 'Europe/Paris')::date,
            'shown', v_person, v_insurer, '', (v_now at time zone 'Europe/Paris')::date, null);
    return true;
end $$;

revoke all on function public.open_own_space(uuid, uuid) from public;
grant execute on function public.open_own_space(uuid, uuid) to egide_portal;
