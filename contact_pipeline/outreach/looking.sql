-- step: bounces
select * from curated.bounces
where %(since)s::timestamptz is null or bounced_at >= %(since)s::timestamptz
order by bounced_at desc, contact_id limit %(limit)s
