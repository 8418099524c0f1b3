"""Who gets in, who sees whom, and that nothing changes by looking: the pages by HTTP, a user of each role signed in."""

import re
import threading
from collections.abc import Iterator
from http.cookiejar import Cookie

import psycopg
import pytest
import requests
from pydantic import ValidationError

from contact_pipeline.adapters.postgres.alerts import Alerts
from contact_pipeline.adapters.postgres.engine import DatabaseRefused
from contact_pipeline.adapters.postgres.logins import AdministratorNeeded
from contact_pipeline.adapters.postgres.reading_as import join_roles, reading_as
from contact_pipeline.core.alerts import BUDGET, REQUEST_OVERDUE
from contact_pipeline.core.errors import UsageError
from contact_pipeline.quality.counts import keep_quality_counts
from contact_pipeline.quality.kpis import measure_kpis
from contact_pipeline.quality.reports import make_due_reports
from contact_pipeline.web.inside.accounts import add_user, disable_user, list_users, set_password
from contact_pipeline.web.inside.roles import DATABASE_ROLES, ROLES
from contact_pipeline_tests.lab.lab import Lab, csv
from contact_pipeline_tests.logins import new_login
from contact_pipeline_tests.web.edge import Edge, serving
from contact_pipeline_tests.web.inside import PASSWORD, Reader, signed_in, text_of

MIA = "mia.quandt@ok.test"
PAGES = {
    "/": set(ROLES), "/alerts": set(ROLES), "/reports": set(ROLES), "/quality": set(ROLES), "/analytics": set(ROLES),
    "/drops": set(ROLES), "/costs": set(ROLES),
    "/contacts": {"analyst", "steward", "compliance"}, "/outreach": {"analyst", "steward", "compliance"},
    "/reviews": {"steward", "compliance"}, "/desk": {"compliance"},
}  # fmt: skip


@pytest.fixture
def edge(lab: Lab) -> Iterator[Edge]:
    lab.drop("crm", csv("Name,Email,Phone,Company", f"Mia Quandt,{MIA},+4915123456700,Tea Works", ",,,"))
    measure_kpis(lab.session)
    keep_quality_counts(lab.session)
    with serving(lab) as edge:
        yield edge


def contact_id(edge: Edge) -> str:
    return str(edge.lab.value("select public_id from core.contacts where email = %s", MIA))


def test_each_role_opens_its_pages_and_no_other(edge: Edge) -> None:
    for role in ROLES:
        reader = signed_in(edge.lab, edge.port, role)
        for path, allowed in PAGES.items():
            assert reader.get(path).status_code == (200 if role in allowed else 403), (role, path)
        one = reader.get(f"/contacts/{contact_id(edge)}")
        assert one.status_code == (200 if role in PAGES["/contacts"] else 403)
        sees = role in ("steward", "compliance")
        for answer in (one, reader.get("/contacts?list=contacts")):
            assert (MIA in answer.text, "Quandt" in answer.text, "15123456700" in answer.text) == (sees,) * 3, role
    seen = edge.lab.rows("select viewed_by, page, count(*) from ops.page_views group by 1, 2 order by 1, 2")
    assert seen == [(who, page, 1) for who in ("analyst", "compliance", "steward") for page in ("contact", "contacts")]
    assert not edge.lab.rows("select 1 from ops.page_views p where p::text ilike '%%quandt%%'"), "never a value"


def test_whoever_may_takes_an_alert_on(edge: Edge) -> None:
    with edge.lab.session.connection("test") as connection:
        Alerts(connection).open_alert(REQUEST_OVERDUE, "all", counts={"requests": 2})
        Alerts(connection).open_alert(BUDGET, "hunter", counts={})
    number = edge.lab.value("select id from ops.alerts where rule = 'request_overdue'")
    manager, steward = (signed_in(edge.lab, edge.port, role) for role in ("manager", "steward"))
    for path in ("/", "/alerts"):
        assert REQUEST_OVERDUE.title in text_of(manager.get(path)) and "Taken on" not in text_of(manager.get("/"))
    assert "Take it on" not in manager.get("/alerts").text
    assert manager.post("/alerts", {"alert": str(number)}).status_code == 403
    assert steward.post("/alerts", {"alert": str(number), "reason": "I answer it"}).status_code == 200
    taken = edge.lab.rows("select fingerprint, acknowledged_by from ops.alerts where acknowledged_at is not null")
    assert taken == [("request_overdue:all", "steward")]
    assert "Taken on by steward" in text_of(manager.get("/alerts")) and "taken on" in text_of(manager.get("/"))


def test_a_report_is_a_page_that_runs_nothing(edge: Edge) -> None:
    today = edge.lab.now.date()
    edge.lab.passes(days=40)
    make_due_reports(edge.lab.session)
    reader = signed_in(edge.lab, edge.port, "manager")
    assert f"/reports/compliance-{today.replace(day=1)}" in reader.get("/reports").text
    answer = reader.get(f"/reports/compliance-{today}")
    assert answer.status_code == 200 and MIA not in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "sha256-" in policy and "unsafe" not in policy
    for path in ("/reports/compliance-2026-99-99", "/reports/people-2026-11-01"):
        assert reader.get(path).status_code == 404
    assert reader.get("/reports/compliance-2031-01-01").status_code == 400


