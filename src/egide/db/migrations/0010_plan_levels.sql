-- The plan codes that covers name: one a column of a grid's table, options with the bases they are added to.
create table plan_level (
    level_code text not null,
    plan_code  text not null,
    version_on date not null,
    option_of  text[] not null,
    closed_on  date,
    primary key (level_code, version_on),
    foreign key (plan_code, version_on) references plan (plan_code, version_on)
);
-- Until here a grid had one level, named as itself.
insert into plan_level (level_code, plan_code, version_on, option_of)
select plan_code, plan_code, version_on, '{}' from plan;
grant select on plan_level to egide_app, egide_loader;

-- What the line of a claim was priced from, so that it can be priced again.
alter table claim_line add column quantity smallint not null default 1,
                       add column side text not null default '',
                       add column situation text not null default '';

alter table establishment drop constraint establishment_profession_known,
    add constraint establishment_profession_known check (profession in
        ('pharmacy', 'laboratory', 'doctor', 'dentist', 'optician', 'audiologist', 'auxiliary',
         'midwife', 'hospital', 'transporter', 'psychologist'));
