-- The account of a person of an insurer, opened if it never had one; null if the insurer has no such person, or if
-- the account was closed: a new code opens another (activate_insured).
create or replace function public.enrol_insured(p_amc text, p_person uuid, p_account uuid, p_label bytea) returns uuid
language plpgsql security definer
set search_path = public, pg_temp
as $$
begin
    perform from gate.person p where p.person_id = p_person and p.insurer_id = insurer_numbered(p_amc);
    if not found then
        return null;
    end if;
    insert into account (account_id, role, person_id, label_sealed, created_at)
    select p_account, 'insured', p_person, p_label, clock_timestamp()
     where not exists (select from account a where a.person_id = p_person)
        on conflict (person_id) where closed_at is null do nothing;
    return (select k.account_id from account k where k.person_id = p_person and k.closed_at is null);
end $$;

revoke all on function public.enrol_insured(text, uuid, uuid, bytea) from public;
grant execute on function public.enrol_insured(text, uuid, uuid, bytea) to egide_portal;
