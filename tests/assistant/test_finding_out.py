"""The assistant looks outages up before it takes a report, and answers from what the company wrote."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from motcua.assistant.knowledge import first
from motcua.kernel.actors import Actor
from motcua.messaging import queries as messaging_queries
from motcua.outages import operations as outage_ops
from motcua.outages import queries as outage_queries
from motcua.outages.models import Report
from motcua.outages.operations import Place, Plan
from motcua.requests.models import Request
from tests.assistant.test_operations import Visitor

UNIT = "PD0400"
STAFF = Actor.staff("s", "S", ["SUPERVISOR"], [UNIT])
HERE = "12 phố Tây Sơn, phường Đống Đa"


@pytest.fixture
def hoa(company: Any, at: Any) -> Visitor:
    return Visitor(at)


@pytest.fixture
def incident(company: Any, at: Any) -> Any:
    return outage_ops.enter_incident(
        place="Phố Tây Sơn", areas=[Place(UNIT, "Đống Đa", street="Tây Sơn")], cause="LINE", began_at=at - timedelta(hours=1),
        expected_at=at + timedelta(hours=2), actor=STAFF, at=at, key="k",
    )  # fmt: skip


class TestOutages:
    def test_a_cry_from_within_is_told_and_becomes_a_report(self, hoa, incident):
        assert "mã khách hàng, hoặc địa chỉ" in hoa.say("mất điện rồi ad ơi")

        said = hoa.say(HERE)

        assert "Phố Tây Sơn mất điện từ 08:00 16/11, dự kiến có điện lúc 11:00 16/11. Hỏng đường dây." in said
        assert "không cần báo nữa" in said
        assert Report.objects.get().key == f"conversation:{hoa.conversation.id}"
        assert Request.objects.count() == 0

    def test_the_place_in_the_same_message_is_enough(self, hoa, incident):
        assert "đã biết và đang xử lý" in hoa.say("mất điện rồi, nhà tôi ở phố Tây Sơn phường Đống Đa")

    def test_the_ten_thousandth_message_opens_nothing(self, hoa, incident, at):
        for number in range(12):
            other = Visitor(at)
            other.say("cúp điện rồi")
            assert "đã biết" in other.say(f"{number} phố Tây Sơn, phường Đống Đa")
            assert "đã biết" in other.say("mất điện phố tây sơn phường đống đa")

        assert Report.objects.count() == 12
        assert Request.objects.count() == 0

    def test_from_elsewhere_a_report_is_taken_with_what_was_said(self, hoa, incident):
        hoa.say("mất điện rồi")
        said = hoa.say("5 phố Láng Hạ, phường Láng Hạ")

        assert "chưa thấy sự cố nào ở đó" in said
        assert "(1/4)" in said

    def test_when_nothing_is_known_anywhere_nobody_is_asked_twice(self, hoa, company):
        assert "mã khách hàng, hoặc địa chỉ" not in hoa.say("mất điện rồi ad ơi")

    def test_another_wish_is_heard_instead(self, hoa, incident):
        hoa.say("mất điện rồi")

        assert "Đổi tên chủ hợp đồng" in hoa.say("thôi cho tôi sang tên hợp đồng mua bán điện")

    def test_who_reported_hears_when_the_power_is_back(self, hoa, incident, at):
        hoa.say("mất điện rồi")
        hoa.say(HERE)
        outage_ops.restore(outage_id=incident, restored_at=at, actor=STAFF, at=at, key="r")

        assert outage_ops.tell_restored(at=at) == 1
        assert (
            "Đã có điện lại ở Phố Tây Sơn"
            in messaging_queries.list_last_messages(hoa.conversation.id, limit=1)[0].text
        )
        assert "đã có điện lại lúc 09:00" in hoa.say(f"vẫn mất điện, {HERE}")

    def test_plans_are_told_to_who_asks_for_them(self, hoa, at):
        begins = at + timedelta(days=2)
        outage_ops.load_plans(
            plans=[Plan("L1", UNIT, "Phường Đống Đa", (Place(UNIT, "Đống Đa"),), "WORKS", begins, begins + timedelta(hours=4))],
            actor=STAFF, at=at,
        )  # fmt: skip
        hoa.say("lịch cắt điện tuần này")

        assert "Phường Đống Đa có lịch ngừng cấp điện từ 09:00 18/11" in hoa.say(HERE)
        assert outage_queries.list_now(at) == []


class TestAnswers:
    @pytest.fixture(autouse=True)
    def _known(self, company: Any, at: Any) -> None:
        first.ensure(actor=STAFF, at=at)

    def test_come_from_the_companys_own_with_where_they_stand(self, hoa):
        said = hoa.say("đọc số trên điện kế thế nào")

        assert "Lấy các số màu đen" in said
        assert "Theo trang hỏi đáp của EVNHANOI" in said
        assert "/hoi-dap/" not in said
        assert any("/hoi-dap/" in button.get("url", "") for button in hoa.last.buttons)

    def test_are_a_digression_in_an_open_form(self, hoa):
        hoa.say("tôi muốn mua điện cho nhà mới xây")
        asked = hoa.last.text.splitlines()[-1]

        said = hoa.say("khoan, xem số trên đồng hồ điện thế nào")

        assert "Lấy các số màu đen" in said
        assert asked in said

    def test_go_before_a_form_that_nobody_asked_for(self, hoa):
        said = hoa.say("tiền điện tháng này sao cao thế")

        assert "so chỉ số trên công tơ" in said
        assert [button.get("value") for button in hoa.last.buttons] == [
            "i|bill_high",
            "s|COMPLAINT",
            None,
            "x|person",
        ]
