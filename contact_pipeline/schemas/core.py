"""The tables of schema `core`: people, what is known of them, and the ground for using it.

Written for analysts and compliance officers. The DDL is adapters/postgres/sql/tables/20_core.sql; a test compares both.
"""

from contact_pipeline.core.verdicts import EmailStatus, EmailSubStatus, PhoneStatus, PhoneSubStatus, PhoneType
from contact_pipeline.schemas.columns import Column, Table

TIME = "timestamp with time zone"
NOT_CHECKED = "not_checked"  # the layer did not run, so it says nothing

EMAIL_STATUSES = tuple(map(str, EmailStatus))
EMAIL_SUB_STATUSES = (NOT_CHECKED, *map(str, EmailSubStatus))
PHONE_STATUSES = tuple(map(str, PhoneStatus))
PHONE_SUB_STATUSES = (NOT_CHECKED, *map(str, PhoneSubStatus))
PHONE_TYPES = tuple(map(str, PhoneType))
E164 = r"^\+[1-9][0-9]{1,14}$"
COUNTRY = "^[A-Z]{2}$"

_CONTACT_ID = Column("contact_id", "bigint", "The contact (core.contacts.id).", nullable=False)
_ID = Column("id", "bigint", "Row number, given by the database.", nullable=False)
_EMAIL_KEY = Column("email_key", "bytea", "Keyed hash of the address; empty: not contactable.", personal=True)
_PHONE_KEY = Column("phone_key", "bytea", "Keyed hash of the number in E.164; empty: not contactable.", personal=True)

