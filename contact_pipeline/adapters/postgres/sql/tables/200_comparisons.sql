-- Each comparison of a sender's whole list with ours: the drift, which it healed.

create table ops.esp_comparisons (
    system text not null,
    compared_at timestamptz not null,
    there bigint not null,
    surplus bigint not null,
    erased bigint not null,
    missing bigint not null,
    strangers bigint not null,
    primary key (system, compared_at)
);
