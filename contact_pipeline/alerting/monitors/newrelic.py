"""New Relic's Metric API: gauges. A request is known by its id, so a repetition is none; what is wrong with a point it
says later, in its own NrIntegrationError events."""

import gzip
import json
import uuid
from collections.abc import Sequence

from contact_pipeline.adapters.http import HttpClient
from contact_pipeline.alerting.figures import PREFIX, Figures, Sample
from contact_pipeline.alerting.monitors.halving import in_halves

KEY, ADDRESS = "NEW_RELIC_LICENSE_KEY", "NEW_RELIC_BASE_URL"
US, EU = "https://metric-api.newrelic.com", "https://metric-api.eu.newrelic.com"
PATH = "/metric/v1"
OLDEST_S = 48 * 3600
MOST_BYTES = 900_000  # of a body that may have 1 MB
MOST_VALUE = 4096  # letters of an attribute
TIMEOUT_S = 20.0
NAMESPACE = uuid.UUID("6d0d4f0e-52a1-4d5e-9a4e-0d2f3a7c9b11")


class NewRelic:
    """One account. Keys of the European region begin with eu. Raises ConfigurationError where the address is none."""

    name = "newrelic"
    oldest_s = OLDEST_S

    def __init__(self, key: str, *, base_url: str = "") -> None:
        address = base_url or (EU if key.startswith("eu") else US)
        self._client = HttpClient(self.name, address, connections=1, headers={"Api-Key": key}, timeout_s=TIMEOUT_S)

    def push(self, figures: Figures, at_s: int) -> int:
        """All of them, as of that second; returns in how many requests. Raises ProviderUnavailable, ProviderRefused."""
        return in_halves(figures.samples, lambda samples: self._takes(samples, at_s), name=self.name)

    def _takes(self, samples: Sequence[Sample], at_s: int) -> bool:
        text = json.dumps([{
            "common": {"timestamp": at_s * 1000, "attributes": {"service.name": "contact_pipeline"}},
            "metrics": [_metric(sample) for sample in samples],
        }]).encode()  # fmt: skip
        body = gzip.compress(text, mtime=0)
        if len(body) > MOST_BYTES:
            return False
        headers = {
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
            "x-request-id": str(uuid.uuid5(NAMESPACE, text.decode())),
        }
        answer = self._client.request("POST", PATH, data=body, headers=headers, expected=(202, 413), is_free=True)
        return answer.status != 413


def _metric(sample: Sample) -> dict[str, object]:
    labels = zip(sample.family.labels, sample.labels, strict=True)
    return {
        "name": PREFIX.rstrip("_") + "." + sample.family.name,
        "type": "gauge",
        "value": sample.value,
        "attributes": {name: value[:MOST_VALUE] for name, value in labels},
    }
