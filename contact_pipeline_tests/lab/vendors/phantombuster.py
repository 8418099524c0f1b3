"""PhantomBuster v2 with one LinkedIn Profile Scraper: a launch makes a container, which starts, runs and finishes; its
result is JSON in a text. A page that was read before is left out, and if all were, the result is null."""

import itertools
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from contact_pipeline.core.providers import Fault, Layer
from contact_pipeline.profiles.ports import PersonQuestion
from contact_pipeline_tests.lab.facts import Facts, Sample
from contact_pipeline_tests.lab.persons import Person, company_of, person_at
from contact_pipeline_tests.lab.vendor import Request, Response, Vendor

LAUNCHED_AT = 1_790_000_000_000  # v2 counts milliseconds
PAGES_AT_ONCE = 10  # of a launch that does not say how many


@dataclass
class _Container:
    id: str
    argument: dict[str, Any]
    rows: list[dict[str, Any]] | None
    exit_code: int
    log: str
    polls: int


class PhantomBuster(Vendor):
    """polls: how often a container is not finished yet; first it is starting, then running. slots: how many run at
    once. saved: the agent's own settings. read: slugs it read before. pages_left: then its time is up. files: where
    results are: `inline`, `here` (a file on this host) or `elsewhere`. paid: pages opened, by their address; credits:
    how many may be.
    """

    name = "phantombuster"

    def __init__(
        self, *, agent: str = "4711", polls: int = 2, slots: int = 1, files: str = "inline", **base: Any
    ) -> None:
        super().__init__(**base)
        self.agent = agent
        self.polls = polls
        self.slots = slots
        self.files = files
        self.saved: dict[str, Any] = {"sessionCookie": "of-a-member"}
        self.read: set[str] = set()
        self.pages_left: int | None = None
        self.containers: dict[str, _Container] = {}
        self._numbers = itertools.count(7_000_000_000_000_001)

    def answer(self, request: Request) -> Response:
        """The key counts in its header only."""
        if request.headers.get("x-phantombuster-key") != self.key:
            return _error(401, "API key not found")
        id = request.query.get("id", "")
        container = self.containers.get(id)
        match request.method, request.path:
            case "GET", "/api/v2/orgs/fetch-resources":
                return Response({"monthlyExecutionTime": 3_600_000, "plan": {"name": "Lab", "slots": self.slots}})
            case "POST", "/api/v2/agents/launch":
                return self._launch(request.json)
            case "GET", "/api/v2/agents/fetch-output":
                return self._output() if id == self.agent else _error(404, "Agent not found")
            case "GET", "/api/v2/containers/fetch" if container:
                return self._fetch(container)
            case "GET", "/api/v2/containers/fetch-result-object" if container:
                return Response({"resultObject": self._result(container)})
            case "GET", path if path.startswith("/files/"):
                return Response(self.containers[path.removeprefix("/files/").removesuffix(".json")].rows)
        return _error(404, "Container not found")

    def _launch(self, body: dict[str, Any]) -> Response:
        if body.get("id") != self.agent:
            return _error(404, "Agent not found")
        if self.credits < 1:
            return _error(429, "No execution time left")
        argument = _object(body.get("argument"), self.saved) | _object(body.get("bonusArgument"), {})
        with self.lock:
            if sum(container.polls > 0 for container in self.containers.values()) >= self.slots:
                return _error(429, "Maximum number of parallel agents reached")
            id = str(next(self._numbers))
        rows, exit_code, log = self._run(argument)
        self.containers[id] = _Container(id, argument, rows, exit_code, log, self.polls)
        return Response({"containerId": id})

    def _run(self, argument: dict[str, Any]) -> tuple[list[dict[str, Any]] | None, int, str]:
        """What the agent will have found, its exit code and its log."""
        if not argument.get("sessionCookie"):
            return None, 1, "Not signed in to LinkedIn\n"
        single = argument.get("spreadsheetUrl")
        pages = [single] if single else argument.get("profileUrls", [])
        new = [page for page in pages if _slug(page) not in self.read]
        if not new:
            return None, 0, "Everybody was already processed\n"
        rows = []
        for page in new[: argument.get("numberOfAddsPerLaunch", PAGES_AT_ONCE)][: self.pages_left]:
            self.read.add(_slug(page))
            self.bill(page)
            person = person_at(_slug(page))
            rows.append(row(person, page) if person else {"profileUrl": page, "error": f"No profile at {page}"})
        return rows, 0, f"Opened {len(rows)} pages\n"

    def _fetch(self, container: _Container) -> Response:
        with self.lock:
            status = "finished" if container.polls <= 0 else "starting" if container.polls == self.polls else "running"
            container.polls -= 1
        is_done = status == "finished"
        return Response(
            {
                "id": container.id,
                "status": status,
                "createdAt": LAUNCHED_AT,
                "launchedAt": LAUNCHED_AT + 1_000,
                "endedAt": LAUNCHED_AT + 91_000 if is_done else None,
                "exitCode": container.exit_code if is_done else None,
                "exitMessage": "finished" if is_done else None,
                "launchType": "manual",
            }
        )

    def _output(self) -> Response:
        if not self.containers:
            return Response({"containerId": None, "status": "unknown", "output": "", "isAgentRunning": False})
        container = [*self.containers.values()][-1]
        is_done = container.polls < 0
        return Response(
            {
                "containerId": container.id,
                "status": "finished" if is_done else "running",
                "output": container.log if is_done else "",
                "outputPos": len(container.log),
                "isAgentRunning": not is_done,
                "canSoftAbort": not is_done,
                "mostRecentEndedAt": LAUNCHED_AT + 91_000 if is_done else 0,
            }
        )

    def _result(self, container: _Container) -> str | None:
        if container.polls >= 0 or container.rows is None:
            return None
        if self.files == "inline":
            return json.dumps(container.rows)
        place = f"{self.url}/files" if self.files == "here" else "https://phantombuster.s3.lab.test/files"
        return json.dumps({"csvURL": f"{place}/{container.id}.csv", "jsonUrl": f"{place}/{container.id}.json"})


