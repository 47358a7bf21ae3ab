-- The answer of an insurer's own service to a demand that waits for it (answered_preauth): of those alone that it was
-- asked about, so that who holds the counter's login answers for no insurer whose persons answer at their desk.
create or replace function public.answer_preauth_by_service(
    p_insurer uuid,
    p_establishment uuid,
    p_preauth uuid,
    p_revision smallint,
    p_state text,
    p_amounts bigint[],
    p_days date[],
    p_said text[],
    p_response bytea
) returns boolean
language sql security definer
set search_path = public, pg_temp
as $$
    select exists (select from preauth p
                    where p.establishment_id = p_establishment and p.preauth_id = p_preauth
                      and p.revision = p_revision and p.insurer_id = p_insurer and p.said_by <> 'grid')
       and answered_preauth(p_insurer, p_establishment, p_preauth, p_revision, p_state, p_amounts, p_days, p_said,
                            p_response)
$$;

revoke all on function public.answer_preauth_by_service(
    uuid, uuid, uuid, smallint, text, bigint[], date[], text[], bytea) from public;
grant execute on function public.answer_preauth_by_service(
    uuid, uuid, uuid, smallint, text, bigint[], date[], text[], bytea) to egide_app;
