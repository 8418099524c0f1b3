"""Dagster's web server as we serve it: which of its routes are there, and how GraphQL may be asked.

Holds the places of dagster 1.13.27 that orchestration/user_interface.py is made of.
"""

from collections.abc import Iterator
from urllib.parse import quote

import dagster as dg
import pytest
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster_webserver.webserver import DagsterWebserver

from contact_pipeline.orchestration.user_interface import (
    DROPPED_ROUTES,
    KEPT_ROUTES,
    UserInterface,
    is_static,
    route_path,
)
from contact_pipeline_tests.web.served import Answered, ask, served

QUERY = "{ version }"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UserInterface]:
    folder = str(tmp_path_factory.mktemp("dagster"))
    with dg.DagsterInstance.local_temp(folder) as instance, WorkspaceProcessContext(instance, None, "lab-1") as context:
        yield UserInterface(context)


@pytest.fixture(scope="module")
def port(made: UserInterface) -> Iterator[int]:
    with served(made.create_asgi_app()) as found:
        yield found


def is_executed(answer: Answered) -> bool:
    return "lab-1" in answer.text


def test_every_route_of_dagster_is_decided(made: UserInterface) -> None:
    routes = [r for r in DagsterWebserver.build_routes(made) if not is_static(r)]  # type: ignore[no-untyped-call]
    assert {route_path(route) for route in routes} == KEPT_ROUTES | DROPPED_ROUTES
    assert {route_path(route) for route in made.build_routes() if not is_static(route)} == KEPT_ROUTES


@pytest.mark.parametrize("path", sorted(path for path in DROPPED_ROUTES if path.startswith("/report")))
def test_nothing_is_reported_from_outside(port: int, path: str) -> None:
    told = path.replace("{asset_key:path}", "contacts")
    for content_type in ("application/json", "text/plain"):
        answer = ask(port, "POST", told, [("Content-Type", content_type)], body="{}")
        assert answer.status == 405, answer.text


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8"])
def test_graphql_is_asked_by_post_with_json(port: int, content_type: str) -> None:
    answer = ask(port, "POST", "/graphql", [("Content-Type", content_type)], body=f'{{"query": "{QUERY}"}}')
    assert answer.status == 200 and is_executed(answer)


@pytest.mark.parametrize(
    "content_type",
    [
        None, "", "text/plain", "text/plain; application/json", "application/graphql", "text/json",
        "application/x-www-form-urlencoded", "multipart/form-data; boundary=application/json", "application/json-patch",
        "application/json,text/plain", "text/plain, application/json", "APPLICATION/JSON",
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/graphql", f"/graphql?query={quote(QUERY)}"])
@pytest.mark.parametrize("body", ['{"query": "{ version }"}', QUERY])
def test_graphql_with_another_content_type_is_not_executed(
    port: int, content_type: str | None, path: str, body: str
) -> None:
    headers = [] if content_type is None else [("Content-Type", content_type)]
    answer = ask(port, "POST", path, headers, body=body)
    assert answer.status == 415 and not is_executed(answer)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/graphql", "/graphql/", "//graphql", "/graphql%0a", "/%67raphql", "/GRAPHQL"])
@pytest.mark.parametrize("accepted", ["*/*", "text/html", "application/json"])
def test_graphql_by_another_method_is_not_executed(port: int, method: str, path: str, accepted: str) -> None:
    headers = [("Accept", accepted), ("Content-Type", "application/json")]
    for body in (None, '{"query": "{ version }"}'):
        for sought in (path, f"{path}?query={quote(QUERY)}"):
            answer = ask(port, method, sought, headers, body=body)
            assert not is_executed(answer), sought
            if method == "GET" and sought.startswith("/graphql?"):
                assert (answer.status, answer.headers["Allow"]) == (405, "POST")


def test_the_playground_is_a_page_without_a_query(port: int) -> None:
    answer = ask(port, "GET", "/graphql", [("Accept", "text/html")])
    assert answer.status == 200 and "graphiql" in answer.text
