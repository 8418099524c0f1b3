"""What this process counts, for `/metrics`. Names and small numbers only: never who it was about."""

from prometheus_client import CollectorRegistry, Counter, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]  # a time stamp beside every count doubles the answer
REGISTRY = CollectorRegistry()
CALLS = Counter("contact_pipeline_web_calls", "Answered calls from senders.", ("door", "status"), registry=REGISTRY)
EVENTS = Counter("contact_pipeline_web_events", "Events received and stored.", ("door",), registry=REGISTRY)
LEAVES = Counter("contact_pipeline_web_unsubscribes", "Opt-outs by ticket.", ("way",), registry=REGISTRY)
WORKED_OFF = Counter(
    "contact_pipeline_events_worked_off", "Stored events worked off here.", ("outcome",), registry=REGISTRY
)
