"""What the policy and the program say, copied into the database at every start so that views can read it."""

from contact_pipeline.schemas.columns import Column, Table

SOURCES = Table(
    "core.sources",
    "What the policy (contact_pipeline.toml) says of each source, copied at every start.",
    (
        Column("name", "text", "Name of the source.", nullable=False),
        Column(
            "documentation",
            "text",
            "Where its lawful basis is written down; empty: nobody from it is contactable.",
            nullable=False,
        ),
        Column(
            "lawful_basis", "text", "Basis under GDPR Art. 6(1).", one_of=("consent", "legitimate_interest", "contract")
        ),
        Column(
            "assessment_ref",
            "text",
            "Legitimate interest: its assessment; without one it does not count.",
            nullable=False,
        ),
        Column("purpose", "text", "Purpose of processing.", nullable=False),
        Column("retention_days", "integer", "Days that the data may be used; empty: no limit.", at_least=1),
        Column("channels", "text[]", "Channels it may be used for: email, phone.", nullable=False),
        Column("trust", "numeric(3,2)", "0-1: decides whose value wins.", nullable=False, at_least=0, at_most=1),
        Column(
            "origin",
            "text",
            "vendor: obtained from third parties, so GDPR Art. 14 applies (inform the person).",
            nullable=False,
            one_of=("first_party", "vendor"),
        ),
        Column("default_region", "text", "ISO 3166-1 alpha-2 by which numbers without a country are read."),
        Column(
            "electronic_marketing",
            "text",
            "What marketing law wants besides the ground.",
            nullable=False,
            one_of=("by_ground", "prior_consent", "soft_opt_in", "b2b", "none"),
        ),
        Column(
            "own_bases", "text[]", "Interests that a row may state as its own ground, in plain words.", nullable=False
        ),
        Column("own_bases_pattern", "text", "The same as a pattern, by which a row's words are held against them."),
        Column(
            "purpose_word", "text", "The purpose in the one spelling by which purposes are compared.", nullable=False
        ),
    ),
)

MARKETING_RULES = Table(
    "core.marketing_rules",
    "What marketing needs in a country, copied from the program at every start. Not listed: prior consent.",
    (
        Column("country", "text", "ISO 3166-1 alpha-2.", nullable=False),
        Column("email", "text", "For e-mail.", nullable=False, one_of=("opt_out", "b2b", "prior_consent")),
        Column("phone", "text", "For calls.", nullable=False, one_of=("opt_out", "b2b", "landline", "prior_consent")),
    ),
)

USABLE_VERDICTS = Table(
    "core.usable_verdicts",
    "Verdicts that the policy accepts for the curated lists of mailable and callable contacts, copied at every start.",
    (
        Column("channel", "text", "Channel.", nullable=False, one_of=("email", "phone")),
        Column("verdict", "text", "status, or status/sub_status.", nullable=False),
    ),
)

REFRESH_PERIODS = Table(
    "core.refresh_periods",
    "For how many days the policy calls what a layer says fresh, copied at every start.",
    (
        Column("layer", "text", "Layer.", nullable=False),
        Column("refresh_days", "integer", "Days.", nullable=False, at_least=1),
    ),
)

POLICY_TABLES = (SOURCES, MARKETING_RULES, USABLE_VERDICTS, REFRESH_PERIODS)
