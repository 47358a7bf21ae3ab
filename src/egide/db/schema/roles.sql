-- The group roles, without login; each installation's own logins are made members of one of them. egide_gate owns
-- what a thief wants and the functions that guard it. egide_app serves the counter's software: it may call the gate,
-- never look behind it, and writes no account, passkey or session. egide_portal serves persons, from a process of its
-- own: it proves who they are and may not ask the gate; it becomes egide_insurer for the pages of an insurer's staff
-- and has nothing of it otherwise.
-- egide_loader takes in the insurers' files, egide_payer closes settlements, egide_messenger mails notices,
-- egide_logger grows the access log's tree.
do $$
declare
    role_name text;
begin
    foreach role_name in array array['egide_gate', 'egide_app', 'egide_portal', 'egide_insurer', 'egide_loader',
                                     'egide_payer', 'egide_messenger', 'egide_logger'] loop
        if not exists (select from pg_roles where rolname = role_name) then
            begin
                execute format('create role %I nologin', role_name);
            exception when duplicate_object or unique_violation then
                -- Roles are the cluster's: another installation made it at this instant.
                null;
            end;
        end if;
        execute format('grant %I to current_user with set true, inherit true', role_name);
    end loop;
    grant egide_insurer to egide_portal with inherit false, set true;
    if pg_has_role('egide_app', 'egide_insurer', 'member') then
        revoke egide_insurer from egide_app;
    end if;
end
$$;

create schema if not exists gate authorization egide_gate;
revoke create on schema public from public;
grant usage on schema gate to egide_app, egide_portal, egide_loader, egide_logger;
grant usage on schema public
    to egide_gate, egide_app, egide_portal, egide_insurer, egide_loader, egide_payer, egide_messenger, egide_logger;

-- Locks of a session, which outlive every transaction, and the ending of others' sessions, are nobody's to take. Only a
-- superuser may say so: on a server that is not ours its administrator does.
do $$
declare
    f regprocedure;
begin
    for f in
        select p.oid::regprocedure
          from pg_proc p
         where p.pronamespace = 'pg_catalog'::regnamespace
           and (p.proname ~ '^pg_(try_)?advisory_lock' or p.proname ~ '_advisory_xact_lock_shared$'
                or p.proname in ('pg_terminate_backend', 'pg_cancel_backend'))
    loop
        execute format('revoke all on function %s from public', f);
    end loop;
exception when insufficient_privilege then
    null;
end
$$;
