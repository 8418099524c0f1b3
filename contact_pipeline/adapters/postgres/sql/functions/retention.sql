-- What a row's claims say of its retention (reading/periods.py).

-- Days from the row's own start. An end counts up to its day, never beyond it; one that is over is due at once.
create or replace function core.stated_retention_days(claims jsonb, landed_at timestamptz) returns integer
language sql stable parallel safe
begin atomic
    select least((claims ->> 'retention_days')::integer, case when claims ? 'retention_end' then greatest(0,
        (claims ->> 'retention_end')::date
            - (coalesce((claims ->> 'source_date')::timestamptz, landed_at) at time zone 'UTC')::date) end);
end;

-- It states one, and nobody could read it.
create or replace function core.is_retention_unread(claims jsonb) returns boolean language sql immutable parallel safe
begin atomic
    select coalesce(claims ? 'retention_period' and not claims ?| array['retention_days', 'retention_end'], false);
end;