CONTACTS = Table(
    "core.contacts",
    "One row for each person, as known now. The origin of first values is in core.contact_sources, later claims in "
    "core.enrichment_history, every applied change in audit.changes. Where the data come from third parties (sources "
    "of origin vendor), the person must be informed within a month, at the latest with the first message "
    "(GDPR Art. 14(3)).",
    (
        Column("id", "bigint", "Internal number of the contact; readers use public_id.", nullable=False),
        Column("public_id", "uuid", "The contact's id for readers and other systems, never reused.", nullable=False),
        Column("name", "text", "Full name; may be empty.", personal=True),
        Column("given_name", "text", "Given name, stated or derived from a two-word name.", personal=True),
        Column("family_name", "text", "Family name, stated or derived from a two-word name.", personal=True),
        Column("email", "text", "First e-mail address, normalised where it can be read.", personal=True),
        Column("phone", "text", "First phone number, as given; phone_e164 is its checked form.", personal=True),
        Column("company", "text", "Employer, as given."),
        Column("company_domain", "text", "Employer's domain, stated or derived from a business e-mail address."),
        Column("title", "text", "Job title, as given.", personal=True),
        Column("linkedin_url", "text", "Profile URL, in one spelling.", personal=True),
        Column("location", "text", "City, region, country as given.", personal=True),
        Column("country", "text", "ISO 3166-1 alpha-2, stated or derived from the number.", pattern=COUNTRY),
        Column("created_at", TIME, "When the contact was first stored, UTC.", nullable=False),
        Column(
            "updated_at", TIME, "When a field about the person last changed; verdicts do not move it.", nullable=False
        ),
        Column("created_by", "text", "Program or login that stored the contact.", personal=True, nullable=False),
        Column("updated_by", "text", "Program or login of the last change.", personal=True, nullable=False),
        Column("version", "integer", "Counts the changes of fields about the person, from 1.", nullable=False),
        _EMAIL_KEY,
        Column("email_status", "text", "Verdict on the address.", nullable=False, one_of=EMAIL_STATUSES),
        Column("email_sub_status", "text", "Why; empty: nothing to add.", one_of=EMAIL_SUB_STATUSES),
        Column("email_verified_at", TIME, "Last verdict; moves only when a layer answered, not when one timed out."),
        Column("email_due_at", TIME, "When the address is judged again; empty: at the next run."),
        Column("email_rules", "text", "Version of the rules that judged; other rules make the address due."),
        Column(
            "email_deliverability_score", "smallint", "0-100, where a layer justifies one.", at_least=0, at_most=100
        ),
        Column("email_is_free", "boolean", "Domain of a large public mail provider."),
        Column("email_typo_suggestion", "text", "Likely meant address; a hint, never applied.", personal=True),
        Column("soft_bounce", "boolean", "The last message bounced for a passing reason.", nullable=False),
        Column("soft_bounce_count", "integer", "Bounces for passing reasons.", nullable=False),
        Column("hard_bounce", "boolean", "The address refused for good; no e-mail is allowed.", nullable=False),
        _PHONE_KEY,
        Column("phone_e164", "text", "The number in E.164, where it can be read.", personal=True, pattern=E164),
        Column("phone_extension", "text", "Extension, kept apart.", personal=True),
        Column("phone_country", "text", "ISO 3166-1 alpha-2 of the number.", pattern=COUNTRY),
        Column("phone_type", "text", "Line type by the numbering plan.", one_of=PHONE_TYPES),
        Column("phone_carrier", "text", "Carrier, where a look-up named one."),
        Column("phone_status", "text", "Verdict on the number.", nullable=False, one_of=PHONE_STATUSES),
        Column("phone_sub_status", "text", "Why; empty: nothing to add.", one_of=PHONE_SUB_STATUSES),
        Column("phone_verified_at", TIME, "Last verdict; moves only when it is not unknown."),
        Column("phone_due_at", TIME, "When the number is judged again; empty: at the next run."),
        Column("phone_rules", "text", "Version of the rules that judged; other rules make the number due."),
        Column(
            "consent_date", TIME, "Stated date of consent; the evidence is in core.consent_records (GDPR Art. 7(1))."
        ),
        Column("consent_source", "text", "Where consent was given, as stated."),
        Column("consent_ip", "inet", "Address from which consent was given.", personal=True),
        Column("legitimate_interest_basis", "text", "Interest stated by the row (GDPR Art. 6(1)(f))."),
        Column(
            "data_source", "text", "Where the data come from: stated by the row, else the source (GDPR Art. 14(2)(f))."
        ),
        Column("source_date", TIME, "When the source collected the data, as stated."),
        Column("processing_purpose", "text", "Purpose stated by the row (GDPR Art. 5(1)(b))."),
        Column("retention_period", "text", "Retention stated by the row; the shorter of it and the source's counts."),
        Column("opt_out_date", TIME, "Stated opt-out from every channel."),
        Column("deletion_requested", "boolean", "The person asked for erasure; no contact at all.", nullable=False),
        Column("deletion_completed", TIME, "When erasure was done."),
        Column(
            "can_email",
            "boolean",
            "E-mail is allowed: core.permission finds an address with its key, not invalid, and a documented lawful "
            "basis within retention; no erasure request, restriction, suppression, withdrawn consent or hard bounce.",
            nullable=False,
        ),
        Column(
            "can_call",
            "boolean",
            "Calls are allowed: core.permission finds a number with its key, not invalid, and a documented lawful "
            "basis within retention; and no erasure request, restriction, suppression or withdrawn consent.",
            nullable=False,
        ),
        Column("email_opt_out_date", TIME, "Stated opt-out from e-mail (CAN-SPAM); honoured at once."),
        Column("email_opt_out_reason", "text", "Stated reason of the e-mail opt-out.", personal=True),
        Column("suppression_list", "text", "Suppression list that the row names."),
        Column(
            "suppress_email", "boolean", "E-mail is closed; suppress_email_reason says for whom.", nullable=False
        ),
        Column(
            "suppress_phone", "boolean", "A row of this contact forbids calls to any of its numbers.", nullable=False
        ),
        Column("email_mailbox_verified_at", TIME, "When a mailbox provider last gave a verdict."),
        Column(
            "email_last_active_at",
            TIME,
            "The address was used then or later, as far as a provider knows; empty: unknown.",
        ),
        Column("email_last_active_until", TIME, "And not after that; the two are a range."),
        Column("email_engagement_score", "smallint", "0-100, high is good; empty: unknown.", at_least=0, at_most=100),
        Column("email_open_likelihood", "smallint", "0-100; empty: no provider says.", at_least=0, at_most=100),
        Column("email_click_likelihood", "smallint", "0-100; empty: no provider says.", at_least=0, at_most=100),
        Column("email_risk_score", "smallint", "0-100, high is bad; never an engagement.", at_least=0, at_most=100),
        Column("email_activity_verified_at", TIME, "When a provider was last asked for activity and answered."),
        Column("phone_active", "boolean", "The line is in use, only from an answer about the line; empty: unknown."),
        Column("phone_voip_kind", "text", "Below voip, where a look-up told.", one_of=("fixed", "non_fixed")),
        Column("phone_carrier_verified_at", TIME, "When a look-up last answered."),
        Column("seniority", "text", "Rank of the title, in a provider's word.", personal=True),
        Column(
            "identity_confidence", "numeric(3,2)", "How sure we are that this is a real person as written, 0-1.",
            at_least=0, at_most=1,
        ),
        Column("identity_verified_at", TIME, "When that was last looked at."),
        Column("profile_verified_at", TIME, "When providers last said something of the person."),
        Column("profile_due_at", TIME, "When providers are asked again; empty: now."),
        Column("profile_rules", "text", "Rules and providers under which that was decided."),
        Column("email_closed_at", TIME, "Last word for suppress_email; empty: not known, nothing reopens it."),
        Column("phone_closed_at", TIME, "Last word for suppress_phone; empty: not known, nothing reopens it."),
        Column("processing_restricted", "boolean", "Kept and not used (GDPR Art. 18).", nullable=False),
        Column("created_login", "text", "Login that stored it; '': not kept then.", personal=True, nullable=False),
        Column("updated_login", "text", "Login of the last change; '': not kept then.", personal=True, nullable=False),
        Column(
            "suppress_email_reason", "text",
            "hard_bounce: the first address is dead, the person's others stay; opt_out, or empty where a hand set the "
            "flag: the person's word.", one_of=("hard_bounce", "opt_out"),
        ),
        Column("email_found_status", "text", "What was found, while soft bounces outweigh it; else empty."),
        Column("email_found_sub_status", "text", "Why that."),
    ),
)  # fmt: skip

