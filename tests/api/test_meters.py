"""The head-end interface as a metering system sees it."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.test import Client

from motcua.billing import operations as billing_ops
from motcua.companies.context import using_company
from motcua.companies.models import AuditEntry
from motcua.config import clock
from motcua.connectors import signed_calls
from motcua.connectors.meters import batches, head_ends, intake, pruning
from motcua.connectors.models import HandedReading, HeadEndMinute, ReadingBatch
from motcua.kernel.actors import Actor
from motcua.kernel.clock import FixedClock
from motcua.supply.models import Reading
from tests.billing.accounts import UNIT, make, meter_of

NOW = datetime(2025, 11, 6, 3, tzinfo=UTC)
OCT = date(2025, 10, 5)
AT = "2025-11-05T09:00:00+07:00"
CODE, SECRET = "DO-XA", "h" * 40
SYSTEM = Actor.system("test")


def add(code: str = CODE, secret: str = SECRET, **changes: Any) -> None:
    head_ends.add_head_end(
        **{"code": code, "name": "Đo xa", "unit_code": UNIT, "secret": secret, "actor": SYSTEM, "at": NOW, **changes}
    )  # fmt: skip


def row(id: str, meter: str, value: Any = 120, *, register: str = "KT", at: str = AT, **more: Any) -> dict:
    return {"id": id, "meter": meter, "register": register, "at": at, "value": value, **more}


numbers = itertools.count()


def send(
    content: Any, *, code=CODE, partner=CODE, secret=SECRET, host="hanoi.localhost", at=NOW, raw=None
) -> Any:
    path = f"/api/meters/{code}/readings"
    body = raw if raw is not None else orjson.dumps(content)
    headers = signed_calls.signed_headers(
        partner_code=partner, secret=secret, method="POST", path=path, request_id=f"r{next(numbers)}", body=body, at=at
    )  # fmt: skip
    client = Client(headers={"host": host}, raise_request_exception=False)
    return client.post(path, data=body, content_type="application/json", headers=headers)


def codes_of(answer: Any) -> list[tuple[str, str, str]]:
    assert answer.status_code == 200, answer.content
    return [(one["id"], one["code"], one["field"]) for one in answer.json()["answers"]]


@pytest.fixture
def fixed(monkeypatch) -> FixedClock:
    at = FixedClock(NOW)
    monkeypatch.setattr(clock, "CLOCK", at)
    return at


@pytest.fixture
def here(company, fixed) -> Callable[..., Any]:
    add()
    return send


class TestABatch:
    def test_each_row_is_taken_or_told_why_not_and_the_others_are_in(self, here):
        good, hours = make(OCT, {}), make(OCT, {}, kind="TIME_OF_USE", first={"BT": 0, "CD": 0, "TD": 0})
        other = make(OCT, {}, unit="PD0200")
        sent = [
            row("a", meter_of(good).lower(), "120,5"), row("b", meter_of(other)), row("c", "KHONGCO"),
            row("d", meter_of(hours)), row("e", meter_of(hours), 1e7, register="BT"),
            row("f", meter_of(hours), 7, register="CD", at="2025-11-07T00:00:00+07:00"),
            row("g", meter_of(hours), 5, register="TD"), row("h", meter_of(hours), 6, register="TD"),
            row("i", meter_of(good), -1), row("j", meter_of(good), "1.234,5"), row("k", meter_of(good), at="2025-11-05T09:00:00"),
            row("l", meter_of(good), register="XX"), row("m", ""), row("n", meter_of(good), account=good), {"id": "o"}, 7,
            row("p q", meter_of(good)), row("q", meter_of(good), extra=1), row("r", meter_of(hours), True, register="BT"),
        ]  # fmt: skip

        answer = here({"batch_id": "1", "readings": sent})

        assert codes_of(answer) == [
            ("a", "OK", ""), ("b", "METER_UNKNOWN", ""), ("c", "METER_UNKNOWN", ""), ("d", "REGISTER_UNFIT", ""),
            ("e", "TOO_MANY_DIGITS", ""), ("f", "READ_AHEAD", ""), ("g", "READ_TWICE", ""), ("h", "READ_TWICE", ""),
            ("i", "NEGATIVE", "value"), ("j", "NOT_A_NUMBER", "value"), ("k", "TIME_WRONG", "at"),
            ("l", "REGISTER_UNKNOWN", "register"), ("m", "METER_MISSING", "meter"), ("n", "METER_TWICE", "meter"),
            ("o", "METER_MISSING", "meter"), ("", "ROW_MALFORMED", ""), ("", "ID_WRONG", "id"), ("q", "FIELD_UNKNOWN", "extra"),
            ("r", "NOT_A_NUMBER", "value"),
        ]  # fmt: skip
        told = answer.json()
        assert (told["rows"], told["new"], told["same"], told["refused"]) == (19, 1, 0, 18)
        taken = Reading.objects.get(source="HEAD_END")
        assert (taken.meter.serial, str(taken.value_kwh), taken.at.isoformat()) == (
            meter_of(good), "120.500", "2025-11-05T02:00:00+00:00",
        )  # fmt: skip
        assert AuditEntry.objects.get(verb="readings.taken").actor == "partner:DO-XA"

    def test_by_account_and_by_all_five_registers(self, here):
        account = make(OCT, {}, kind="TIME_OF_USE", first={"BT": 0, "CD": 0, "TD": 0})
        sent = [
            {"id": name, "account": account, "register": name, "at": AT, "value": value}
            for name, value in (("BT", 10), ("CD", 20), ("TD", 30))
        ] + [row("VC", meter_of(account), 4, register="VC")]

        answer = here({"batch_id": "1", "readings": sent, "answer": "FAULTS"})

        assert codes_of(answer) == []
        found = Reading.objects.filter(source="HEAD_END").order_by("register")
        assert [(one.register, one.value_kwh) for one in found] == [("BT", 10), ("CD", 20), ("TD", 30), ("VC", 4)]  # fmt: skip

    def test_once_doubled_and_shuffled_are_one(self, here):
        accounts = [make(OCT, {}) for _ in range(12)]
        sent = [row(f"r{n}", meter_of(account), 100 + n) for n, account in enumerate(accounts)]
        chance = random.Random(1)
        counts = []
        for batch_id in ("1", "1", "2", "3"):
            told = here({"batch_id": batch_id, "readings": sent}).json()
            counts.append((told["new"], told["same"], told["refused"]))
            chance.shuffle(sent)
        halves = here({"batch_id": "4", "readings": [*sent[:7], *sent[:7]]}).json()

        assert counts == [(12, 0, 0), (0, 12, 0), (0, 12, 0), (0, 12, 0)]
        assert (halves["new"], halves["same"], halves["refused"]) == (0, 14, 0)
        assert Reading.objects.filter(source="HEAD_END").count() == HandedReading.objects.count() == 12
        assert ReadingBatch.objects.get(own_id="1").times == 2

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"value": 121}, "value"), ({"at": "2025-11-05T08:00:00+07:00"}, "at"), ({"register": "VC"}, "register"),
            ({"meter": "KHAC1"}, "meter"),
        ],
    )  # fmt: skip
    def test_the_same_id_with_other_content_is_refused_by_field(self, here, change, field):
        one = row("a", meter_of(make(OCT, {})))
        here({"batch_id": "1", "readings": [one]})

        answer = here({"batch_id": "2", "readings": [{**one, **change}]})

        assert codes_of(answer) == [("a", "OTHER_CONTENT", field)]
        assert [reading.value_kwh for reading in Reading.objects.filter(source="HEAD_END")] == [120]
        again = here({"batch_id": "3", "readings": [one], "kind": "RECHECK"})
        assert codes_of(again) == [("a", "OTHER_CONTENT", "kind")]

    def test_a_batch_id_with_other_rows_is_refused_and_nothing_is_written(self, here):
        serial = meter_of(make(OCT, {}))
        here({"batch_id": "1", "readings": [row("a", serial)]})

        answer = here({"batch_id": "1", "readings": [row("a", serial), row("b", serial, 7, register="VC")]})

        assert (answer.status_code, answer.json()["code"]) == (409, "OTHER_CONTENT")
        assert list(answer.json()["fields"]) == ["readings"]
        assert HandedReading.objects.count() == 1

    def test_what_was_refused_is_tried_again_and_noted(self, here):
        sent = {"batch_id": "1", "readings": [row("a", "CT999001")]}
        assert codes_of(here(sent)) == [("a", "METER_UNKNOWN", "")]
        assert HandedReading.objects.get().code == "METER_UNKNOWN"
        account = make(OCT, {})
        sent["readings"][0]["meter"] = "CT999001"
        from motcua.supply.models import Meter

        Meter.objects.filter(serial=meter_of(account)).update(serial="CT999001")

        assert codes_of(here(sent)) == [("a", "OK", "")]
        assert HandedReading.objects.get().code == ""
        assert ReadingBatch.objects.get().refused == 0

    def test_another_value_for_the_instant_goes_in_as_read_again(self, here):
        serial = meter_of(make(OCT, {}))
        here({"batch_id": "1", "readings": [row("a", serial, 120)]})
        assert codes_of(here({"batch_id": "2", "readings": [row("b", serial, 130)]})) == [("b", "OTHER_VALUE", "")]  # fmt: skip

        answer = here({"batch_id": "3", "readings": [row("c", serial, 130)], "kind": "RECHECK"})

        assert codes_of(answer) == [("c", "OK", "")]
        assert Reading.objects.get(source="RECHECK").value_kwh == 130


class TestWhoCalls:
    @pytest.mark.parametrize(
        ("changes", "status", "code"),
        [
            ({"secret": "w" * 40}, 401, "NOT_SIGNED"), ({"partner": "NIEMAND"}, 401, "NOT_SIGNED"),
            ({"code": "DO-KHAC"}, 401, "NOT_SIGNED"), ({"host": "npc.localhost"}, 401, "NOT_SIGNED"),
            ({"at": NOW.replace(hour=2)}, 401, "NOT_SIGNED"),
        ],
    )  # fmt: skip
    def test_nobody_but_the_head_end_itself(self, here, changes, status, code):
        answer = here({"batch_id": "1", "readings": [row("a", "X1")]}, **changes)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert HandedReading.objects.count() == 0

    def test_another_head_end_at_this_ones_address(self, here):
        add("DO-KHAC", "k" * 40)
        answer = here({"batch_id": "1", "readings": [row("a", "X1")]}, partner="DO-KHAC", secret="k" * 40)
        assert answer.status_code == 401

    def test_switched_off_and_with_a_new_key(self, here):
        one = {"batch_id": "1", "readings": [row("a", "X1")]}
        head_ends.change_head_end(code=CODE, is_active=False, actor=SYSTEM, at=NOW)
        assert (here(one).status_code, here(one).json()["code"]) == (403, "SUSPENDED")

        head_ends.change_head_end(code=CODE, is_active=True, secret="n" * 40, actor=SYSTEM, at=NOW)

        assert here(one).status_code == 401
        assert here(one, secret="n" * 40).status_code == 200

    def test_so_many_calls_a_minute(self, here, fixed):
        head_ends.change_head_end(code=CODE, calls_per_minute=2, actor=SYSTEM, at=NOW)
        one = {"batch_id": "1", "readings": [row("a", "X1")]}
        answers = [here(one) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[2].headers["Retry-After"] == "60"
        assert HeadEndMinute.objects.get().calls == 3


class TestMalformed:
    @pytest.mark.parametrize(
        ("raw", "field"),
        [
            (b"{", "body"), (b"[]", "body"), (b"\xff", "body"), (b'{"readings": [1]}', "batch_id"),
            (b'{"batch_id": "a b", "readings": [1]}', "batch_id"), (b'{"batch_id": "1"}', "readings"),
            (b'{"batch_id": "1", "readings": []}', "readings"), (b'{"batch_id": "1", "readings": [1], "kind": "X"}', "kind"),
            (b'{"batch_id": "1", "readings": [1], "answer": "X"}', "answer"), (b'{"batch_id": "1", "readings": [1], "so": 1}', "so"),
        ],
    )  # fmt: skip
    def test_a_batch_that_cannot_be_read_names_the_part(self, here, raw, field):
        answer = here(None, raw=raw)
        assert (answer.status_code, answer.json()["code"], list(answer.json()["fields"])) == (400, "MALFORMED", [field])  # fmt: skip

    def test_too_many_rows_and_too_large(self, here, monkeypatch):
        monkeypatch.setattr(batches, "MOST_ROWS", 2)
        assert here({"batch_id": "1", "readings": [1, 2, 3]}).json()["code"] == "TOO_MANY_ROWS"
        monkeypatch.setattr("motcua.api.meters.signed.LARGEST_BATCH", 20)
        answer = here({"batch_id": "1", "readings": [1, 2]})
        assert (answer.status_code, answer.json()["code"]) == (413, "TOO_LARGE")


def test_two_calls_with_the_same_rows_at_once_write_each_once(committed_company, race, monkeypatch):
    monkeypatch.setattr(clock, "CLOCK", FixedClock(NOW))
    add()
    sent = [row(f"r{n}", meter_of(make(OCT, {})), n) for n in range(30)]

    def take(batch_id: str, rows: list[dict]) -> Any:
        batch = batches.read(orjson.dumps({"batch_id": batch_id, "readings": rows}))
        return intake.take_batch(head_ends.find_head_end(CODE), batch, at=NOW)

    answers = race(lambda: take("1", sent), lambda: take("2", sent[::-1]))

    assert [answer.faults for answer in answers] == [{}, {}], answers
    with using_company("HANOI"):
        assert Reading.objects.filter(source="HEAD_END").count() == 30
        assert HandedReading.objects.count() == 30


def test_two_values_for_one_instant_at_once_leave_one_and_tell_the_other(committed_company, race):
    add()
    serial = meter_of(make(OCT, {}))

    def take(own_id: str, value: int) -> Any:
        batch = batches.read(orjson.dumps({"batch_id": own_id, "readings": [row(own_id, serial, value)]}))
        return intake.take_batch(head_ends.find_head_end(CODE), batch, at=NOW)

    answers = race(lambda: take("1", 100), lambda: take("2", 200))

    with using_company("HANOI"):
        kept = Reading.objects.get(source="HEAD_END").value_kwh
        winner = {100: 0, 200: 1}[int(kept)]
        assert answers[winner].faults == {}
        assert [fault.code for fault in answers[1 - winner].faults.values()] == ["OTHER_VALUE"]


def test_the_description_says_what_comes_back(here):
    described = Client(headers={"host": "hanoi.localhost"}).get("/api/meters/openapi.json").json()
    call = described["paths"]["/api/meters/{head_end}/readings"]["post"]
    assert set(call["responses"]) == {"200", "400", "401", "403", "404", "409", "413", "429", "500"}
    names = described["components"]["schemas"]["BatchOut"]["properties"]
    told = here({"batch_id": "1", "readings": [row("a", "X1")]}).json()
    assert set(told) == set(names)
    assert set(told["answers"][0]) == set(described["components"]["schemas"]["RowOut"]["properties"])


def test_what_is_old_goes_but_what_a_bill_stands_on_and_each_is_looked_at_once(here):
    """By serial and by account; the meters' own readings stay, a new row is not old."""
    by_serial, by_account, unbilled = make(OCT, {}), make(OCT, {}), make(OCT, {})
    sent = [
        row("a", meter_of(by_serial)), row("b", meter_of(unbilled)), row("c", "NOT-HERE"),
        row("a2", meter_of(by_serial), 60, at="2025-10-20T09:00:00+07:00"),
        {"id": "d", "account": by_account, "register": "KT", "at": AT, "value": "120.9"},
    ]  # fmt: skip
    send({"batch_id": "b1", "readings": sent})
    for account in (by_serial, by_account):
        billing_ops.issue_bill(
            account_code=account, customer_id=uuid4(), unit_code=UNIT, billing_month=date(2025, 11, 1), actor=SYSTEM, at=NOW,
            case={"group": "HOME", "from": "2025-10-05", "to": "2025-11-05", "kwh": 120},
            readings=[{"serial": meter_of(account), "register": "KT", "previous": 0, "current": 120, "factor": 1, "kwh": 120}],
        )  # fmt: skip
    readings = Reading.objects.count()
    later = NOW + timedelta(days=401)
    HandedReading.objects.filter(own_id="b").update(received_at=later)

    assert pruning.prune(at=later, days=0) == 0
    assert (
        pruning.prune(at=later, days=1, piece=2) + pruning.prune(at=later) == 5
    )  # four rows and their batch
    assert pruning.prune(at=later) == 0

    kept = HandedReading.objects.order_by("own_id").values_list("own_id", "is_kept")
    assert list(kept) == [("a", True), ("b", False), ("d", True)]
    assert (Reading.objects.count(), ReadingBatch.objects.count()) == (readings, 0)
    assert pruning.prune(at=NOW + timedelta(days=61), days=1) == 0
