"""Everything that may be missing or broken, arranged for real; as root a disk that is full or read-only is one.

Each row of the table says which needs of commands.py it breaks, how these commands end, and what they then have to say.
"""

import errno
import io
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from contact_pipeline_tests.installation import Installation


@dataclass
class Scene:
    """A filled installation, and what the {names} of a row's arguments stand for."""

    made: Installation
    patch: pytest.MonkeyPatch
    values: dict[str, str]

    def archived(self) -> list[Path]:
        """The files of both drops."""
        return [self.made.settings.archive / f"{self.values[name]}.csv" for name in ("drop", "held")]


Arrange = Callable[[Scene], Iterator[None]]


@dataclass(frozen=True)
class Fault:
    """breaks: whoever needs one of these words. says: what is in the message, for what, why and what to do."""

    name: str
    breaks: str
    arrange: Arrange = field(repr=False)
    says: tuple[str, ...]
    code: int = 1
    codes: dict[str, int] = field(default_factory=dict)  # of commands that end otherwise


FAULTS: list[Fault] = []


def fault(breaks: str, *says: str, code: int = 1, **codes: int) -> Callable[[Arrange], Arrange]:
    """A row of the table; the function arranges it for as long as its generator waits."""

    def add(arrange: Arrange) -> Arrange:
        FAULTS.append(Fault(arrange.__name__, breaks, arrange, says, code, codes))
        return arrange

    return add


def environment(scene: Scene, name: str, value: object) -> Iterator[None]:
    scene.patch.setenv(name, str(value))
    yield


PUT_BACK = ("Put it back from a backup, or drop the same file again", "replay")


@fault("archive", "archived file is missing", *PUT_BACK, approve=3)
def archived_file_missing(scene: Scene) -> Iterator[None]:
    for file in scene.archived():
        file.unlink()
    yield


@fault("archive", "archived file is missing", *PUT_BACK, approve=3)
def archive_is_no_folder(scene: Scene) -> Iterator[None]:
    shutil.rmtree(scene.made.settings.archive)
    scene.made.settings.archive.write_text("")
    yield


@fault("archive", "archived file is damaged", "SHA-256", *PUT_BACK, approve=3)
def archived_file_cut(scene: Scene) -> Iterator[None]:
    for file in scene.archived():
        file.write_bytes(file.read_bytes()[:-9])
    yield


@fault("archive", "archived file is damaged", "folder is in its place", *PUT_BACK, approve=3)
def archived_file_is_a_folder(scene: Scene) -> Iterator[None]:
    for file in scene.archived():
        file.unlink()
        file.mkdir()
    yield


@fault("archive-written", "could not be taken in", "No space left on device", "Make room", code=3)
def archive_full(scene: Scene) -> Iterator[None]:
    with full_disk(scene, scene.made.settings.archive):
        yield


@fault("archive-written", "could not be taken in", "Give this account the right", code=3)
def archive_read_only(scene: Scene) -> Iterator[None]:
    with read_only(scene.made.settings.archive):
        yield


@fault("key", "key file", "is missing", "Put the copy from your backup in its place")
def key_missing(scene: Scene) -> Iterator[None]:
    scene.made.settings.key_file.unlink()
    yield


@fault("key", "key file", "is damaged", "Put the copy from your backup in its place")
def key_broken(scene: Scene) -> Iterator[None]:
    scene.made.settings.key_file.write_text("not a key")
    yield


@fault("key", "key file", "not the one this database was made with", "CONTACT_PIPELINE_KEY_FILE")
def key_of_another_database(scene: Scene) -> Iterator[None]:
    # Without the ledger, which says so first.
    shutil.rmtree(scene.made.settings.ledger)
    scene.made.settings.key_file.write_text("ab" * 32)
    yield


@fault("policy", "policy.toml", "not valid TOML", "line 1", "docs/policy.md")
def policy_broken(scene: Scene) -> Iterator[None]:
    scene.made.settings.policy_path.write_text("[sources\n")
    yield


