"""The words between the pipeline and a service that answers for money: what is asked, what came back, why nothing did.

A vendor is one file in vendors/. Its providers, one for each layer, implement `Provider` and at least one of `Single`,
`Batch`, `Job`; the generic part (ledger, budget, freshness, pacing, retries) is not their business.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from contact_pipeline.core.errors import PermanentError, TransientError

LONGEST_SUBJECT = 254  # bytes: RFC 5321 4.5.3.1.3, as every vendor reads it


def is_sendable(subject: str) -> bool:
    """What a vendor would reject is not sent: nothing, too long, or with control characters, which split CSV rows."""
    return 0 < len(subject.encode()) <= LONGEST_SUBJECT and subject.isprintable()


class Layer(StrEnum):
    """What a provider is asked about."""

    MAILBOX = "mailbox"
    ACTIVITY = "activity"
    CARRIER = "carrier"
    PERSON = "person"  # who somebody is
    COMPANY = "company"
    ADDRESS = "address"  # which e-mail address somebody has
    IDENTITY = "identity"  # the public profile itself, looked at


VERDICT_LAYERS = (Layer.MAILBOX, Layer.ACTIVITY, Layer.CARRIER)  # what an answer says is a verdict of ours
PROFILE_LAYERS = (Layer.PERSON, Layer.ADDRESS, Layer.COMPANY, Layer.IDENTITY)  # what an answer says is personal data


@dataclass(frozen=True)
class ProviderNames:
    """Whom the policy may name, by what they are asked about: the vendors' own names, from vendors/registry.py.

    profile: those of `person`, and those that look at a profile itself. any: all of them.
    """

    mailbox: tuple[str, ...]
    activity: tuple[str, ...]
    lookup: tuple[str, ...]
    person: tuple[str, ...]
    profile: tuple[str, ...]
    any: tuple[str, ...]


def in_words(names: Sequence[str]) -> str:
    """'this', 'that' or 'another'. Not for none."""
    *others, last = map(repr, names)
    return f"{', '.join(others)} or {last}" if others else last


class Outcome(StrEnum):
    """How a call ended: ops.provider_calls.outcome."""

    RESERVED = "reserved"  # about to be sent, or sent and not answered yet
    ANSWERED = "answered"
    NOT_FOUND = "not_found"  # the provider knows nothing of the subject: a normal answer
    REJECTED = "rejected"  # the provider refuses this one subject
    OPTED_OUT = "opted_out"  # the person asked the provider for no processing (Hunter's 451): nobody is asked again
    PENDING = "pending"  # accepted, and answered to the same question later (202); `retry_after_s` says when
    FAILED = "failed"  # no answer; `fault` says why
    OUTCOME_UNKNOWN = "outcome_unknown"  # sent, and nobody can tell whether it was done and billed: for a person


class Fault(StrEnum):
    """Why a call gave no answer. Never a statement about the subject."""

    TIMEOUT = "timeout"
    CONNECTION = "connection"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    NOT_READY = "not_ready"  # accepted, still working (202, 222)
    BAD_ANSWER = "bad_answer"  # HTML instead of JSON, truncated, wrong types
    OTHER_SUBJECT = "other_subject"  # answered for something that was not asked
    TOO_LARGE = "too_large"  # more bytes than an answer may have, after decompression
    TOO_SLOW = "too_slow"  # still sending when the time for the whole answer was over
    TOO_MANY_ROWS = "too_many_rows"  # more answers than subjects
    REPEATED_SUBJECT = "repeated_subject"  # two answers for one subject: nobody can tell which is true
    UNAUTHORIZED = "unauthorized"
    NO_CREDITS = "no_credits"
    FORBIDDEN = "forbidden"
    BAD_REQUEST = "bad_request"
    JOB_FAILED = "job_failed"
    CIRCUIT_OPEN = "circuit_open"  # not sent: the provider failed too often just now


# Asked for again, the same answer would come again.
OVERRUNS = (Fault.TOO_LARGE, Fault.TOO_MANY_ROWS, Fault.REPEATED_SUBJECT)


class ProviderUnavailable(TransientError):  # noqa: N818 - the tree says what it is
    """No answer this time. `is_sent`: the request may have reached the provider, so it may have been billed."""

    def __init__(
        self, provider: str, fault: Fault, *, is_sent: bool = True, retry_after_s: float | None = None
    ) -> None:
        super().__init__(f"{provider} gave no answer ({fault}). The next run asks again.")
        self.provider = provider
        self.fault = fault
        self.is_sent = is_sent
        self.retry_after_s = retry_after_s


class ProviderRefused(PermanentError):  # noqa: N818 - the tree says what it is
    """The provider wants nothing from us until a person acts (wrong key, no credits). Stops this provider only."""

    def __init__(self, provider: str, fault: Fault, hint: str = "") -> None:
        super().__init__(f"{provider} refuses us ({fault}). {hint}".rstrip())
        self.provider = provider
        self.fault = fault


A = TypeVar("A", covariant=True)


@dataclass(frozen=True, slots=True)
class Reply(Generic[A]):
    """What a provider said of one subject. `answer` in our words, `raw_*` in its own, kept whole.

    subject: exactly as asked: an address, a number, a domain or a question object.
    answer: only for ANSWERED. is_billed: by the provider's documented rule.
    is_known: False where the provider used a word that its table does not hold (then the answer is unknown).
    retry_after_s: when the provider, or the server behind it, wants to be asked again (greylisting).
    """

    subject: Any
    outcome: Outcome
    answer: A | None = None
    raw_status: str | None = None
    raw_sub_status: str | None = None
    reference: str | None = None
    is_billed: bool = True
    is_known: bool = True
    retry_after_s: float | None = None


def once_each(
    provider: str, replies: Iterable[Reply[Any]], *, most: int, key: Callable[[Any], bytes]
) -> Iterator[Reply[Any]]:
    """At most `most` replies, at most one for each subject. Raises ProviderUnavailable with the over-run's name."""
    seen: set[bytes] = set()
    for reply in replies:
        subject = key(reply.subject)
        if subject in seen:
            raise ProviderUnavailable(provider, Fault.REPEATED_SUBJECT)
        if len(seen) == most:
            raise ProviderUnavailable(provider, Fault.TOO_MANY_ROWS)
        seen.add(subject)
        yield reply


