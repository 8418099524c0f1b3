"""The policy where views can read it: sources, usable verdicts, periods."""

from contact_pipeline.adapters.postgres.engine import Connection, Script, beside, statements
from contact_pipeline.core.marketing_law import MARKETING_RULES
from contact_pipeline.policy.file import Policy

STEPS = beside(__file__)


def sync_policy(connection: Connection, policy: Policy) -> None:
    """Copy sources, usable verdicts and periods to where views can read them; a source that left loses its basis.

    A source's retention_days is the effective one: policy.retention_days.
    """
    rows = [
        {
            "name": name,
            "documentation": s.documentation,
            "lawful_basis": s.lawful_basis,
            "assessment_ref": s.assessment_ref,
            "purpose": s.purpose,
            "retention_days": policy.retention_days(name),
            "channels": list(s.channels),
            "trust": s.trust,
            "origin": s.origin,
            "default_region": s.default_region,
            "electronic_marketing": s.electronic_marketing,
            "own_bases": [words for words in (*s.own_bases, s.assessment_ref) if words.strip()],
        }
        for name, s in sorted(policy.sources.items())
    ]
    copy = Script(connection, STEPS)
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("lock table core.sources in share row exclusive mode")
        cursor.execute("delete from core.sources where name <> all(%s)", ([row["name"] for row in rows],))
        cursor.executemany(statements(STEPS)["upsert_source"], rows)
        copy.run("write_patterns")
        cursor.execute("delete from core.marketing_rules")
        cursor.executemany(
            "insert into core.marketing_rules (country, email, phone) values (%s, %s, %s)",
            [(rule.country, rule.email, rule.phone) for rule in MARKETING_RULES],
        )
        copy.run("decide_for_nobody", policy=policy.fingerprint())
        cursor.execute("delete from core.usable_verdicts")
        cursor.executemany(
            "insert into core.usable_verdicts (channel, verdict) values (%s, %s) on conflict do nothing",
            [("email", v) for v in policy.email.mailable_verdicts]
            + [("phone", v) for v in policy.phone.callable_verdicts],
        )
        cursor.execute("delete from core.refresh_periods")
        cursor.executemany(
            "insert into core.refresh_periods (layer, refresh_days) values (%s, %s)", list(policy.periods.items())
        )
        values = {
            "retention_warning_days": policy.retention.warning_days,
            "soft_limit": policy.bounces.soft_limit,
            "soft_window_days": policy.bounces.soft_window_days,
        }
        copy.run("set_values", names=list(values), values=list(values.values()))
        cursor.execute("delete from core.key_fields")
        cursor.executemany(
            "insert into core.key_fields (field) values (%s)", [(f,) for f in policy.enrichment.key_fields]
        )
