-- Rows that state a retention that nobody could read: they give no ground (core.contact_permissions).
alter table core.contact_sources add column retention_unread boolean not null default false;

update core.contact_sources cs set retention_unread = true
from raw.landed_rows r
where r.drop_key = cs.drop_key and r.row_number = cs.row_number
    and r.claims ? 'retention_period' and not r.claims ? 'retention_days';