@dataclass(frozen=True, slots=True)
class Limits:
    """The provider's documented limits: `calls` requests in `seconds`; how many at once; how much fits in one."""

    calls: int
    seconds: float
    connections: int = 10
    batch_size: int = 1
    job_size: int = 0
    job_from: int = 0  # below so many subjects a job is not worth its wait


class JobState(StrEnum):
    """Where a bulk job stands."""

    WAITING = "waiting"  # uploaded, not started: `start` is due
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"


class Provider(Protocol):
    """What every provider has. Built with its key and base URL; no call is made before the first question.

    Every call raises ProviderUnavailable (transient) or ProviderRefused (terminal) where there is no answer.
    """

    name: str
    limits: Limits

    def credits(self) -> float | None:
        """Credits left, by the provider's own count; None where it has no such call. Raises ProviderRefused for a
        wrong key, so that it is found before anything is sent."""
        ...


class Single(Provider, Protocol[A]):
    """Asked one by one, from `limits.connections` threads at once."""

    def ask(self, subject: Any) -> Reply[A]:
        """One subject, one paid call."""
        ...


class Batch(Provider, Protocol[A]):
    """Up to `limits.batch_size` in one request, answered at once."""

    def ask_batch(self, subjects: Sequence[Any]) -> Sequence[Reply[A]]:
        """A reply for each subject, in any order."""
        ...


class Job(Provider, Protocol[A]):
    """Up to `limits.job_size` in one upload, answered later.

    `is_findable`: `upload` alone costs nothing, or the job can be found again by its label; a crash between upload and
    its answer then repeats nothing. Else such a crash leaves OUTCOME_UNKNOWN.
    """

    is_findable: bool

    def upload(self, subjects: Sequence[Any], *, label: str) -> str:
        """Returns the provider's job id. label: our own name for it, which names nobody."""
        ...

    def find(self, label: str) -> str | None:
        """The id of the job with that label, where the provider can be asked for it; else None."""
        ...

    def start(self, job: str) -> None:
        """Called when `state` says WAITING. From here on it costs."""
        ...

    def state(self, job: str) -> JobState:
        """Where the job stands."""
        ...

    def results(self, job: str) -> Iterator[Reply[A]]:
        """A reply for each uploaded subject that the provider knows of; streams page by page."""
        ...
