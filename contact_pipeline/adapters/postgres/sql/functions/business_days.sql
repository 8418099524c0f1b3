-- Business days between two moments (UTC), Saturdays and Sundays left out; holidays are nobody's list here. The day on
-- which it began does not count (CAN-SPAM, 15 U.S.C. 7704(a)(4)(A): "within 10 business days after the receipt").
create or replace function core.business_days(began timestamptz, ended timestamptz) returns integer
language sql immutable parallel safe as $$
    select count(*)::integer
    from generate_series((began at time zone 'UTC')::date + 1, (ended at time zone 'UTC')::date, interval '1 day') d
    where extract(isodow from d) < 6
$$;
