-- Of curated; addresses masked by the reader's role.

-- step: channels
select month, channel, sent, delivered, opened, replied, bounced, response_rate, bounce_rate from curated.channel_summary
order by month desc, channel limit 120

-- step: campaigns
select coalesce(campaign, 'without a name') as campaign, month, channel, sum(sent)::bigint as sent, sum(delivered)::bigint as delivered,
    sum(opened)::bigint as opened, sum(replied)::bigint as replied, sum(bounced)::bigint as bounced,
    sum(unsubscribed)::bigint as unsubscribed, sum(complained)::bigint as complained
from curated.engagement group by 1, 2, 3 order by 2 desc, 4 desc limit 100

-- step: bounces
select bounced_at, email, bounce_type, bounce_status, bounce_reason, source, campaign, contact_id from curated.bounces
order by bounced_at desc limit 50
