"""Bill runs on the page: begun, tried, decided about, by those of the unit."""

from __future__ import annotations

from datetime import date

import pytest

from motcua.billing import operations
from motcua.billing.models import Bill, BillRun, RunException
from motcua.companies.roles import Role
from motcua.config import clock
from tests.billing.accounts import make
from tests.web import people

pytestmark = pytest.mark.django_db
OCT, NOV, DEC = date(2025, 10, 5), date(2025, 11, 5), date(2025, 12, 5)


def keeper(unit="PD0100", role=Role.ACCOUNTANT):
    return people.browser(people.add_staff(f"k-{unit}-{role}".lower(), role, unit=unit))


def work():
    while operations.continue_one(at=clock.now()):
        pass


def begun(client, day, **more):
    return client.post(
        "/tien/phien-tinh/", {"unit": "PD0100", "day": f"{day:%Y-%m-%d}", "viec": "lap"} | more
    )


class TestRunsOnThePage:
    def test_begun_by_a_person_done_by_the_worker_and_shown(self, company):
        account = make(OCT, {NOV: 300})
        client = keeper()

        answer = begun(client, NOV)
        run = BillRun.objects.get()
        assert answer.url == f"/tien/phien-tinh/{run.id}/"
        assert "Đã xem" in client.get(answer.url).content.decode()
        work()

        page = client.get(answer.url).content.decode()
        assert "798.660" in page
        assert account in client.get(f"{answer.url}hoa-don/").content.decode()
        assert "798.660" in client.get("/tien/phien-tinh/").content.decode()

    def test_tried_without_writing(self, company):
        make(OCT, {NOV: 300})
        page = begun(keeper(), NOV, viec="thu").content.decode()
        assert "Tính thử, chưa ghi gì" in page
        assert "798.660" in page
        assert not BillRun.objects.exists()

    def test_a_day_ahead_is_refused_beside_its_field(self, company):
        answer = begun(keeper(), date(2040, 1, 5))
        assert answer.status_code == 422
        assert "05/01/2040" in answer.content.decode()

    def test_a_doubtful_one_waits_is_decided_about_and_billed(self, company):
        account = make(OCT, {NOV: 100, DEC: 300})
        client = keeper()
        begun(client, NOV)
        work()
        url = begun(client, DEC).url
        work()
        found = RunException.objects.get()
        page = client.get(url).content.decode()
        assert account in page
        assert "+107 %" in page

        told = {"truong_hop": str(found.id), "decision": "CONFIRMED", "reason": ""}
        assert client.post(f"{url}lam/", told).status_code == 422
        client.post(f"{url}lam/", told | {"reason": "Đã phúc tra"})
        client.post(f"{url}lam/", {"viec": "tiep-tuc"})
        work()

        assert Bill.objects.filter(account_code=account).count() == 2

    def test_of_another_unit_it_is_not_there(self, company):
        make(OCT, {NOV: 300})
        url = begun(keeper(), NOV).url
        other = keeper("PD0200")
        assert other.get(url).status_code == 404
        assert other.post(f"{url}lam/", {"viec": "tiep-tuc"}).status_code == 404
        assert begun(other, NOV).status_code == 422
