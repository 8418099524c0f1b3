-- What the policy says to the views, and the record of processing activities. Both are copies: the policy is the file.

-- Numbers of the policy that a view needs.
create table core.policy_values (
    name text primary key,
    value integer not null
);
insert into core.policy_values (name, value) values ('retention_warning_days', 30); -- until the first start copies it

-- Record of processing activities (GDPR Art. 30(1)), generated from the policy and the asset graph; replaced as a whole.
create table core.processing_activities (
    activity text primary key,
    source text,
    purpose text not null,
    lawful_basis text not null,
    assessment_ref text not null,
    controller text not null,
    data_protection_officer text not null,
    categories_of_people text not null,
    categories_of_data text[] not null,
    recipients text[] not null,
    transfers text not null,
    retention text not null,
    safeguards text[] not null,
    assets text[] not null,
    generated_at timestamptz not null default now()
);
