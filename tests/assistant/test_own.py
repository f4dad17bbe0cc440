"""What is somebody's own: told after proof alone, the same on every channel; an unproven address learns nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from motcua.assistant import personal
from motcua.assistant.models import DialogueState
from motcua.customers import operations as customer_ops
from motcua.customers import queries as customer_queries
from motcua.ledger import operations as ledger_ops
from motcua.messaging import operations as messaging_ops
from tests.assistant.owing_house import (
    HOA,
    HOA_PHONE,
    ID_NUMBER,
    LAN,
    OTHER_PLACE,
    PLACE,
    WITH_VAT,
    count_codes,
    owing,  # noqa: F401 - a fixture
    sent_code,
)
from tests.assistant.test_operations import Visitor
from tests.channels.messenger_house import messenger_house  # noqa: F401 - a fixture
from tests.channels.zalo_house import zalo_house  # noqa: F401 - a fixture

PRIVATE = (HOA, PLACE, ID_NUMBER, WITH_VAT, "105.840")


@pytest.fixture
def hoa(owing, at):  # noqa: F811
    return Visitor(at)


def prove(visitor, by=HOA_PHONE):
    visitor.say(by)
    return visitor.say(sent_code())


class TestWhatIsOwed:
    def test_is_told_after_the_code_with_a_way_to_pay_and_where_it_comes_from(self, hoa, owing):  # noqa: F811
        asked = hoa.say("tôi còn nợ bao nhiêu")
        assert "mã khách hàng" in asked and WITH_VAT not in asked
        sent = hoa.say(HOA_PHONE)
        assert "mã 6 số" in sent and WITH_VAT not in sent
        told = hoa.say(sent_code())

        assert owing.first in told and PLACE in told
        assert f"Ngừng và cấp điện trở lại: {WITH_VAT}, hạn trả 23/11/2026" in told
        assert "Theo sổ thu của EVNHANOI lúc 09:00 16/11/2026" in told
        pay = next(b for b in hoa.last.buttons if b["label"] == f"Trả {WITH_VAT}")
        assert "/thanh-toan/NG" in pay["url"]
        assert "http" not in told

    def test_is_told_at_once_to_the_proven_and_no_code_is_sent(self, hoa):
        hoa.say("tôi còn nợ bao nhiêu")
        prove(hoa)
        assert WITH_VAT in hoa.say("hóa đơn tháng này")
        assert count_codes() == 1

    def test_names_the_account_code_and_the_code_goes_to_the_phone_on_the_contract(self, hoa, owing):  # noqa: F811
        hoa.say(f"mã khách hàng {owing.first} còn nợ bao nhiêu")
        assert WITH_VAT in hoa.say(f"mã của em là {sent_code()}")

    def test_of_several_accounts_asks_which(self, hoa, owing):  # noqa: F811
        second = owing.contract(owing.hoa, OTHER_PLACE)
        hoa.say("còn nợ bao nhiêu tiền điện")
        which = prove(hoa)
        assert "mã khách hàng nào" in which
        assert [b["label"] for b in hoa.last.buttons] == [
            f"{owing.first} · {PLACE}", f"{second} · {OTHER_PLACE}", "Tất cả",
        ]  # fmt: skip

        assert "không có khoản nào chờ trả" in hoa.say("2")
        hoa.say("tôi còn nợ bao nhiêu")
        both = hoa.press("Tất cả")
        assert WITH_VAT in both and "không có khoản nào chờ trả" in both

    def test_counts_what_another_system_told_beside_our_own(self, hoa, owing):  # noqa: F811
        owing.told_by_another_system(owing.first, 512_000)
        hoa.say("tôi còn nợ bao nhiêu")

        told = prove(hoa)

        assert "Tiền điện còn nợ, theo sổ ngày 10/11/2026: 512.000 đ" in told
        assert WITH_VAT in told

    def test_that_was_paid_is_told_with_its_day(self, hoa, owing, at):  # noqa: F811
        charge = owing.owe(owing.first, owing.hoa, kind="DD")
        ledger_ops.settle_charge(
            charge_id=charge.id, amount_vnd=charge.total_vnd, clearing_account="112", reference="FT1", actor=LAN,
            at=at - timedelta(days=1), key="pay",
        )  # fmt: skip
        hoa.say("em chuyển tiền điện hôm qua rồi đã nhận được chưa")

        told = prove(hoa)

        assert f"Đã nhận {WITH_VAT} ngày 15/11/2026: Di chuyển công tơ" in told

    def test_of_a_stranger_is_not_told_to_the_proven(self, hoa, owing):  # noqa: F811
        others = owing.contract(owing.person("Trần Văn An", "0912345678"), OTHER_PLACE)
        owing.owe(others, owing.hoa)
        hoa.say("tôi còn nợ bao nhiêu")
        prove(hoa)

        told = hoa.say(f"mã {others} còn nợ bao nhiêu")

        assert "không thuộc các hợp đồng của anh/chị" in told
        assert OTHER_PLACE not in told and WITH_VAT not in told

    @pytest.mark.parametrize(
        ("role", "sees"), [("PAYER", True), ("AUTHORISED", True), ("USER", False)], ids=str
    )
    def test_follows_the_part_in_the_account(self, hoa, owing, role, sees):  # noqa: F811
        an = owing.person("Trần Văn An", "0912345678")
        owing.give_part(owing.first, an, role)
        hoa.say("tôi còn nợ bao nhiêu")

        told = prove(hoa, "0912345678")

        assert owing.first in told
        assert (WITH_VAT in told) is sees
        assert ("anh/chị là người sử dụng điện" in told) is not sees

    def test_is_asked_in_the_middle_of_a_form_and_the_form_goes_on(self, hoa):
        hoa.say("toi muon mua dien")
        hoa.fill(2)
        hoa.say("tiện thể cho hỏi tôi còn nợ bao nhiêu tiền điện")
        told = prove(hoa)

        assert WITH_VAT in told
        assert "(3/8)" in told


class TestAccountCodes:
    def test_are_told_after_proof(self, hoa, owing):  # noqa: F811
        assert owing.first not in hoa.say("mã khách hàng của tôi là gì")
        assert f"Mã khách hàng của anh/chị: {owing.first}" in prove(hoa)


class TestRequests:
    def test_of_this_visitor_are_told_without_proof_and_others_are_not(self, company, at):
        mine, other = Visitor(at), Visitor(at)
        mine.say("toi muon mua dien")
        mine.fill()
        mine.press("Gửi yêu cầu")
        number = next(word for word in mine.last.text.split() if word.startswith("HN26"))

        told = mine.say("hồ sơ của tôi tới đâu rồi")
        assert number in told and "Theo nhật ký yêu cầu" in told
        assert "chỉ người gửi xem được" in other.say(f"yêu cầu {number} tới đâu rồi")
        assert "Mua điện sinh hoạt" not in other.last.text

    def test_are_all_told_to_the_proven(self, hoa):
        assert "nhắn số yêu cầu" in hoa.say("hồ sơ của tôi tới đâu rồi")
        hoa.press("Xác nhận bằng mã SMS")
        told = prove(hoa)
        assert "Kiến nghị, khiếu nại" in told and "HN26-" in told


class TestProof:
    """Each bad way ends in words, and in the same words whether or not anything is on record."""

    @pytest.fixture(params=[HOA_PHONE, "0977000111", "PD01009999999"], ids=["known", "phone", "account"])
    def said(self, request):
        return request.param

    def waiting(self, hoa, said):
        hoa.say("tôi còn nợ bao nhiêu")
        return hoa.say(said)

    def wrong(self, said):
        return "000000" if said != HOA_PHONE or sent_code() != "000000" else "000001"

    def test_nobody_learns_whether_it_is_on_record(self, hoa, said):
        told = self.waiting(hoa, said)
        assert told.startswith("Nếu ") and "em vừa gửi mã 6 số đến số điện thoại trong hợp đồng" in told
        assert count_codes() == (said == HOA_PHONE)

    def test_wrong_codes_are_counted_down_to_their_end(self, hoa, said):
        self.waiting(hoa, said)
        told = [hoa.say(self.wrong(said)) for _ in range(5)]

        assert [f"còn {left} lần nhập" in text for left, text in zip((4, 3, 2, 1), told, strict=False)] == [
            True
        ] * 4
        assert "quá số lần cho phép" in told[4]
        if said == HOA_PHONE:
            assert "quá số lần cho phép" in hoa.say(sent_code())
        assert not any(mark in text for mark in PRIVATE for text in told)

    def test_a_late_code_is_no_good(self, hoa, said):
        self.waiting(hoa, said)
        hoa.at += timedelta(minutes=11)
        told = hoa.say(sent_code() if said == HOA_PHONE else "123456")
        assert "Mã đã hết hạn" in told
        assert "Gửi lại mã" in [b["label"] for b in hoa.last.buttons]

    def test_asking_again_and_again_ends(self, hoa, said):
        self.waiting(hoa, said)
        told = []
        for _ in range(7):
            hoa.at += timedelta(seconds=61)
            told.append(hoa.press("Gửi lại mã") if "Gửi lại mã" in str(hoa.last.buttons) else hoa.say(said))
        assert "thử quá nhiều lần" in told[-1] or "Hãy chờ" in told[-1]
        assert count_codes() <= 5

    def test_asking_again_at_once_waits(self, hoa, said):
        self.waiting(hoa, said)
        assert "chờ một phút" in hoa.press("Gửi lại mã")
        assert count_codes() == (said == HOA_PHONE)

    def test_no_code_came(self, hoa, said):
        self.waiting(hoa, said)
        assert "số điện thoại trong hợp đồng đã cũ" in hoa.say("không nhận được mã")

    def test_what_is_no_code_is_said_so_and_then_a_person_helps(self, hoa, said):
        self.waiting(hoa, said)
        assert "đúng 6 chữ số" in hoa.say("12345")
        hoa.say("là sao")
        hoa.say("hả")
        assert hoa.conversation.owner == "QUEUE"

    def test_is_left_for_something_else_and_the_code_still_counts(self, hoa):
        self.waiting(hoa, HOA_PHONE)
        assert "Giá điện" in hoa.say("giá điện sinh hoạt bao nhiêu một số")
        assert WITH_VAT in hoa.say(sent_code())

    def test_is_left_by_a_word(self, hoa):
        self.waiting(hoa, HOA_PHONE)
        assert "em dừng việc đó" in hoa.say("thôi")

    def test_malformed_account_code_is_said_so(self, hoa):
        hoa.say("tôi còn nợ bao nhiêu")
        assert "13 ký tự" in hoa.say("PD010001234")
        hoa.say("ờ")
        assert hoa.conversation.owner == "QUEUE"

    def test_a_shared_phone_asks_for_the_account(self, hoa, owing):  # noqa: F811
        husband = owing.person("Chồng Hoa", HOA_PHONE)
        theirs = owing.contract(husband, OTHER_PLACE)
        others = owing.contract(owing.person("Trần Văn An", "0912345678"), "Số 9 Hàng Bài")
        hoa.say("tôi còn nợ bao nhiêu")
        assert "đứng tên nhiều khách hàng" in prove(hoa)

        assert "không đi với số điện thoại" in hoa.say(others)
        assert OTHER_PLACE in hoa.say(theirs)
        assert hoa.conversation.customer_id == husband

    def test_a_proof_of_the_page_counts_in_its_chat(self, hoa, owing, at):  # noqa: F811
        hoa.say("alo", customer_id=str(owing.hoa))
        assert WITH_VAT in hoa.say("tôi còn nợ bao nhiêu")


class TestZalo:
    """The same over Zalo: the address stays linked, and staff may take the link away."""

    @pytest.fixture
    def house(self, owing, zalo_house):  # noqa: F811
        return zalo_house

    def talk(self, house, text):
        house.later(seconds=20)
        house.says(text)
        house.work()
        return "\n".join(house.phone()[-2:])

    def test_from_the_question_to_the_amount_and_from_then_on_without_a_code(self, house, owing):  # noqa: F811
        self.talk(house, "tôi còn nợ bao nhiêu tiền điện")
        self.talk(house, "0901 234 567")
        told = self.talk(house, sent_code())

        assert WITH_VAT in told
        [handle] = [h for h in customer_queries.list_handles(owing.hoa) if h.channel == "ZALO"]
        assert (handle.address, handle.proof) == (house.person, "CODE")
        assert house.conversation().customer_id == owing.hoa
        messaging_ops.close(conversation_id=house.conversation().id, actor=LAN, at=house.later(seconds=1))
        assert WITH_VAT in self.talk(house, "tôi còn nợ bao nhiêu tiền điện")
        assert house.conversation().customer_id == owing.hoa
        assert count_codes() == 1

    def test_a_link_taken_away_closes_it(self, house, owing):  # noqa: F811
        self.talk(house, "tôi còn nợ bao nhiêu tiền điện")
        self.talk(house, "0901 234 567")
        self.talk(house, sent_code())
        customer_ops.unlink_handle(
            channel="ZALO", address=house.person, reason="Nhầm", actor=LAN, at=house.later(seconds=1)
        )

        told = self.talk(house, "tôi còn nợ bao nhiêu tiền điện")

        assert "mã khách hàng" in told and WITH_VAT not in told.splitlines()[-1]

    def test_what_was_in_hand_elsewhere_comes_along(self, house, owing, at):  # noqa: F811
        """Proven here, the customer's web chat becomes part of this conversation, and its form goes on."""
        visitor = Visitor(house.later(seconds=1))
        visitor.say("toi muon mua dien", customer_id=str(owing.hoa))
        visitor.say("không")
        self.talk(house, "tôi còn nợ bao nhiêu tiền điện")
        self.talk(house, "0901 234 567")
        self.talk(house, sent_code())

        assert visitor.conversation.id == house.conversation().id
        memory = DialogueState.objects.get(conversation_id=house.conversation().id)
        assert "NEW-LV-RES" in (memory.state["service"], *memory.state["suspended"])