CONTACT_POINTS = Table(
    "core.contact_points",
    "Further e-mail addresses and phone numbers of a contact. An opt-out of one stops the channel for all.",
    (
        _ID,
        _CONTACT_ID,
        Column("kind", "text", "What the value is.", nullable=False, one_of=("email", "phone")),
        Column("value", "text", "Address or number, as given or normalised.", personal=True, nullable=False),
        Column(
            "position", "integer", "Order within the row; 0: was a first value, and another one won.", nullable=False
        ),
        Column("drop_key", "text", "The drop that brought it."),
        _EMAIL_KEY,
        _PHONE_KEY,
        Column("phone_e164", "text", "The number in E.164, where it can be read.", personal=True),
        Column("phone_country", "text", "ISO 3166-1 alpha-2 of the number.", pattern=COUNTRY),
        Column("phone_type", "text", "Line type by the numbering plan.", one_of=PHONE_TYPES),
        Column("status", "text", "Verdict, in the words of email_status or phone_status.", nullable=False),
        Column("sub_status", "text", "Why; empty: nothing to add."),
        Column("verified_at", TIME, "Last verdict; moves only when a layer answered."),
        Column("due_at", TIME, "When it is judged again; empty: at the next run."),
        Column("rules", "text", "Version of the rules that judged."),
        Column("created_at", TIME, "When it was stored, UTC.", nullable=False),
    ),
)

