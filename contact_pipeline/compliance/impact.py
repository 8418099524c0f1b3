"""For an impact assessment (GDPR Art. 35(7)): a picture of the data flows, and risks with what lowers them. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from contact_pipeline.compliance.graph import Graph
from contact_pipeline.compliance.register import ASKS, NAME_SERVERS, Providers, recipients
from contact_pipeline.compliance.safeguards import (
    ACCOUNTED,
    ANSWERS,
    CHECKED_EMAILS,
    CHECKED_PHONES,
    CONSENT,
    COUNTED,
    DAILY,
    DECAY,
    DISCLOSED,
    ENDS_BY_ITSELF,
    ERASED,
    FIGURES,
    GATE,
    HISTORY,
    MASKED,
    ONLY_ALLOWED,
    OPT_OUT_AT_ONCE,
    OPT_OUT_MEASURED,
    REGISTER,
    REQUESTS,
    RETENTION,
    RETIRED,
    SCRUBBED,
    UNDOCUMENTED,
    Safeguard,
)
from contact_pipeline.policy.file import Policy
from contact_pipeline.policy.sections import SourcePolicy


@dataclass(frozen=True)
class Risk:
    """severity: for the person, by the program's author. Likelihood follows from how many sources make it likelier."""

    what: str
    severity: str
    because: str
    is_likelier: Callable[[Policy, Providers, str, SourcePolicy], bool]
    safeguards: tuple[Safeguard, ...]

    def exposed(self, policy: Policy, providers: Providers) -> int:
        """How many sources make it likelier."""
        return sum(self.is_likelier(policy, providers, name, source) for name, source in policy.sources.items())

    def likelihood(self, policy: Policy, providers: Providers) -> str:
        """low: no source does, medium: some, high: more than half of them."""
        exposed = self.exposed(policy, providers)
        return "low" if not exposed else "high" if 2 * exposed > len(policy.sources) else "medium"


RISKS = (
    Risk("Somebody is contacted without a ground", "significant", "have no documented ground",
         lambda policy, providers, name, source: not source.is_documented,
         (ONLY_ALLOWED, ENDS_BY_ITSELF, DAILY, UNDOCUMENTED)),
    Risk("Somebody is contacted against their word", "significant", "rest on consent, which can be withdrawn elsewhere",
         lambda policy, providers, name, source: source.lawful_basis == "consent",
         (ONLY_ALLOWED, OPT_OUT_AT_ONCE, OPT_OUT_MEASURED, CONSENT)),
    Risk("A person who was erased comes back", "significant", "may name them again in a later file",
         lambda policy, providers, name, source: source.origin == "vendor", (ERASED, ACCOUNTED)),
    Risk("People do not know that their data are here", "significant", "bring people who were not asked (Art. 14)",
         lambda policy, providers, name, source: source.origin == "vendor", (UNDOCUMENTED, REGISTER)),
    Risk("Data reach third parties", "significant", "are told to providers",
         lambda policy, providers, name, source: set(recipients(policy, providers, name)) != {NAME_SERVERS},
         (COUNTED, REGISTER)),
    Risk("Data are kept for longer than they are needed", "limited", "have no end of retention",
         lambda policy, providers, name, source: policy.retention_days(name) is None,
         (RETENTION, RETIRED, ENDS_BY_ITSELF, SCRUBBED, HISTORY)),
    Risk("What is said of a person is wrong", "limited", "are trusted by half or less",
         lambda policy, providers, name, source: source.trust <= 0.5,
         (GATE, ACCOUNTED, CHECKED_EMAILS, CHECKED_PHONES, ANSWERS, DECAY)),
    Risk("People are recognised by readers who need not know them", "limited",
         "hold company and title, which are not masked",
         lambda policy, providers, name, source: bool(source.documentation), (MASKED,)),
    Risk("A person's request is not answered in time", "limited", "are documented, so that people may ask about them",
         lambda policy, providers, name, source: bool(source.documentation), (REQUESTS, DISCLOSED, FIGURES)),
)  # fmt: skip


def flowchart(policy: Policy, providers: Providers, graph: Graph) -> list[str]:
    """Lines of a Mermaid flowchart: sources, the assets through which data of people go, and who is given them."""
    path = graph.path_of_people()
    return ["flowchart LR", *_nodes(policy, providers, graph, path), *_arrows(policy, providers, graph, path)]


def _asked(providers: Providers, asset: str) -> list[str]:
    return sorted({name for layer in ASKS.get(asset, ()) for name in providers.get(layer, ())})


def _nodes(policy: Policy, providers: Providers, graph: Graph, path: tuple[str, ...]) -> Iterator[str]:
    yield from (f'    {_source_id(name)}[/"{name}"/]' for name in sorted(policy.sources))
    yield from (f'    {_id(key)}["{key}"]' for key in path)
    told = sorted({NAME_SERVERS, *(name for key in path for name in _asked(providers, key))})
    yield from (f'    {_id(name)}(["{name}"])' for name in told)
    yield '    readers(["readers of curated"])'


def _arrows(policy: Policy, providers: Providers, graph: Graph, path: tuple[str, ...]) -> Iterator[str]:
    first = [key for key in path if not graph.assets[key].deps]
    yield from (f"    {_source_id(name)} --> {_id(key)}" for name in sorted(policy.sources) for key in first)
    yield from (f"    {_id(dep)} --> {_id(key)}" for key in path for dep in graph.assets[key].deps if dep in path)
    if "validated_emails" in path:
        yield f"    validated_emails -. domain .-> {_id(NAME_SERVERS)}"
    yield from (f"    {_id(key)} -. asks .-> {_id(name)}" for key in path for name in _asked(providers, key))
    yield from (f"    {_id(key)} --> readers" for key in path if key.startswith("curated/"))


def _id(name: str) -> str:
    """A word that Mermaid takes for the name of a node."""
    return name.partition(" (")[0].replace("/", "_").replace(" ", "_")


def _source_id(name: str) -> str:
    """The same for a source: two dashes would be an arrow, and two sources keep two names."""
    return "source_" + name.replace("_", "__").replace("-", "_h")
