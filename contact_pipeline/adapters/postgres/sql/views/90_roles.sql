-- writer: the pipeline. analyst: reads curated, personal values masked. pii_reader: sees them.
grant usage on schema raw, core, audit, ops, curated to writer;
grant select, insert, update, delete on all tables in schema raw, core, ops to writer;
grant select on all tables in schema audit, curated to writer;
grant usage on all sequences in schema raw, core, ops to writer;
grant usage on schema curated to analyst;
grant select on all tables in schema curated to analyst;
revoke execute on all functions in schema audit from public;
grant usage on schema curated to pii_reader;
grant select on all tables in schema curated to pii_reader;
