-- A drop may be a list of touches: what was sent to whom, and what became of it.

alter table raw.drops drop constraint drops_kind_check;
alter table raw.drops add constraint drops_kind_check check (kind in ('contacts', 'suppressions', 'touches'));
