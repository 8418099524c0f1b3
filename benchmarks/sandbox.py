"""A fresh, throw-away home for one benchmark: folders, policy file, environment, and the commands that run in it."""

import contextlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = "bench"

# Documented and lawful, so that permission is worked out in full; unchecked mailboxes are published, as in the sample
# policy.
POLICY = f"""\
[sources.{SOURCE}]
documentation = "benchmarks/: invented people"
lawful_basis = "legitimate_interest"
electronic_marketing = "none"
electronic_marketing_reason = "Invented people: nobody writes to them."
assessment_ref = "LIA-BENCH"
purpose = "measuring"
retention_days = 3650
trust = 0.7

[gates]
max_failed_share = 0.5

[email]
mailable_verdicts = ["valid", "unknown/mailbox_not_checked"]
"""


def program(name: str) -> str:
    """A console script of the environment this Python belongs to."""
    return str(Path(sys.executable).with_name(name))


@dataclass(frozen=True)
class Sandbox:
    """Where one benchmark lives. `home` is CONTACT_PIPELINE_HOME."""

    folder: Path
    dns: str

    @property
    def home(self) -> Path:
        """Embedded database, archive, keys."""
        return self.folder / "home"

    @property
    def incoming(self) -> Path:
        """Watched folder."""
        return self.folder / "incoming"

    @property
    def environment(self) -> dict[str, str]:
        """This process's environment without any setting of the pipeline but the sandbox's own."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("CONTACT_PIPELINE_", "DAGSTER_"))}
        return kept | {
            "CONTACT_PIPELINE_HOME": str(self.home),
            "CONTACT_PIPELINE_INCOMING": str(self.incoming),
            "CONTACT_PIPELINE_POLICY": str(self.folder / "contact_pipeline.toml"),
            "CONTACT_PIPELINE_DNS": self.dns,
            "DAGSTER_DISABLE_TELEMETRY": "true",
        }

    def pipeline(self, *arguments: str) -> str:
        """Run contact-pipeline and return its stdout. Raises RuntimeError with the end of its stderr."""
        return self._run([program("contact-pipeline"), *arguments])

    def _run(self, command: Sequence[str]) -> str:
        done = subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{Path(command[0]).name} ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
        return done.stdout

    def sql(self, statement: str) -> str:
        """Through `contact-pipeline db psql`, which starts the server when needed. Returns CSV."""
        return self.pipeline("db", "psql", "--", "--csv", "-v", "ON_ERROR_STOP=1", "-c", statement)

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """The embedded server kept up; yields its URL."""
        self.pipeline("db", "start")
        try:
            yield self.pipeline("db", "url").strip()
        finally:
            self.pipeline("db", "stop")


@contextlib.contextmanager
def sandbox(dns: str, *, keep: bool = False) -> Iterator[Sandbox]:
    """A fresh sandbox, removed at the end unless `keep`."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    # Passable for the user the server runs as when we are root; the home inside keeps its own permissions.
    folder.chmod(0o711)
    try:
        (folder / "incoming" / SOURCE).mkdir(parents=True)
        (folder / "contact_pipeline.toml").write_text(POLICY, encoding="utf-8")
        yield Sandbox(folder, dns)
    finally:
        if not keep:
            shutil.rmtree(folder)


def machine() -> dict[str, object]:
    """What the figures were measured on; nothing that names the machine."""
    cpu = next((v for k, v in _colon_file("/proc/cpuinfo") if k == "model name"), platform.machine())
    memory = next((v for k, v in _colon_file("/proc/meminfo") if k == "MemTotal"), "0 kB")
    return {
        "cpu": cpu,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(int(memory.split()[0]) / 2**20, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def _colon_file(path: str) -> Iterator[tuple[str, str]]:
    with Path(path).open(encoding="utf-8") as file:
        for line in file:
            key, _, value = line.partition(":")
            yield key.strip(), value.strip()
