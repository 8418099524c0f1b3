-- What decides between two claims of one field, first to last; the greater wins (profiles/precedence.py, Standing). A type,
-- so that the order of its parts is the order everywhere. Keys are compared by code points on every server.
create type core.standing as (
    origin integer, -- 3: somebody of ours; 1: a list
    belief double precision, -- 0-1
    said_at timestamptz,
    place text collate "C",
    row_number bigint
);
