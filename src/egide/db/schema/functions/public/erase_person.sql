-- Erasure: what sealed a person is gone, and so are the salts of what was answered on it. The tree still verifies.
create or replace function public.erase_person(p_person uuid) returns bigint
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_count bigint;
begin
    update gate.leaf l set salt = null
      from gate.entry e
     where e.person_id = p_person and l.establishment_id = e.establishment_id and l.entry_id = e.entry_id
         and l.salt is not null;
    get diagnostics v_count = row_count;
    delete from gate.cover where person_id = p_person;
    delete from gate.relation where person_id = p_person;
    delete from gate.activation where person_id = p_person;
    delete from gate.person where person_id = p_person;
    update account set closed_at = clock_timestamp() where person_id = p_person and closed_at is null;
    return v_count;
end $$;

revoke all on function public.erase_person(uuid) from public;
