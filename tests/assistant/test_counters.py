"""Where to go in person: by names of today and of before, from chat and on the page."""

from __future__ import annotations

from datetime import date

import pytest

from motcua.companies import counters
from motcua.companies.context import using_company
from motcua.companies.models import Unit, UnitArea, UnitKind
from tests.assistant.test_operations import Visitor

TODAY = date(2026, 11, 16)


def found(text, code="HANOI"):
    return [unit.name for unit in counters.find_counters(text, TODAY, code).units]


class TestFinding:
    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("địa chỉ điện lực Đống Đa", "Đống Đa"),
            ("tôi ở phường Đống Đa", "Đống Đa"),
            ("dien luc long bien o dau", "Long Biên"),
            ("quận Thanh Xuân, Hà Nội", "Thanh Xuân"),
            ("Số 5, huyện Đông Anh, thành phố Hà Nội", "Đông Anh"),
            ("DIEN LUC HA DONG", "Hà Đông"),
        ],
    )
    def test_a_place_leads_to_who_serves_it(self, company, text, name):
        assert [unit.endswith(name) for unit in found(text)] == [True]

    @pytest.mark.parametrize(
        "text", ["", "điểm giao dịch gần nhất ở đâu", "Đà Lạt", "mai tôi ra điện lực được không"]
    )
    def test_words_that_name_no_place_here_lead_nowhere(self, company, text):
        assert found(text) == []

    def test_a_commune_has_its_own_and_the_desks_below_come_along(self, company):
        unit = Unit.objects.get(name__endswith="Đống Đa", kind=UnitKind.LOCAL)
        Unit.objects.create(
            code="PD01D1", name="Quầy tại Trung tâm hành chính công Láng", kind=UnitKind.DESK, parent=unit,
            province_code="01", valid_from=date(2025, 7, 1),
        )  # fmt: skip
        UnitArea.objects.create(
            unit=unit, province_code="01", commune_key="lang", valid_from=date(2025, 7, 1)
        )

        assert len(found("phường Láng")) == 2

    def test_a_province_that_is_no_more_leads_to_who_serves_it_today(self, company):
        with using_company("NPC"):
            names = found("tôi ở Bắc Giang", "NPC")

        assert names and all("Bắc Ninh" in name for name in names)


class TestChat:
    @pytest.fixture
    def hoa(self, company, at):
        Unit.objects.filter(name__endswith="Đống Đa", kind=UnitKind.LOCAL).update(
            address="274 Tôn Đức Thắng", phone="02438512345"
        )
        return Visitor(at)

    def test_a_counter_with_its_address_hours_and_way(self, hoa):
        told = hoa.say("địa chỉ điện lực Đống Đa ở đâu")

        assert "274 Tôn Đức Thắng" in told and "02438512345" in told
        assert "thứ Hai đến thứ Sáu: " in told and "Bây giờ đang mở." in told
        assert "Theo danh sách đơn vị của EVNHANOI" in told
        assert "http" not in told
        assert any("/lien-he/#" in button.get("url", "") for button in hoa.last.buttons)

    def test_the_place_is_asked_when_none_is_said(self, hoa):
        asked = hoa.say("điểm giao dịch gần nhất ở đâu")
        assert "Anh/chị ở xã, phường nào" in asked and "19001288" in asked
        assert "274 Tôn Đức Thắng" in hoa.say("đống đa")

    def test_an_unknown_place_is_asked_once_more(self, hoa):
        hoa.say("điểm giao dịch gần nhất ở đâu")
        assert "chưa tìm ra nơi đó" in hoa.say("Đà Lạt")
        assert "274 Tôn Đức Thắng" in hoa.say("quận Đống Đa")

    def test_something_else_leaves_the_question(self, hoa):
        hoa.say("điểm giao dịch gần nhất ở đâu")
        hoa.say("toi muon mua dien")
        assert "(1/8)" in hoa.last.text

    def test_out_of_hours_it_says_when_it_opens(self, hoa, at):
        hoa.at = at.replace(hour=14)  # nine in the evening
        assert "Mở lại lúc " in hoa.say("địa chỉ điện lực Đống Đa ở đâu")


class TestPage:
    def test_lists_all_and_the_near_first(self, hanoi):
        Unit.objects.filter(name__endswith="Đống Đa", kind=UnitKind.LOCAL).update(
            latitude=21.01, longitude=105.82
        )

        text = hanoi.get("/lien-he/").content.decode()
        near = hanoi.get("/lien-he/", {"noi": "dong da"}).content.decode()

        assert text.count("geo:21.010000,105.820000") == 1
        assert near.count("geo:21.010000,105.820000") == 2
        assert "Chưa tìm ra nơi này" in hanoi.get("/lien-he/", {"noi": "Đà Lạt"}).content.decode()
