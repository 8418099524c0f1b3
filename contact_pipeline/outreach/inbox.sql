-- step: store
-- The arrays in binary (b): as text the driver quotes each element, 7.7 against 0.2 ms for 100 events.
insert into ops.inbound_events (provider, event_id, content_key, body)
select * from unnest(%(providers)b::text[], %(numbers)b::text[], %(contents)b::bytea[], %(bodies)b::text[])
on conflict do nothing

-- step: oldest_waiting
select min(received_at) as received_at from ops.inbound_events where applied_at is null

-- step: waiting
select id, provider, body, received_at, event_id from ops.inbound_events where applied_at is null order by id limit %(limit)s

-- step: drop_bodies
update ops.inbound_events set body = null where applied_at < %(before)s and body is not null
