"""Bill runs on the page: begun, tried, decided about, by those of the unit."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from motcua.billing import operations
from motcua.billing.models import Bill, BillRun, RunException, ThreePriceCase
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.customers import operations as customer_ops
from motcua.documents import operations as document_ops
from motcua.documents import storage
from motcua.documents.models import DocumentAccess
from motcua.kernel.actors import Actor
from tests.billing.accounts import make
from tests.documents import samples
from tests.web import people

pytestmark = pytest.mark.django_db
OCT, NOV, DEC = date(2025, 10, 5), date(2025, 11, 5), date(2025, 12, 5)
NIGH = datetime(2025, 12, 5, 3, tzinfo=UTC)


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


def test_the_photo_a_customer_sent_stands_beside_the_doubt_and_who_opens_it_is_logged(
    company, tmp_path, monkeypatch
):
    own = storage.FolderStorage(tmp_path / "documents")
    monkeypatch.setattr(document_ops, "get_storage", lambda: own)
    hoa = customer_ops.create_customer(
        full_name="Hoa", phone="+84901234567", actor=Actor.system("t"), at=NIGH
    ).id
    account = make(OCT, {NOV: 100, DEC: 900}, customer=hoa)
    client = keeper()
    begun(client, NOV)
    work()
    row = operations.send_own_reading(
        account_code=account, shown={"KT": "905"}, photo=samples.jpeg(), photo_name="a.jpg", actor=Actor.customer(hoa), at=NIGH, key="k"
    )  # fmt: skip
    ThreePriceCase.objects.create(
        account_code=account,
        unit_code="PD0100",
        price_group="BUSINESS",
        why="USE",
        transformer_kva=0,
        found_at=NIGH,
    )
    url = begun(client, DEC).url
    work()

    page = client.get(url).content.decode()

    assert "Thuộc diện ba giá (dùng nhiều điện)" in page
    photo = f"/tien/anh-chi-so/{row.id}/anh"
    assert f'href="{photo}"' in page and ": 905</a>" in page
    assert client.get(photo)["Content-Type"] == "image/jpeg"
    assert DocumentAccess.objects.filter(document_id=row.document_id, purpose="own-reading").count() == 1
    assert (
        people.browser(people.add_staff("xa", Role.ACCOUNTANT, unit="PD0200")).get(photo).status_code == 404
    )
