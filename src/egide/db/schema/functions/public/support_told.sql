-- What an operator's session looked at a minute ago at most, once that is in the log: states and amounts, no act, no
-- person.
create or replace function public.support_told(p_session uuid, p_entry uuid) returns jsonb
language sql stable security definer
set search_path = public, pg_temp
as $$
    select jsonb_build_object(
        'state', c.state, 'control', c.control, 'received_at', c.received_at, 'transfer',
        (select a.transfer_id from allocation a where a.claim_id = c.claim_id and a.ended_at is null),
        'insurer', (select i.name from insurer i where i.insurer_id = c.insurer_id),
        'expense_cents', c.expense_cents, 'amo_cents', c.amo_cents, 'amc_cents', c.amc_cents, 'patient_cents',
            c.patient_cents,
        'lines', (select coalesce(jsonb_agg(jsonb_build_object('line', l.line, 'expense_cents', l.expense_cents,
                             'amo_cents', l.amo_cents, 'amc_cents', l.amc_cents, 'patient_cents',
                                 l.patient_cents) order by l.line), '[]')
                    from claim_line l where l.establishment_id = c.establishment_id and l.claim_id = c.claim_id))
      from session_account(p_session, 'operator') k
      join gate.entry e on e.establishment_id = k.account_id and e.entry_id = p_entry and e.purpose = 'support'
       and e.at > clock_timestamp() - interval '1 minute' and e.xid is distinct from pg_current_xact_id_if_assigned()
      join support_ticket t on t.ticket_id = e.address
      join claim c on c.establishment_id = t.establishment_id and c.invoice = t.invoice
$$;

revoke all on function public.support_told(uuid, uuid) from public;
grant execute on function public.support_told(uuid, uuid) to egide_portal;
