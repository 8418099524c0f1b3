"""The invented domains of the benchmarks: what each is called, what its DNS says. Pure; for generator and server.

All lie under `zz`: ISO 3166-1 keeps it for private use, so the root never delegates it and a question that leaks from
the loopback server asks about nobody.
"""

ZONE = "zz"
SHARED_HOSTS = 40  # mail hosts of the big providers, each used by very many domains
HOSTING_HOSTS = 2000  # mail hosts of smaller hosters
ALWAYS_GOOD = 1000  # the most used domains answer, as the big ones of a real list do

# Shares of what a long list of company domains answers; the rest is `shared_mx`. A guess, kept so that figures compare.
_SHARES = (
    ("nxdomain", 0.04),
    ("null_mx", 0.015),
    ("a_only", 0.02),
    ("dangling_mx", 0.015),
    ("no_mail", 0.01),
    ("private_mx", 0.005),
    ("own_mx", 0.08),
    ("hosted_mx", 0.12),
)
KINDS = (*(kind for kind, _ in _SHARES), "shared_mx")

_WORDS = (
    "amber", "birch", "cobalt", "delta", "ember", "fjord", "granite", "harbor", "indigo", "juniper", "kestrel",
    "lantern", "meadow", "nimbus", "orchard", "pebble", "quartz", "raven", "saffron", "timber", "umber",
    "velvet", "willow", "xenon", "yarrow", "zephyr", "copper", "falcon", "maple", "summit",
)  # fmt: skip


def domain_name(number: int) -> str:
    """`copper-000027.zz`; the same number is always the same name."""
    return f"{_WORDS[number * 7 % len(_WORDS)]}-{number:06d}.{ZONE}"


def domain_kind(number: int) -> str:
    """What DNS says about the domain: one of KINDS."""
    if number < ALWAYS_GOOD:
        return "shared_mx"
    point = (number * 2654435761 % 2**32) / 2**32  # Knuth's multiplicative hash: even, and the same everywhere
    for kind, share in _SHARES:
        if point < share:
            return kind
        point -= share
    return "shared_mx"
