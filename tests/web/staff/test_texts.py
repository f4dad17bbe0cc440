"""The texts customers get, on pages of the staff: found, seen with real data, edited, taken back."""

from __future__ import annotations

from typing import Any

import pytest

from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.actors import Actor
from motcua.messaging import template_versions
from motcua.messaging.models import InboxEvent, TemplateVersion
from motcua.requests import operations as request_ops
from tests.web import people

LIST = "/nhan-vien/thong-bao/mau/"
ONE = f"{LIST}request.received/"
HOME = f"{LIST}NEW-LV-RES.RECEIVED/"


@pytest.fixture
def admin(company: Any) -> Any:
    return people.browser(people.add_staff("qt", Role.ADMIN))


def told(**more: Any) -> dict[str, Any]:
    given = {
        "dang": "SHORT", "viec": "luu", "vi": "{brand}: đã nhận {number}. {link}", "en": "{brand}: got {number}. {link}",
        "reason": "Ngắn hơn", "after": "0",
    }  # fmt: skip
    return given | more


class TestReading:
    def test_lists_by_topic_and_finds_by_words(self, admin):
        whole = admin.get(LIST).content.decode()
        some = admin.get(LIST, {"tim": "rút lại"}).content.decode()

        assert ONE in whole
        assert HOME in whole
        assert "payment.taken-back" in some
        assert ONE not in some

    def test_shows_each_form_with_the_data_of_a_request(self, admin):
        receipt = request_ops.submit(
            service_code="NEW-LV-RES", answers=people.HOME_ANSWERS | {"has_meter": False}, channel="WEB", actor=Actor.anonymous("v"),
            at=clock.now(), key="s",
        )  # fmt: skip

        body = admin.get(HOME, {"yeu-cau": receipt.number}).content.decode()

        assert body.count(receipt.number) >= 6
        assert "GSM-7" in body
        assert "Không có yêu cầu số này" in admin.get(HOME, {"yeu-cau": "HN26-999999-9"}).content.decode()

    def test_an_unknown_one_is_not_found(self, admin):
        assert admin.get(f"{LIST}nothing.such/").status_code == 404


class TestEditing:
    def test_a_new_version_is_kept_with_its_reason_and_the_old_one_can_come_back(self, admin):
        assert admin.post(ONE, told()).status_code == 302
        body = admin.get(ONE).content.decode()
        assert "Ngắn hơn" in body
        assert "bản 1" in body

        back = admin.get(ONE, {"dang": "SHORT", "lai": "0"}).content.decode()
        assert "Hạn giải quyết: {due}" in back
        assert "Quay lại bản 0" in back
        assert template_versions.words_for("request.received", clock.now()).version("SMS") == 1

    def test_a_wrong_variable_is_named_and_nothing_typed_is_lost(self, admin):
        answer = admin.post(ONE, told(vi="{brand}: {so_phieu} {link}"))

        body = answer.content.decode()
        assert answer.status_code == 422
        assert "Không có biến {so_phieu}" in body
        assert "{brand}: {so_phieu} {link}" in body
        assert TemplateVersion.objects.count() == 0

    def test_is_tried_before_it_is_kept(self, admin):
        answer = admin.post(ONE, told(viec="xem", vi="Thử {number}: {link}", reason=""))

        assert "Thử HN26-000123-4" in answer.content.decode()
        assert TemplateVersion.objects.count() == 0

    def test_others_read_and_do_not_edit(self, company):
        reader = people.browser(people.add_staff("kd", Role.BUSINESS))

        assert "Lưu bản mới" not in reader.get(ONE).content.decode()
        reader.post(ONE, told())
        assert TemplateVersion.objects.count() == 0


class TestAlarms:
    def test_the_administrator_sees_a_queue_that_is_late(self, admin):
        assert "chưa được xử lý" not in admin.get("/quan-tri/").content.decode()
        InboxEvent.objects.create(
            channel="SMS", event_id="1", sender="+84901234567", payload={}, received_at=people.MADE_AT
        )

        assert "chưa được xử lý" in admin.get("/quan-tri/").content.decode()
