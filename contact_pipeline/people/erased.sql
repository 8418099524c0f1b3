-- step: landing_begins
select pg_advisory_xact_lock_shared(hashtext('contact_pipeline.erased_keys'))

-- step: erased_keys
select subject_key from core.erased_keys
