"""A list tells that messages came back, or of a status in its own words: what follows for its contacts."""

from contact_pipeline_tests.lab.lab import Lab, csv

BOUNCES = "select email, hard_bounce, soft_bounce, soft_bounce_count from core.contacts order by email"


def test_a_bounce_is_hard_only_where_a_word_or_code_says_so(lab: Lab) -> None:
    lab.drop("crm", csv(
        "name,email,bounced_at,bounce_type",
        "Ada,hard@ok.test,2026-01-02,hard", "Bo,code@ok.test,2026-01-02,5.1.1 unknown user",
        "Cy,soft@ok.test,2026-01-02,soft", "Di,day@ok.test,2026-01-02,",
        "Ed,never@ok.test,,", "Fe,zero@ok.test,1970-01-01,",
    ))  # fmt: skip
    assert lab.rows(BOUNCES) == [
        ("code@ok.test", True, False, 0), ("day@ok.test", False, False, 0), ("hard@ok.test", True, False, 0),
        ("never@ok.test", False, False, 0), ("soft@ok.test", False, True, 1), ("zero@ok.test", False, False, 0),
    ]  # fmt: skip
    assert {lab.why(f"{who}@ok.test")[0] for who in ("day", "soft", "never", "zero")} == {"allowed"}
    assert {lab.why(f"{who}@ok.test")[0] for who in ("hard", "code")} == {"hard_bounce"}


def test_a_bounce_of_unknown_kind_asks_for_another_look_and_stops_nobody(lab: Lab) -> None:
    lab.drop("crm", csv("name,email", "Ada,ada@ok.test"))
    before = lab.value("select email_verified_at from core.contacts")
    lab.passes(days=1)
    lab.take("crm", csv("name,email,bounced on", "Ada,ada@ok.test,2026-11-02"))
    assert lab.row("select email_due_at, hard_bounce from core.contacts") == (None, False)
    lab.validate_emails(lab.value("select key from raw.drops order by sequence desc limit 1"))
    assert lab.value("select email_verified_at from core.contacts") > before
    assert lab.why("ada@ok.test")[0] == "allowed"


def test_a_status_word_that_nobody_knows_restricts_and_asks_once(lab: Lab) -> None:
    key = lab.drop("crm", csv(
        "name,email,status", "Ada,ada@ok.test,Zwergenstatus", "Bo,bo@ok.test,Zwergenstatus", "Cy,cy@ok.test,active",
    ))  # fmt: skip
    assert [lab.why(f"{who}@ok.test")[0] for who in ("ada", "bo", "cy")] == ["suppressed", "suppressed", "allowed"]
    reviews = "select details ->> 'words', (details ->> 'rows')::int from ops.reviews where kind = 'unknown_status'"
    assert lab.rows(reviews) == [("zwergenstatus", 2)]
    assert lab.value("select repairs ->> 'status:unknown_status_words' from raw.drops where key = %s", key) == "2"
