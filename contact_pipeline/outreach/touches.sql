-- step: of_contacts
select public_id as contact_id, coalesce(email, phone_e164) as who from core.contacts
where public_id = any (%(ids)s::uuid[]) and coalesce(email, phone_e164) is not null

-- step: standing
-- How the holders of these keys stand; of several the one that must not be contacted. any_reason: for other channels only
-- what stops every use.
select k.key, max(p.email_reason) filter (where p.email_reason <> 'allowed') as email_reason,
    max(p.phone_reason) filter (where p.phone_reason <> 'allowed') as phone_reason,
    max(p.email_reason) filter (where p.email_reason in ('deletion_requested', 'restricted')) as any_reason,
    max(greatest(c.email_closed_at, s.email_at)) as email_closed_at, max(greatest(c.phone_closed_at, s.phone_at)) as phone_closed_at
from unnest(%(keys)s::bytea[]) k (key)
cross join lateral (
    select c.id from core.contacts c where c.email_key = k.key union select c.id from core.contacts c where c.phone_key = k.key
    union select p.contact_id from core.contact_points p where p.email_key = k.key
    union select p.contact_id from core.contact_points p where p.phone_key = k.key
) h
join core.contacts c on c.id = h.id
join core.contact_permissions p on p.contact_id = h.id
cross join lateral (
    select min(coalesce(s.acted_at, s.created_at)) filter (where s.channel = 'email') as email_at,
        min(coalesce(s.acted_at, s.created_at)) filter (where s.channel = 'phone') as phone_at
    from core.suppressions s where s.subject_key in (c.email_key, c.phone_key)
) s
group by k.key

-- step: note_violations
update core.outreach_history set is_violation = true where touch_key = any (%(touches)s::bytea[]) and not is_violation
