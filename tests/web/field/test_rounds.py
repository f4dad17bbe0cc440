"""Meter after meter on the crew's phone: what is right is in, what is far off is asked again at once."""

from __future__ import annotations

from datetime import date

import pytest

from motcua.billing import operations as billing_ops
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.supply.models import Reading
from tests.billing.accounts import make, meter_of, point_of
from tests.web import people
from tests.web.field.conftest import UNIT

pytestmark = pytest.mark.django_db
URL = "/hien-truong/ghi-chi-so/"


@pytest.fixture
def day(company, monkeypatch):
    from datetime import UTC, datetime

    monkeypatch.setattr(clock, "now", lambda: datetime(2025, 11, 5, 3, tzinfo=UTC))
    return date(2025, 11, 5)


@pytest.fixture
def home(day):
    account = make(date(2025, 9, 5), {date(2025, 10, 5): 100}, unit=UNIT)
    point = point_of(account)
    point.pole_number = "C-17"
    point.save()
    run = billing_ops.start_run(
        unit_code=UNIT, reading_date=date(2025, 10, 5), actor=Actor.system("t"), at=clock.now()
    )
    billing_ops.go_on(run_id=run.id, actor=Actor.system("t"), clock=clock.now)
    return account


@pytest.fixture
def crew(home):
    return people.browser(people.add_staff("hung", Role.CREW, unit=UNIT))


def told(account, value, **more):
    return {"don_vi": UNIT, "ngay": "2025-11-05", "ma": account, f"so_{meter_of(account)}_KT": value, "luc": clock.now().isoformat(), **more}  # fmt: skip


def test_the_homes_of_the_day_are_listed_and_read(crew, home, day):
    assert local_date(clock.now()) == day
    page = crew.get(URL).content.decode()
    assert "Đã ghi 0 trên 1 nhà." in page
    assert "C-17" in page
    assert "Lần trước: 100" in page
    assert f'data-keep="field-round-{UNIT}-2025-11-05"' in page  # kept on the phone without signal

    answer = crew.post(URL, told(home, "210"))

    assert answer.url == f"{URL}?don_vi={UNIT}&ngay=2025-11-05"
    assert Reading.objects.get(source="CREW", value_kwh=210).at == clock.now()
    page = crew.get(answer.url).content.decode()
    assert "Đã ghi 1 trên 1 nhà." in page
    assert "Không còn nhà nào phải ghi" in page


def test_far_off_is_asked_again_and_written_when_they_are_sure(crew, home):
    asked = crew.post(URL, told(home, "400"))
    page = asked.content.decode()
    assert asked.status_code == 422
    assert "Nhiều hơn hẳn kỳ trước. Đọc lại công tơ." in page
    assert "Tính ra 300 kWh." in page
    assert "Kỳ trước là 100 kWh." in page
    assert 'value="400"' in page
    assert not Reading.objects.filter(value_kwh=400).exists()

    assert crew.post(URL, told(home, "400", dung=home)).status_code == 302
    assert Reading.objects.filter(source="CREW", value_kwh=400).count() == 1
    assert crew.post(URL, told(home, "400", dung=home)).status_code == 302  # the phone sends it again
    assert Reading.objects.filter(source="CREW", value_kwh=400).count() == 1


def test_what_is_no_number_stands_beside_its_field(crew, home):
    answer = crew.post(URL, told(home, "4x0"))
    assert answer.status_code == 422
    assert "Chỉ số không phải là số." in answer.content.decode()


def test_of_another_unit_nothing_is_listed_or_written(home):
    stranger = people.browser(people.add_staff("la", Role.CREW, unit="PD0500"))
    assert home not in stranger.get(f"{URL}?don_vi={UNIT}&ngay=2025-11-05").content.decode()
    stranger.post(URL, told(home, "210"))
    assert not Reading.objects.filter(value_kwh=210).exists()
