-- step: lock_archive
-- One writer of an archived file at a time; held until the end of the transaction.
select pg_advisory_xact_lock(hashtext('contact_pipeline.archive'), hashtext(%(drop_key)s))
