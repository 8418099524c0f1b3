"""What the drops room hands on: one row for each record of a file, in our words, before anything is judged."""

from contact_pipeline.schemas.columns import Column, Table

# Longer than any real value; beyond it the cell is a mis-parsed file or an attack.
LONGEST_TEXT = 500
LONGEST_EMAIL = 320  # 64 + @ + 255 (RFC 5321 4.5.3.1); what is longer than 254 is for the e-mail room to refuse
LONGEST_URL = 600  # LinkedIn's own part has at most 100 characters; 4 bytes each still fit into an index row (2,704)

# Why a row is empty whose person was erased: the row stays, so that the others keep their numbers.
ERASED_SUBJECT = "erased_subject"

# Why a row is empty, or unused, of which the database refuses a value.
NOT_STORED = "refused_by_database"

OUTCOMES = ("loaded", "merged", "quarantined", "erased")

LANDED_ROWS = Table(
    "raw.landed_rows",
    "Every record of every drop, mapped to our names, values as given (trimmed, placeholders emptied).",
    (
        Column("drop_key", "text", "The drop it came with.", nullable=False),
        Column("row_number", "bigint", "1 for the first record after the header.", nullable=False, at_least=1),
        Column("outcome", "text", "What became of it; empty until applied.", one_of=OUTCOMES),
        Column("contact_id", "bigint", "The contact it created or joined."),
        Column("record_id", "text", "The source's own id of the record.", personal=True, longest=LONGEST_TEXT),
        Column(
            "name", "text", "Full name as given, or given and family name joined.", personal=True, longest=LONGEST_TEXT
        ),
        Column("given_name", "text", "Given name, where the file has it apart.", personal=True, longest=LONGEST_TEXT),
        Column("family_name", "text", "Family name, where the file has it apart.", personal=True, longest=LONGEST_TEXT),
        Column("email", "text", "First e-mail of the row, as given.", personal=True, longest=LONGEST_EMAIL),
        Column("more_emails", "text[]", "Further e-mails of the row, in order.", personal=True),
        Column("phone", "text", "First phone of the row, as given or repaired.", personal=True, longest=LONGEST_TEXT),
        Column("more_phones", "text[]", "Further phones of the row, in order.", personal=True),
        Column("company", "text", "Employer, as given.", longest=LONGEST_TEXT),
        Column("title", "text", "Job title, as given.", personal=True, longest=LONGEST_TEXT),
        Column("linkedin_url", "text", "Profile URL, in one spelling.", personal=True, longest=LONGEST_URL),
        Column("location", "text", "City, region, country as given.", personal=True, longest=LONGEST_TEXT),
        Column("country", "text", "ISO 3166-1 alpha-2, where the row's country is certain.", pattern="^[A-Z]{2}$"),
        Column("confidence", "numeric(3,2)", "The source's own confidence, 0-1.", at_least=0, at_most=1),
        Column(
            "claims",
            "jsonb",
            "Compliance columns of the row and the source's own claims (docs/drops.md).",
            personal=True,
        ),
        Column("restrictions", "text[]", "Opt-outs of the row as channel:reason, for example email:unsubscribed."),
        Column(
            "extra",
            "jsonb",
            "Unmapped columns, and cells that were repaired or refused, whole, by header.",
            personal=True,
        ),
        Column("repairs", "text[]", "What was repaired or refused, as field:rule, for example phone:scientific."),
    ),
)

QUARANTINED_ROWS = Table(
    "raw.quarantined_rows",
    "Records that cannot be used, with reasons; contact-pipeline replay tries them again.",
    (
        Column("drop_key", "text", "The drop it came with.", nullable=False),
        Column("row_number", "bigint", "Row number within the drop.", nullable=False, at_least=1),
        Column("reasons", "text[]", "Rule names, never values.", nullable=False),
    ),
)
