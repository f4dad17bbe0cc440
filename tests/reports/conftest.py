"""Requests that live through random histories, by the operations alone."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from motcua.kernel.actors import Actor
from motcua.kernel.results import Refused
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from tests.requests.conftest import HOME_ANSWERS

UNITS = ("PD0000", "PD0100", "PD0400", "PD0600")
CHANNELS = ("WEB", "WEBCHAT", "COUNTER", "CALL", "PORTAL", "ZALO", "MESSENGER", "DESK")
STAFF = Actor.staff("all", "Thảo", ["INTAKE", "BUSINESS", "SUPERVISOR"], UNITS)
INFO = {"topic": "OTHER", "question": "Giờ làm việc?"}


def ask(
    at: datetime, *, key: str, channel: str = "WEB", unit: str = "PD0100", service: str = "INFO"
) -> request_ops.Receipt:
    """One request, asked of a unit."""
    answers = INFO if service == "INFO" else HOME_ANSWERS
    return request_ops.submit(
        service_code=service, answers=answers, channel=channel, actor=Actor.anonymous("v"), at=at, key=key, unit_code=unit,
    )  # fmt: skip


def answer(receipt: request_ops.Receipt, at: datetime, *, key: str) -> None:
    """Settle it."""
    request_ops.advance(
        request_id=receipt.request_id,
        action="answer",
        inputs={"answer": "Tám giờ."},
        actor=STAFF,
        at=at,
        key=key,
    )


class Histories:
    """A seeded writer of histories: each call does one more thing to some request, a refusal counts for nothing."""

    def __init__(self, seed: int, at: datetime) -> None:
        self.rng = random.Random(seed)
        self.at = at
        self.ids: list[Any] = []
        self.done = 0

    def step(self) -> None:
        self.at += timedelta(minutes=self.rng.randrange(1, 3 * 24 * 60))
        self.done += 1
        acts: list[Callable[[], object]] = [
            self._ask, self._ask, self._settle, self._settle, self._settle, self._settle, self._rate, self._trip, self._route, self._reopen, self._reject, self._cancel,
            self._explain,
        ]  # fmt: skip
        with contextlib.suppress(Refused):
            self.rng.choice(acts if self.ids else acts[:1])()

    def _any(self) -> dict[str, Any]:
        return {"request_id": self.rng.choice(self.ids), "at": self.at, "key": f"act-{self.done}"}

    def _ask(self) -> None:
        receipt = ask(
            self.at, key=f"ask-{self.done}", channel=self.rng.choice(CHANNELS), unit=self.rng.choice(UNITS),
            service=self.rng.choice(["INFO", "INFO", "NEW-LV-RES"]),
        )  # fmt: skip
        self.ids.append(receipt.request_id)

    def _settle(self) -> None:
        request_ops.advance(action="answer", inputs={"answer": "Vâng."}, actor=STAFF, **self._any())

    def _explain(self) -> None:
        party = self.rng.choice(["COMPANY", "CUSTOMER", "THIRD_PARTY"])
        request_ops.explain_late(party=party, reason="Vì sao chậm", actor=STAFF, **self._any())

    def _rate(self) -> None:
        told = self._any()
        state = request_queries.get_request(told["request_id"]).state
        customer = Actor.customer(state.customer_id) if state.customer_id else Actor.system("survey")
        request_ops.advance(action="rate", inputs={"score": self.rng.randrange(1, 6)}, actor=customer, **told)

    def _trip(self) -> None:
        request_ops.record_trip(actor=STAFF, **self._any())

    def _route(self) -> None:
        request_ops.reroute(
            unit_code=self.rng.choice(UNITS), reason="Đúng địa bàn", actor=STAFF, **self._any()
        )

    def _reopen(self) -> None:
        request_ops.reopen(reason="Xem lại", actor=STAFF, **self._any())

    def _reject(self) -> None:
        request_ops.reject(reason="Không đủ điều kiện", actor=STAFF, **self._any())

    def _cancel(self) -> None:
        request_ops.cancel(actor=STAFF, reason="Khách đổi ý", **self._any())


@pytest.fixture
def histories(at: datetime) -> Callable[[int], Histories]:
    return lambda seed: Histories(seed, at)
