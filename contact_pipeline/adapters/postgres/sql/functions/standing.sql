-- What each kind of claim stands for among the others: `order by core.standing_of_row(...) desc`. The order itself is the
-- order of the type's parts (tables/130_standing.sql); the rule, and what else is believed where providers speak, is in
-- profiles/precedence.py.

-- A row of a list: as much believed as its source is trusted; as old as it says itself to be.
create or replace function core.standing_of_row(said core.contact_sources, source core.sources) returns core.standing
language sql stable parallel safe
begin atomic
    select row(1, coalesce((source).trust, 0)::double precision, coalesce((said).source_date, (said).landed_at),
        (said).drop_key, (said).row_number)::core.standing;
end;

-- A word of somebody of ours: before any list.
create or replace function core.standing_of_word(said core.profile_claims) returns core.standing
language sql stable parallel safe
begin atomic
    select row(3, 1, (said).claimed_at, (said).data_source, 0)::core.standing;
end;