@fault("policy", "policy.toml", "is refused", "surprise", "docs/policy.md")
def policy_with_an_unknown_key(scene: Scene) -> Iterator[None]:
    scene.made.settings.policy_path.write_text("surprise = 1")
    yield


@fault("policy", "policy.toml", "not UTF-8", "Save it as UTF-8")
def policy_in_another_encoding(scene: Scene) -> Iterator[None]:
    scene.made.settings.policy_path.write_bytes("purpose = 'Müller'".encode("latin-1"))
    yield


@fault("policy", "policy file", "Is a directory", "name another")
def policy_is_a_folder(scene: Scene) -> Iterator[None]:
    yield from environment(scene, "CONTACT_PIPELINE_POLICY", scene.made.folder)


WRONG_URL = ("CONTACT_PIPELINE_DATABASE_URL", "is not a PostgreSQL URL", "Write postgresql://")


@fault("url", *WRONG_URL)
def url_of_another_database(scene: Scene) -> Iterator[None]:
    yield from environment(scene, "CONTACT_PIPELINE_DATABASE_URL", "mysql://u:geheim@localhost/x")


@fault("url", *WRONG_URL)
def url_without_a_port(scene: Scene) -> Iterator[None]:
    yield from environment(scene, "CONTACT_PIPELINE_DATABASE_URL", "postgresql://u:geheim@localhost:port/x")


NO_ANSWER = ("database does not answer", "server is up", "CONTACT_PIPELINE_DATABASE_URL")


@fault("database", *NO_ANSWER)
def server_silent(scene: Scene) -> Iterator[None]:
    yield from environment(scene, "CONTACT_PIPELINE_DATABASE_URL", "postgresql://u:geheim@127.0.0.1:1/x")


@fault("database", *NO_ANSWER)
def database_missing(scene: Scene) -> Iterator[None]:
    url = urlunsplit(urlsplit(scene.made.database_url)._replace(path="/nowhere"))
    yield from environment(scene, "CONTACT_PIPELINE_DATABASE_URL", url)


@fault("database key", "in.csv", "cannot be used", "CONTACT_PIPELINE_HOME", "CONTACT_PIPELINE_DATABASE_URL")
def home_not_writable(scene: Scene) -> Iterator[None]:
    scene.patch.delenv("CONTACT_PIPELINE_DATABASE_URL")
    yield from environment(scene, "CONTACT_PIPELINE_HOME", Path(scene.values["file"]) / "home")


@fault("ledger", "ledger cannot be read", "No such file", "CONTACT_PIPELINE_LEDGER", "Make its folder")
def ledger_missing(scene: Scene) -> Iterator[None]:
    yield from environment(scene, "CONTACT_PIPELINE_LEDGER", scene.made.folder / "share")


@fault("ledger", "of the ledger are missing", "CONTACT_PIPELINE_LEDGER", "restore it")
def ledger_lost(scene: Scene) -> Iterator[None]:
    shutil.rmtree(scene.made.settings.ledger)
    yield


@fault("ledger-written", "ledger cannot be written", "No space left on device", "Nothing was changed", "Make room")
def ledger_full(scene: Scene) -> Iterator[None]:
    """At the call: on a full disk the last block of the file still takes a few facts."""
    written, ledger = os.write, str(scene.made.settings.ledger)

    def full(descriptor: int, content: bytes) -> int:
        if str(Path(f"/proc/self/fd/{descriptor}").readlink()).startswith(ledger):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return written(descriptor, content)

    scene.patch.setattr(os, "write", full)
    yield


@fault("input", "does not exist", "--help", code=2)
def input_missing(scene: Scene) -> Iterator[None]:
    scene.values["file"] = str(scene.made.folder / "none.csv")
    yield


@fault("input", "is a directory", "--help", code=2)
def input_is_a_folder(scene: Scene) -> Iterator[None]:
    scene.values["file"] = str(scene.made.folder)
    yield


