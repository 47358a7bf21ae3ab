-- The counter's page of the portal is a software like any other: its keys are enrolled under this build.
insert into software (software_id, vendor, product, version)
values ('0c0a7001-0000-4000-8000-000000000001', 'Égide', 'Comptoir', '1')
    on conflict do nothing;
