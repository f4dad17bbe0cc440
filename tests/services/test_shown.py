"""Picture, slip, search and the reference page."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from lxml import etree
from tests.services.conftest import SMALL, TODAY, write_declaration
from tests.services.test_forms import GOOD

from motcua.kernel import vietnamese
from motcua.kernel.worktime import Span
from motcua.services import catalogue, picture, reference, slip
from motcua.services import search as searching
from motcua.tariffs import reference as tariffs

SERVICES = catalogue.current().list_all()
SVG = "{http://www.w3.org/2000/svg}"


class TestPicture:
    @pytest.mark.parametrize("layout", [picture.TALL, picture.WIDE])
    @pytest.mark.parametrize("service", SERVICES, ids=lambda s: f"{s.code}-{s.version}")
    def test_is_whole_and_stays_in_its_frame(self, service, layout):
        for current in (None, *(step.code for step in service.steps)):
            for lang in ("vi", "en"):
                root = etree.fromstring(picture.svg(service, current, [], lang, layout=layout))
                _, _, width, height = map(float, root.get("viewBox").split())
                for text in root.iter(f"{SVG}text"):
                    size = float(text.get("font-size")) * 0.52 * len(text.text)
                    left = float(text.get("x")) - (size / 2 if text.get("text-anchor") else 0)
                    assert left >= -2, text.text
                    assert left + size <= width + 4, text.text
                    assert float(text.get("y")) <= height, text.text
                assert len(list(root.iter(f"{SVG}circle"))) >= len(service.steps)

    def test_marks_today_ticks_the_past_and_dashes_what_was_not_needed(self, home_supply):
        marks = picture.list_marks(home_supply, "SIGN", ["RECEIVE", "CHECK", "PAY"])

        assert [(mark.step.code, mark.state.value) for mark in marks] == [
            ("RECEIVE", "done"), ("CHECK", "done"), ("SURVEY", "skipped"), ("PAY", "done"), ("SIGN", "now"),
            ("INSTALL", "next"), ("ENERGISE", "next"), ("RECORD", "next"), ("RATE", "next"),
        ]  # fmt: skip
        drawn = picture.svg(home_supply, "SIGN", ["RECEIVE", "CHECK", "PAY"])
        assert drawn.count("process-picture__tick") == 3
        assert drawn.count("process-picture__ring") == 1

    def test_has_title_description_and_a_twin_in_words(self, home_supply):
        drawn = picture.figure(home_supply, "SIGN", ["RECEIVE", "CHECK", "PAY"], uid="follow")
        root = etree.fromstring(f'<div xmlns:s="x">{drawn}</div>')
        svgs = list(root.iter(f"{SVG}svg"))

        assert [svg.get("class") for svg in svgs] == [
            "process-picture process-picture--tall",
            "process-picture process-picture--wide",
        ]
        for svg in svgs:
            title, description = svg.get("aria-labelledby").split()
            assert svg.find(f"{SVG}title").get("id") == title
            assert svg.find(f"{SVG}desc").get("id") == description
            assert "5. Ký hợp đồng (tổ công tác, 1 ngày làm việc) – đang làm" in svg.find(f"{SVG}desc").text
        ids = [element.get("id") for element in root.iter() if element.get("id")]
        assert len(ids) == len(set(ids))
        items = list(root.iter("li"))
        assert len(items) == 9
        assert [item.get("aria-current") for item in items].index("step") == 4

    def test_holds_under_a_strict_content_security_policy(self, home_supply):
        drawn = picture.figure(home_supply, "PAY", [])

        assert " style=" not in drawn
        assert "<style" not in drawn
        assert "<script" not in drawn
        assert not re.search(r"\son\w+=", drawn)
        assert "href" not in drawn

    def test_escapes_what_is_declared(self, folder):
        write_declaration(folder, SMALL.replace('"Sửa"', '"Sửa <b> & \\"x\\""'))
        service = catalogue.load_folder(folder).get("LAMP", 1)

        assert "<b>" not in picture.figure(service)
        etree.fromstring(picture.svg(service))

    def test_the_last_step_is_done_when_it_is_reached(self, home_supply):
        assert picture.list_marks(home_supply, "RATE", [])[-1].state is picture.State.DONE

    @pytest.mark.parametrize(
        ("span", "vi", "en"),
        [
            ("5 working days", "5 ngày làm việc", "5 working days"),
            ("1 working day", "1 ngày làm việc", "1 working day"),
            ("24 hours", "24 giờ", "24 hours"),
            ("30 minutes", "30 phút", "30 minutes"),
        ],
    )
    def test_says_spans_in_words(self, span, vi, en):
        assert picture.span_words(Span.parse(span)) == vi
        assert picture.span_words(Span.parse(span), "en") == en


class TestSlip:
    def test_holds_what_a_customer_takes_home(self, home_supply):
        data = slip.slip_data(
            home_supply,
            GOOD,
            slip.Reception(
                number="HN26-000123-K",
                received_at=datetime(2026, 11, 22, 2, 30, tzinfo=UTC),
                due_at=datetime(2026, 11, 27, 10, 0, tzinfo=UTC),
                company_name="Tổng công ty Điện lực TP Hà Nội",
                unit_name="Công ty Điện lực Đống Đa",
                hotline="19001288",
                follow_link="https://hanoi.example/f/HN26-000123-K",
                code_word="sông xanh",
            ),
            papers_given=["HOUSE_PHOTO"],
        )

        assert data["number"] == "HN26-000123-K"
        assert data["received"] == "09:30 22/11/2026"
        assert data["due"] == "17:00 27/11/2026"
        assert {"label": "Số điện thoại", "value": "09•• ••• 567"} in data["answers"]
        assert "001185012345" not in str(data)
        assert [(paper["name"], paper["given"]) for paper in data["papers"]][-1] == (
            "Ảnh mặt trước nhà và cột điện gần nhất",
            True,
        )
        assert len(data["steps"]) == 9
        assert data["fee"].startswith("Công tơ")

    def test_says_when_nothing_is_to_be_paid(self):
        info = catalogue.get("INFO", 1)
        reception = slip.Reception("X", datetime(2026, 1, 1, tzinfo=UTC), None, "", "", "", "")

        assert slip.slip_data(info, {}, reception, lang="en")["fee"] == "Free of charge."


FINDS = [
    ("tôi muốn mua điện", "NEW-LV-RES"),
    ("lắp công tơ mới", "NEW-LV-RES"),
    ("nhà mới xây chưa có điện", "NEW-LV-RES"),
    ("đăng ký mua điện sinh hoạt", "NEW-LV-RES"),
    ("mắc điện cho nhà mới", "NEW-LV-RES"),
    ("new meter", "NEW-LV-RES"),
    ("tăng công suất", "CHG-CAPACITY"),
    ("đổi lên 3 pha", "CHG-CAPACITY"),
    ("aptomat hay nhảy", "CHG-CAPACITY"),
    ("mất điện rồi", "FAULT"),
    ("cúp điện cả xóm", "FAULT"),
    ("điện yếu quá", "FAULT"),
    ("dây điện bị đứt", "FAULT"),
    ("khiếu nại", "COMPLAINT"),
    ("tiền điện tháng này cao bất thường", "COMPLAINT"),
    ("hóa đơn sai", "COMPLAINT"),
    ("giá điện", "INFO"),
    ("hỏi lịch cắt điện", "INFO"),
    ("gặp nhân viên", "INFO"),
    ("sang tên công tơ", "CHG-HOLDER"),
    ("đổi tên hợp đồng điện", "CHG-HOLDER"),
    ("tách công tơ", "NEW-LV-SPLIT"),
    ("mấy nhà dùng chung công tơ", "NEW-LV-SHARED"),
    ("lắp điện kinh doanh", "NEW-LV-NRES"),
    ("điện công trình xây dựng", "NEW-LV-SHORT"),
    ("đấu nối trạm biến áp", "NEW-MV"),
    ("chuyển công tơ ra cột", "MOVE-METER"),
    ("trả nợ rồi mở điện lại", "RECONNECT"),
    ("kiểm tra công tơ", "METER-CHECK"),
    ("đổi số điện thoại", "CHG-INFO"),
    ("chuyển sang giá kinh doanh", "CHG-PURPOSE"),
    ("khai người thuê trọ", "CHG-QUOTA"),
    ("gia hạn hợp đồng", "EXTEND"),
    ("hủy hợp đồng điện", "TERMINATE"),
    ("tháo công tơ", "TERMINATE"),
]


class TestSearch:
    @pytest.mark.parametrize(("text", "code"), FINDS)
    def test_finds_with_and_without_marks(self, text, code):
        for written in (text, vietnamese.ascii_text(text), text.upper()):
            assert catalogue.search(written, TODAY)[0].service.code == code

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("tăng công xuất", "CHG-CAPACITY"),
            ("khiếu lại", "COMPLAINT"),
            ("lap cog to moi", "NEW-LV-RES"),
            ("new-lv-res", "NEW-LV-RES"),
            ("complaintt", "COMPLAINT"),
        ],
    )
    def test_forgives_misspelling(self, text, code):
        assert catalogue.search(text, TODAY)[0].service.code == code

    def test_a_marked_text_ranks_like_the_unmarked(self):
        for text, _ in FINDS:
            ranked = [(hit.service.code, hit.score) for hit in catalogue.search(text, TODAY)]
            assert ranked == [
                (h.service.code, h.score) for h in catalogue.search(vietnamese.ascii_text(text), TODAY)
            ]

    def test_without_words_all_are_offered_in_order(self):
        found = [hit.service for hit in catalogue.search("  ", TODAY, limit=50)]
        assert found == list(catalogue.list_services(TODAY))

    @pytest.mark.parametrize("text", ["bóng đá", "???", "qwertyuiop"])
    def test_finds_nothing_in_nonsense(self, text):
        assert catalogue.search(text, TODAY) == []

    def test_is_limited(self):
        assert len(searching.search(catalogue.list_services(TODAY), "điện", limit=2)) == 2


class TestReference:
    def test_the_page_is_up_to_date(self):
        written = reference.PAGE.read_text(encoding="utf-8")

        assert written == reference.page(SERVICES), "run: python -m motcua.services.reference"

    def test_the_table_of_the_catalogue_is_up_to_date(self):
        written = reference.TABLE.read_text(encoding="utf-8")

        assert written == reference.table_page(SERVICES, tariffs.limits()), (
            "run: python -m motcua.services.reference"
        )
        assert written.count("\n| [") == len(SERVICES)

    def test_every_step_action_question_and_notice_is_on_it(self):
        written = reference.page(SERVICES)
        for service in SERVICES:
            for name in (
                *(step.code for step in service.steps),
                *(action.code for step in service.steps for action in step.actions),
                *(question.name for question in service.questions),
                *(notice.code for notice in service.notices),
            ):
                assert f"`{name}`" in written
