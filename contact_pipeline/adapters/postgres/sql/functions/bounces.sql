-- What bounces say of an address, derived from core.suppressions and core.outreach_history (docs/outreach.md).

-- Whether the contact's e-mail is closed by somebody's word. A hard bounce closes the one address and says nothing of the
-- person; a flag without a reason was set by hand.
create or replace function core.has_left(c core.contacts) returns boolean language sql immutable parallel safe
begin atomic
    select (c).suppress_email and (c).suppress_email_reason is distinct from 'hard_bounce';
end;

-- Messages to one address that came back for a passing reason, each once, since the last one that arrived and within the
-- policy's window.
create or replace function core.soft_bounces(contact_id bigint, email_key bytea, at timestamptz) returns integer
language sql stable parallel safe
begin atomic
    select count(*)::integer from core.outreach_history h
    where h.contact_id = $1 and h.email_key = $2 and h.bounce_type = 'soft'
        and h.bounced_at > $3 - make_interval(days => (select value from core.policy_values where name = 'soft_window_days'))
        and h.bounced_at > coalesce((select max(d.delivered_at) from core.outreach_history d
            where d.contact_id = $1 and d.email_key = $2), '-infinity');
end;

-- Whether so many bounces make an address risky.
create or replace function core.bounces_often(bounces integer) returns boolean language sql stable parallel safe
begin atomic
    select bounces >= (select value from core.policy_values where name = 'soft_limit');
end;

-- The count as of now, for whoever judges the address: it lapses with the window. What only a list told stays as told.
create or replace function core.soft_bounces_now(c core.contacts, at timestamptz) returns integer
language sql stable parallel safe
begin atomic
    select case when (c).soft_bounce and exists (
            select from core.outreach_history h where h.contact_id = (c).id and h.bounce_type = 'soft')
        then core.soft_bounces((c).id, (c).email_key, at) else (c).soft_bounce_count end;
end;

-- Whether an address that bounced often keeps that verdict beside a better one: unless a mailbox provider has found it
-- valid since.
create or replace function core.stays_risky(c core.contacts, status text, mailbox_status text, mailbox_at timestamptz, at timestamptz)
returns boolean language sql stable parallel safe
begin atomic
    select case when (c).soft_bounce and status not in ('invalid', 'risky') then
        core.bounces_often(core.soft_bounces_now(c, at)) and (mailbox_status = 'valid' and mailbox_at > coalesce((
            select max(h.bounced_at) from core.outreach_history h where h.contact_id = (c).id and h.bounce_type = 'soft'),
            '-infinity')) is not true
        else false end;
end;

-- Bring contacts and their further addresses in line with what came back: the one rule for every source of bounces.
-- Takes permissions and gives none. The trigger address_bounced makes the address due, and sends for another one.
create or replace function core.settle_bounces(ids bigint[], at timestamptz, said_by text) returns void
language sql
begin atomic
    -- History first: it is written once, while the contact does not know of it yet.
    insert into core.email_validations (contact_id, email, layer, provider, status, sub_status, validated_at)
    select c.id, c.email, 'delivery', said_by, 'invalid', 'hard_bounce', at
    from core.contacts c
    where c.id = any (ids) and c.email is not null and core.has_bounced(c.email_key)
        and (c.email_status, c.email_sub_status) is distinct from ('invalid', 'hard_bounce')
    union all
    select p.contact_id, p.value, 'delivery', said_by, 'invalid', 'hard_bounce', at
    from core.contact_points p
    where p.contact_id = any (ids) and p.kind = 'email' and core.has_bounced(p.email_key)
        and (p.status, p.sub_status) is distinct from ('invalid', 'hard_bounce')
    order by 1;

    update core.contacts c set
        hard_bounce = true, email_status = 'invalid', email_sub_status = 'hard_bounce', suppress_email = true,
        suppress_email_reason = case when core.has_left(c) then coalesce(c.suppress_email_reason, 'opt_out') else 'hard_bounce' end,
        email_verified_at = at, can_email = false
    where c.id = any (ids) and core.has_bounced(c.email_key)
        and (not c.hard_bounce or not c.suppress_email or c.can_email
            or (c.email_status, c.email_sub_status) is distinct from ('invalid', 'hard_bounce'));

    update core.contact_points p set status = 'invalid', sub_status = 'hard_bounce', verified_at = at
    where p.contact_id = any (ids) and p.kind = 'email' and core.has_bounced(p.email_key)
        and (p.status, p.sub_status) is distinct from ('invalid', 'hard_bounce');

    with counted as materialized (
        select c.id, core.soft_bounces(c.id, c.email_key, at) as bounces
        from core.contacts c
        where c.id = any (ids) and c.email_key is not null and not core.has_bounced(c.email_key)
            and exists (select from core.outreach_history h where h.contact_id = c.id and h.email_key = c.email_key
                and (h.bounce_type = 'soft' or h.delivered_at is not null))
    ), judged as materialized (
        select c.id, k.bounces,
            core.bounces_often(k.bounces) and c.email_status not in ('invalid', 'risky') as becomes_risky,
            not core.bounces_often(k.bounces) and c.email_sub_status = 'soft_bounces' as is_over
        from counted k join core.contacts c on c.id = k.id
        where k.bounces <> c.soft_bounce_count or (k.bounces > 0) <> c.soft_bounce
    ), told as (
        insert into core.email_validations (contact_id, email, layer, provider, status, sub_status, validated_at)
        select c.id, c.email, 'delivery', said_by, 'risky', 'soft_bounces', at
        from judged j join core.contacts c on c.id = j.id where j.becomes_risky order by 1
    )
    update core.contacts c set
        soft_bounce = j.bounces > 0, soft_bounce_count = j.bounces,
        email_found_status = case when j.becomes_risky then c.email_status when not j.is_over then c.email_found_status end,
        email_found_sub_status = case when j.becomes_risky then c.email_sub_status when not j.is_over then c.email_found_sub_status end,
        email_status = case when j.becomes_risky then 'risky' when j.is_over then coalesce(c.email_found_status, 'unknown')
            else c.email_status end,
        email_sub_status = case when j.becomes_risky then 'soft_bounces' when j.is_over then c.email_found_sub_status
            else c.email_sub_status end
    from judged j where c.id = j.id;

    -- A further address is judged with the next refresh, which counts them too.
    update core.contact_points p set due_at = at
    where p.contact_id = any (ids) and p.kind = 'email' and p.status not in ('invalid', 'risky')
        and core.bounces_often(core.soft_bounces(p.contact_id, p.email_key, at));
end;
