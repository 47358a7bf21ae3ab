-- The demands that wait for the answer of a session's insurer, of no person by name or number: each establishment's
-- first, then each one's second, those due first, so that no establishment's crowd hides another's. p_establishment and
-- p_preauth name one of them, wherever it stands.
create or replace function public.insurer_preauths(
    p_session uuid,
    p_establishment uuid default null,
    p_preauth uuid default null
)
returns table (
    establishment_id uuid,
    preauth_id       uuid,
    revision         smallint,
    finess           text,
    name             text,
    plan_code        text,
    asked_at         timestamptz,
    act_by           date,
    piece            text,
    piece_answer     text,
    insurer_id       uuid,
    acts             text[],
    expense_cents    bigint,
    amc_cents        bigint,
    response         bytea
)
language sql stable security definer
set search_path = public, pg_temp
as $$
    select p.establishment_id, p.preauth_id, p.revision, e.finess, e.name, p.plan_code, p.asked_at, p.act_by,
           p.piece, p.piece_answer, p.insurer_id,
           array(select l.act_code || case l.side when '' then '' else ' ' || l.side end
                   from preauth_line l
                  where l.establishment_id = p.establishment_id and l.preauth_id = p.preauth_id
                    and l.revision = p.revision
                  order by l.line),
           p.expense_cents, p.amc_cents, p.response
      from session_account(p_session, 'insurer') k
      join preauth p on p.insurer_id = k.insurer_id and p.state = 'pended-payer'
       and p.invoice_until >= (clock_timestamp() at time zone 'Europe/Paris')::date
      join establishment e on e.establishment_id = p.establishment_id
     where p_preauth is null or (p.establishment_id = p_establishment and p.preauth_id = p_preauth)
     order by row_number() over (partition by p.establishment_id order by p.act_by, p.asked_at), p.act_by, p.asked_at
     limit 200
$$;

revoke all on function public.insurer_preauths(uuid, uuid, uuid) from public;
grant execute on function public.insurer_preauths(uuid, uuid, uuid) to egide_portal;
