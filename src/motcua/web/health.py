"""`/healthz`, `/metrics` and the local certificate: answered before a company is chosen, whatever the host
name.

Health is age, not length: how long the oldest thing has waited, how long since the worker showed itself.
`/healthz?only=pages` asks about this process and the database alone (what a load balancer needs);
`/healthz` about the whole house.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

import structlog
from django.db import connection
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from motcua.billing.einvoice import queries as invoice_queries
from motcua.channels import tokens as channel_tokens
from motcua.companies.models import Company
from motcua.config import clock
from motcua.config.env import ENV
from motcua.messaging import queries as messaging_queries
from motcua.payments import queries as payment_queries

log = structlog.get_logger(__name__)

WORKER_SILENT_SECONDS = 60.0
QUEUE_LATE_SECONDS = 120.0
INVOICES_LATE_SECONDS = 7200.0  # a large run is numbered and signed for a good while
CACHED_SECONDS = 1.0
CERTIFICATE_PATH = "/motcua-ca.crt"

GetResponse = Callable[[HttpRequest], HttpResponseBase]

REQUEST_SECONDS = Histogram(
    "motcua_request_seconds",
    "Time to answer a page, by the name of the view",
    ["view", "method"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
RESPONSES = Counter(
    "motcua_responses_total", "Answers by the name of the view and status", ["view", "status"]
)


@dataclass(frozen=True)
class QueueAge:
    """How long the oldest row of a company's queue has waited, how many wait, how many were given up."""

    company: str
    queue: str
    waiting: int
    oldest_seconds: float
    failed: int
    late_seconds: float = QUEUE_LATE_SECONDS


@dataclass(frozen=True)
class Health:
    """What is true of the whole house at one moment."""

    database: bool
    worker_seconds: float | None
    queues: tuple[QueueAge, ...]
    alarms: tuple[str, ...] = ()

    @property
    def problems(self) -> list[str]:
        if not self.database:
            return ["database does not answer"]
        found = []
        if self.worker_seconds is None:
            found.append("no worker has ever run")
        elif self.worker_seconds > WORKER_SILENT_SECONDS:
            found.append(f"worker silent for {self.worker_seconds:.0f} s")
        found += [
            f"{queue.company} {queue.queue}: oldest waits {queue.oldest_seconds:.0f} s"
            for queue in self.queues
            if queue.oldest_seconds > queue.late_seconds
        ]
        return found


def measure() -> Health:
    """Look at the worker's heart-beat and every company's queues; a database that fails is an answer, not
    an error.
    """
    try:
        connection.set_schema_to_public()  # type: ignore[attr-defined]
        with connection.cursor() as cursor:
            # the database's clock on both sides: a demonstration's clock may stand still
            cursor.execute(
                "SELECT extract(epoch FROM now() - max(last_heartbeat))::float FROM "
                "public.procrastinate_workers"
            )
            row = cursor.fetchone()
        at = clock.now()
        return Health(
            database=True, worker_seconds=row[0], queues=tuple(_queue_ages(at)), alarms=tuple(_alarms(at))
        )
    except Exception as error:  # any failure of the database is the finding itself
        log.warning("health.database-failed", error=type(error).__name__)
        return Health(database=False, worker_seconds=None, queues=())
    finally:
        connection.set_schema_to_public()  # type: ignore[attr-defined]


def _alarms(at: datetime) -> Iterator[str]:
    """What will stop a channel, or invoices, unless somebody does something: consent or a certificate that is missing or ends."""
    for company in Company.objects.filter(is_active=True).order_by("id"):
        connection.set_tenant(company)  # type: ignore[attr-defined]
        yield from (f"{company.code} {alarm}" for alarm in channel_tokens.list_alarms(at))
        yield from (f"{company.code} e-invoices: {alarm}" for alarm in invoice_queries.list_alarms(at))


def _queue_ages(at: datetime) -> Iterator[QueueAge]:
    for company in Company.objects.filter(is_active=True).order_by("id"):
        connection.set_tenant(company)  # type: ignore[attr-defined]
        found = messaging_queries.measure_health(at)
        yield QueueAge(
            company.code, "inbox", found.inbox_waiting, found.inbox_oldest.total_seconds(), found.inbox_parked
        )
        yield QueueAge(
            company.code,
            "outbox",
            found.outbox_waiting,
            found.outbox_oldest.total_seconds(),
            found.outbox_dead,
        )
        notices = payment_queries.measure_inbox(at)
        yield QueueAge(
            company.code, "bank-notices", notices.waiting, notices.oldest.total_seconds(), notices.failed
        )
        told = invoice_queries.measure_health(at)
        yield QueueAge(
            company.code,
            "e-invoices",
            told.waiting,
            told.oldest.total_seconds(),
            told.failed,
            INVOICES_LATE_SECONDS,
        )


