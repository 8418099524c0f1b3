-- Set before rows of erased people are taken out of the archived file, so that a crash in between leaves no file that is
-- taken for damaged. Of files that were rewritten before this column came nothing tells which they are.
alter table raw.drops add column rewritten_at timestamptz;
update raw.drops set rewritten_at = now() where exists (select from core.erased_keys);
