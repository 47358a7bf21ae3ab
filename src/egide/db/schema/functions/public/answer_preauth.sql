-- The answer of an insurer's person to a demand that waits for it (answered_preauth); false where the session is of
-- no person of that insurer.
create or replace function public.answer_preauth(
    p_session uuid,
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
    select coalesce((
        select answered_preauth(k.insurer_id, p_establishment, p_preauth, p_revision, p_state, p_amounts, p_days,
                                p_said, p_response)
          from session_account(p_session, 'insurer') k), false)
$$;

revoke all on function public.answer_preauth(uuid, uuid, uuid, smallint, text, bigint[], date[], text[], bytea)
    from public;
grant execute on function public.answer_preauth(uuid, uuid, uuid, smallint, text, bigint[], date[], text[], bytea)
    to egide_portal;
