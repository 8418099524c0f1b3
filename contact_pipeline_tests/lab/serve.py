"""The whole lab at once: every simulated vendor, the mail hosts and the DNS that names them, all on loopback.

`serve()` runs it in this process, `serve_apart()` in one of its own, where it takes no time from what is measured.
`environment` is what the pipeline must be given to ask the lab instead of the world.
"""

import argparse
import contextlib
import importlib
import json
import pkgutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, Protocol

from contact_pipeline.vendors.registry import vendors as declared
from contact_pipeline_tests.dns_server import serve as serve_dns
from contact_pipeline_tests.lab import vendors as folder
from contact_pipeline_tests.lab.facts import Facts
from contact_pipeline_tests.lab.mail import MailLab
from contact_pipeline_tests.lab.persons import company_of
from contact_pipeline_tests.lab.vendor import Vendor
from contact_pipeline_tests.lab.vendors.hunter import Hunter
from contact_pipeline_tests.lab.zone import ROOT as DOMAIN
from contact_pipeline_tests.lab.zone import zone

ROOT = Path(__file__).resolve().parents[2]


class ServedLab(Protocol):
    """A lab that is up. smtp_port: of all its mail hosts."""

    environment: Mapping[str, str]
    smtp_port: int

    def charged(self) -> dict[str, int]:
        """How many subjects each vendor has charged for so far; free ones do not count."""
        ...


@dataclass
class LocalLab:
    """In this process."""

    vendors: Mapping[str, Vendor]
    environment: Mapping[str, str]
    smtp_port: int

    def charged(self) -> dict[str, int]:
        """See ServedLab. Reacher counts what it was asked, and is free."""
        return {name: 0 if name == "reacher" else vendor.paid.total() for name, vendor in self.vendors.items()}


@dataclass
class RemoteLab:
    """In a process of its own, which is asked over its standard streams."""

    environment: Mapping[str, str]
    smtp_port: int
    questions: IO[str] = field(repr=False)
    answers: IO[str] = field(repr=False)

    def charged(self) -> dict[str, int]:
        """See ServedLab."""
        self.questions.write("charged\n")
        self.questions.flush()
        counts: dict[str, int] = json.loads(self.answers.readline())
        return counts


@cache
def every_fact() -> Mapping[str, Facts]:
    """What each file of lab/vendors states, by the vendor's name; but for files that several of them share."""
    modules = [importlib.import_module(f"{folder.__name__}.{m.name}") for m in pkgutil.iter_modules(folder.__path__)]
    facts: list[Facts] = [module.FACTS for module in modules if hasattr(module, "FACTS")]
    return {each.simulator.name: each for each in facts}


def environment_of(vendor: Vendor) -> dict[str, str]:
    """The variables by which the pipeline finds a vendor, as its own file names them."""
    said = vendor.access()
    return {name: said[part] for part, name in declared()[vendor.name].variables.items() if part in said}


@contextlib.contextmanager
def serve(*, domains: int = 20, latency_s: float = 0.0) -> Iterator[LocalLab]:
    """domains: ordinary ones, d0.lab.test and so on. latency_s: before every answer of a vendor."""
    with contextlib.ExitStack() as opened:
        vendors = {
            name: opened.enter_context(facts.simulator(latency_s=latency_s)) for name, facts in every_fact().items()
        }
        for vendor in vendors.values():
            if isinstance(vendor, Hunter):
                vendor.companies = _companies(domains)
        mail = opened.enter_context(MailLab(ordinary=domains))
        dns = opened.enter_context(serve_dns(zone(ordinary_domains=domains)))
        environment = {"CONTACT_PIPELINE_DNS": "{}:{}".format(*dns.address)}
        for vendor in vendors.values():
            environment |= environment_of(vendor)
        yield LocalLab(vendors, environment, mail.port)


@contextlib.contextmanager
def serve_apart(*, domains: int = 20, latency_s: float = 0.0) -> Iterator[RemoteLab]:
    """The same in a child process, which ends with the block, or with this process."""
    command = [sys.executable, "-m", __name__, f"--domains={domains}", f"--latency={latency_s}"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        assert process.stdin and process.stdout
        try:
            yield RemoteLab(**json.loads(process.stdout.readline()), questions=process.stdin, answers=process.stdout)
        finally:
            process.stdin.close()
            process.wait(10)


def _companies(domains: int) -> dict[str, str]:
    """Domains of the ordinary ones by their company's name, which Hunter's finder looks up."""
    names = [f"d{n}.{DOMAIN}" for n in range(domains)]
    return {company.name.casefold(): name for name in names if (company := company_of(name))}


def main() -> None:
    """Says on stdout where everything is, then answers each line of stdin with the charges, until it ends."""
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__)
    parser.add_argument("--domains", type=int, default=20)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before every answer of a vendor")
    arguments = parser.parse_args()
    with serve(domains=arguments.domains, latency_s=arguments.latency) as lab:
        _say({"environment": lab.environment, "smtp_port": lab.smtp_port})
        for _ in sys.stdin:
            _say(lab.charged())


def _say(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
