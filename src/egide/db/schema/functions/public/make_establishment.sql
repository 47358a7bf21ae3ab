-- Make the establishment of an accepted application, with its contact, its professional who becomes its
-- administrator, and a newcomer's budget.
create or replace function public.make_establishment(
    p_establishment uuid,
    h establishment_application,
    a applicant,
    p_name text,
    p_department text,
    p_profession text
) returns void
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_at constant timestamptz := clock_timestamp();
begin
    insert into establishment (establishment_id, finess, siret, profession, name, department, iban_sealed, iban_tail,
                               enrolled_at)
    values (p_establishment, h.finess, h.siret, p_profession, p_name, p_department, h.iban_sealed, h.iban_tail, v_at);
    insert into establishment_contact (establishment_id, contact_sealed, shown, since)
    values (p_establishment, h.contact_sealed, h.contact_shown, v_at);
    insert into professional (rpps, establishment_id) values (a.rpps, p_establishment);
    perform gate.open_budget(p_establishment, false);
    update account
       set role = 'administrator', establishment_id = p_establishment, rpps = a.rpps
     where account_id = h.account_id;
end $$;

revoke all on function public.make_establishment(uuid, establishment_application, applicant, text, text, text)
    from public;
