-- Which account a settlement's orders leave from, fixed as it closes, and the bytes of its order file once it is
-- written: whoever writes it again writes the same.
create table settlement_order (
    settlement_id text primary key references settlement,
    debtor_name   text not null,
    debtor_iban   text not null,
    sha256        bytea,
    constraint settlement_order_digest check (octet_length(sha256) = 32)
);
