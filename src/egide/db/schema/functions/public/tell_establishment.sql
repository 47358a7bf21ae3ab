-- Write a notice to an establishment's contact, and to another where one is given.
create or replace function public.tell_establishment(
    p_establishment uuid,
    p_event text,
    p_about text,
    p_shown text,
    p_other bytea
)
returns void
language sql security definer
set search_path = public, pg_temp
as $$
    insert into notice (establishment_id, event, about, shown, contact_sealed)
    select p_establishment, p_event, p_about, p_shown, t.contact
      from (select h.contact_sealed as contact from establishment_contact h where h.establishment_id = p_establishment
            union
            select p_other where p_other <> ''::bytea) t
$$;

revoke all on function public.tell_establishment(uuid, text, text, text, bytea) from public;
