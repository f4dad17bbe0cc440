"""What the edge counts."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

WEBHOOKS = Counter(
    "motcua_edge_webhooks_total", "Webhook calls",
    ["company", "channel", "result"],
    registry=REGISTRY,
)  # fmt: skip
BATCH = Histogram(
    "motcua_edge_batch_rows", "Inbox rows committed together", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512),
    registry=REGISTRY,
)  # fmt: skip
STORING = Histogram(
    "motcua_edge_store_seconds", "From a webhook's arrival to its commit",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.3, 1, 3), registry=REGISTRY,
)  # fmt: skip
STREAMS = Gauge("motcua_edge_streams", "Open live streams", registry=REGISTRY)
EVENTS = Counter("motcua_edge_events_total", "Messages played to streams", registry=REGISTRY)
RESYNCS = Counter("motcua_edge_resyncs_total", "Times the LISTEN connection was made anew", registry=REGISTRY)
