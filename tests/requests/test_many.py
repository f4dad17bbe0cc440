"""The set-based twins write what the single acts write."""

from __future__ import annotations

import contextlib
import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Model

from motcua.customers import operations as customer_ops
from motcua.customers.models import Customer
from motcua.kernel.actors import Actor
from motcua.kernel.results import Invalid
from motcua.messaging.models import OutboxMessage
from motcua.reports import operations as report_ops
from motcua.reports.models import Contribution
from motcua.requests import operations as request_ops
from motcua.requests import queries
from motcua.requests.models import Changed, DoneOnce, Entry, Request, RequestData
from motcua.supply import operations as supply_ops
from motcua.supply.models import Place
from tests.requests.conftest import HOME_ANSWERS

pytestmark = pytest.mark.usefixtures("company")
STAFF = Actor.staff("all", "Thảo", ["INTAKE", "BUSINESS", "SUPERVISOR"], ["PD0000", "PD0100", "PD0400"])
SURVEY = Actor.system("survey")
OWN = {
    "id",
    "number",
    "request_id",
    "place_id",
    "customer_id",
    "note",
    "due_lines",
    "code_word_hash",
    "key",
    "answer",
}


def orders(seed: int, at: datetime, prefix: str) -> list[request_ops.Order]:
    """A random lot: questions without and with a phone, faults with a place, homes; every channel."""
    rng = random.Random(seed)
    made = []
    for n in range(24):
        service = rng.choice(["INFO", "INFO", "FAULT", "COMPLAINT", "NEW-LV-RES"])
        answers: dict[str, Any] = {
            "INFO": {"topic": rng.choice(["METER", "OTHER"]), "question": "Vì sao?", **({"phone": "0901234567"} if rng.random() < 0.3 else {})},
            "FAULT": {"danger": False, "what": "WEAK", "place": {"text": "Cột 7, phường Đống Đa, Hà Nội"}, "phone": "0901234567"},
            "COMPLAINT": {"about": "STAFF", "story": "Chờ lâu.", "full_name": f"Trần Văn {chr(65 + n % 7)}", "phone": "0912345678"},
            "NEW-LV-RES": {**HOME_ANSWERS, "full_name": f"Nguyễn Thị {chr(65 + n)}"},
        }[service]  # fmt: skip
        made.append(
            request_ops.Order(
                service_code=service, answers=answers, channel=rng.choice(["WEB", "ZALO", "COUNTER", "CALL", "API"]), actor=Actor.anonymous("v"),
                at=at + timedelta(minutes=rng.randrange(40 * 24 * 60)), key=f"{prefix}:{n}",
                unit_code=rng.choice(["", "PD0100", "PD0400"]), reception=rng.choice(["", "", "UNKNOWN"]),
            )
        )  # fmt: skip
    return made


def moves(lot: list[request_ops.Order], ids: list[Any], prefix: str) -> list[list[request_ops.Move]]:
    """First what staff do, then what those who got their answer say of it."""
    first, second = [], []
    for n, (order, id) in enumerate(zip(lot, ids, strict=True)):
        action, inputs = {
            "INFO": ("answer", {"answer": "Vì thế."}), "FAULT": ("known", {"answer": "Cắt theo lịch."}),
            "COMPLAINT": ("settled_at_once", {"answer": "Xin lỗi."}),
            "NEW-LV-RES": ("accept", {"needs_survey": False, "cost_vnd": 450_000, "cost_note": "cáp"}),
        }[order.service_code]  # fmt: skip
        first.append(
            request_ops.Move(id, action, inputs, STAFF, order.at + timedelta(hours=n), f"{prefix}:{n}:a")
        )
        if order.service_code == "INFO" and n % 2:
            second.append(
                request_ops.Move(
                    id, "rate", {"score": 1 + n % 5}, SURVEY, order.at + timedelta(days=3), f"{prefix}:{n}:r"
                )
            )
    return [first, second]


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items() if k not in OWN and not k.endswith("_hash")}
    return [plain(v) for v in value] if isinstance(value, list) else value


def written() -> dict[str, Any]:
    """Everything that was written, without the ids and numbers that each request has of its own."""
    rows = list(Request.objects.order_by("submitted_at", "id"))
    place = {row.id: n for n, row in enumerate(rows)}
    sms = OutboxMessage.objects.values_list("channel", "address", "texts", "kind", "language")
    return {
        "rows": [plain({name: getattr(row, name) for name in queries.STATE_FIELDS}) for row in rows],
        "parties": [(_of(Customer, row.customer_id), _of(Place, row.place_id)) for row in rows],
        "customers": Customer.objects.count(),
        "data": [plain({f: getattr(d, f) for f in ("answers", "inputs", "representative", "papers_asked")})
                 for d in RequestData.objects.filter(request_id__in=place).order_by("request__submitted_at", "request_id")],
        "journal": [(place[e.request_id], e.seq, e.name, e.at, e.actor, plain(e.payload))
                    for e in sorted(Entry.objects.all(), key=lambda e: (place[e.request_id], e.seq))],
        "messages": sorted(map(str, sms)),
        "keys": sorted((row.act, str(plain(row.answer))) for row in DoneOnce.objects.filter(act__in=["submit", "advance"])),
        "feed": sorted(place[id] for id in Changed.objects.values_list("request_id", flat=True)),
    }  # fmt: skip


def _of(model: type[Model], id: Any) -> dict[str, Any] | None:
    """A customer or place as it was made for a request, but for its id."""
    found = model._default_manager.filter(id=id).values().first()
    return plain(found) if found else None


class Undo(Exception):
    """Rolls a try back."""


