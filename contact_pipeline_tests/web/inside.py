"""Somebody at the pages, by HTTP: signs in, reads, sends forms of pages they have read."""

import html
import re
from collections.abc import Mapping
from typing import Any

import requests

from contact_pipeline.web.inside.accounts import add_user
from contact_pipeline_tests.lab.lab import Lab

PASSWORD = "correct horse battery"


class Reader:
    """One browser without script. base: of the server."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.browser = requests.Session()

    def get(self, path: str, **headers: str) -> requests.Response:
        return self.browser.get(self.base + path, headers=headers, timeout=60)

    def post(
        self, path: str, form: Mapping[str, str] | None = None, *, files: Any = None, **headers: str
    ) -> requests.Response:
        """As a browser sends it, with the token of the overview unless the form has one; redirects are followed."""
        data = dict(form or {})
        data.setdefault("token", self.token())
        sent = {"Origin": self.base} | headers
        return self.browser.post(self.base + path, data=data, files=files, headers=sent, timeout=60)

    def token(self, path: str = "/") -> str:
        found = re.search(r'name="token" value="([^"]*)"', self.get(path).text)
        return html.unescape(found[1]) if found else ""

    def sign_in(self, name: str, password: str = PASSWORD) -> requests.Response:
        form = {"name": name, "password": password, "token": self.token("/sign-in")}
        return self.browser.post(f"{self.base}/sign-in", data=form, headers={"Origin": self.base}, timeout=60)


def signed_in(lab: Lab, port: int, role: str) -> Reader:
    """A new user of that role, named like it, who is in."""
    add_user(lab.session, role, role, PASSWORD)
    reader = Reader(port)
    assert reader.sign_in(role).status_code == 200
    return reader


def text_of(answer: requests.Response) -> str:
    """What somebody reads, roughly."""
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.text))
