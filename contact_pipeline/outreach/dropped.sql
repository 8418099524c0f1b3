-- Lists of touches that came through the door.

-- step: due
-- Those that were applied and not worked off since. Held ones wait for a person.
select d.key from raw.drops d
join ops.stage_runs a on a.drop_key = d.key and a.stage = 'contacts'
left join ops.stage_runs t on t.drop_key = d.key and t.stage = %(stage)s
where d.kind = 'touches' and d.held_reason is null and d.applied_at is not null
    and (t.finished_at is null or t.finished_at < a.finished_at)
order by d.landed_at, d.key

-- step: rows
select row_number, email, phone, extra from raw.landed_rows
where drop_key = %(drop_key)s and outcome = 'loaded' and row_number > %(after)s
order by row_number limit %(limit)s
