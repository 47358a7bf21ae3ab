-- What a person's own page opened to an establishment: counted, a hundred a day.
set role egide_gate;

create table gate.page_opened (
    establishment_id uuid not null,
    at               timestamptz not null
);
create index page_opened_idx on gate.page_opened (establishment_id, at);

reset role;
