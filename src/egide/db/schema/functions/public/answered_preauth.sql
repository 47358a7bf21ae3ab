-- The answer of an insurer to a demand that waits for it: granted for at most what was promised of each line, refused,
-- or a piece asked. False where the demand waits for that insurer no more. Called by the two functions below it alone.
create or replace function public.answered_preauth(
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
language plpgsql security definer
set search_path = public, pg_temp
as $$
begin
    if p_state not in ('granted', 'partly-granted', 'refused', 'pended-pieces') then
        return false;
    end if;
    update preauth p
       set state = p_state, act_by = p_days[1], valid_until = p_days[2], invoice_until = p_days[3],
           piece = nullif(p_said[1], ''), reason = nullif(p_said[2], ''), response = p_response,
           amc_cents = coalesce((select sum(a) from unnest(p_amounts) a), 0)
     where p.establishment_id = p_establishment and p.preauth_id = p_preauth and p.revision = p_revision
       and p.state = 'pended-payer' and p.invoice_until >= (clock_timestamp() at time zone 'Europe/Paris')::date
       and p.insurer_id = p_insurer;
    if not found then
        return false;
    end if;
    if p_state <> 'pended-pieces' then
        update preauth_line l
           set amc_cents = least(coalesce(p_amounts[l.line], 0), l.promised_cents),
               patient_cents = l.patient_cents + l.amc_cents - least(coalesce(p_amounts[l.line], 0), l.promised_cents)
         where l.establishment_id = p_establishment and l.preauth_id = p_preauth and l.revision = p_revision;
    end if;
    if p_state = 'refused' then
        delete from reservation where preauth_id = p_preauth and establishment_id = p_establishment;
    elsif p_days[3] is not null then
        update reservation
           set during = daterange(lower(during), p_days[3], '[]')
         where preauth_id = p_preauth and establishment_id = p_establishment;
    end if;
    return true;
end $$;

revoke all on function public.answered_preauth(uuid, uuid, uuid, smallint, text, bigint[], date[], text[], bytea)
    from public;