CONTACT_SOURCES = Table(
    "core.contact_sources",
    "Every row of every drop that named a contact: the origin of first values, and the ground for using them.",
    (
        _CONTACT_ID,
        Column("drop_key", "text", "The drop (raw.drops.key).", nullable=False),
        Column("row_number", "bigint", "Row within the drop, from 1.", nullable=False),
        Column("source", "text", "Source of the drop (core.sources.name).", nullable=False),
        Column("record_id", "text", "The source's own id of the record.", personal=True),
        Column("row_key", "bytea", "Keyed hash of the row, for rows without any other identity.", personal=True),
        Column("confidence", "numeric(3,2)", "0-1: the row's own, else the source's trust.", at_least=0, at_most=1),
        Column("source_date", TIME, "When the source collected the data, as stated; retention counts from here."),
        Column(
            "retention_days",
            "integer",
            "Retention stated by the row, in days, 0: due at once; the source's counts when shorter.",
            at_least=0,
        ),
        Column(
            "landed_at",
            TIME,
            "When the drop arrived, UTC; retention counts from here without a source_date.",
            nullable=False,
        ),
        Column("purpose", "text", "What the row says that it may be used for; empty: its source's purpose."),
        Column("own_basis_words", "text", "Interest stated by the row; counts where the policy lists it."),
        Column(
            "retention_unread",
            "boolean",
            "The row states a retention that nobody could read: it gives no ground.",
            nullable=False,
        ),
    ),
)

EMAIL_VALIDATIONS = Table(
    "core.email_validations",
    "Every answer of every layer about an address, never overwritten. Layers that did not run have no row.",
    (
        _ID,
        _CONTACT_ID,
        Column("email", "text", "The address that was judged.", personal=True, nullable=False),
        Column(
            "layer",
            "text",
            "Who judged.",
            nullable=False,
            one_of=("syntax", "domain", "mailbox", "activity", "delivery"),
        ),
        Column("provider", "text", "Program or service that answered.", nullable=False),
        Column("status", "text", "Its answer.", nullable=False, one_of=EMAIL_STATUSES),
        Column("sub_status", "text", "Why; empty: nothing to add.", one_of=EMAIL_SUB_STATUSES),
        Column("deliverability_score", "smallint", "0-100, where the layer justifies one.", at_least=0, at_most=100),
        Column("is_catch_all", "boolean", "The domain accepts any local part; empty: nobody asked."),
        Column("is_disposable", "boolean", "Domain of a throw-away service."),
        Column("is_role", "boolean", "A function (info@), not a person."),
        Column("validated_at", TIME, "When it answered, UTC.", nullable=False),
        Column("raw_status", "text", "The provider's own word."),
        Column("raw_sub_status", "text", "Its second word."),
    ),
)

PHONE_VALIDATIONS = Table(
    "core.phone_validations",
    "Every answer of every layer about a number, never overwritten. Layers that did not run have no row.",
    (
        _ID,
        _CONTACT_ID,
        Column(
            "phone", "text", "The number in E.164, as given where it cannot be read.", personal=True, nullable=False
        ),
        Column("layer", "text", "Who judged.", nullable=False, one_of=("format", "carrier")),
        Column("provider", "text", "Program or service that answered.", nullable=False),
        Column("status", "text", "Its answer.", nullable=False, one_of=PHONE_STATUSES),
        Column("sub_status", "text", "Why; empty: nothing to add.", one_of=PHONE_SUB_STATUSES),
        Column("carrier", "text", "Carrier, where the layer knows it."),
        Column("line_type", "text", "Line type.", one_of=PHONE_TYPES),
        Column("validated_at", TIME, "When it answered, UTC.", nullable=False),
        Column("is_active", "boolean", "The line is in use; empty: unknown."),
        Column("raw_status", "text", "The provider's own word."),
        Column("raw_sub_status", "text", "Its second word."),
    ),
)