def tried(play: Any) -> tuple[dict[str, Any], list[Any]]:
    """What the play writes, taken back afterwards."""
    found: list[Any] = []
    with contextlib.suppress(Undo), transaction.atomic():
        play()
        found.append(written())
        while report_ops.roll_up(at=datetime.fromisoformat("2026-12-31T00:00:00+00:00")):
            pass
        found.append(sorted(map(str, Contribution.objects.values_list("parts", flat=True))))
        raise Undo
    return found[0], found[1]


class TestTwins:
    @pytest.mark.parametrize("seed", range(3))
    def test_write_what_the_single_acts_write(self, at, seed):
        lot = orders(seed, at, "k")

        def singly() -> None:
            ids = [
                request_ops.submit(
                    service_code=o.service_code, answers=o.answers, channel=o.channel, actor=o.actor, at=o.at, key=o.key,
                    unit_code=o.unit_code, reception=o.reception,
                ).request_id
                for o in lot
            ]  # fmt: skip
            for part in moves(lot, ids, "k"):
                for m in part:
                    request_ops.advance(
                        request_id=m.request_id,
                        action=m.action,
                        inputs=m.inputs,
                        actor=m.actor,
                        at=m.at,
                        key=m.key,
                    )

        def together() -> None:
            ids = [receipt.request_id for receipt in request_ops.submit_many(lot)]
            for part in moves(lot, ids, "k"):
                request_ops.advance_many(part)

        one, two = tried(singly), tried(together)

        for name, wanted in one[0].items():
            assert two[0][name] == wanted, name
        assert two[1] == one[1]
        assert len(one[0]["rows"]) == 24
        assert one[0]["messages"]

    def test_take_unit_place_and_province_from_the_account_that_is_named(self, at):
        """As the single act does: of a contract known, of a code nobody has, with and without a unit told."""
        seed, long_ago = Actor.system("seed"), datetime.fromisoformat("2018-01-05T02:00:00+00:00")
        supply_ops.add_stock_meters(serials=["18000000001"], unit_code="PD0100", actor=seed, at=long_ago)
        place = supply_ops.create_place(
            text="Số 3 phố Huế",
            house="3",
            district="Hai Bà Trưng",
            province_code="01",
            actor=seed,
            at=long_ago,
        )
        holder = customer_ops.create_customer(
            full_name="Nguyễn Thị Hoa", phone="0901234567", actor=seed, at=long_ago
        )
        account = supply_ops.connect_supply(
            request_id=None, customer_id=holder.id, place_id=place.id, unit_code="PD0100", meter_serial="18000000001", first_reading="0",
            seals=["S-1"], phases=1, quota=1, contract_number="18/1", energised_at=long_ago, actor=seed, at=long_ago, key="begin",
        ).account_code  # fmt: skip
        lot = [
            request_ops.Order(
                service_code="INFO", answers={"topic": "METER", "question": "Vì sao?", "account_code": code}, channel="WEB",
                actor=Actor.anonymous("v"), at=at + timedelta(minutes=n), key=f"k:{n}", unit_code=unit,
            )
            for n, (code, unit) in enumerate([(account, ""), (account, "PD0400"), ("PD01009999999", ""), (account, "")])
        ]  # fmt: skip

        def singly() -> None:
            for o in lot:
                request_ops.submit(
                    service_code=o.service_code, answers=o.answers, channel=o.channel, actor=o.actor, at=o.at, key=o.key,
                    unit_code=o.unit_code,
                )  # fmt: skip

        one, two = tried(singly), tried(lambda: request_ops.submit_many(lot))

        assert two == one
        assert [(row["unit_code"], row["province_code"]) for row in one[0]["rows"]] == [
            ("PD0100", "01"), ("PD0400", "01"), ("PD0000", ""), ("PD0100", "01"),
        ]  # fmt: skip
        assert [(customer is None, place is None) for customer, place in one[0]["parties"]] == [
            (True, False), (True, False), (True, True), (True, False),
        ]  # fmt: skip

    def test_the_same_keys_again_answer_as_the_first_time(self, at):
        lot = [o for o in orders(1, at, "k") if o.service_code == "INFO"]
        first = request_ops.submit_many(lot)
        second = request_ops.submit_many(lot)
        [moved, _] = moves(lot, [r.request_id for r in first], "k")
        request_ops.advance_many(moved)

        assert [(r.request_id, r.was_sent_before) for r in second] == [(r.request_id, True) for r in first]
        assert all(done.was_done_before for done in request_ops.advance_many(moved))
        assert Request.objects.count() == len(lot)

    def test_one_that_is_wrong_stops_all(self, at):
        lot = orders(2, at, "k")[:4]
        wrong = request_ops.Order(
            service_code="INFO", answers={}, channel="WEB", actor=Actor.anonymous("v"), at=at, key="wrong"
        )

        with pytest.raises(Invalid), transaction.atomic():
            request_ops.submit_many([*lot, wrong])

        assert Request.objects.count() == DoneOnce.objects.filter(act="submit").count() == 0

    def test_replay_equals_the_row(self, at):
        lot = orders(0, at, "k")
        ids = [r.request_id for r in request_ops.submit_many(lot)]
        for part in moves(lot, ids, "k"):
            request_ops.advance_many(part)

        for row in Request.objects.all():
            assert queries.replay_request(row.id) == queries.state_of(row)

    def test_an_unknown_reception_stays_unknown_and_counts_so(self, at):
        [receipt] = request_ops.submit_many([o for o in orders(0, at, "k") if o.reception == "UNKNOWN"][:1])

        assert queries.get_request(receipt.request_id).state.reception == "UNKNOWN"