class TestMessenger:
    def test_is_proven_there_by_code_too(self, owing, messenger_house):  # noqa: F811
        house = messenger_house

        def talk(text):
            house.later(seconds=20)
            house.says(text)
            house.work()
            return "\n".join(house.phone()[-3:])

        talk("tôi còn nợ bao nhiêu tiền điện")
        talk("0901 234 567")
        assert "còn 4 lần nhập" in talk("000000" if sent_code() != "000000" else "000001")
        assert WITH_VAT in talk(sent_code())
        assert [h.channel for h in customer_queries.list_handles(owing.hoa)].count("MESSENGER") == 1


class TestPrices:
    def test_are_those_of_the_day_for_anybody(self, company, at):
        visitor = Visitor(at)
        told = visitor.say("giá điện sinh hoạt bao nhiêu một số")

        assert told.count(" kWh: ") >= 5
        assert "QĐ-BCT" in told and "thuế GTGT" in told

    def test_a_month_comes_to_what_the_rule_of_the_bills_says(self, company, at):
        told = Visitor(at).say("350 kwh bao nhiêu tiền")

        assert "350 kWh trong một tháng, một hộ: khoảng 979.560 đ, đã gồm thuế GTGT." in told

    def test_of_business_stand_by_voltage_and_hours(self, company, at):
        told = Visitor(at).say("giá điện kinh doanh giờ cao điểm")

        assert told.count(", cao điểm ") == 3 and "Theo Quyết định" in told


class TestErased:
    def test_a_customer_takes_along_what_was_asked(self, hoa, owing, at):  # noqa: F811
        hoa.say("tôi còn nợ bao nhiêu")
        prove(hoa)
        hoa.say("mất điện ở số 5 phố Huế")
        assert DialogueState.objects.exists()

        personal.forget(owing.hoa, at)

        assert not DialogueState.objects.exists()
