"""Fields, figures, colours and the app shell, as HTML."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable

import pytest
from django import forms
from django.http import HttpResponse
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation
from lxml import html

from motcua.web import field_views, shell
from motcua.web.templatetags import motcua_ui
from tests.web.components.conftest import STATIC


class Sample(forms.Form):
    name = forms.CharField(label="Họ và tên", help_text="Như trên căn cước")
    kind = forms.ChoiceField(label="Loại", choices=[("A", "Một"), ("B", "Hai")], widget=forms.RadioSelect)
    born = forms.DateField(label="Ngày sinh", widget=forms.SelectDateWidget)
    where = forms.Field(label="Nơi", widget=field_views.PlaceWidget([("01", "Hà Nội")]))


def _draw(source: str, **context: object) -> html.HtmlElement:
    text = Template("{% load motcua_ui %}" + source).render(Context(context))
    return html.fromstring(f"<div>{text}</div>")


class TestField:
    def test_ties_label_help_and_error_to_the_control(self) -> None:
        tree = _draw("{% field form.name %}", form=Sample({}))

        box = tree.get_element_by_id("id_name")
        assert box.get("aria-describedby") == "id_name-help id_name-error"
        assert box.get("aria-invalid") == "true"
        assert tree.xpath("//label[@for='id_name']")
        assert tree.get_element_by_id("id_name-error") is not None

    def test_keeps_what_was_typed_in_a_date_that_is_none(self) -> None:
        tree = _draw(
            "{% field form.born %}", form=Sample({"born_day": "31", "born_month": "x", "born_year": "1980"})
        )

        assert tree.get_element_by_id("id_born_month").get("value") == "x"
        assert tree.get_element_by_id("id_born_day").get("value") == "31"

    def test_place_is_read_as_it_was_written(self) -> None:
        typed = {"where_text": " 12 Láng ", "where_province_code": "01", "where_hamlet": ""}

        tree = _draw("{% field form.where %}", form=Sample(typed))

        assert field_views.read_place(typed, "where") == {"text": "12 Láng", "province_code": "01"}
        assert tree.xpath("//select[@name='where_province_code']/option[@selected]/@value") == ["01"]

    def test_draws_a_mapping_like_a_bound_field(self) -> None:
        tree = _draw(
            "{% field f %}",
            f={"kind": "radios", "name": "k", "label": "?", "options": [("A", "Một", "ít")], "value": "A"},
        )

        radio = tree.xpath("//input[@type='radio']")[0]
        assert (radio.get("value"), "checked" in radio.attrib) == ("A", True)
        assert tree.get_element_by_id(radio.get("aria-describedby")).text == "ít"

    def test_escapes_what_people_typed(self) -> None:
        text = Template("{% load motcua_ui %}{% field f %}").render(
            Context({"f": {"name": "x", "label": "<b>", "value": '"><script>'}})
        )
        assert "<script>" not in text
        assert "<b>" not in text


class TestErrorSummary:
    def test_leads_to_the_first_control_of_each_field(self) -> None:
        tree = _draw("{% error_summary form %}{% fields form %}", form=Sample({}))

        targets = [href.removeprefix("#") for href in tree.xpath("//div[@role='alert']//a/@href")]
        assert targets == ["id_name", "id_kind", "id_born_day", "id_where_text"]
        assert all(tree.xpath(f"//*[@id='{target}']") for target in targets)

    def test_is_not_there_when_all_is_well(self) -> None:
        assert _draw("{% error_summary form %}", form=Sample()).text_content() == ""

    def test_takes_problems_by_field_name(self) -> None:
        tree = _draw("{% error_summary problems=p %}", p={"phone": "Số điện thoại thiếu chữ số"})

        assert tree.xpath("//a/@href") == ["#id_phone"]


class TestBarChart:
    def test_has_a_table_with_the_same_numbers(self) -> None:
        tree = _draw(
            "{% bar_chart rows title='Kênh' %}",
            rows=[{"label": "Zalo", "value": 50}, {"label": "Quầy", "value": 25}],
        )

        assert tree.xpath("//rect[@class='bar']/@width") == ["100.00", "50.00"]
        assert tree.xpath("//table//td/text()") == ["50", "25"]

    def test_survives_nothing_and_zero(self) -> None:
        assert _draw("{% bar_chart rows title='x' %}", rows=[]).xpath("//rect") == []
        assert _draw("{% bar_chart rows title='x' %}", rows=[{"label": "a", "value": 0}]).xpath(
            "//rect[@class='bar']/@width"
        ) == ["0.00"]


class TestNumbers:
    @pytest.mark.parametrize(
        ("value", "text"), [(1234567, "1.234.567"), (1234.5, "1.234,5"), (None, "–"), (0, "0")]
    )
    def test_are_written_as_in_vietnam(self, value: float | None, text: str) -> None:
        assert motcua_ui.number(value) == text

    def test_are_written_as_in_english(self) -> None:
        with translation.override("en"):
            assert motcua_ui.number(1234.5) == "1,234.5"

    def test_instants_are_told_in_vietnamese_time(self) -> None:
        at = datetime.datetime(2018, 12, 14, 17, 30, tzinfo=datetime.UTC)

        assert motcua_ui.moment(at) == "00:30 thứ Bảy, 15/12/2018"

    def test_phone_dials_and_reads(self) -> None:
        assert motcua_ui.phone_text("+84901234567") == "0901 234 567"
        assert motcua_ui.phone_href("0901 234 567") == "tel:0901234567"


class TestCompanyColours:
    @pytest.mark.parametrize("colour", ["#c8102e", "#ffff00", "#000000", "#ffffff", "#1d4e89", "#7fbf3f"])
    def test_are_readable_on_paper_and_at_night(self, colour: str) -> None:
        light = shell.readable(colour, "#f1e9d8", "#101a30")
        dark = shell.readable(colour, "#1b2644", "#fff3dc")

        assert shell.contrast(shell._rgb(light), shell._rgb("#f1e9d8")) >= 4.5
        assert shell.contrast(shell._rgb(dark), shell._rgb("#1b2644")) >= 4.5

    def test_come_from_the_company_of_the_host(self, draw: Callable[..., HttpResponse]) -> None:
        answer = draw("/company.css")

        assert answer["Content-Type"].startswith("text/css")
        assert b"--company-pure:#c8102e" in answer.content


class TestFrame:
    def test_keeps_theme_and_size_from_the_cookie(self, draw: Callable[..., HttpResponse]) -> None:
        page = draw("/components/front/", cookies={"mc_theme": "dark", "mc_text": "huge"}).content.decode()

        assert 'data-theme="dark" data-text="huge"' in page

    def test_ignores_a_cookie_that_is_none_of_ours(self, draw: Callable[..., HttpResponse]) -> None:
        page = draw("/components/front/", cookies={"mc_theme": '"><x'}).content.decode()

        assert "data-theme=" not in page

    def test_look_never_leads_to_another_site(self) -> None:
        request = RequestFactory().post("/look", {"theme": "dark", "next": "https://evil.example/"})

        answer = shell.look(request)

        assert answer["Location"] == "/"
        assert answer.cookies["mc_theme"].value == "dark"

    def test_speaks_english_when_asked(self, draw: Callable[..., HttpResponse]) -> None:
        page = draw("/components/front/", language="en").content.decode()

        assert '<html lang="en"' in page
        assert "Hanoi Power Corporation" in page


class TestErrorPages:
    @pytest.mark.parametrize("status", [400, 403, 404, 409, 429, 500, 503])
    def test_say_what_to_do_next_and_whom_to_call(
        self, draw: Callable[..., HttpResponse], status: int
    ) -> None:
        answer = draw(f"/components/error/{status}/")

        assert answer.status_code == status
        assert 'href="tel:19001288"' in answer.content.decode()

    def test_need_no_company_and_no_request(self) -> None:
        from django.template.loader import render_to_string

        assert "<h1>" in render_to_string("errors/500.html")


class TestApp:
    def test_manifest_names_the_company(self, draw: Callable[..., HttpResponse]) -> None:
        manifest = json.loads(draw("/manifest.webmanifest").content)

        assert manifest["short_name"] == "EVNHANOI"
        assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}

    def test_worker_keeps_the_offline_page_and_only_static_files(
        self, draw: Callable[..., HttpResponse]
    ) -> None:
        answer = draw("/sw.js")
        text = answer.content.decode()
        files = json.loads(text.split("const FILES = ")[1].split(";\n")[0])

        assert answer["Content-Type"].startswith("text/javascript")
        assert all(f == "/offline" or f == "/company.css" or f.startswith("/static/motcua/") for f in files)

    def test_offline_page_has_the_hotline(self, draw: Callable[..., HttpResponse]) -> None:
        assert 'href="tel:19001288"' in draw("/offline").content.decode()


class TestIcons:
    def test_every_name_in_a_template_is_drawn(self) -> None:
        sprite = (STATIC / "motcua/icons/sprite.svg").read_text()
        drawn = set(re.findall(r'<symbol id="([^"]+)"', sprite))
        templates = (STATIC.parent / "templates").rglob("*.html")

        used = {n for t in templates for n in re.findall(r'\bicon(?:_end)?[ =]"([a-z-]+)"', t.read_text())}

        assert used - drawn == set()
