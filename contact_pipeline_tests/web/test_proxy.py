"""The proxy of docs/operations.md, as it stands there: with a login the UI works through it, its web-socket too, and
what the guard refuses is still refused. Needs nginx and openssl."""

import base64
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from websockets import Origin
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from contact_pipeline_tests.web.served import served
from contact_pipeline_tests.web.test_guard import Recorder

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
NAME = "pipeline.example"
LOGIN = {"Authorization": "Basic " + base64.b64encode(b"ana:secret").decode()}
PATIENCE_S = 20

pytestmark = pytest.mark.skipif(
    not (shutil.which("nginx") and shutil.which("openssl")), reason="nginx or openssl is not installed"
)


@dataclass
class Proxy:
    """nginx before a guarded server that would do anything for anybody."""

    port: int
    tls: ssl.SSLContext

    @property
    def origin(self) -> str:
        return f"https://{NAME}:{self.port}"

    def status(self, method: str = "GET", **headers: str) -> int:
        request = urllib.request.Request(f"https://127.0.0.1:{self.port}/graphql", method=method)
        for name, value in ({"Host": f"{NAME}:{self.port}"} | headers).items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, context=self.tls, timeout=PATIENCE_S) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def web_socket(self, origin: str | None, **headers: str) -> int:
        """101 when it opens."""
        plain = socket.create_connection(("127.0.0.1", self.port), PATIENCE_S)
        try:
            with connect(
                f"wss://{NAME}:{self.port}/graphql",
                sock=plain,
                ssl=self.tls,
                origin=Origin(origin) if origin else None,
                additional_headers=headers,
                proxy=None,
            ) as opened:
                return opened.response.status_code if opened.response else 0
        except InvalidStatus as error:
            return error.response.status_code


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder, app = tmp_path_factory.mktemp("proxy"), Recorder()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", f"/CN={NAME}",
         "-addext", f"subjectAltName=DNS:{NAME}", "-keyout", folder / "key", "-out", folder / "cert"],
        check=True, capture_output=True,
    )  # fmt: skip
    hashed = subprocess.run(["openssl", "passwd", "-apr1", "secret"], check=True, capture_output=True, text=True).stdout
    (folder / "users").write_text(f"ana:{hashed}")
    (folder / "users").chmod(0o644)
    with served(app) as app.port:
        (said,) = re.findall(r"^```nginx\n(.*?)^```", OPERATIONS.read_text("utf-8"), re.MULTILINE | re.DOTALL)
        for old, new in (
            ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
            ("127.0.0.1:3000", f"127.0.0.1:{app.port}"),
            (f'"https://{NAME}"', f'"https://{NAME}:{port}"'),
            ("/etc/ssl/pipeline.pem", str(folder / "cert")),
            ("/etc/ssl/private/pipeline.key", str(folder / "key")),
            ("/etc/nginx/pipeline.users", str(folder / "users")),
        ):
            assert old in said
            said = said.replace(old, new)
        places = " ".join(
            f"{kind}_temp_path {folder};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"daemon off; pid {folder}/pid; error_log {folder}/error; events {{}}\n"
            f"http {{ access_log off; {places}\n{said}\n}}\n"
        )
        folder.chmod(0o755)
        who = "user root;" if os.geteuid() == 0 else ""  # else its workers could not enter the folder
        process = subprocess.Popen(["nginx", "-e", folder / "error", "-c", folder / "nginx.conf", "-g", who])
        try:
            tls = ssl.create_default_context(cafile=folder / "cert")
            tls.check_hostname = False  # asked for by its address; the certificate itself is checked
            found = Proxy(port, tls)
            deadline = time.monotonic() + PATIENCE_S
            while not answers(port):
                assert process.poll() is None and time.monotonic() < deadline, (folder / "error").read_text()
                time.sleep(0.02)
            yield found
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def test_nobody_gets_through_without_the_password(proxy: Proxy) -> None:
    wrong = {"Authorization": "Basic " + base64.b64encode(b"ana:wrong").decode()}
    for headers in ({}, wrong):
        assert proxy.status(**headers) == proxy.status("POST", Origin=proxy.origin, **headers) == 401
        assert proxy.web_socket(proxy.origin, **headers) == 401


def test_the_ui_works_through_it_and_so_does_its_web_socket(proxy: Proxy) -> None:
    assert proxy.status(**LOGIN) == 200
    assert proxy.status("POST", Origin=proxy.origin, Sec_Fetch_Site="same-origin", **LOGIN) == 200
    assert proxy.web_socket(proxy.origin, **LOGIN) == 101


def test_pages_of_others_are_refused_behind_it_too(proxy: Proxy) -> None:
    for origin in ("https://evil.example", "null", "http://127.0.0.1:3000", f"http://{NAME}", f"https://{NAME}"):
        assert proxy.status("POST", Origin=origin, **LOGIN) == 403, origin
        assert proxy.web_socket(origin, **LOGIN) == 403, origin
    assert proxy.status(Sec_Fetch_Site="cross-site", **LOGIN) == 403
    assert proxy.web_socket(None, **LOGIN) == 403
