-- A house asks for help on one of its invoices; the operator sees that invoice, masked, and nothing it was not asked about.
create table support_ticket (
    ticket_id        uuid primary key,
    establishment_id uuid not null references establishment,
    invoice          text not null,
    reason           text not null,
    opened_by        uuid not null references account (account_id),
    opened_at        timestamptz not null,
    closed_by        uuid references account (account_id),
    closed_at        timestamptz,
    foreign key (establishment_id, invoice) references claim,
    constraint support_ticket_reason_known check (reason in ('refused', 'unpaid', 'amount', 'other'))
);
create unique index support_ticket_one_open on support_ticket (establishment_id, invoice) where closed_at is null;
create index support_ticket_open_idx on support_ticket (opened_at) where closed_at is null;

create function support_ticket_guard() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    if tg_op = 'INSERT' then
        if not exists (select from account a where a.account_id = new.opened_by and a.closed_at is null
                          and a.establishment_id = new.establishment_id) then
            raise exception 'who asks for help is of the house' using errcode = 'check_violation';
        end if;
        new.opened_at := clock_timestamp();
        new.closed_by := null;
        new.closed_at := null;
        return new;
    end if;
    if old.closed_at is not null then
        raise exception 'a ticket is closed once' using errcode = 'check_violation';
    end if;
    if new.closed_by is not null then
        new.closed_at := clock_timestamp();
    end if;
    return new;
end $$;
create trigger support_ticket_guard before insert or update on support_ticket
    for each row execute function support_ticket_guard();
grant select, insert (ticket_id, establishment_id, invoice, reason, opened_by, opened_at), update (closed_by)
    on support_ticket to egide_app;

-- An answer to the operator is an answer: it has its entry, under the account that it was given to.
set role egide_gate;
alter table gate.entry
    alter column software_id drop not null,
    add column account_id uuid,
    drop constraint entry_purpose_known,
    drop constraint entry_basis_known,
    add constraint entry_purpose_known check (purpose in ('rights', 'claim', 'support')),
    add constraint entry_basis_known check (basis in ('P', 'U', 'E', 'T')),
    add constraint entry_support_is_by_ticket check ((purpose = 'support') = (basis = 'T')),
    add constraint entry_names_who_received check ((purpose = 'support') = (account_id is not null) and (purpose = 'support') = (software_id is null));
reset role;

-- One invoice of an open ticket, masked: states and amounts, no act, no person. At most 25 persons a day and an account, of
-- whom one is counted once; the entry is committed with the answer. Null for what may not be seen, the limit included.
create function support_view(p_session uuid, p_ticket uuid, p_entry uuid) returns jsonb
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_at      timestamptz;
    v_account uuid;
    c         claim;
    v_persons integer;
    v_known   boolean;
begin
    select s.account_id into v_account
      from web_session s
      join account k on k.account_id = s.account_id and k.closed_at is null and k.role = 'operator'
     where s.session_id = p_session and s.closed_at is null and s.ends_at > clock_timestamp()
       for update of k;
    if not found then
        return null;
    end if;
    v_at := clock_timestamp();
    select c1.* into c
      from support_ticket t
      join claim c1 using (establishment_id, invoice)
     where t.ticket_id = p_ticket and t.closed_at is null and t.opened_at > v_at - interval '7 days';
    if not found then
        return null;
    end if;
    -- An operator's entries stand under its own account: they are no house's.
    select count(distinct e.person_id), coalesce(bool_or(e.person_id = c.person_id), false) into v_persons, v_known
      from gate.entry e
     where e.establishment_id = v_account and e.at > v_at - interval '24 hours';
    if v_persons >= 25 and not v_known then
        return jsonb_build_object('limit', 25);
    end if;
    insert into gate.entry (establishment_id, entry_id, at, account_id, purpose, basis, address, care_on, outcome, person_id,
                            insurer_id, plan_code, start_on, end_on)
    values (v_account, p_entry, v_at, v_account, 'support', 'T', p_ticket, c.received_at::date, 'shown', c.person_id,
            c.insurer_id, c.plan_code, c.received_at::date, null);
    return jsonb_build_object(
        'state', c.state, 'control', c.control, 'received_at', c.received_at, 'transfer', c.transfer_id,
        'insurer', (select i.name from insurer i where i.insurer_id = c.insurer_id),
        'expense_cents', c.expense_cents, 'amo_cents', c.amo_cents, 'amc_cents', c.amc_cents, 'patient_cents', c.patient_cents,
        'lines', (select coalesce(jsonb_agg(jsonb_build_object('line', l.line, 'expense_cents', l.expense_cents,
                             'amo_cents', l.amo_cents, 'amc_cents', l.amc_cents, 'patient_cents', l.patient_cents) order by l.line), '[]')
                    from claim_line l where l.establishment_id = c.establishment_id and l.claim_id = c.claim_id));
end $$;
revoke all on function support_view from public;
grant execute on function support_view to egide_app;

create or replace function accesses_of(p_session uuid, p_before timestamptz)
returns table (at timestamptz, name text, profession text, department text, purpose text, basis text, care_on date)
language sql stable security definer
set search_path = public, pg_temp
as $$
    select e.at, coalesce(h.name, 'Égide, assistance aux professionnels'), coalesce(h.profession, 'operator'),
           coalesce(h.department, ''), e.purpose, e.basis, e.care_on
      from web_session s
      join account k on k.account_id = s.account_id and k.closed_at is null
      join gate.entry e on e.person_id = k.person_id
      left join establishment h on h.establishment_id = e.establishment_id
     where s.session_id = p_session and s.closed_at is null and s.ends_at > clock_timestamp() and e.at < p_before
     order by e.at desc, e.entry_id
     limit 100
$$;

-- What an auditor reads: who asked and approved what, under numbers of accounts; nobody's name, no person.
create function trail(p_session uuid, p_before timestamptz)
returns table (at timestamptz, event text, about text, house uuid, by_account uuid)
language sql stable security definer
set search_path = public, pg_temp
as $$
    select t.*
      from web_session s
      join account k on k.account_id = s.account_id and k.closed_at is null and k.role = 'auditor'
     cross join lateral (
           select c.asked_at, 'change-asked', c.kind, c.establishment_id, c.asked_by from house_change c
           union all
           select c.approved_at, 'change-approved', c.kind, c.establishment_id, c.approved_by from house_change c
           union all
           select c.cancelled_at, 'change-cancelled', c.kind, c.establishment_id, c.cancelled_by from house_change c
           union all
           select c.applied_at, 'change-applied', c.kind, c.establishment_id, null from house_change c
           union all
           select y.enrolled_at, 'key-enrolled', y.thumbprint, y.establishment_id, y.enrolled_by from caller_key y
           union all
           select y.revoked_at, 'key-revoked', y.thumbprint, y.establishment_id, y.revoked_by from caller_key y
           union all
           select o.asked_at, 'export-asked', o.settlement_id, o.insurer_id, o.asked_by from export_order o
           union all
           select o.approved_at, 'export-approved', o.settlement_id, o.insurer_id, o.approved_by from export_order o
           union all
           select e.at, 'support-view', e.address::text, null, e.account_id from gate.entry e where e.purpose = 'support'
           ) t (at, event, about, house, by_account)
     where s.session_id = p_session and s.closed_at is null and s.ends_at > clock_timestamp() and t.at < p_before
     order by t.at desc, t.event, t.about
     limit 200
$$;
revoke all on function trail from public;
grant execute on function trail to egide_app;
create index entry_support_idx on gate.entry (at) where purpose = 'support';