class HealthMiddleware:
    """Outermost: answers the machines' questions itself, and measures every other answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self._measured: tuple[float, Health] | None = None

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        own: dict[str, GetResponse] = {
            "/healthz": self._healthz,
            "/metrics": self._metrics,
            CERTIFICATE_PATH: _certificate,
        }
        if request.path_info in own:
            return _only_read(request) or own[request.path_info](request)
        begun = time.perf_counter()
        response = self.get_response(request)
        match = getattr(request, "resolver_match", None)
        view = match.view_name if match and match.view_name else "none"
        REQUEST_SECONDS.labels(view, request.method or "").observe(time.perf_counter() - begun)
        RESPONSES.labels(view, str(response.status_code)).inc()
        return response

    def _health(self) -> Health:
        now = time.monotonic()
        if self._measured is None or now - self._measured[0] > CACHED_SECONDS:
            self._measured = (now, measure())
        return self._measured[1]

    def _healthz(self, request: HttpRequest) -> HttpResponse:
        if request.GET.get("only") == "pages":
            healthy = _database_answers()
            body: dict[str, object] = {"status": "ok" if healthy else "failing"}
        else:
            health = self._health()
            healthy = not health.problems
            body = {
                "status": "ok" if healthy else "failing",
                "problems": health.problems,
                "worker_seconds": health.worker_seconds,
                "queues": [asdict(queue) for queue in health.queues if queue.waiting or queue.failed],
                "alarms": list(health.alarms),
            }
        response = JsonResponse(body, status=200 if healthy else 503)
        response["Cache-Control"] = "no-store"
        if ENV.start_id:
            response["X-Motcua-Start"] = ENV.start_id
        return response

    def _metrics(self, request: HttpRequest) -> HttpResponse:
        if not _asked_from_inside(request):
            return HttpResponse(status=404)
        registry = CollectorRegistry()
        registry.register(_HouseCollector(self._health()))
        if ENV.metrics_dir:
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library's own
        else:
            registry.register(REQUEST_SECONDS)
            registry.register(RESPONSES)
        return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _HouseCollector(Collector):
    def __init__(self, health: Health) -> None:
        self.health = health

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "motcua_database_up", "1 when the database answers", value=int(self.health.database)
        )
        if self.health.worker_seconds is not None:
            yield GaugeMetricFamily(
                "motcua_worker_heartbeat_age_seconds",
                "Since a worker showed itself",
                value=self.health.worker_seconds,
            )
        labels = ["company", "queue"]
        waiting = GaugeMetricFamily("motcua_queue_waiting", "Rows that wait", labels=labels)
        oldest = GaugeMetricFamily(
            "motcua_queue_oldest_seconds", "Age of the oldest row that waits", labels=labels
        )
        failed = GaugeMetricFamily(
            "motcua_queue_failed", "Rows given up, for a person to look at", labels=labels
        )
        for queue in self.health.queues:
            where = [queue.company, queue.queue]
            waiting.add_metric(where, queue.waiting)
            oldest.add_metric(where, queue.oldest_seconds)
            failed.add_metric(where, queue.failed)
        yield from (waiting, oldest, failed)
        yield GaugeMetricFamily(
            "motcua_channel_alarms",
            "Channels whose consent is missing or ends soon",
            value=len(self.health.alarms),
        )


def _database_answers() -> bool:
    try:
        connection.set_schema_to_public()  # type: ignore[attr-defined]
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    except Exception as error:
        log.warning("health.database-failed", error=type(error).__name__)
        return False


def _asked_from_inside(request: HttpRequest) -> bool:
    """Metrics are for this machine and the private network, never for what came through a proxy from
    outside.
    """
    if "HTTP_X_FORWARDED_FOR" in request.META:
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_private
    except ValueError:
        return False


def _only_read(request: HttpRequest) -> HttpResponse | None:
    """The answer to whoever wants anything else than to read."""
    return None if request.method in {"GET", "HEAD"} else HttpResponseNotAllowed(["GET", "HEAD"])


def _certificate(_request: HttpRequest) -> HttpResponseBase:
    """The local authority's certificate, for a phone to install (`make run HOST=…`)."""
    path = ENV.home / "certificates" / "ca.crt"
    if not path.exists():
        return HttpResponse(status=404)
    return FileResponse(path.open("rb"), content_type="application/x-x509-ca-cert", filename="motcua-ca.crt")