def row(person: Person, page: str) -> dict[str, Any]:
    """A page as the scraper reads it. What it does not find is an empty text."""
    company = company_of(person.company_domain)
    return {
        "profileUrl": page,
        "linkedinProfileUrl": f"https://www.linkedin.com/in/{person.linkedin}/",
        "linkedinProfileSlug": person.linkedin,
        "linkedinProfileId": "900100",
        "linkedinProfileImageUrl": f"https://photos.lab.test/{person.linkedin}.jpg" if person.has_photo else "",
        "firstName": person.given,
        "lastName": person.family,
        "location": person.location,
        "linkedinHeadline": f"{person.title or 'Works'} at {person.company}",
        "linkedinDescription": "Likes bread.",
        "companyName": person.company,
        "companyIndustry": company.industry if company else "",
        "companyWebsite": f"https://www.{person.company_domain}/about" if company else "",
        "linkedinCompanyUrl": f"https://www.linkedin.com/company/{company.linkedin}/" if company else "",
        "linkedinJobTitle": person.title or "",
        "linkedinJobDateRange": "Mar 2021 - Present",
        "previousCompanyName": "Earlier Ltd",
        "linkedinPreviousJobTitle": "Trainee",
        "linkedinConnectionsCount": 321,
        "connectionDegree": "3rd",
        "professionalEmail": "",
        "refreshedAt": "2026-09-02T08:00:00.000Z",
    }


def _object(value: Any, otherwise: dict[str, Any]) -> dict[str, Any]:
    """An object, also as JSON in a text."""
    if value is None:
        return otherwise
    found: dict[str, Any] = json.loads(value) if isinstance(value, str) else value
    return found


def _slug(page: str) -> str:
    return unquote(urlsplit(page).path.strip("/").rpartition("/")[2]).lower()


def _error(status: int, message: str) -> Response:
    return Response({"status": "error", "message": message}, status)


FACTS = Facts(
    simulator=PhantomBuster,
    samples={
        Layer.IDENTITY: Sample(
            subject=PersonQuestion(linkedin_url="https://www.linkedin.com/in/mia-holt-110166689997154"),
            right={"name": "Mia Holt", "company": "D2 SAS"},
            nobody=PersonQuestion(linkedin_url="https://www.linkedin.com/in/nobody-at-all"),
        )
    },
    faults={"credits nothing in it": None},  # of the account only its being there is read
    no_credits=Fault.RATE_LIMITED,
)
