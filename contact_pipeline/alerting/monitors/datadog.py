"""Datadog's metrics, v2: gauges. The same metric, tags and second again replaces the value, so a repetition is none."""

import gzip
import json
from collections.abc import Sequence

from contact_pipeline.adapters.http import HttpClient
from contact_pipeline.alerting.figures import PREFIX, Figures, Sample
from contact_pipeline.alerting.monitors.halving import in_halves

KEY, SITE, ADDRESS = "DD_API_KEY", "DD_SITE", "DD_BASE_URL"
DEFAULT_SITE = "datadoghq.com"
PATH = "/api/v2/series"
GAUGE = 3
OLDEST_S = 3600  # older points are dropped without a word
MOST_BYTES = 400_000  # of a body that may have 500 kB, compressed; 5 MB before
MOST_PLAIN_BYTES = 4_000_000
MOST_TAG = 200
TIMEOUT_S = 20.0


class Datadog:
    """One account. Raises ConfigurationError where site or address is none."""

    name = "datadog"
    oldest_s = OLDEST_S

    def __init__(self, key: str, *, site: str = "", base_url: str = "") -> None:
        address = base_url or f"https://api.{site or DEFAULT_SITE}"
        self._client = HttpClient(self.name, address, connections=1, headers={"DD-API-KEY": key}, timeout_s=TIMEOUT_S)

    def push(self, figures: Figures, at_s: int) -> int:
        """All of them, as of that second; returns in how many requests. Raises ProviderUnavailable, ProviderRefused."""
        return in_halves(figures.samples, lambda samples: self._takes(samples, at_s), name=self.name)

    def _takes(self, samples: Sequence[Sample], at_s: int) -> bool:
        text = json.dumps({"series": [_series(sample, at_s) for sample in samples]}).encode()
        body = gzip.compress(text, mtime=0)
        if len(body) > MOST_BYTES or len(text) > MOST_PLAIN_BYTES:
            return False
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        answer = self._client.request("POST", PATH, data=body, headers=headers, expected=(202, 413), is_free=True)
        return answer.status != 413


def _series(sample: Sample, at_s: int) -> dict[str, object]:
    labels = zip(sample.family.labels, sample.labels, strict=True)
    return {
        "metric": PREFIX.rstrip("_") + "." + sample.family.name,
        "type": GAUGE,
        "points": [{"timestamp": at_s, "value": sample.value}],
        "tags": [f"{name}:{value}"[:MOST_TAG] for name, value in labels],
    }
