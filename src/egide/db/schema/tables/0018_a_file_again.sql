-- A file that comes again after another has been taken is taken again: the last state that was sent is the one that
-- holds.
alter table member_import drop constraint member_import_once;
create index member_import_last on member_import (imported_at, import_id);
