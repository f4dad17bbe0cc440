"""Notices to many on the pages of staff: whom, what, looked at, let go, paused, stopped; whose they are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from motcua.companies import queries as company_queries
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.actors import Actor
from motcua.messaging.mass import running
from motcua.messaging.mass.models import MassCode, MassNotice
from motcua.messaging.models import OutboxMessage
from motcua.outages import operations as outage_ops
from tests.messaging import many
from tests.web import people

LIST = "/nhan-vien/thong-bao/"
UNIT = "PD0400"


@pytest.fixture
def page(company: Any) -> Any:
    return people.browser(people.add_staff("truc", Role.BUSINESS, unit=UNIT))


@pytest.fixture
def boss(company: Any) -> Any:
    return people.browser(people.add_staff("sep", Role.SUPERVISOR, unit=UNIT))


def told(**more: Any) -> dict[str, Any]:
    given = {
        "name": "Đổi lịch ghi chỉ số", "topic": "POWER_CUT", "kind": "TRANSACTIONAL", "units": [UNIT], "channels": ["SMS"],
        "short_vi": "{company}: Mời {customer_name} xem lịch mới.", "day_from": "00:00", "day_to": "23:59",
    }  # fmt: skip
    return given | more


def written(page: Any, count: int = 3, code: str = "UNITS", **more: Any) -> MassNotice:
    many.customers(count, clock.now(), unit=UNIT)
    answer = page.post(f"{LIST}them/?cho={code}", told(**more))
    assert answer.status_code == 302, answer.content.decode()
    row = MassNotice.objects.get()
    assert answer["Location"] == f"{LIST}{row.id}/"
    while running.gather(row.id, at=clock.now()):
        pass
    return row


class TestWriting:
    def test_is_shown_before_it_goes_with_real_words_then_goes_and_ends(self, page):
        row = written(page)

        before = page.get(f"{LIST}{row.id}/").content.decode()
        assert "Nguyễn Văn 1 xem lịch mới." in before
        assert "Gửi cho 3 người" in before
        assert OutboxMessage.objects.count() == 0
        assert page.post(f"{LIST}{row.id}/viec/", {"viec": "gui"}).status_code == 302
        running.work(at=clock.now())
        running.count(row.id, at=clock.now())

        after = page.get(f"{LIST}{row.id}/").content.decode()
        assert "Đang chờ gửi" in after
        assert "Tạm dừng" in after
        page.post(f"{LIST}{row.id}/viec/", {"viec": "tam-dung"})
        assert "Gửi tiếp" in page.get(f"{LIST}{row.id}/").content.decode()
        page.post(f"{LIST}{row.id}/viec/", {"viec": "gui-tiep"})
        page.post(f"{LIST}{row.id}/viec/", {"viec": "dung-han", "ly-do": "Nhầm ngày"})
        assert "Nhầm ngày" in page.get(f"{LIST}{row.id}/").content.decode()
        assert "đã dừng hẳn" in page.get(LIST).content.decode()

    def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(self, page):
        answer = page.post(f"{LIST}them/?cho=UNITS", told(short_vi="Chào {ten_khach}, xem lịch", units=[]))

        body = answer.content.decode()
        assert answer.status_code == 422
        assert "Chào {ten_khach}, xem lịch" in body
        answer = page.post(f"{LIST}them/?cho=UNITS", told(short_vi="Chào {ten_khach}, xem lịch"))
        assert "Không có biến {ten_khach}" in answer.content.decode()
        assert MassNotice.objects.count() == 0

    def test_asks_whom_first(self, page):
        body = page.get(f"{LIST}them/").content.decode()

        assert "?cho=OUTAGE" in body
        assert "?cho=CONSENT" not in body  # the whole company's

    def test_a_list_of_codes_may_be_brought_as_a_file(self, page):
        file = SimpleUploadedFile("ma.csv", f"Mã KH;Tên\n{many.account(1)};A\n{many.account(2)};B\n".encode())

        row = written(page, code="CODES", file=file)

        assert MassCode.objects.count() == 2
        row.refresh_from_db()
        assert row.counts["recipients"] == {"TO_SEND": 2}

    def test_an_outage_is_told_where_it_is(self, page):
        at = clock.now()
        many.customers(2, at, unit=UNIT)
        outage = outage_ops.enter_incident(
            place="Phố Tây Sơn", areas=[outage_ops.Place(UNIT, "Đống Đa")], cause="LINE", began_at=at - timedelta(hours=1),
            expected_at=at + timedelta(hours=2), actor=Actor.staff("s", "S", ["SUPERVISOR"], [UNIT]), at=at, key="k",
        )  # fmt: skip
        answer = page.post(
            f"{LIST}them/?cho=OUTAGE",
            told(outage=str(outage), short_vi="{outage_place}: có điện lúc {outage_until}."),
        )
        row = MassNotice.objects.get()
        while running.gather(row.id, at=at):
            pass

        assert answer.status_code == 302
        assert "Phố Tây Sơn: có điện lúc" in page.get(f"{LIST}{row.id}/").content.decode()
        row.refresh_from_db()
        assert row.counts["recipients"] == {"TO_SEND": 2}


class TestFourEyes:
    def test_the_writer_cannot_let_a_large_one_go_and_a_second_person_can(self, page, boss, monkeypatch):
        monkeypatch.setattr("motcua.messaging.mass.queries.FOUR_EYES_ABOVE", 2)
        row = written(page)

        assert "phải bấm gửi" in page.get(f"{LIST}{row.id}/").content.decode()
        page.post(f"{LIST}{row.id}/viec/", {"viec": "gui"})
        row.refresh_from_db()
        assert row.state == "READY"
        boss.post(f"{LIST}{row.id}/viec/", {"viec": "gui"})

        row.refresh_from_db()
        assert row.state == "RUNNING"

    def test_the_administrator_sets_the_size_and_the_prices(self, company):
        admin = people.browser(people.add_staff("qt", Role.ADMIN, unit=company_queries.get_centre().code))

        answer = admin.post(
            "/quan-tri/thong-bao/", {"four_eyes_above": "50", "price_SMS": "350", "source": "Hợp đồng 12"}
        )

        assert answer.status_code == 302
        body = admin.get("/quan-tri/thong-bao/").content.decode()
        assert 'value="50"' in body
        assert 'value="350"' in body


class TestWhose:
    def test_others_do_not_find_it(self, page):
        row = written(page)
        elsewhere = people.browser(people.add_staff("xa", Role.BUSINESS, unit="PD0100"))

        assert elsewhere.get(f"{LIST}{row.id}/").status_code == 404
        assert elsewhere.post(f"{LIST}{row.id}/viec/", {"viec": "gui"}).status_code == 404
        assert row.name not in elsewhere.get(LIST).content.decode()

    def test_units_out_of_reach_cannot_be_chosen(self, page):
        answer = page.post(f"{LIST}them/?cho=UNITS", told(units=["PD0100"]))

        assert answer.status_code == 422
        assert MassNotice.objects.count() == 0

    @pytest.mark.parametrize("role", [Role.CREW, Role.INTAKE, Role.DESK_CLERK])
    def test_other_roles_are_told_it_is_not_theirs(self, company, role):
        other = people.browser(people.add_staff("khac", role, unit=UNIT))

        assert other.get(LIST).status_code == 403
