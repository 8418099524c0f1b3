"""A real Chromium without a window, driven over its DevTools protocol: what a browser does, no library pretends."""

import base64
import itertools
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

PATIENCE_S = 60
FOREIGN = "evil.example"  # a name of another site; Chromium is told to find it on this machine


def program() -> str:
    """Chromium's path; a test that needs it is skipped where there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    pytest.skip("Chromium is not installed, so no browser was tried. On Debian: apt-get install chromium")


class Page:
    """One tab."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)

    def call(self, method: str, **parameters: Any) -> Any:
        """One command of the DevTools protocol; its events are left unread."""
        number = next(self._numbers)
        self._connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            told = json.loads(self._connection.recv(PATIENCE_S))
            if told.get("id") == number:
                assert "error" not in told, told
                return told["result"]

    def open(self, url: str) -> None:
        """As if it had been typed; waits until the page is there."""
        self.call("Page.enable")
        self.call("Page.navigate", url=url)
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def run(self, script: str) -> Any:
        """The value of an expression in the page; a promise is awaited."""
        told = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def until(self, condition: str) -> None:
        """Wait until an expression is true."""
        deadline = time.monotonic() + PATIENCE_S
        while not self.run(condition):
            assert time.monotonic() < deadline, f"not within {PATIENCE_S} s: {condition}; {self.text()[:500]}"
            time.sleep(0.1)

    def text(self) -> str:
        """What somebody reads there."""
        return str(self.run("document.body ? document.body.innerText : ''"))

    def picture(self, path: Path) -> None:
        """What it looks like, as PNG."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))


@contextmanager
def browser(folder: Path) -> Iterator[Page]:
    """A fresh profile in `folder`, which finds FOREIGN on this machine and no other name at all."""
    command = [
        program(), "--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-sync",
        "--disable-background-networking", "--disable-component-update", "--window-size=1400,900",
        f"--host-resolver-rules=MAP {FOREIGN} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
        "--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank",
    ]  # fmt: skip
    if os.getuid() == 0:
        command.insert(1, "--no-sandbox")  # Chromium's sandbox does not start as root
    port_file = folder / "DevToolsActivePort"
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not (port_file.exists() and len(port_file.read_text().splitlines()) == 2):
            assert process.poll() is None and time.monotonic() < deadline, "Chromium did not start"
            time.sleep(0.05)
        port, path = port_file.read_text().splitlines()
        with connect(f"ws://127.0.0.1:{port}{path}", max_size=None) as whole:
            target = Page(whole).call("Target.createTarget", url="about:blank")["targetId"]
        with connect(f"ws://127.0.0.1:{port}/devtools/page/{target}", max_size=None) as tab:
            yield Page(tab)
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
