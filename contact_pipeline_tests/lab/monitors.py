"""Datadog's and New Relic's intake, as far as figures go: what they keep, by what they know it, and their limits."""

import gzip
import json
from typing import Any

from contact_pipeline_tests.lab.vendor import Request, Response, Vendor


class Datadog(Vendor):
    """points: (metric, tags, second) → value. most_bytes: of a body."""

    name = "datadog"
    most_bytes = 500_000

    def __init__(self) -> None:
        super().__init__(key="dd-key-of-the-bench")
        self.points: dict[tuple[str, tuple[str, ...], int], float] = {}

    def answer(self, request: Request) -> Response:
        if request.headers.get("dd-api-key") != self.key:
            return Response({"errors": ["Forbidden"]}, 403)
        if request.path != "/api/v2/series":
            return Response({"errors": ["Not found"]}, 404)
        if len(request.body) > self.most_bytes:
            return Response({"errors": ["Payload too big"]}, 413)
        for series in json.loads(gzip.decompress(request.body))["series"]:
            assert series["type"] == 3
            for point in series["points"]:
                self.points[series["metric"], tuple(series["tags"]), point["timestamp"]] = point["value"]
        return Response({"errors": []}, 202)


class NewRelic(Vendor):
    """metrics: all that were taken; a request whose id is known is taken once."""

    name = "newrelic"
    most_bytes = 1_000_000

    def __init__(self) -> None:
        super().__init__(key="nr-key-of-the-bench")
        self.metrics: list[dict[str, Any]] = []
        self.known: set[str] = set()

    def answer(self, request: Request) -> Response:
        if request.headers.get("api-key") != self.key:
            return Response({}, 403)
        if len(request.body) > self.most_bytes:
            return Response({}, 413)
        number = request.headers["x-request-id"]
        if number not in self.known:
            self.known.add(number)
            for batch in json.loads(gzip.decompress(request.body)):
                self.metrics += [batch["common"] | metric for metric in batch["metrics"]]
        return Response({"requestId": number}, 202)
