-- step: register
insert into raw.drops (key, source, sha256, file_name, file_bytes, archived_as, landed_at)
values (%(key)s, %(source)s, %(sha256)s, %(file_name)s, %(file_bytes)s, %(archived_as)s, %(landed_at)s)
on conflict do nothing

-- step: quarantine
-- Waiting rows that turned out to be unusable after they had landed.
with refused as (
    update raw.landed_rows set outcome = 'quarantined'
    where drop_key = %(key)s and row_number = any (%(numbers)s) returning row_number
)
insert into raw.quarantined_rows (drop_key, row_number, stage, reasons)
select %(key)s, row_number, %(stage)s, array[%(reason)s] from refused

-- step: reopen_books
-- Landing again may bring rows that now wait: the drop's books are open until they are applied.
update raw.drops set applied_at = null where key = %(key)s and applied_at is not null
    and exists (select from raw.landed_rows where drop_key = %(key)s and outcome is null)

-- step: hold_failed
update raw.drops set held_reason = case
    when held_reason is null or starts_with(held_reason, %(failed)s) then %(reason)s else held_reason end
where key = %(key)s

-- step: approve
update raw.drops set held_reason = null, approved_at = now(), approved_by = %(actor)s, approved_reason = %(reason)s
where key = %(key)s
