-- Who enrolled and who revoked a software's key; nobody known for what the operator imports.
alter table caller_key add column enrolled_by uuid references account, add column revoked_by uuid references account;
grant update (revoked_by) on caller_key to egide_app;
create trigger caller_key_revoked_by_once before update on caller_key
    for each row execute function ended_once('revoked_by');
