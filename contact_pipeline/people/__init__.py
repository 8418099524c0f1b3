"""Who is who: exact identity at ingest. Pure; the normalisers of other rooms are handed in."""

from contact_pipeline.people.apply import (
    APPLY_RULES,
    ContactStore,
    IdentityNormalizers,
    apply_drop,
    identity_keys,
    identity_of,
    read_opt_outs,
)

__all__ = [
    "APPLY_RULES",
    "ContactStore",
    "IdentityNormalizers",
    "apply_drop",
    "identity_keys",
    "identity_of",
    "read_opt_outs",
]
