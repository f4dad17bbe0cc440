"""Formats by day, provinces in both schemes, form names."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from motcua.companies.models import Province
from motcua.connectors.portals import formats, mapping, provinces
from motcua.connectors.portals.formats import Scheme
from motcua.connectors.portals.provinces import Served
from motcua.customers.models import Ground
from motcua.kernel.results import Invalid
from motcua.services import catalogue
from tests.connectors.conftest import add_portal

OLD, NEW = date(2025, 6, 30), date(2025, 7, 1)
TODAY = date(2026, 11, 16)
HANOI = Served("01", "Hà Nội", "01", "Hà Nội", "HANOI")


class TestFormats:
    @pytest.mark.parametrize("code", sorted(formats.list_formats()))
    def test_periods_follow_each_other_and_the_examples_fit(self, code):
        told = formats.get(code)
        for earlier, later in pairwise(told.periods):
            assert earlier.valid_to == later.valid_from
        assert told.periods[-1].valid_to is None
        for period in told.periods:
            assert period.pattern("H26").fullmatch(period.example_of("H26"))
            assert period.provinces is (Scheme.OLD_63 if period.valid_from < NEW else Scheme.NEW_34)

    @pytest.mark.parametrize("code", sorted(formats.list_formats()))
    def test_every_name_leads_to_a_question_paper_and_value_that_is_declared(self, code):
        told = formats.get(code)
        services = catalogue.list_services(TODAY)
        questions = {q.name for service in services for q in service.questions}
        papers = {paper.code for service in services for paper in service.papers}
        assert {target.question for target in told.fields.values()} <= questions
        assert set(told.papers.values()) <= papers
        assert (
            {"name", "ground"} <= {t.to for t in told.representative.values()} <= set(formats.REPRESENTATIVE)
        )
        for target in told.representative.values():
            assert set(target.values.values()) == (set(Ground.values) if target.to == "ground" else set())
        for service_code, targets in told.services.items():
            service = catalogue.get(service_code, TODAY)
            asked = {question.name: question for question in service.questions}
            assert set(told.constants[service_code]) <= set(asked)
            for target in targets.values():
                assert set(target.values.values()) <= {
                    option.value for option in asked[target.question].options
                }

    def test_a_number_is_judged_by_the_day_it_was_given(self, company, at):
        portal = add_portal(at)
        old, middle, new = "000.00.17.H26-190315-0001", "H26.17.15-210315-0001", "H26-20261116-0092637"
        fits = [
            [portal.is_number(number, day) for day in (date(2019, 3, 15), date(2021, 3, 15), TODAY)]
            for number in (old, middle, new)
        ]
        assert fits == [[True, True, False], [False, True, True], [False, True, True]]
        assert not portal.is_number("H260-261116-0001", TODAY)
        assert not portal.is_number(f"{new}\n", TODAY)

    def test_the_agency_of_a_number_names_its_portal(self, company, at):
        from motcua.connectors.portals import partners

        add_portal(at)
        add_portal(at, code="DVCQG", format="NATIONAL", agency="G09.20")
        found = [
            partners.find_portal_of_number(n)
            for n in ("H26-261116-0001", "G09.20-20260609-0092637", "H49-261116-0001")
        ]
        assert [portal.code if portal else None for portal in found] == ["DVC-HN", "DVCQG", None]


@pytest.mark.usefixtures("company")
class TestProvinces:
    def test_every_old_code_is_its_own_before_the_change_and_its_successor_after(self):
        old = list(Province.objects.filter(valid_to=NEW))
        assert len(old) == 63
        for province in old:
            before = provinces.resolve(province.code, scheme=Scheme.OLD_63, on=OLD)
            after = provinces.resolve(province.code, scheme=Scheme.OLD_63, on=NEW)
            assert (before.code, before.name) == (province.code, province.name)
            assert (after.code, after.name) == (province.merged_into_code, province.merged_into_name)

    def test_every_new_code_is_served_from_the_change_on_and_unknown_before(self):
        new = list(Province.objects.filter(valid_to=None))
        assert len(new) == 34
        for province in new:
            assert provinces.resolve(province.code, scheme=Scheme.NEW_34, on=NEW).name == province.name
            with pytest.raises(provinces.ProvinceUnknown):
                provinces.resolve(province.code, scheme=Scheme.NEW_34, on=OLD)

    @pytest.mark.parametrize(
        ("code", "name", "before", "after"),
        [
            ("58", "Ninh Thuận", "SPC", "CPC"),
            ("67", "Đắk Nông", "CPC", "SPC"),
            ("74", "Bình Dương", "SPC", "HCMC"),
        ],
    )
    def test_a_province_that_changed_company_changes_it_on_the_day(self, code, name, before, after):
        served = [provinces.resolve(code, scheme=Scheme.OLD_63, on=day) for day in (OLD, NEW)]
        assert [row.company_code for row in served] == [before, after]
        assert {row.told_name for row in served} == {name}

    def test_our_own_is_taken_and_another_is_refused_with_who_serves_it(self):
        assert provinces.require_ours("01", scheme=Scheme.NEW_34, on=TODAY).code == "01"
        with pytest.raises(provinces.MovedElsewhere) as refused:
            provinces.require_ours("74", scheme=Scheme.OLD_63, on=TODAY)
        sentence = str(refused.value)
        assert "Bình Dương (mã cũ 74) nay thuộc Hồ Chí Minh" in sentence
        assert "16/11/2026" in sentence
        with pytest.raises(provinces.ServedElsewhere):
            provinces.require_ours("79", scheme=Scheme.NEW_34, on=TODAY)


class TestMapping:
    def mapped(self, form):
        return mapping.map_form(formats.get("PROVINCIAL"), catalogue.get("NEW-LV-RES", TODAY), form, HANOI)

    def test_a_place_is_put_together_from_its_parts(self):
        found = self.mapped({"SoNhaDuong": "12 Tây Sơn", "PhuongXa": "Đống Đa"}).answers["place"]
        assert found == {
            "detail": "12 Tây Sơn", "commune": "Đống Đa", "text": "12 Tây Sơn, Đống Đa, Hà Nội", "province_code": "01",
        }  # fmt: skip

    def test_constants_fill_only_what_was_not_said(self):
        assert self.mapped({}).answers == {"has_meter": False, "visit_time": "ANY", "phases": "UNSURE"}
        assert self.mapped({"SoPha": 3, "GioHen": "1"}).answers["phases"] == "THREE"

    @pytest.mark.parametrize("raw", [True, [], {"a": 1}, "7"])
    def test_a_code_that_is_none_is_refused_by_its_form_name(self, raw):
        with pytest.raises(Invalid) as refused:
            self.mapped({"QuyenSuDung": raw})
        assert set(refused.value.errors) == {"QuyenSuDung"}

    @pytest.mark.parametrize("raw", [1, [], {"other": "x"}])
    def test_a_place_that_is_none_is_refused(self, raw):
        with pytest.raises(Invalid):
            self.mapped({"place": raw})
