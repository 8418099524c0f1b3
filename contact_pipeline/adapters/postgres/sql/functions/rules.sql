-- Small rules of the tables' files. `begin atomic`: names are resolved once, when the function is made, so no caller's
-- temporary table, type or operator takes part; and it has no SET, which would keep the planner from inlining it.

-- Whether a row's opt-outs (channel:reason) stop a whole channel. A hard bounce is about one address, not the person.
create or replace function core.restricts(restrictions text[], channel text) returns boolean
language sql immutable parallel safe
begin atomic
    select restrictions is not null and exists (
        select from unnest(restrictions) r where r like channel || ':%' and r <> channel || ':hard_bounce');
end;

-- How long an answer is fresh: the policy's period, brought forward by up to a tenth, so that a big drop does not fall due
-- in one day. Always the same for the same subject.
create or replace function core.jittered(refresh_days integer, subject_key bytea) returns interval
language sql immutable parallel safe
begin atomic
    select make_interval(secs => refresh_days * 86400 * (1 - get_byte(subject_key, 0) / 2550.0));
end;

create or replace function core.has_bounced(key bytea) returns boolean
language sql stable parallel safe
begin atomic
    select exists (select from core.suppressions s where s.subject_key = key and s.channel = 'email' and s.reason = 'hard_bounce');
end;
