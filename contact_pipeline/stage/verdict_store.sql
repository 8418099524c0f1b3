-- step: count_erasures
select count(*) as erasures from ops.erasures where erased_at is not null

-- step: forget_erased
-- Verdicts that a stage is about to write, of contacts that were erased while it asked.
delete from judged j using due d join core.contacts c on c.id = d.contact_id
where d.n = j.n and c.deletion_completed is not null

-- step: has_calls
select exists (select from ops.provider_calls) as has_calls