@fault("input-bytes", "/proc/self/mem cannot be read", "Input/output error", "disk or the share")
def input_unreadable(scene: Scene) -> Iterator[None]:
    scene.values["file"] = "/proc/self/mem"  # is a file, may be opened by its owner, and cannot be read at its start
    yield


@fault("input-text", "not UTF-8", "Export it again", "nothing was imported", code=2)
def input_in_another_encoding(scene: Scene) -> Iterator[None]:
    Path(scene.values["file"]).write_bytes("email,name\nquux@orchid.net,Müller\n".encode("latin-1"))
    yield


@fault("output", "out.bin", "cannot be written", "No such file", "name another", code=2)
def output_folder_missing(scene: Scene) -> Iterator[None]:
    scene.values["output"] = str(scene.made.folder / "none" / "out.bin")
    yield


@fault("output output-folder", "cannot be written", "Not a directory", "name another", code=2)
def output_below_a_file(scene: Scene) -> Iterator[None]:
    scene.values |= {"output": f"{scene.values['file']}/out.bin", "folder": f"{scene.values['file']}/drafts"}
    yield


@fault("output output-folder", "cannot be written", "Give this account the right")
def output_read_only(scene: Scene) -> Iterator[None]:
    with read_only(named_folder(scene)):
        yield


@fault("output output-folder", "cannot be written", "No space left on device", "Make room")
def output_full(scene: Scene) -> Iterator[None]:
    with full_disk(scene, named_folder(scene)):
        yield


@fault("drop", "There is no drop '20260101-crm-00000000'", "`contact-pipeline status` lists them", code=2)
def drop_unknown(scene: Scene) -> Iterator[None]:
    scene.values |= dict.fromkeys(("drop", "held"), "20260101-crm-00000000")
    yield


@fault("review", "There is no review 99", "`contact-pipeline review list` shows them", code=2)
def review_unknown(scene: Scene) -> Iterator[None]:
    scene.values["review"] = "99"
    yield


@fault("request", "There is no request REQ-99", "`contact-pipeline requests list` shows them", code=2)
def request_unknown(scene: Scene) -> Iterator[None]:
    scene.values["request"] = "REQ-99"
    yield


@fault("job", "No job with that label is held", "`contact-pipeline plan` names the held ones", code=2)
def job_unknown(scene: Scene) -> Iterator[None]:
    scene.values["job"] = "contact-pipeline-y"
    yield


@fault("known", "Nobody is known by that", code=2)
def person_unknown(scene: Scene) -> Iterator[None]:
    scene.values["email"] = "di.quux@orchid.net"
    yield


def named_folder(scene: Scene) -> Path:
    """A folder of its own for what commands write."""
    folder = scene.made.folder / "named"
    scene.values |= {"output": str(folder / "out.bin"), "folder": str(folder / "drafts")}
    return folder


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[bool]:
    """A small disk of its own; False where this account may not mount one."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    with mounted(folder, "ro") as is_mounted:
        if not is_mounted:
            folder.chmod(0o500)
        yield
        if not is_mounted:
            folder.chmod(0o700)


@contextmanager
def full_disk(scene: Scene, folder: Path) -> Iterator[None]:
    with mounted(folder, "size=16k") as is_mounted:
        if is_mounted:
            with pytest.raises(OSError, match="No space left"):
                (folder / "rest").write_bytes(bytes(64 * 1024))
        else:  # at the call that would write
            _refuse(scene, folder)
        yield


def _refuse(scene: Scene, folder: Path) -> None:
    opened = {module: module.open for module in (os, io)}
    for module, original in opened.items():

        def full(path: object, *more: object, _original: Callable[..., object] = original, **named: object) -> object:
            if isinstance(path, str | Path) and str(path).startswith(f"{folder}/"):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
            return _original(path, *more, **named)

        scene.patch.setattr(module, "open", full)
