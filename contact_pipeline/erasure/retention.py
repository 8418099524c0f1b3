"""People whose last ground has ended go (GDPR Art. 5(1)(e)): announced first, then erased or anonymised."""

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.erasure.erasing import erase_contacts
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)

AT_ONCE = 1_000  # contacts in one erasure: each takes the contacts' lock once
MOST = 50_000  # in one run; the rest goes the next day
# What still tells nobody who it was, where the policy says anonymise: counts by country and seniority.
ANONYMOUS = ("country", "seniority")


def end_retention(session: Session, *, dry_run: bool = False) -> dict[str, int]:
    """Announce whose ground has ended or soon will, and erase those announced for as long as [retention] warning_days.

    Frozen people (Art. 18) and those with an open request stay. Returns announced (now), due, and erased (0 in a dry
    run, which changes nothing).
    """
    policy = session.policy.retention
    with session.connection("retention") as connection, connection.transaction():
        steps = Script(connection, STEPS, now=session.clock(), warning_days=policy.warning_days, limit=MOST)
        announced = 0 if dry_run else steps.run("notice_overdue")
        if not dry_run:
            steps.run("forget_notices")
        due = [str(row["contact_id"]) for row in steps.rows("overdue")]
    keep = ANONYMOUS if policy.action == "anonymise" else ()
    erased = 0
    for some in [] if dry_run else [due[at : at + AT_ONCE] for at in range(0, len(due), AT_ONCE)]:
        erase_contacts(session, some, keep=keep)
        erased += len(some)
    return {"announced": announced, "due": len(due), "erased": erased}
