-- step: take_turn
-- One run works on a drop at a time; until the connection ends. No other lock is taken before it by who holds one.
select pg_advisory_lock(hashtext('contact_pipeline.drop'), hashtext(%(drop_key)s))
