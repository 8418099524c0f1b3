"""Who asks DNS: dnspython about few domains, c-ares about many; of the many a sample is asked through both.

dnspython sees the SOA record of a negative answer, so its times to live are true ones; c-ares is five times as fast.
Where c-ares cannot be loaded on a machine, dnspython stands in.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, islice

from contact_pipeline.emails.dns.resolver import DnsMailHostResolver
from contact_pipeline.emails.domain import judge_domain
from contact_pipeline.emails.ports import MailHostResolver, MailHosts
from contact_pipeline.emails.rules import EmailRules
from contact_pipeline.settings import NameServer

FEW = 200  # domains; a drop of a small list, or what is due again on a day
SAMPLED_EVERY = 250
MOST_SAMPLED = 40  # a second of dnspython's time


class ChoosingResolver:
    """MailHostResolver over the two. sampled: domains that both have answered; differing: how many of them differently.

    every_host: also mail hosts behind the first with a public address. rules: by which answers are compared.
    """

    def __init__(self, server: NameServer, *, rules: EmailRules, every_host: bool = False) -> None:
        self._server = server
        self._rules = rules
        self._every_host = every_host
        self.sampled = 0
        self.differing = 0

    def lookup(self, domains: Iterable[str]) -> Iterator[tuple[str, MailHosts]]:
        """See MailHostResolver.lookup."""
        source = iter(domains)
        first = list(islice(source, FEW + 1))
        bulk = self._bulk() if len(first) > FEW else None
        if bulk is None:
            yield from self._reference().lookup(chain(first, source))
            return
        sample: dict[str, MailHosts] = {}
        for number, (domain, answer) in enumerate(bulk.lookup(chain(first, source))):
            if number % SAMPLED_EVERY == 0 and len(sample) < MOST_SAMPLED:
                sample[domain] = answer
            yield domain, answer
        self._compare(sample)

    def _compare(self, sample: dict[str, MailHosts]) -> None:
        """By what follows from an answer: mail hosts of one preference come in any order. Whom nobody could answer
        says nothing."""
        for domain, again in self._reference().lookup(sample):
            answer = sample[domain]
            if answer.fault is None and again.fault is None:
                self.sampled += 1
                self.differing += self._meaning(answer) != self._meaning(again)

    def _meaning(self, answer: MailHosts) -> tuple[object, ...]:
        return answer.exists, answer.is_null_mx, answer.is_implicit, judge_domain(answer, rules=self._rules)

    def _reference(self) -> MailHostResolver:
        return DnsMailHostResolver(self._server.address, timeout_s=self._server.timeout_s, every_host=self._every_host)

    def _bulk(self) -> MailHostResolver | None:
        try:
            # For many: spares small drops 20 ms, and a machine without c-ares its failure.
            from contact_pipeline.emails.dns.bulk import BulkMailHostResolver
        except ImportError:
            return None
        return BulkMailHostResolver(self._server.address, timeout_s=self._server.timeout_s, every_host=self._every_host)
