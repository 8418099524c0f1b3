-- step: rates
select d.days, count(h.*) as messages, count(h.bounced_at) as bounces,
    case when count(h.*) >= %(fewest)s then count(h.bounced_at)::double precision / count(h.*) end as rate
from (values (7), (30)) d (days)
left join core.outreach_history h on h.channel = 'email' and h.direction = 'outbound'
    and coalesce(h.sent_at, h.delivered_at, h.bounced_at) > %(now)s - make_interval(days => d.days)
    and (h.delivered_at is not null or h.bounced_at is not null)
group by d.days order by d.days

-- step: broken_promises
-- Of mailbox providers: sound syntax and a domain with a mail host promise nothing of a mailbox. Only where even the lower
-- end of the interval is above what was promised.
select count(*) as providers, coalesce(sum(messages), 0)::bigint as messages, coalesce(sum(bounces), 0)::bigint as bounces
from (
    select layer, provider, sum(messages)::bigint as messages, sum(bounces)::bigint as bounces
    from curated.verdict_quality where status = 'valid' and layer = 'mailbox' group by layer, provider
) q
where messages >= %(fewest)s and core.wilson(bounces, messages, -1) > %(promise)s

-- step: refusals_over
select substring(a.fingerprint from position(':' in a.fingerprint) + 1) as subject
from ops.alerts a
where a.rule = 'delivery_refused' and a.closed_at is null and not exists (
    select from ops.inbound_events e where e.outcome = 'about_us'
        and e.provider = substring(a.fingerprint from position(':' in a.fingerprint) + 1)
        and e.applied_at > %(now)s - interval '1 day')
