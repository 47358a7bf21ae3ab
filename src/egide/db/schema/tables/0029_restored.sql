-- That this database was made again from a backup: what was ordered of a bank after its last change is not known
-- here, so that nothing is paid until somebody says that the bank was looked at.
create table restoration (
    restored_at  timestamptz primary key,
    reached      timestamptz,
    confirmed_by text,
    confirmed_at timestamptz,
    constraint restoration_confirmed_by_somebody check ((confirmed_by is null) = (confirmed_at is null))
);