def test_the_database_masks_even_if_a_page_asked_for_more(edge: Edge) -> None:
    with (
        pytest.raises(DatabaseRefused, match="InsufficientPrivilege"),
        edge.lab.session.connection("test") as connection,
        reading_as(connection, "analyst") as reader,
    ):
        (email,) = reader.execute("select email from curated.contacts").fetchone() or ("",)
        assert email == "m…@o…"
        reader.execute("select email from core.contacts")
    with (
        pytest.raises(DatabaseRefused, match="ReadOnlySqlTransaction"),
        edge.lab.session.connection("test") as connection,
        reading_as(connection, "pii_reader") as reader,
    ):
        reader.execute("create temporary table x (y int); update curated.contacts set name = 'x'")


def test_a_login_that_may_not_take_on_a_role_is_told_what_to_grant(edge: Edge) -> None:
    with (
        new_login(edge.lab.session.database_url, "writer") as (name, url),
        psycopg.connect(url, autocommit=True) as connection,
    ):
        with pytest.raises(AdministratorNeeded, match=f'grant "analyst", "compliance", "pii_reader" to "{name}";'):
            join_roles(connection, DATABASE_ROLES)
        with pytest.raises(AdministratorNeeded, match="may not read as analyst"), reading_as(connection, "analyst"):
            pass


def test_nobody_gets_in_without_name_and_password(edge: Edge) -> None:
    add_user(edge.lab.session, "ana", "analyst", PASSWORD)
    stranger = Reader(edge.port)
    for path in (*PAGES, f"/contacts/{contact_id(edge)}", "/drops/x"):
        assert stranger.get(path).url.startswith(f"{stranger.base}/sign-in"), path
    told = [stranger.sign_in(name, word).status_code for name, word in (("ana", "wrong"), ("nobody", PASSWORD))]
    assert told == [401, 401]
    assert not stranger.browser.cookies
    forged = Reader(edge.port)
    forged.browser.cookies.set("contact_pipeline", "a.b", domain="127.0.0.1")
    assert "/sign-in" in forged.get("/").url
    assert stranger.sign_in("ana").url == f"{stranger.base}/"
    (cookie,) = list[Cookie](stranger.browser.cookies)  # type: ignore[arg-type] # cookies when iterated, whatever the stubs say
    assert cookie.has_nonstandard_attr("HttpOnly") and cookie.get_nonstandard_attr("SameSite") == "strict"
    assert edge.lab.value("select encode(id_hash, 'hex') from ops.web_sessions") not in str(cookie.value)
    away = stranger.browser.post(
        f"{stranger.base}/sign-in?next=//evil.example/",
        data={"name": "ana", "password": PASSWORD, "token": stranger.token("/sign-in")},
        allow_redirects=False, timeout=60,
    )  # fmt: skip
    assert away.headers["Location"] == "/"


def test_who_guesses_has_to_wait(edge: Edge) -> None:
    add_user(edge.lab.session, "ana", "analyst", PASSWORD)
    reader = Reader(edge.port)
    codes = [reader.sign_in("ana", "wrong").status_code for _ in range(12)]
    assert codes[0] == 401 and codes[-1] == 429
    assert reader.sign_in("ana").status_code == 429, "the right one has to wait, too"


def test_a_sign_in_ends(edge: Edge) -> None:
    reader = signed_in(edge.lab, edge.port, "analyst")
    edge.lab.passes(minutes=59)
    assert reader.get("/").status_code == 200 and not reader.get("/").history
    edge.lab.passes(minutes=61)
    assert reader.get("/").history, "nothing was asked for an hour"
    assert reader.sign_in("analyst").status_code == 200
    for _ in range(14):
        edge.lab.passes(minutes=55)
        last = reader.get("/")
    assert last.history, "after twelve hours, whatever happens"
    for end in (lambda: disable_user(edge.lab.session, "analyst"), lambda: reader.post("/sign-out")):
        set_password(edge.lab.session, "analyst", PASSWORD)
        assert reader.sign_in("analyst").url.endswith("/")
        cookie = reader.browser.cookies.copy()
        end()
        reader.browser.cookies.update(cookie)
        assert reader.get("/").history, "at once, also for who kept the cookie"


