"""The highest demand of a period, told by a person or by a head-end: doubted, then worked out beside the bill."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import orjson
import pytest

from motcua.billing import operations, queries
from motcua.billing.models import ShadowBill
from motcua.billing.rules.shadowing import is_far_off
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.connectors.meters import demands, head_ends
from motcua.connectors.meters.batches import BatchMalformed, Fault
from motcua.kernel.actors import Actor
from motcua.supply.models import ServicePoint
from tests.billing.accounts import make
from tests.billing.price_books import enter_two_part
from tests.web import people

URL = "/tien/cong-suat/"
MARCH, APRIL = date(2026, 3, 15), date(2026, 4, 15)
NOW = datetime(2026, 4, 16, 1, tzinfo=UTC)
SYSTEM = Actor.system("test")


@pytest.fixture
def bills(company, monkeypatch) -> tuple[str, list[Any]]:
    """Two periods of a plant."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    enter_two_part()
    account = make(date(2026, 2, 15), {}, purpose="PRODUCTION")
    made = [
        operations.issue_bill(
            account_code=account, customer_id=uuid4(), unit_code="PD0100", readings=[], billing_month=until, actor=SYSTEM, at=NOW,
            case={
                "group": "PRODUCTION", "voltage": "KV22_110", "from": since, "to": until.isoformat(),
                "registers": {"normal": 200_000, "off_peak": 80_000, "peak": 40_000},
            },
        )
        for since, until in (("2026-02-15", MARCH), ("2026-03-15", APRIL))
    ]  # fmt: skip
    return account, made


def told() -> list[int]:
    return list(ShadowBill.objects.order_by("made_at", "id").values_list("kw_hundredths", flat=True))


def test_a_slip_is_asked_about_and_taken_once_somebody_is_sure(bills):
    account, (march, april) = bills
    client = people.browser(people.add_staff("mot", Role.BUSINESS, unit="PD0100"))
    page = client.get(URL, {"ma": account}).content.decode()
    assert "320.000 kWh" in page and 'name="sure"' not in page

    sent = {"ma": account, "bill": str(march.id), "kw": "1000", "source": "Đọc tại trạm"}
    assert client.post(URL, sent).url == f"{URL}?ma={account}"
    slip = sent | {"bill": str(april.id), "kw": "1300.01"}
    page = client.post(URL, slip)
    assert page.status_code == 422 and "Lần trước là 1000 kW" in page.content.decode()
    assert 'name="sure"' in page.content.decode() and told() == [100_000]
    assert client.post(URL, slip | {"sure": "true"}).status_code == 302

    assert told() == [100_000, 130_001]
    page = client.get(URL, {"ma": account}).content.decode()
    assert "1.300,01 kW" in page and "Đọc tại trạm" in page
    assert client.post(URL, slip | {"kw": "100", "sure": "true"}).status_code == 422  # below what was used
    afar = people.browser(people.add_staff("xa", Role.BUSINESS, unit="PD0200"))
    assert "Không có hóa đơn nào" in afar.get(URL, {"ma": account}).content.decode()
    assert afar.post(URL, sent).status_code == 422 and len(told()) == 2


def test_more_than_the_point_can_draw_is_asked_about(bills):
    account, (march, _april) = bills
    ServicePoint.objects.filter(account_code=account).update(capacity_kw=1200)
    with pytest.raises(operations.DemandDoubtful) as caught:
        operations.tell_demand(bill_id=march.id, kw_hundredths=120_001, source="x", actor=SYSTEM, at=NOW, is_sure=False)  # fmt: skip
    assert str(caught.value) == "Lớn hơn công suất của điểm đo, 1200 kW." and told() == []
    assert operations.tell_demand(bill_id=march.id, kw_hundredths=120_000, source="x", actor=SYSTEM, at=NOW, is_sure=False)  # fmt: skip


@pytest.mark.parametrize(("kw", "far"), [(130, False), (131, True), (50, False), (49, True)])
def test_the_bounds_themselves_are_allowed(kw, far):
    assert is_far_off(kw, 100, above_percent=30, below_percent=50) is far


def test_a_head_end_tells_row_by_row(bills):
    account, (_march, april) = bills
    head_ends.add_head_end(code="DO-XA", name="Đo xa", unit_code="PD0100", secret="h" * 40, actor=SYSTEM, at=NOW)  # fmt: skip
    row = {"account": account, "month": "2026-04", "kw": "1500.5"}
    wrong = [
        row | {"kw": "0"}, row | {"kw": 1.234}, row | {"month": "2026-4"}, row | {"period": True}, row | {"more": 1},
        row | {"month": "2026-05"}, row | {"account": "PA01000000001"}, row | {"kw": 100}, 7,
    ]  # fmt: skip
    rows = demands.read(orjson.dumps({"demands": [row, *wrong, row]}))

    answers = demands.take(head_ends.find_head_end("DO-XA"), rows, at=NOW)

    assert [(one.code, one.field) for one in answers] == [
        ("OK", ""), ("KW_WRONG", "kw"), ("KW_WRONG", "kw"), ("MONTH_WRONG", "month"), ("PERIOD_WRONG", "period"),
        ("FIELD_UNKNOWN", "more"), ("NO_BILL", "account"), ("NO_BILL", "account"), ("CONTRADICTION", "kw"), ("ROW_MALFORMED", ""),
        ("OK", ""),
    ]  # fmt: skip
    assert [(one.source, str(one.kw)) for one in queries.list_shadows(april.id)] == [("Đo xa", "1500.5")]
    assert told() == [150_050]
    head_ends.add_head_end(code="XA", name="Xa", unit_code="PD0200", secret="x" * 40, actor=SYSTEM, at=NOW)
    assert demands.take(head_ends.find_head_end("XA"), rows[:1], at=NOW) == [Fault("NO_BILL", "account")]
    for body in (b"x", b"[]", b"{}", b'{"demands": [], "x": 1}'):
        with pytest.raises(BatchMalformed):
            demands.read(body)
