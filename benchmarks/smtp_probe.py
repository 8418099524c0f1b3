"""The SMTP probe: seconds for addresses of many domains whose servers take their time over every reply. Prints JSON.

The servers are the lab's (contact_pipeline_tests/lab/mail.py), in another process, so that their work is not counted
as the probe's; one mail host for each domain. Nothing leaves the machine.
"""

import argparse
import json
import multiprocessing
import resource
import time
from collections import Counter
from multiprocessing.connection import Connection

from contact_pipeline.emails.dns.bulk import BulkMailHostResolver
from contact_pipeline.emails.smtp.probe import SmtpProbe
from contact_pipeline_tests.dns_server import serve
from contact_pipeline_tests.lab.mail import MailLab
from contact_pipeline_tests.lab.truth import Mailbox, mailbox_of
from contact_pipeline_tests.lab.zone import zone

# What the probe must say of each truth; the lab's own words are the local parts.
EXPECTED = {
    Mailbox.DELIVERABLE: "valid",
    Mailbox.NO_MAILBOX: "invalid",
    Mailbox.DISABLED: "invalid",
    Mailbox.FULL: "risky",
}
LOCAL_PARTS = ("clara.dorn{}", "max.tarn{}", "no_mailbox-{}", "ida.quell{}", "disabled-{}", "theo.brandt{}", "full-{}")


class Memory:
    """Of one run."""

    def __init__(self) -> None:
        self.domains: dict[str, bool] = {}

    def get(self, domain: str) -> bool | None:
        """See CatchAllMemory."""
        return self.domains.get(domain)

    def put(self, domain: str, is_catch_all: bool) -> None:
        """See CatchAllMemory."""
        self.domains[domain] = is_catch_all


def serve_mail(domains: int, latency_s: float, pipe: Connection) -> None:
    """The other process: answers until told to end."""
    with serve(zone(ordinary_domains=domains)) as dns, MailLab(ordinary=domains, latency_s=latency_s) as lab:
        pipe.send((dns.address, lab.port))
        pipe.recv()
        pipe.send((lab.seen.connections.total(), lab.seen.most_in_all, sum(lab.seen.commands.values())))


def measure(*, addresses: int, domains: int, latency_s: float, connections: int) -> dict[str, object]:
    """One run."""
    here, there = multiprocessing.Pipe()
    servers = multiprocessing.get_context("spawn").Process(target=serve_mail, args=(domains, latency_s, there))
    servers.start()
    try:
        dns, port = here.recv()
        people = [f"{LOCAL_PARTS[n % 7].format(n)}@d{n % domains}.lab.test" for n in range(addresses)]
        probe = SmtpProbe(
            BulkMailHostResolver(dns),
            helo_name="probe.us.test",
            mail_from="verify@us.test",
            memory=Memory(),
            port=port,
            connections=connections,
            allow_private_addresses=True,
        )
        started, cpu = time.perf_counter(), time.process_time()
        replies = list(probe.ask_many(people))
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        here.send(None)
        opened, at_once, commands = here.recv()
    finally:
        servers.join(30)
    wrong = sum(reply.answer is None or reply.answer.status != EXPECTED[mailbox_of(reply.subject)] for reply in replies)
    return {
        "addresses": addresses,
        "domains": domains,
        "latency_ms": round(latency_s * 1000),
        "connections": connections,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu, 2),
        "addresses_per_second": round(addresses / seconds, 1),
        "replies": len(replies),
        "wrong": wrong,
        "verdicts": Counter(str(reply.answer.status) for reply in replies if reply.answer),
        "opened": opened,
        "most_at_once": at_once,
        "commands": commands,
        "peak_rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.smtp_probe", description=__doc__)
    parser.add_argument("--addresses", type=int, default=2_000)
    parser.add_argument("--domains", type=int, default=500)
    parser.add_argument("--latency-ms", type=float, default=200)
    parser.add_argument("--connections", type=int, default=50)
    given = parser.parse_args()
    print(
        json.dumps(
            measure(
                addresses=given.addresses,
                domains=given.domains,
                latency_s=given.latency_ms / 1000,
                connections=given.connections,
            ),
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
