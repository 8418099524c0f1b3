-- What came back, as analysts read it: contacts by their public id, addresses masked for whoever may not see them.

create view curated.outreach_history as
select c.public_id as contact_id, h.channel, h.direction, h.campaign, h.source, h.sent_at, h.delivered_at, h.machine_opened_at,
    h.opened_at, h.clicked_at, h.replied_at, h.bounced_at, h.bounce_type, h.complained_at, h.unsubscribed_at, h.is_violation,
    h.recorded_at
from core.outreach_history h join core.contacts c on c.id = h.contact_id and c.deletion_completed is null;

create view curated.bounces as
select c.public_id as contact_id,
    case when p.visible then a.value else left(a.value, 1) || '…@' || left(substring(a.value from '@([^@]*)$'), 1) || '…' end as email,
    h.bounced_at, h.bounce_type, h.bounce_status, h.bounce_reason, h.source, h.campaign, c.email_key = h.email_key as is_first_address,
    c.soft_bounce_count, c.suppress_email_reason
from core.outreach_history h
join core.contacts c on c.id = h.contact_id and c.deletion_completed is null
cross join (select core.may_see_personal() as visible offset 0) p
left join lateral (
    select c.email as value where c.email_key = h.email_key
    union all
    select p.value from core.contact_points p where p.contact_id = c.id and p.email_key = h.email_key
    limit 1
) a on exists (select from core.contact_sources cs join raw.drops d on d.key = cs.drop_key
    where cs.contact_id = c.id and d.published_at is not null) -- else nobody sees an address of theirs, not even a mask
where h.bounced_at is not null;

-- A message counts for the month in which it was sent, or first heard of.
create or replace function core.touch_month(h core.outreach_history) returns date language sql stable parallel safe
begin atomic
    select date_trunc('month', coalesce((h).sent_at, least((h).delivered_at, (h).machine_opened_at, (h).opened_at, (h).clicked_at,
        (h).replied_at, (h).bounced_at, (h).complained_at, (h).unsubscribed_at), (h).recorded_at) at time zone 'utc')::date;
end;

create view curated.engagement as
select c.public_id as contact_id, h.campaign, core.touch_month(h) as month, h.channel,
    count(*) as sent, count(h.delivered_at) as delivered, count(h.opened_at) as opened, count(h.machine_opened_at) as machine_opened,
    count(h.clicked_at) as clicked, count(h.replied_at) as replied, count(h.bounced_at) as bounced,
    count(h.complained_at) as complained, count(h.unsubscribed_at) as unsubscribed,
    max(greatest(h.opened_at, h.clicked_at, h.replied_at)) as last_active_at
from core.outreach_history h join core.contacts c on c.id = h.contact_id and c.deletion_completed is null
where h.direction = 'outbound'
group by 1, 2, 3, 4;

create view curated.channel_summary as
select h.channel, core.touch_month(h) as month, count(*) as sent, count(h.delivered_at) as delivered, count(h.opened_at) as opened,
    count(h.replied_at) as replied, count(h.bounced_at) as bounced,
    count(h.replied_at)::double precision / nullif(count(*), 0) as response_rate,
    count(h.bounced_at)::double precision / nullif(count(h.bounced_at) + count(h.delivered_at), 0) as bounce_rate
from core.outreach_history h
where h.direction = 'outbound'
group by 1, 2;

-- An end of the Wilson score interval at 95 % (E. B. Wilson, JASA 22, 1927): it stays in 0-1 for few cases, too.
create or replace function core.wilson(hits bigint, total bigint, sign integer) returns double precision
language sql immutable parallel safe
begin atomic
    select case when total > 0 then greatest(0, least(1, (
        hits::double precision / total + 1.96 * 1.96 / (2 * total)
        + sign * 1.96 * sqrt(hits::double precision / total * (1 - hits::double precision / total) / total
            + 1.96 * 1.96 / (4.0 * total * total))
        ) / (1 + 1.96 * 1.96 / total))) end;
end;

-- How often messages came back, by what had been said of the address before they were sent: P(bounce | verdict). A message
-- whose end nobody has told us of says nothing.
create view curated.verdict_quality as
select v.status, v.layer, v.provider, coalesce(d.mail_host_family, 'unknown') as mail_host_family, count(*) as messages,
    count(m.bounced_at) as bounces, count(*) filter (where m.bounce_type = 'hard') as hard_bounces,
    count(m.bounced_at)::double precision / count(*) as bounce_rate,
    core.wilson(count(m.bounced_at), count(*), -1) as bounce_rate_low,
    core.wilson(count(m.bounced_at), count(*), 1) as bounce_rate_high
from (
    select h.contact_id, h.email_key, h.bounced_at, h.bounce_type, coalesce(h.sent_at, h.delivered_at, h.bounced_at) as at
    from core.outreach_history h
    where h.channel = 'email' and h.direction = 'outbound' and (h.delivered_at is not null or h.bounced_at is not null)
) m
join core.contacts c on c.id = m.contact_id
cross join lateral (
    select c.email as value where m.email_key is null or c.email_key = m.email_key
    union
    select p.value from core.contact_points p where p.contact_id = c.id and p.email_key = m.email_key
) a
cross join lateral (
    select distinct on (v.layer, v.provider) v.layer, v.provider, v.status, v.email
    from core.email_validations v
    where v.contact_id = m.contact_id and v.email = a.value and v.layer <> 'delivery' and v.validated_at <= m.at
    order by v.layer, v.provider, v.validated_at desc, v.id desc
) v
left join ops.domains d on d.domain = lower(split_part(v.email, '@', -1))
group by 1, 2, 3, 4;
