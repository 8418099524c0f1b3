"""PhantomBuster (phantombuster.com), API v2: what LinkedIn pages say, read by an agent of the account's owner, in jobs.

Law first. The agent signs in to LinkedIn with a member's session cookie and opens pages as that member. LinkedIn's
terms forbid reading pages by machine, and it restricts accounts for it; the pages are personal data, so the GDPR asks
for a legal basis and for telling the persons. That is for the account's owner to settle before this provider is turned
on: it is off unless the policy names it. The cookie stays in the agent's own settings at PhantomBuster; we neither have
nor send one.

Needs PHANTOMBUSTER_API_KEY and the id of an agent made from the "LinkedIn Profile Scraper". A launch hands it the pages
as `bonusArgument`, which is merged into the agent's saved settings for this once; `argument` would replace them, cookie
and all. Pages go as `profileUrls`, a single one as `spreadsheetUrl` as well: that is the name in the vendor's catalogue
of 2026, which for several wants a sheet; `profileUrls` is from the vendor's older script. The agent opens one page
after the other. How many seconds it should take for each goes along as `secondsPerProfile`, a name of ours: an agent
that does not know it keeps its own pace.

Price: the plan buys execution time, not records. 69 dollars a month for 20 hours (the hours from the vendor's help, the
price from memory, not verified) and half a minute for a page, our estimate, make 28.75 for 1,000. No published limit of
calls; launches beyond the plan's slots are 429. There is no list of jobs by a label of ours: is_findable = False.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any
from urllib.parse import unquote, urlsplit

from contact_pipeline.adapters.answers import Answer, Fields
from contact_pipeline.adapters.http import HttpClient
from contact_pipeline.core.providers import (
    Fault,
    JobState,
    Layer,
    Limits,
    Outcome,
    ProviderRefused,
    ProviderUnavailable,
    Reply,
    is_sendable,
    once_each,
)
from contact_pipeline.policy.file import Policy
from contact_pipeline.profiles.ports import CompanyAnswer, PersonAnswer, PersonQuestion
from contact_pipeline.vendors.vendor import Access, Offer, Vendor

NAME = "phantombuster"
BASE_URL = "https://api.phantombuster.com"
PRICE_PER_1000 = 28.75

AGAIN_AFTER_S = 86_400.0  # what an agent does not reach today it may tomorrow: LinkedIn's limits are by the day

_NO_JOB = "-"  # nobody in it has a page, so nothing was launched
_FAILED = ("launch error", "error")
# The words of versions differ; these speak of a page that is not there. From memory, not verified.
_MISSING = re.compile(r"no profile|not found|doesn.t exist|does not exist|no longer|404|unavailable", re.IGNORECASE)
_PROFILES = "https://www.linkedin.com/in/"
_PATH = re.compile(r"/in/([^/]+)/?", re.IGNORECASE)
_PHOTOS = ("linkedinProfileImageUrl", "profileImageUrl")


class PhantomBusterProfiles:
    """Who is behind a LinkedIn page: Job.

    A finished job is collected by whoever launched it. After a crash another instance knows the job only by its id and
    answers each page as a question with that page alone: where the question also had an address, it is not found again.
    """

    gives = frozenset({"name", "given_name", "family_name", "title", "company", "company_domain", "location"})

    name = NAME
    limits = Limits(calls=1, seconds=1.0, connections=1, job_size=50, job_from=1)
    is_findable = False

    def __init__(self, key: str, agent: str, base_url: str = BASE_URL, *, seconds_per_profile: int = 3) -> None:
        """agent: its id at PhantomBuster. seconds_per_profile: the pace asked of it."""
        self._agent = agent
        self._base_url = base_url.rstrip("/")
        self._seconds_per_profile = seconds_per_profile
        self._http = HttpClient(
            NAME, base_url, connections=self.limits.connections, headers={"X-Phantombuster-Key": key}, timeout_s=60.0
        )
        self._asked: dict[str, list[PersonQuestion]] = {}

    def credits(self) -> float | None:
        """None: what is left is time. Asked all the same, so that a wrong key is found before anything is launched."""
        self._call("GET", "orgs/fetch-resources", is_free=True).fields()
        return None

    def upload(self, subjects: Sequence[PersonQuestion], *, label: str) -> str:
        """agents/launch. It starts at once, so from here on it costs."""
        pages = list(dict.fromkeys(page for subject in subjects if (page := _sendable_page(subject))))
        if not pages:
            self._asked[_NO_JOB] = list(subjects)
            return _NO_JOB
        bonus = {
            "profileUrls": pages,
            "spreadsheetUrl": pages[0] if len(pages) == 1 else "",  # a saved one would go before profileUrls
            "numberOfAddsPerLaunch": len(pages),  # else it stops at its default
            "secondsPerProfile": self._seconds_per_profile,
        }
        body = {"id": self._agent, "bonusArgument": bonus, "saveArgument": False}
        answer = self._call("POST", "agents/launch", json=body, expected=(200, 404))
        if answer.status == 404:
            raise ProviderRefused(NAME, Fault.BAD_REQUEST, "It has no agent of that id.")
        job = answer.fields().text("containerId")
        if not job:
            raise ProviderUnavailable(NAME, Fault.BAD_ANSWER)
        self._asked[job] = list(subjects)
        return job

    def find(self, label: str) -> str | None:
        """A container has no name of ours."""
        return None

    def start(self, job: str) -> None:
        """It runs from its launch on."""

    def state(self, job: str) -> JobState:
        """containers/fetch. A finished one with another exit code than 0 has failed; one it does not know is lost."""
        if job == _NO_JOB:
            return JobState.FINISHED
        answer = self._call("GET", "containers/fetch", params={"id": job}, expected=(200, 404), is_free=True)
        fields = answer.fields()
        if answer.status == 404:
            return JobState.FAILED
        if fields.text_or_none("id") not in (None, job):
            raise ProviderUnavailable(NAME, Fault.OTHER_SUBJECT)
        status = fields.text("status")
        if status in _FAILED:
            return JobState.FAILED
        if status != "finished":  # also a word nobody has seen: the engine's deadline ends that
            return JobState.RUNNING
        code = answer.json().get("exitCode")
        if code is not None and type(code) is not int:
            raise ProviderUnavailable(NAME, Fault.BAD_ANSWER)
        return JobState.FAILED if code else JobState.FINISHED

    def results(self, job: str) -> Iterator[Reply[PersonAnswer]]:
        """containers/fetch-result-object.

        Null after a clean end means that the agent opened no page, since it had read each of them before (only its log
        says so). It would do the same whenever it is asked, until somebody deletes its files; so this is an answer that
        tells nothing, not PENDING, which would launch it again and again. Where it read some pages, the others were
        read before or it ran out of time: nobody can tell, so they are PENDING for a day. Neither is billed: no page
        was opened. A row with an error is no page that does not exist, either, unless it says so.
        """
        rows = [] if job == _NO_JOB else self._rows(job)
        read = [_read(row, job) for row in rows or ()]  # all of them first: half an answer is none
        if job not in self._asked:
            yield from (reply for _, reply in read)
            return
        waiting: dict[str, list[PersonQuestion]] = {}
        for subject in self._asked[job]:
            if page := _sendable_page(subject):
                waiting.setdefault(_key(page), []).append(subject)
            else:
                yield Reply(subject, Outcome.REJECTED, is_billed=False)
        # Rows, before several subjects share one: more of them than pages, or two of one page, are no answer.
        replies = (reply for _, reply in read)
        list(once_each(NAME, replies, most=len(waiting), key=lambda row: _key(row.linkedin_url or "").encode()))
        for keys, reply in read:
            whose = waiting.pop(next((key for key in keys if key in waiting), ""), ())
            for number, subject in enumerate(whose):
                yield replace(reply, subject=subject, is_billed=number == 0)  # the page was opened once
        for subject in chain.from_iterable(waiting.values()):
            if rows is None:
                told = PersonAnswer()
                yield Reply(subject, Outcome.ANSWERED, told, raw_status="null", reference=job, is_billed=False)
            else:
                yield Reply(
                    subject,
                    Outcome.PENDING,
                    raw_status="no_row",
                    reference=job,
                    is_billed=False,
                    retry_after_s=AGAIN_AFTER_S,
                )

    def _rows(self, job: str) -> list[Fields] | None:
        """`resultObject` is JSON in a text, or null."""
        answer = self._call("GET", "containers/fetch-result-object", params={"id": job}, is_free=True)
        fields = answer.fields()
        match answer.json():
            case {"resultObject": None}:
                return None
        value = _loaded(fields.text("resultObject"))
        if isinstance(value, dict):  # too much for the answer: where the file is. Elsewhere is not for our key to go.
            url = Fields(NAME, value).text("jsonUrl")
            if not url.startswith(f"{self._base_url}/"):
                raise ProviderUnavailable(NAME, Fault.BAD_ANSWER)
            value = self._http.request("GET", url.removeprefix(self._base_url), is_free=True).json()
        if not isinstance(value, list):
            raise ProviderUnavailable(NAME, Fault.BAD_ANSWER)
        return [Fields(NAME, row) for row in value]

    def _call(self, method: str, path: str, **what: Any) -> Answer:
        return self._http.request(method, f"/api/v2/{path}", **what)


def _read(row: Fields, job: str) -> tuple[list[str], Reply[PersonAnswer]]:
    """Whose a row may be, and what it says. `profileUrl` is the page that was asked for, even if it led elsewhere."""
    asked, found = _page(row.text_or_none("profileUrl")), _page(row.text_or_none("linkedinProfileUrl"))
    slug = row.text_or_none("linkedinProfileSlug")
    pages = [page for page in (asked, found, _page(f"{_PROFILES}{slug}") if slug else None) if page]
    if not pages:
        raise ProviderUnavailable(NAME, Fault.BAD_ANSWER)
    subject, keys = PersonQuestion(linkedin_url=pages[0]), [_key(page) for page in pages]
    if error := row.text_or_none("error"):  # its text may name the page, so it is not kept
        if _MISSING.search(error):
            return keys, Reply(subject, Outcome.NOT_FOUND, raw_status="error", reference=job)
        return keys, Reply(subject, Outcome.PENDING, raw_status="error", reference=job, retry_after_s=AGAIN_AFTER_S)
    answer = _person(row, found or pages[-1])
    return keys, Reply(subject, Outcome.ANSWERED, answer, raw_status="row", reference=job)


def _person(row: Fields, page: str) -> PersonAnswer:
    """Nothing says when somebody was last active: `refreshedAt` is the agent's own visit."""
    given, family = row.text_or_none("firstName"), row.text_or_none("lastName")
    company, domain = row.text_or_none("companyName"), _host(row.text_or_none("companyWebsite"))
    industry, company_page = row.text_or_none("companyIndustry"), row.text_or_none("linkedinCompanyUrl")
    return PersonAnswer(
        name=f"{given} {family}" if given and family else None,
        given_name=given,
        family_name=family,
        email=row.text_or_none("professionalEmail"),
        title=row.text_or_none("linkedinJobTitle"),
        company=company,
        company_domain=domain,
        linkedin_url=page,
        location=row.text_or_none("location"),
        has_photo=next((bool(row.text(name)) for name in _PHOTOS if name in row), None),
        company_facts=CompanyAnswer(company, domain, industry, linkedin_url=company_page) if industry else None,
    )


