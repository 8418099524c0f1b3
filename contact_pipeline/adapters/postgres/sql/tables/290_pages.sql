-- Who may use the pages, who is signed in, and whom they looked at there.

-- password_hash: Argon2id; empty for somebody whom only a proxy signs in.
create table ops.web_users (
    name text primary key check (name ~ '^[a-z0-9][a-z0-9._@-]{0,62}$'),
    role text not null check (role in ('manager', 'analyst', 'steward', 'compliance')),
    password_hash text,
    created_at timestamptz not null default now(),
    created_by text not null,
    password_set_at timestamptz,
    disabled_at timestamptz,
    disabled_by text,
    check ((disabled_at is null) = (disabled_by is null))
);

-- id_hash: SHA-256 of what the cookie holds, so that who reads this table cannot sign in with it.
create table ops.web_sessions (
    id_hash bytea primary key check (length(id_hash) = 32),
    name text not null references ops.web_users,
    began_at timestamptz not null,
    seen_at timestamptz not null,
    ends_at timestamptz not null,
    ended_at timestamptz
);
create index web_sessions_name on ops.web_sessions (name) where ended_at is null;

-- Whose data somebody saw on a page, and on which; never what was seen. Appended only.
create table ops.page_views (
    id bigint generated always as identity primary key,
    viewed_at timestamptz not null default now(),
    viewed_by text not null,
    role text not null,
    page text not null,
    contact_id bigint not null -- no reference: who saw a contact stays on record when it goes
);
create index page_views_contact on ops.page_views (contact_id, viewed_at);
create index page_views_viewer on ops.page_views (viewed_by, viewed_at);
select audit.keep_facts('ops.page_views');

-- What the charts of the pages are drawn from: counted once a day and with each run, so that no page counts. A past day stays.
create table ops.quality_counts (
    day date not null,
    chart text not null,
    label text not null,
    part text not null,
    count bigint not null check (count >= 0),
    total bigint not null check (total >= 0),
    measured_at timestamptz not null default now(),
    primary key (day, chart, label, part)
);
