-- Which addresses are one mailbox, by keyed hashes (core.address_keys).

-- step: remember
insert into core.address_keys (email_key, canonical_key)
select * from unnest(%(exact)s::bytea[], %(canonical)s::bytea[]) on conflict do nothing

-- step: addresses
select email from core.contacts where email_key is not null
union select value from core.contact_points where email_key is not null

-- step: fill_suppressions
update core.suppressions s set canonical_key = core.canonical_key(s.subject_key)
where s.channel = 'email' and s.canonical_key is null
