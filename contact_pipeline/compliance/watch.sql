-- What the watch over compliance reads besides curated.compliance_figures, and the record of processing it writes.

-- step: late_opt_outs
-- Of the last 30 days, because what is done cannot be made earlier. Two days: what large mailbox providers expect of bulk
-- senders; ten business days: 15 U.S.C. 7704(a)(4)(A). A bounce is nobody's word, and an erasure closes at once.
select count(*) filter (where s.created_at - t.said_at > interval '2 days') as over_2_days,
    count(*) filter (where core.business_days(t.said_at, s.created_at) > 10) as over_10_business_days
from core.suppressions s cross join lateral (select core.opted_out_at(s) as said_at) t
where s.created_at > now() - interval '30 days' and s.reason not in ('hard_bounce', 'erased')

-- step: figures
select metric, value, numerator, denominator from curated.compliance_figures

-- step: register
select activity, source, purpose, lawful_basis, assessment_ref, controller, data_protection_officer, categories_of_people,
    categories_of_data, recipients, transfers, retention, safeguards, assets
from core.processing_activities order by activity

-- step: forget_register
delete from core.processing_activities

-- step: write_register
insert into core.processing_activities (activity, source, purpose, lawful_basis, assessment_ref, controller,
    data_protection_officer, categories_of_people, categories_of_data, recipients, transfers, retention, safeguards, assets)
values (%(activity)s, %(source)s, %(purpose)s, %(lawful_basis)s, %(assessment_ref)s, %(controller)s,
    %(data_protection_officer)s, %(categories_of_people)s, %(categories_of_data)s::text[], %(recipients)s::text[],
    %(transfers)s, %(retention)s, %(safeguards)s::text[], %(assets)s::text[])
