"""Notifications on a browser that its owner let us wake, through the push service of the browser's maker."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import connection

from motcua.channels import push_sealing
from motcua.companies.context import current_company
from motcua.companies.models import Domain
from motcua.config import clock
from motcua.config.env import ENV
from motcua.kernel.ids import parse_id
from motcua.messaging import operations as messaging_ops
from motcua.messaging import queries as messaging_queries
from motcua.messaging.queries import InboxView
from motcua.messaging.rules import Capabilities, Delivery, Incoming, Receipt, SendFailed, Sent

CODE = "WEBPUSH"
TIMEOUT = httpx.Timeout(10.0, connect=4.0)
SLEEPING_PHONE = timedelta(days=1)
# The push services of browsers; an address anywhere else would make us call whatever somebody names.
SERVICES = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    ".notify.windows.com",
    ".push.apple.com",
)
STAND_IN_PATH = "/sandbox/push/"
GONE = frozenset({404, 410})
TOO_MANY = 429
_NOBODY = UUID(int=0)

_lock = threading.Lock()
_clients: dict[bool, httpx.Client] = {}


@lru_cache(maxsize=1)
def key() -> ec.EllipticCurvePrivateKey:
    """The installation's key, known to its browsers."""
    return push_sealing.sender_key(ENV.push_key)


def public_key() -> str:
    return push_sealing.public_text(key())


def is_stand_in(endpoint: str) -> bool:
    """An address of our own stand-in, in a demonstration alone."""
    base = f"{ENV.scheme}://127.0.0.1:{ENV.port}{STAND_IN_PATH}"
    return ENV.demo and not ENV.production and endpoint.startswith(base)


def is_known_service(endpoint: str) -> bool:
    """Whether the address is a push service's: nobody makes us call anything else."""
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.scheme != "https" or parts.username or port not in {None, 443}:
        return False
    return any(host == s or (s.startswith(".") and host.endswith(s)) for s in SERVICES)


def _client(is_strict: bool) -> httpx.Client:
    """One a process; our own stand-in on this machine may have a certificate that names another host."""
    with _lock:
        if is_strict not in _clients:
            _clients[is_strict] = httpx.Client(timeout=TIMEOUT, trust_env=False, verify=is_strict)
        return _clients[is_strict]


class WebPush:
    code = CODE
    capabilities = Capabilities(pushes=True, text_limit=600, buttons=0, marks=True, receipts=False)

    def parse(self, event: InboxView) -> Sequence[Incoming | Receipt]:
        raise ValueError("a push service tells us nothing")

    def send(self, delivery: Delivery) -> Sent:
        found = messaging_queries.find_subscription(parse_id(delivery.address) or _NOBODY)
        company = current_company()
        host = Domain.objects.filter(tenant=company, is_primary=True).values_list("domain", flat=True).first()
        if not connection.in_atomic_block:
            connection.close()
        if found is None:
            raise SendFailed("UNSUBSCRIBED", is_final=True)
        is_ours = is_stand_in(found.endpoint)
        if not is_ours and not is_known_service(found.endpoint):
            raise SendFailed("UNKNOWN_SERVICE", is_final=True)
        try:
            body = push_sealing.seal(
                orjson.dumps({"title": company.brand, "body": delivery.text, "id": delivery.id}),
                p256dh=found.p256dh, auth=found.auth,
            )  # fmt: skip
        except ValueError:
            raise SendFailed("BAD_KEYS", is_final=True) from None
        headers = {
            "Authorization": push_sealing.authorization(
                found.endpoint, key=key(), contact=company.site or f"mailto:webmaster@{host}", at=clock.now()
            ),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(int(SLEEPING_PHONE.total_seconds())),
            "Urgency": "normal",
            **({"Host": str(host)} if is_ours else {}),
        }
        try:
            answer = _client(not is_ours).post(found.endpoint, content=body, headers=headers)
        except httpx.TimeoutException:
            raise SendFailed("TIMEOUT") from None
        except httpx.HTTPError as error:
            raise SendFailed(type(error).__name__) from None
        if answer.status_code in GONE:
            messaging_ops.end_subscription(subscription_id=found.id, at=clock.now())
            messaging_ops.fall_back(outbox_id=parse_id(delivery.id) or _NOBODY, at=clock.now())
        return _judge(answer)


def _judge(answer: httpx.Response) -> Sent:
    if answer.is_success:
        return Sent(
            provider_ref=answer.headers.get("Location", "")[-120:], provider_code=str(answer.status_code)
        )
    if answer.status_code == TOO_MANY:
        told = answer.headers.get("Retry-After", "")
        wait = min(int(told), 3600) if told.isdigit() else 60
        raise SendFailed("TOO_MANY", retry_after=timedelta(seconds=wait))
    raise SendFailed(f"HTTP_{answer.status_code}", is_final=answer.status_code < 500)
