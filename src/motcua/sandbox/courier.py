"""How a stand-in calls us: signed calls over real HTTP to our own public address, at least once each.

A call is a row, kept until it was answered. A courier sends what is due: a thread of this process after an act, and a
job. What may go wrong on the way is in the row as well, see `Mishap`.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any, Generic, TypeVar

import httpx
import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Min

from motcua.companies import context
from motcua.config import clock
from motcua.config.env import ENV
from motcua.connectors import signed_calls
from motcua.kernel.clock import SystemClock
from motcua.kernel.results import Refused, gettext_noop
from motcua.sandbox.models import DeliveryState, OwedCall

log = structlog.get_logger(__name__)

# The stand-in is the outside world: its waiting is real waiting, whatever the demo's clock says.
OUTSIDE = SystemClock()
LATE_BY = timedelta(seconds=20)
HELD_AT_MOST = timedelta(seconds=15)
RETRY_FIRST = timedelta(seconds=2)
RETRY_LONGEST = timedelta(seconds=60)
LEASE = timedelta(seconds=45)
TIMEOUT_SECONDS = 20.0
SLOW_PIECES, SLOW_PAUSE_SECONDS = 10, 0.3

Call = TypeVar("Call", bound=OwedCall)
Fault = TypeVar("Fault", bound=StrEnum)


class Mishap(StrEnum):
    """What can go wrong with any call, under the names that a stand-in's own faults have too."""

    LATE = "late"
    LOST = "lost"
    DOUBLED = "doubled"
    REORDERED = "reordered"
    SLOW = "slow"
    WRONG_SIGNATURE = "wrong_signature"


class FaultUnknown(Refused):
    code = "FAULT_UNKNOWN"
    message = gettext_noop("Không có lỗi giả lập “%(fault)s”.")


def read_faults(kind: type[Fault], names: Iterable[str]) -> frozenset[Fault]:
    """A stand-in's faults by their names. Refuses FaultUnknown."""
    found = set()
    for name in sorted(set(names)):
        if name not in kind._value2member_map_:
            raise FaultUnknown(field="faults", fault=name)
        found.add(kind(name))
    return frozenset(found)


class Courier(ABC, Generic[Call]):
    """A stand-in's calls to us: planned, sent, and sent again until they are answered."""

    name: str
    model: type[Call]
    # Answers that a repeated call can never change.
    final_answers: frozenset[int]
    most_tries: int | None = None
    answer_length = 500

    def __init__(self) -> None:
        self._threads: dict[str, Background] = {}
        self._lock = threading.Lock()

    @abstractmethod
    def call(self, owed: Call, secret: str) -> httpx.Response:
        """Call us once, see `call_us`."""

    def learn(self, owed: Call, answer: httpx.Response) -> None:
        """What a good answer tells the stand-in."""
        return

    def done_with(self, owed: Call, answer: httpx.Response) -> None:
        """What a refusal tells the stand-in."""
        return

    def demo_secret(self, company_code: str) -> str:
        """The secret the stand-in shares with a company: known to this installation alone."""
        key = settings.SECRET_KEY.encode()
        return hmac.new(key, f"sandbox {self.name} {company_code}".encode(), sha256).hexdigest()

    def plan(self, faults: Collection[str], **call: Any) -> None:
        """Owe us a call, with what goes wrong with it. Call `start` after the commit."""
        is_late, is_held = Mishap.LATE in faults, Mishap.REORDERED in faults
        next_at = OUTSIDE.now() + (LATE_BY if is_late else HELD_AT_MOST if is_held else timedelta(0))
        first = self.model(
            **call,
            request_id=secrets.token_hex(12),
            is_lost_at_first=Mishap.LOST in faults,
            is_forged_at_first=Mishap.WRONG_SIGNATURE in faults,
            is_slow=Mishap.SLOW in faults,
            is_held=is_held,
            next_at=next_at,
        )
        planned = [first]
        if Mishap.DOUBLED in faults:  # with the same request id, and again with another
            for request_id in (first.request_id, secrets.token_hex(12)):
                planned.append(self.model(**call, request_id=request_id, next_at=next_at))
        self.model._default_manager.bulk_create(planned)

    def deliver_due(self, *, limit: int = 100) -> int:
        """Send the calls that are due in the current company; returns how many were tried."""
        tried = 0
        while tried < limit and (owed := self._claim()):
            self._send(owed)
            tried += 1
        return tried

    def start(self) -> None:
        """Let this process send the current company's calls now, in the background. The job does it as well."""
        company_code = context.current_company_code()
        with self._lock:
            thread = self._threads.get(company_code)
            if thread is None or not thread.is_alive():
                thread = self._threads[company_code] = Background(self, company_code)
        thread.wake()

    def seconds_to_next(self) -> float | None:
        """Until the next call falls due; None when nothing is owed."""
        pending = self.model._default_manager.filter(state=DeliveryState.PENDING)
        next_at = pending.aggregate(next_at=Min("next_at"))["next_at"]
        return None if next_at is None else max(0.05, (next_at - OUTSIDE.now()).total_seconds())

    @transaction.atomic
    def _claim(self) -> Call | None:
        """The next due call, leased: if this process dies while sending, it is due again after the lease."""
        now = OUTSIDE.now()
        owed = (
            self.model._default_manager.select_for_update(skip_locked=True)
            .filter(state=DeliveryState.PENDING, next_at__lte=now)
            .order_by("next_at", "id")
            .first()
        )
        if owed is not None:
            owed.attempts += 1
            owed.next_at = now + LEASE
            owed.save(update_fields=["attempts", "next_at"])
        return owed

    def _send(self, owed: Call) -> None:
        is_first = owed.attempts == 1
        if is_first and owed.is_lost_at_first:
            return self._again(owed, status=None, answer="")
        secret = self.demo_secret(context.current_company_code())
        if is_first and owed.is_forged_at_first:
            secret = secrets.token_hex(16)
        try:
            answer = self.call(owed, secret)
        except httpx.HTTPError as error:
            log.info("sandbox.no-answer", stand_in=self.name, error=type(error).__name__)
            return self._again(owed, status=None, answer=type(error).__name__)
        if answer.is_success:
            self.learn(owed, answer)
            return self._done(owed, DeliveryState.DELIVERED, answer)
        is_last = self.most_tries is not None and owed.attempts >= self.most_tries
        if answer.status_code in self.final_answers or is_last:
            self.done_with(owed, answer)
            return self._done(owed, DeliveryState.REFUSED, answer)
        return self._again(owed, status=answer.status_code, answer=answer.text)

    def _again(self, owed: Call, *, status: int | None, answer: str) -> None:
        """No answer that counts: unknown is not failed. Try later, twice as long each time."""
        wait = min(RETRY_FIRST * 2 ** min(owed.attempts - 1, 8), RETRY_LONGEST)
        owed.next_at = OUTSIDE.now() + wait
        owed.answer_status, owed.answer = status, answer[: self.answer_length]
        owed.save(update_fields=["next_at", "answer_status", "answer"])

    def _done(self, owed: Call, state: DeliveryState, answer: httpx.Response) -> None:
        owed.state = state
        owed.answer_status, owed.answer = answer.status_code, answer.text[: self.answer_length]
        owed.save(update_fields=["state", "answer_status", "answer"])
        # Something later has arrived: what was held back for that comes now.
        held = self.model._default_manager.filter(is_held=True, state=DeliveryState.PENDING, attempts=0)
        held.filter(id__lt=owed.pk).update(is_held=False, next_at=OUTSIDE.now())