def _sendable_page(subject: PersonQuestion) -> str | None:
    page = subject.linkedin_url
    return page if page and is_sendable(page) and _page(page) else None


def _page(url: str | None) -> str | None:
    """A profile's address as ours are written; None where it is none."""
    try:
        parts = urlsplit(url if url and "//" in url else f"https://{url}")
        host = parts.hostname or ""
    except ValueError:
        return None
    slug = _PATH.fullmatch(parts.path)
    return _PROFILES + slug[1].lower() if slug and f".{host}".endswith(".linkedin.com") else None


def _key(page: str) -> str:
    """Equal for every way to write the same page."""
    return unquote(_page(page) or "").casefold()


def _host(website: str | None) -> str | None:
    """The domain of a website's address."""
    try:
        host = urlsplit(website if "//" in website else f"https://{website}").hostname if website else None
    except ValueError:
        return None
    return host.removeprefix("www.") if host and "." in host else None


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    raise ProviderUnavailable(NAME, Fault.BAD_ANSWER)  # outside: no row in the context


def _profiles(access: Access, policy: Policy) -> PhantomBusterProfiles:
    """The agent that the policy names, at its pace."""
    wanted = policy.enrichment.linkedin
    return PhantomBusterProfiles(
        access.key, wanted.agent, access.base_url or BASE_URL, seconds_per_profile=wanted.seconds_per_profile
    )


VENDOR = Vendor(
    name=NAME,
    variables={"key": "PHANTOMBUSTER_API_KEY", "base_url": "PHANTOMBUSTER_BASE_URL"},
    offers={Layer.IDENTITY: Offer(make=_profiles, price=PRICE_PER_1000 / 1000)},
)
