"""What e-mail service providers were sent, and how far their lists were read.

The DDL is adapters/postgres/sql/tables/{180_esp,200_comparisons}.sql; a test holds both equal.
"""

from contact_pipeline.schemas.columns import Column, Table
from contact_pipeline.schemas.core import TIME

_SYSTEM = Column("system", "text", "The service, for example mailchimp.", nullable=False)

ESP_BASES = Table(
    "ops.esp_bases",
    "What each e-mail service provider was sent of whom, by keyed hash; only what changed since is sent again.",
    (
        _SYSTEM,
        Column("email_key", "bytea", "Keyed hash of the address.", personal=True, nullable=False),
        Column("public_id", "uuid", "The contact's id for readers (core.contacts.public_id), when it was sent last."),
        Column(
            "state",
            "text",
            "How it stands there. sending: on its way, or nobody knows; closed, forgotten: never sent again.",
            nullable=False,
            one_of=("sending", "sent", "left", "refused", "later", "closed", "forgotten"),
        ),
        Column("is_member", "boolean", "May be written to there, as far as we know.", nullable=False),
        Column("fields_key", "bytea", "Keyed hash of all that was sent.", personal=True),
        Column("reason", "text", "Why not, in a word."),
        Column("taken_off", "text", "On which of their lists we put who left; what that list says is no news."),
        Column("sent_at", TIME, "When that was, UTC.", nullable=False),
    ),
)

ESP_CURSORS = Table(
    "ops.esp_cursors",
    "How far each list of theirs was read. An hour before is read once more.",
    (
        _SYSTEM,
        Column("list", "text", "Their list, for example bounces.", nullable=False),
        Column("read_to", TIME, "Their time of the newest row that was read.", nullable=False),
        Column("pulled_at", TIME, "When it was read last, UTC.", nullable=False),
    ),
)


def _people(name: str, meaning: str) -> Column:
    return Column(name, "bigint", meaning, nullable=False, at_least=0)


ESP_COMPARISONS = Table(
    "ops.esp_comparisons",
    "Each comparison of a whole list of theirs with ours, and the drift that it found and healed. Kept for good.",
    (
        _SYSTEM,
        Column("compared_at", TIME, "When it began, UTC.", nullable=False),
        _people("there", "People who were written to there."),
        _people("surplus", "Of these must not be, and were taken off."),
        _people("erased", "Of these were erased here, and then there."),
        _people("missing", "People who were to be there and were not; sent again."),
        _people("strangers", "People there whom nobody here knows; they are theirs and stay."),
    ),
)

ESP_TABLES = (ESP_BASES, ESP_CURSORS, ESP_COMPARISONS)
