"""What the stages have in common that judge: whom they may ask, and how a drop stands once they are through."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from contact_pipeline.asking.configured import Questions
from contact_pipeline.core.providers import Layer
from contact_pipeline.core.report import Check, StageReport
from contact_pipeline.stage.runs import DropStage, StageRun, fingerprint
from contact_pipeline.stage.verdict_store import VerdictStore


@contextmanager
def questions_of(
    stage: DropStage, layers: Mapping[Layer, int], key: Callable[[str], bytes]
) -> Iterator[Questions | None]:
    """Asks the providers of some layers about the drop's subjects; None where none of them is configured.

    layers: each with the days its answers stay fresh. key: the keyed hash of a subject.
    """
    session = stage.session
    if not any(session.vendors.of(*layers)):
        yield None
        return
    with session.connection(stage.name) as connection:
        yield Questions(
            session.vendors,
            connection,
            layers,
            key=key,
            now=session.clock(),
            drop_key=stage.drop_key,
            run_id=session.run_id,
            clock=session.clock,
        )


@dataclass(frozen=True)
class DropVerdicts:
    """How the drop's contacts stand. rows: contacts with a verdict. counts: rows by `status` and `status/sub_status`.

    unchanged_since: the last run, where nothing was due and it judged by the same rules.
    """

    stage: DropStage
    due: int
    rows: int
    counts: Mapping[str, int]
    unchanged_since: StageRun | None

    @property
    def is_new(self) -> bool:
        """Whether something was judged."""
        return self.unchanged_since is None

    def report(self, checks: tuple[Check, ...], questions: Questions | None) -> StageReport:
        """Of the stage; with what each provider was asked, answered and failed."""
        if self.unchanged_since:
            return self.stage.nothing_to_do(self.unchanged_since, checks)
        asked = questions.counts() if questions else {}
        return self.stage.report(self.rows, {**self.counts, "due": self.due, **asked}, checks)


def drop_verdicts(stage: DropStage, store: VerdictStore, version: str) -> DropVerdicts:
    """Count the verdicts and record the run, in the transaction that wrote them. version: of the rules."""
    last = stage.last_run()
    if last and last.rules == version and not store.due:
        return DropVerdicts(stage, 0, last.row_count, last.counts, last)
    found = store.verdicts()
    by_status: dict[str, int] = {}
    for verdict in found:
        by_status[verdict.status] = by_status.get(verdict.status, 0) + verdict.rows
    counts = by_status | {verdict.words: verdict.rows for verdict in found if verdict.sub_status}
    rows = sum(by_status.values())
    stage.record_and_publish(saw=fingerprint(store.due), rules=version, rows=rows, counts=counts)
    return DropVerdicts(stage, store.due, rows, counts, None)
