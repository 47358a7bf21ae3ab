-- Addresses are stored by their digest (``gate.kept``): what a card or a form says opens an answer, what is stored
-- does not. Entries of before keep theirs, since the tree has them; codes that live a minute are given again.
update gate.cover
   set address = encode(substr(sha256('\x6b65707400'::bytea || uuid_send(address)), 1, 16), 'hex')::uuid;
update gate.card_revoked
   set address = encode(substr(sha256('\x6b65707400'::bytea || uuid_send(address)), 1, 16), 'hex')::uuid;
update gate.activation
   set address = encode(substr(sha256('\x6b65707400'::bytea || uuid_send(address)), 1, 16), 'hex')::uuid;
update gate.unproved_query
   set address = encode(substr(sha256('\x6b65707400'::bytea || uuid_send(address)), 1, 16), 'hex')::uuid
 where basis = 'U';
update gate.person p
   set addresses = array(select encode(substr(sha256('\x6b65707400'::bytea || uuid_send(a)), 1, 16), 'hex')::uuid
                           from unnest(p.addresses) with ordinality as t (a, n) order by n);
update gate.proof
   set address = null where address is not null;
delete from gate.presence;
