-- A claim carries what only the process that decided it can compute: a login alone, without the key ring, writes none
-- that is paid. Those of before carry nothing.
alter table claim add column attested bytea;
