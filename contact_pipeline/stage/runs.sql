-- What ran on what input, what is published, what needs a person.

-- step: last_run
select input_hash, rules, row_count, counts, as_of, finished_at
from ops.stage_runs where drop_key = %(drop_key)s and stage = %(stage)s

-- step: record_run
insert into ops.stage_runs (drop_key, stage, input_hash, rules, row_count, counts, seconds, run_id, as_of)
values (%(drop_key)s, %(stage)s, %(input_hash)s, %(rules)s, %(rows)s, %(counts)s, %(seconds)s, %(run_id)s, %(as_of)s)
on conflict (drop_key, stage) do update set
    input_hash = excluded.input_hash, rules = excluded.rules, row_count = excluded.row_count, counts = excluded.counts,
    seconds = excluded.seconds, run_id = excluded.run_id, as_of = excluded.as_of, finished_at = clock_timestamp()

-- step: publish_when_done
update raw.drops d set published_at = clock_timestamp()
where key = %(drop_key)s and published_at is null and held_reason is null and applied_at is not null
    and (select count(*) from ops.stage_runs s where s.drop_key = d.key and s.stage = any (%(after)s))
        = cardinality(%(after)s::text[])
