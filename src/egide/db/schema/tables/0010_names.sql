-- The words of the standard and of the field, in place of ours: establishment, unproved query, justified,
-- first-contact rate, re-authentication. What reads or writes them under another signature is made anew.
drop function if exists public.trail(uuid, timestamptz);
drop function if exists gate.ranking(integer);

drop policy if exists house on public.account;
drop policy if exists house on public.claim;
drop policy if exists house on public.funds_call;

alter table public.house_change rename to establishment_change;
alter table public.house_application rename to establishment_application;
alter table public.house_contact rename to establishment_contact;
alter table gate.debt rename to unproved_query;
alter table gate.explained rename to justified;

alter table gate.budget rename column unmet_limit to first_contact_limit;
alter table gate.budget rename column paced_on to first_contact_on;
alter table public.web_session rename column touched_at to reauthenticated_at;

-- Challenges live five minutes: one under way is asked again.
delete from public.ceremony where purpose = 'touch';
alter table public.ceremony drop constraint ceremony_purpose_known;
alter table public.ceremony add constraint ceremony_purpose_known
    check (purpose in ('enrol', 'login', 'reauthentication', 'add', 'sign', 'device'));

do $$
declare
    v record;
begin
    for v in select c.conrelid::regclass as owner, c.conname as name
               from pg_constraint c
              where c.connamespace in ('public'::regnamespace, 'gate'::regnamespace)
                and c.contype <> 'n' and c.conname ~ '(house|^debt_|^explained_|^iban_change_)'
    loop
        execute format('alter table %s rename constraint %I to %I', v.owner, v.name,
            regexp_replace(regexp_replace(regexp_replace(regexp_replace(v.name, 'house', 'establishment', 'g'),
                '^debt_', 'unproved_query_'), '^explained_', 'justified_'), '^iban_change_', 'establishment_change_'));
    end loop;
    for v in select c.oid::regclass as name, c.relname
               from pg_class c
              where c.relnamespace in ('public'::regnamespace, 'gate'::regnamespace) and c.relkind = 'i'
                and c.relname ~ '(house|^debt_|^explained_|^iban_change_)'
    loop
        execute format('alter index %s rename to %I', v.name,
            regexp_replace(regexp_replace(regexp_replace(regexp_replace(v.relname, 'house', 'establishment', 'g'),
                '^debt_', 'unproved_query_'), '^explained_', 'justified_'), '^iban_change_', 'establishment_change_'));
    end loop;
end
$$;
