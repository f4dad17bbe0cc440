from datetime import date

import pytest
from django.db import IntegrityError, transaction

from motcua.companies.models import Unit
from motcua.kernel.results import Invalid
from motcua.supply import queries
from motcua.supply.models import Place
from motcua.supply.queries import FoundUnit, PlaceView

TODAY = date(2026, 11, 16)
BEFORE_MERGER = date(2024, 5, 1)


class TestCreatePlace:
    @pytest.mark.parametrize(
        "way",
        [
            {"hamlet": "Thôn Đông"},
            {"pole_number": "a12/3"},
            {"neighbour_account_code": "pd01 0000 00001"},
            {"lat": 21.03, "lon": 105.85},
            {"street": "Trần Phú"},
        ],
    )
    def test_takes_any_one_way_to_find_it(self, company, make_place, way):
        place = make_place(**{"house": "", "street": ""} | way)

        assert queries.get_place(place.id) == place
        assert place.text == "Số 12 ngõ 5 Trần Phú"

    def test_needs_a_way_to_find_it(self, company, make_place):
        with pytest.raises(Invalid) as refused:
            make_place(house="", street="")

        assert refused.value.errors[""][0].code == "PLACE_NOT_FINDABLE"
        assert not Place.objects.exists()

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"text": " "}, "text"),
            ({"neighbour_account_code": "123"}, "neighbour_account_code"),
            ({"lat": 48.8, "lon": 2.3}, "lat"),
            ({"lat": 21.0}, "lat"),
            ({"street": "x" * 161}, "street"),
        ],
    )
    def test_names_the_wrong_field(self, company, make_place, wrong, field):
        with pytest.raises(Invalid) as refused:
            make_place(**wrong)

        assert set(refused.value.errors) == {field}

    def test_keeps_the_old_triple_and_what_is_known_of_the_new_pair(self, company, make_place):
        old = make_place(district="Hà Đông", commune="Mộ Lao")
        new = make_place(commune="Hà Đông")

        row = Place.objects.get(id=old.id)
        assert (row.old_province_code, row.old_district, row.old_commune) == ("01", "Hà Đông", "Mộ Lao")
        assert (row.new_province_code, row.new_commune) == ("01", "")
        row = Place.objects.get(id=new.id)
        assert (row.old_province_code, row.new_province_code, row.new_commune) == ("", "01", "Hà Đông")

    def test_is_walled_by_the_database(self, company, make_place):
        place = make_place()

        with pytest.raises(IntegrityError, match="place_can_be_found"), transaction.atomic():
            Place.objects.filter(id=place.id).update(house="", street="")


class TestFindUnitForPlace:
    def test_asks_the_neighbour_first(self, company, stock, connect, make_place):
        stock("18123456", unit_code="PD0200")
        account = connect(unit_code="PD0200").account_code

        found = queries.find_unit_for_place(
            PlaceView("x", province_code="01", commune="Hà Đông", neighbour_account_code=account), TODAY
        )

        assert found == FoundUnit("PD0200", "NEIGHBOUR")

    def test_knows_the_pole_when_one_unit_has_it(self, company, stock, connect, make_place):
        stock("18123456", unit_code="PD0200")
        connect(unit_code="PD0200", place_id=make_place(pole_number="A12/3").id)

        assert queries.find_unit_for_place(PlaceView("x", pole_number=" a12/3 "), TODAY) == FoundUnit(
            "PD0200", "POLE"
        )

        stock("18123457", unit_code="PD0100")
        connect(key="2", meter_serial="18123457", place_id=make_place(pole_number="A12/3").id)
        assert queries.find_unit_for_place(PlaceView("x", pole_number="A12/3"), TODAY) is None

    def test_knows_commune_and_district_on_their_days(self, company):
        new = PlaceView("x", province_code="01", commune="phường Hà Đông", given_on=TODAY)
        old = PlaceView(
            "x", province_code="01", district="Quận Hà Đông", commune="Mộ Lao", old_province_code="01"
        )

        unit = queries.find_unit_for_place(new, TODAY)

        assert unit is not None
        assert unit.by == "AREA"
        assert "Hà Đông" in Unit.objects.get(code=unit.unit_code).name
        assert queries.find_unit_for_place(old, BEFORE_MERGER) == unit
        assert queries.find_unit_for_place(old, TODAY) == unit

    def test_takes_the_nearest_point_within_two_kilometres(self, company, stock, connect, make_place):
        stock("18123456", unit_code="PD0200")
        stock("18123457", unit_code="PD0100")
        connect(unit_code="PD0200", place_id=make_place(lat=21.0300, lon=105.8500).id)
        connect(key="2", meter_serial="18123457", place_id=make_place(lat=21.0400, lon=105.8500).id)

        near = PlaceView("x", province_code="01", lat=21.0310, lon=105.8500)
        far = PlaceView("x", province_code="01", lat=21.1000, lon=105.8500)

        assert queries.find_unit_for_place(near, TODAY) == FoundUnit("PD0200", "NEAR_POINT")
        assert queries.find_unit_for_place(far, TODAY).by == "PROVINCE"

    def test_takes_the_nearest_unit_else(self, company):
        Unit.objects.filter(code="PD0100").update(latitude=21.03, longitude=105.85)
        Unit.objects.filter(code="PD0200").update(latitude=20.97, longitude=105.77)

        found = queries.find_unit_for_place(PlaceView("x", province_code="01", lat=20.98, lon=105.78), TODAY)

        assert found == FoundUnit("PD0200", "NEAR_UNIT")

    def test_falls_back_to_the_province_and_says_when_nothing_tells(self, company):
        assert queries.find_unit_for_place(PlaceView("x", province_code="01"), TODAY).by == "PROVINCE"
        assert queries.find_unit_for_place(PlaceView("x"), TODAY) is None
        assert queries.find_unit_for_place(PlaceView("x", province_code="99"), TODAY) is None

    def test_forgets_a_unit_that_works_no_more(self, company, stock, connect):
        stock("18123456", unit_code="PD0200")
        account = connect(unit_code="PD0200").account_code
        Unit.objects.filter(code="PD0200").update(valid_to=TODAY)

        assert queries.find_unit_for_place(PlaceView("x", neighbour_account_code=account), TODAY) is None
