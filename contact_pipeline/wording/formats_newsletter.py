"""Exports of newsletter and mailing services.

Where no source is named: the header rows of real exports that came with the project's issue.
"""

from contact_pipeline.wording.export_format import Format, all_to

NEWSLETTERS: tuple[Format, ...] = (
    Format(
        "mailchimp_unsubscribed",
        (("Email Address", "UNSUB_TIME"),),
        """UNSUB_CAMPAIGN_ID | UNSUB_REASON | UNSUB_CAMPAIGN_TITLE | UNSUB_REASON_OTHER | MEMBER_RATING | LATITUDE |
        LONGITUDE | GMTOFF | DSTOFF | CC | LAST_CHANGED | LEID""",
        overrides={"REGION": "extra"},
    ),
    Format(
        "mailchimp_subscribed",
        (("Email Address", "LEID", "EUID"), ("Email Address", "MEMBER_RATING", "OPTIN_TIME")),
        """MEMBER_RATING | LATITUDE | LONGITUDE | GMTOFF | DSTOFF | CC | LAST_CHANGED | LEID""",
        overrides={"Status": "extra", "REGION": "extra", "Name": "name"},
    ),
    Format(
        "brevo",
        (("EMAIL_BLACKLISTED",), ("SMS_BLACKLISTED",)),
        """ADDED_TIME | MODIFIED_TIME""",
        day_first=True,
    ),
    Format(
        "sendgrid_suppression",
        (("status", "reason", "email", "created"),),
        overrides={"status": "extra", "reason": "extra"},
    ),
    Format(
        "activecampaign",
        (("Email", "Date Created", "IP", "Status"),),
    ),
    # pentacent/keila, test of the export: an unreachable contact is one whose mail came back.
    Format(
        "keila",
        (("Email", "First name", "Last name", "Data", "Status"),),
        """Data""",
    ),
    # knadh/listmonk, cmd/subscribers.go. Status: enabled, disabled, blocklisted.
    Format(
        "listmonk",
        (("uuid", "email", "name", "attributes", "status"),),
        """attributes""",
        overrides={"uuid": "record_id", "status": "status:email"},
    ),
    # TryGhost/Ghost, packages/members-csv.
    Format(
        "ghost",
        (("subscribed_to_emails", "complimentary_plan"), ("email", "subscribed_to_emails", "stripe_customer_id")),
        """complimentary_plan | stripe_customer_id | deleted_at | tiers | products | gift_id""",
        overrides={"id": "record_id", "subscribed_to_emails": "refusal:email:unsubscribed"},
    ),
    # Column names of an account's export (a public model of its members) and developers.klaviyo.com on consent: a
    # profile is SUBSCRIBED, UNSUBSCRIBED or NEVER SUBSCRIBED. Consent lists channels and says nothing of the others.
    Format(
        "klaviyo",
        (("Klaviyo ID",), ("Profile Created On", "First Active", "Last Active")),
        """Latitude | Longitude | SMS Consent Timestamp | First Active | Last Active | Profile Created On |
        Last Open | Last Click | Initial Source | Initial Source Referrer | Initial Source Term |
        Initial Source Medium | Initial Source First Page | Initial Source Campaign | Initial Source Content |
        Last Source | Last Source Referrer | Last Source Term | Last Source Medium | Last Source First Page |
        Last Source Campaign | Last Source Content | Historic Customer Lifetime Value |
        Predicted Customer Lifetime Value | Total Customer Lifetime Value | Historic Number Of Orders |
        Predicted Number Of Orders | Churn Risk Prediction | Average Days Between Orders | Average Order Value |
        Expected Date Of Next Order | Initial Referring Domain | Last Referring Domain""",
        overrides={
            "Klaviyo ID": "record_id", "Email Marketing Consent": "status:email", "SMS Marketing Consent": "status:sms",
            "Consent": "extra",
        },
    ),
    # Headers of email_list.csv in public readers of it (TryGhost/migrate). active_subscription is a paid one.
    Format(
        "substack",
        (("email", "active_subscription", "expiry"), ("active_subscription", "email_disabled")),
        """active_subscription | expiry | plan | prefer_digests | first_payment_at""",
        overrides={"email_disabled": "flag:email:unsubscribed", "active_subscription": "extra"},
    ),
    # A header row in a public script that reads the export.
    Format(
        "constant_contact",
        (("Email address - other", "Email status - other"), ("Email address - home", "Email permission status - home"),
        ("Email address - work", "Email permission status - work"), ("Email address - other", "Email Lists")),
        """Phone - fax | Street address line 1 - Home | Zip/Postal Code - Home | Street address line 1 - Home 2 |
        City - Home 2 | State/Province - Home 2 | Zip/Postal Code - Home 2 | Country - Home 2 |
        Street address line 1 - Other | City - Other | State/Province - Other | Zip/Postal Code - Other |
        Country - Other | Street address line 1 - Other 2 | City - Other 2 | State/Province - Other 2 |
        Zip/Postal Code - Other 2 | Street address line 1 - Work | City - Work | State/Province - Work |
        Zip/Postal Code - Work | Country - Work | Custom field 1 | Custom field 2 | Custom field 3 |
        Date of update | Email Lists | Source Name""",
        overrides={
            **all_to("email", "Email address - home | Email address - other | Email address - work"),
            # Of one address: an opt-out of any of somebody's addresses is the person's.
            **all_to("status:email", "Email status - home | Email status - other | Email status - work | "
                     "Email permission status - home | Email permission status - other | "
                     "Email permission status - work"),
            **all_to("phone", "Phone - home | Phone - mobile | Phone - work"),
            "City - Home": "city", "State/Province - Home": "region", "Country - Home": "country",
        },
    ),
)  # fmt: skip