ENRICHMENT_HISTORY = Table(
    "core.enrichment_history",
    "What sources claimed about the fields of a person already known, with their confidence; what was applied, by "
    "whatever hand, is in audit.changes. First values have no row here: their origin is core.contact_sources.",
    (
        _ID,
        _CONTACT_ID,
        Column("field_name", "text", "Column of core.contacts.", nullable=False),
        Column("old_value", "text", "Value at the time of the claim.", personal=True),
        Column("new_value", "text", "Value claimed.", personal=True),
        Column(
            "data_source",
            "text",
            "Who claims it: a source, provider:<name>, person:<login> or derived:<field>. From a provider: not "
            "obtained from the person, who has to be told within a month (GDPR Art. 14).",
            nullable=False,
        ),
        Column("confidence_score", "numeric(3,2)", "0-1; empty: not stated.", at_least=0, at_most=1),
        Column("enriched_at", TIME, "When the claim was recorded, UTC.", nullable=False),
        Column("enriched_by", "text", "Stage that recorded it.", nullable=False),
    ),
)

CONSENT_RECORDS = Table(
    "core.consent_records",
    "Consent given and withdrawn, as evidence (GDPR Art. 7). A withdrawal stands until a later consent to its channel.",
    (
        _ID,
        _CONTACT_ID,
        Column("consent_type", "text", "Channel it is for: email, phone, or any.", nullable=False),
        Column("consent_date", TIME, "When it was given, as stated; empty: the row only withdraws."),
        Column("consent_source", "text", "Where it was given, as stated."),
        Column("consent_ip", "inet", "Address from which it was given.", personal=True),
        Column("withdrawn_date", TIME, "When it was withdrawn."),
        Column("drop_key", "text", "The drop that says so."),
        Column("row_number", "bigint", "Row within the drop."),
        Column("recorded_at", TIME, "When we learned of it, UTC.", nullable=False),
        Column("purpose", "text", "What it was given for."),
        Column("evidence", "text", "What was said or clicked, in words.", personal=True),
        Column("document_hash", "text", "SHA-256 of the document that proves it.", pattern="^[0-9a-f]{64}$"),
        Column("notice_version", "text", "Version of the privacy notice that was shown."),
        Column("recorded_by", "text", "Who of us wrote it down; empty: a drop said so.", personal=True),
        Column("ends_id", "bigint", "The consent that this withdrawal ends."),
    ),
)

SUPPRESSIONS = Table(
    "core.suppressions",
    "Who must not be contacted, by keyed hash and channel. Rows outlive the contact, so that no later import can bring "
    "the person back; without the key file nobody can tell whom they mean.",
    (
        Column("subject_key", "bytea", "Keyed hash of the address or number.", personal=True, nullable=False),
        Column("channel", "text", "The channel that is closed.", nullable=False, one_of=("email", "phone", "sms")),
        Column("reason", "text", "Why, for example opt_out, unsubscribed, hard_bounce, spam_report.", nullable=False),
        Column("source", "text", "Source that said so.", nullable=False),
        Column("drop_key", "text", "The drop that brought it."),
        Column("created_at", TIME, "When it took effect here, UTC.", nullable=False),
        Column("acted_at", TIME, "When the person acted, as far as anybody knows."),
        Column("received_at", TIME, "When we learned of it, UTC.", nullable=False),
        Column("recorded_by", "text", "Who of us wrote it down; empty: a drop or a provider said so.", personal=True),
        Column("last_said_at", TIME, "When it was last said; only a later, proved opt-in reopens.", nullable=False),
        Column(
            "canonical_key",
            "bytea",
            "Keyed hash of the mailbox in any writing; empty: the exact one counts.",
            personal=True,
        ),
    ),
)

ADDRESS_KEYS = Table(
    "core.address_keys",
    "Addresses whose mailbox is usually written in another way (sub-addresses, the dots of Gmail), by keyed hashes.",
    (
        Column("email_key", "bytea", "Keyed hash of the address.", personal=True, nullable=False),
        Column("canonical_key", "bytea", "Keyed hash of its canonical writing.", personal=True, nullable=False),
    ),
)

CORE_TABLES = (
    CONTACTS, CONTACT_POINTS, CONTACT_SOURCES, EMAIL_VALIDATIONS, PHONE_VALIDATIONS, ENRICHMENT_HISTORY,
    CONSENT_RECORDS, SUPPRESSIONS, ADDRESS_KEYS,
)  # fmt: skip
