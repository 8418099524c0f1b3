-- What each column of a drop's file was taken for, and how sure that is (docs/drops.md): [{header, field, sureness}].
alter table raw.drops add column columns jsonb not null default '[]';