def test_a_form_of_somebody_else_does_nothing(edge: Edge) -> None:
    reader = signed_in(edge.lab, edge.port, "compliance")
    other = signed_in(edge.lab, edge.port, "steward")
    path, form = f"/contacts/{contact_id(edge)}", {"do": "restrict"}
    for token in ("", "x", other.token(), reader.token()[:-1]):
        assert reader.post(path, form | {"token": token}).status_code == 403
    token = reader.token()
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        assert reader.post(path, form | {"token": token}, **headers).status_code == 403
    before = edge.lab.value("select count(*) from audit.changes")
    for asked in (f"{path}?do=restrict&token={token}", "/sign-out", f"/drops?token={token}"):
        assert reader.get(asked).status_code in (200, 405)
    assert edge.lab.value("select processing_restricted from core.contacts where email = %s", MIA) is False
    assert edge.lab.value("select count(*) from audit.changes") == before, "a GET changes nothing"
    assert other.post(path, form).status_code == 400, "not a steward's to do"
    assert reader.post(path, form).status_code == 200
    assert edge.lab.value("select processing_restricted from core.contacts where email = %s", MIA) is True
    assert ("compliance",) in edge.lab.rows("select distinct changed_by from audit.changes")


def test_by_name_of_a_proxy_that_is_trusted_only(lab: Lab) -> None:
    add_user(lab.session, "ana", "analyst", PASSWORD)
    ana = {"X-Remote-User": "ana"}
    said = {"trusted_user_header": "X-Remote-User", "pages_url": "https://pages.quux.example"}
    for proxy, is_let in (("10.9.8.7", False), ("127.0.0.1", True)):
        lab.with_policy(web=said | {"trusted_proxies": [proxy]})
        with serving(lab) as edge:
            assert ("/sign-in" in Reader(edge.port).get("/", **ana).url) is not is_let
            by_name = {"Host": "pages.quux.example", "X-Forwarded-Proto": "https"}
            assert Reader(edge.port).get("/metrics", **by_name).status_code == 421, "for this machine only"
    with serving(lab) as edge:
        reader = Reader(edge.port)
        for nobody in ({}, {"X-Remote-User": "bo"}, {"X-Remote-User": "ana, bo"}):
            assert "/sign-in" in reader.get("/", **nobody).url
        page = reader.get("/", **ana | by_name)
        assert "<span>ana " in page.text
        token = re.findall(r'name="token" value="([^"]*)"', page.text)[0]
        form = {"token": token, "do": "approve", "reason": "x"}
        assert (
            reader.post("/drops/x", form, **ana | by_name | {"Origin": "https://pages.quux.example"}).status_code == 403
        )
        add_user(lab.session, "eve", "steward", PASSWORD)
        eve = {"X-Remote-User": "eve"}
        assert reader.post("/drops/x", form, **eve).status_code == 403, "a token of somebody else"
        disable_user(lab.session, "ana")
        assert "/sign-in" in reader.get("/", **ana).url
    with pytest.raises(ValidationError, match="trusted_proxies"):
        lab.with_policy(web={"trusted_user_header": "X-Remote-User"})


def test_pages_are_held_to_their_policy(edge: Edge) -> None:
    reader = signed_in(edge.lab, edge.port, "analyst")
    answer = reader.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'none'" in policy and "default-src 'none'" in policy and "unsafe" not in policy
    assert "<script" not in answer.text and " style=" not in answer.text and "http://" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert reader.get("/?csv=kpis").text.count("\n") == 14
    assert reader.get("/?csv=nothing").status_code == 404
    by_source = reader.get("/analytics?by=source&csv=counts").text.splitlines()
    assert by_source[0].endswith("name,title,value,goal,numerator,denominator,unknown_share,change_30d")
    assert by_source[1].startswith("crm,Documented ground,1.0,1.0,1.0,1.0,")
    assert reader.get("/analytics?by=person").status_code == 404
    outside = requests.get(f"{reader.base}/", headers={"Host": "mail.quux.example"}, timeout=60)
    assert outside.status_code == 421, "under no other name"


def test_a_figure_without_data_says_why(edge: Edge) -> None:
    text = text_of(signed_in(edge.lab, edge.port, "manager").get("/"))
    assert "Of no e-mail of the last 30 days the end is known." in text
    assert "100.0%" in text


def test_users_are_kept_in_order(lab: Lab) -> None:
    assert len(add_user(lab.session, "ana", "analyst")) == 20
    for name, role, word in (("Ana B", "analyst", None), ("bo", "boss", None), ("bo", "analyst", "short")):
        with pytest.raises(UsageError):
            add_user(lab.session, name, role, word)
    with pytest.raises(UsageError, match="already"):
        add_user(lab.session, "ana", "steward", PASSWORD)
    assert [(row["name"], row["role"]) for row in list_users(lab.session)] == [("ana", "analyst")]
    with pytest.raises(UsageError):
        disable_user(lab.session, "nobody")


def test_many_at_once_get_their_own_answers(edge: Edge) -> None:
    readers = {role: signed_in(edge.lab, edge.port, role) for role in ROLES}
    faults: list[str] = []

    def ask(role: str) -> None:
        for _ in range(5):
            text = readers[role].get("/").text
            if f"<span>{role} " not in text:
                faults.append(role)

    threads = [threading.Thread(target=ask, args=(role,)) for role in readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
