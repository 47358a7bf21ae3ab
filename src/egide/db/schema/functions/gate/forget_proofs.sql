-- Forget what is too old to matter: proofs that are no longer accepted, codes of a page, typed persons of half a
-- year ago, counts of segments of before yesterday; and justify what waited long enough. Whoever finds another process
-- at it leaves it to that one.
create or replace function gate.forget_proofs() returns void
language plpgsql security definer
set search_path = gate, pg_temp
as $$
begin
    if not pg_try_advisory_xact_lock(hashtextextended('egide forget', 0)) then
        return;
    end if;
    delete from gate.proof where seen_at < gate.instant() - interval '10 minutes';
    delete from gate.presence where expires_at < gate.instant() - interval '10 minutes';
    delete from gate.own_space where opened_at < gate.instant() - interval '2 hours';
    delete from gate.page_opened where at < gate.instant() - interval '2 days';
    delete from gate.unproved_query where asked_at < gate.instant() - interval '181 days';
    delete from gate.segment_counted where day < (gate.instant() at time zone 'UTC')::date - 2;
    delete from gate.segment_use where day < (gate.instant() at time zone 'UTC')::date - 2;
    perform gate.justify_claimed();
end
$$;

alter function gate.forget_proofs() owner to egide_gate;
revoke all on function gate.forget_proofs() from public;
grant execute on function gate.forget_proofs() to egide_app;