class Background:
    """A thread of this process that sends a company's calls as they fall due, and sleeps in between."""

    def __init__(self, courier: Courier[Any], company_code: str) -> None:
        self.courier = courier
        self.company_code = company_code
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"{courier.name}-{company_code}", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        self._wake.set()

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        while True:
            self._wake.clear()
            wait = self._round()
            self._wake.wait(wait)

    def _round(self) -> float | None:
        """Send what is due; seconds until the next call falls due, None when nothing is owed."""
        try:
            with context.using_company(self.company_code):
                self.courier.deliver_due()
                return self.courier.seconds_to_next()
        except Exception as error:  # the database stops or restarts: the outside world goes on
            log.warning("sandbox.round-failed", stand_in=self.courier.name, error=type(error).__name__)
            return RETRY_FIRST.total_seconds()
        finally:
            connection.close()


def call_us(
    method: str,
    path: str,
    body: bytes,
    *,
    host: str,
    partner_code: str,
    secret: str,
    request_id: str,
    is_slow: bool = False,
    content_type: str = "application/json",
) -> httpx.Response:
    """One signed call to the pages, now. Raises httpx.HTTPError when there is no answer."""
    headers = signed_calls.signed_headers(
        partner_code=partner_code, secret=secret, method=method, path=path, request_id=request_id, body=body,
        at=clock.now(),
    )  # fmt: skip
    headers |= {"Content-Type": content_type, "Host": host, "Content-Length": str(len(body))}
    # A demo's certificate is its own; the call never leaves this machine.
    with httpx.Client(timeout=TIMEOUT_SECONDS, verify=False, trust_env=False) as client:  # noqa: S501
        content = _trickle(body) if is_slow else body
        return client.request(method, our_address() + path, content=content, headers=headers)


def our_address() -> str:
    """Where the pages answer. NAME.localhost does not resolve everywhere, so the address is the machine's own."""
    return f"{ENV.scheme}://127.0.0.1:{ENV.port}"


def _trickle(body: bytes) -> Iterator[bytes]:
    step = max(1, len(body) // SLOW_PIECES)
    for start in range(0, len(body), step):
        time.sleep(SLOW_PAUSE_SECONDS)
        yield body[start : start + step]
