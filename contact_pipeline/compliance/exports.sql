-- Exports as disclosures.

-- step: stated
select core.purpose_word(%(purpose)s) as purpose

-- step: purposes
-- Of the sources that have published anything: what contacts are used for where nobody says more.
select distinct s.purpose_word as purpose from core.sources s
where s.purpose_word <> '' and exists (select from raw.drops d where d.source = s.name and d.published_at is not null)
order by 1

-- step: begin
insert into ops.exports (view_name, format, destination, columns, purposes, is_purpose_stated, exported_by, started_at)
values (%(view)s, %(format)s, %(destination)s, %(columns)s, %(purposes)s::text[], %(is_stated)s, %(actor)s, %(now)s)
returning id, login, started_at

-- step: complete
update ops.exports set finished_at = %(now)s, outcome = %(outcome)s, row_count = %(row_count)s, sha256 = %(sha256)s
where id = %(id)s and outcome is null
