"""Places by an address as people say it, before the merger of communes and after, and by a neighbour's code."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection

from motcua.kernel import vietnamese
from motcua.supply import finding
from motcua.supply.models import FOLDED_WORDS, Place

TODAY = date(2026, 11, 18)
OLD = "Số 5 ngõ 34 phố Chùa Bộc, phường Trung Liệt, quận Đống Đa, Hà Nội"


@pytest.fixture
def old_place(company, make_place):
    """Written down before July 2025, with a district."""
    return make_place(
        text=OLD, house="5 ngõ 34", street="phố Chùa Bộc", commune="Trung Liệt", district="Đống Đa"
    )


@pytest.fixture
def new_place(company, make_place):
    """Written down since, without one."""
    return make_place(text="Xóm Đình, xã Tản Lĩnh, Hà Nội", hamlet="Xóm Đình", commune="Tản Lĩnh")


class TestAddress:
    @pytest.mark.parametrize(
        "said",
        [
            OLD,
            "so 5 ngo 34 pho chua boc, phuong trung liet, quan dong da, ha noi",
            "5/34 Chùa Bộc, phường Kim Liên, Hà Nội",
            "5 ngõ 34 Chùa Bộc",
            "5 ngo 34 chua boc dong da",
            "5 ngo 34 chua boc dong da ha noi",
            "5 ngõ 34 chùa bộ",
        ],
    )
    def test_of_before_is_found_by_either_name(self, old_place, new_place, said):
        assert finding.find_places(said, TODAY) == [old_place.id]

    @pytest.mark.parametrize(
        "said", ["xóm Đình, xã Tản Lĩnh, huyện Ba Vì, Hà Nội", "Dinh, xa Tan Linh", "xã Tản Lĩnh, Hà Nội"]
    )
    def test_of_now_is_found_by_the_one_of_before(self, old_place, new_place, said):
        assert finding.find_places(said, TODAY) == [new_place.id]

    @pytest.mark.parametrize(
        "said",
        [
            "",
            "5",
            "số",
            "Chùa",
            "'; DROP --",
            "xã …, huyện Ba Vì",
            "7 ngõ 34 phố Chùa Bộc",
            "5 ngõ 34 Chùa Bộc, Đà Nẵng",
        ],
    )
    def test_too_little_or_another_house_finds_nothing(self, old_place, new_place, said):
        assert finding.find_places(said, TODAY) == []

    def test_the_commune_named_comes_first(self, company, make_place):
        near, far = (
            make_place(text=f"Số 9 phố Chợ, xã {commune}, Hà Nội", house="9", street="Chợ", commune=commune)
            for commune in ("Tản Lĩnh", "Sóc Sơn")
        )

        assert finding.find_places("9 phố Chợ, xã Tản Lĩnh, Hà Nội", TODAY) == [near.id, far.id]
        assert finding.find_places("9 phố Chợ, xã Sóc Sơn, Hà Nội", TODAY) == [far.id, near.id]

    def test_a_province_that_was_merged_is_meant_by_both_its_names(self, company, make_place):
        place = make_place(
            text="Số 8 đường Cù Chính Lan, phường Phương Lâm, thành phố Hòa Bình",
            house="8", street="Cù Chính Lan", province_code="17", district="Hòa Bình", commune="Phương Lâm",
        )  # fmt: skip

        assert place.new_province_code == "25"
        for province in ("Hòa Bình", "Phú Thọ", "tỉnh phú thọ"):
            assert finding.find_places(f"8 Cù Chính Lan, {province}", TODAY) == [place.id]
        assert finding.find_places("8 Cù Chính Lan, Hà Nội", TODAY) == []

    def test_asks_few_questions_whatever_is_there(self, old_place, make_place, django_assert_max_num_queries):
        for _more in range(30):
            make_place(
                text=OLD, house="5 ngõ 34", street="Chùa Bộc", commune="Trung Liệt", district="Đống Đa"
            )

        with django_assert_max_num_queries(3):  # provinces, who serves them, the places
            assert len(finding.find_places(OLD, TODAY)) == finding.MOST


class TestNeighbour:
    def test_leads_to_the_place(self, company, make_place):
        place = make_place(house="", street="", neighbour_account_code="PD01000012345")
        make_place()

        assert finding.list_beside("pd01 0000 12345") == [place.id]
        assert finding.list_beside("") == []


def test_words_are_folded_as_the_kernel_does(company):
    texts = ["Số 5/12, ngõ Đội Cấn — tổ 3", "Ễ Ộ Ậ ự Ỹ ĐẮK LẮK", "Xóm Đình, cột TS/12A/07", "", " … "]
    with connection.cursor() as cursor:
        for text in texts:
            cursor.execute(f"SELECT {FOLDED_WORDS.format(texts='%s::text')} = array_to_tsvector(%s)", [text, vietnamese.tokens(text)])  # noqa: S608  # fmt: skip
            assert cursor.fetchone()[0], text


def test_the_index_is_used(company, make_place):
    make_place()
    asked = finding.Asked(("chua", "boc"))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN " + finding._FIND.replace("{agreeing}", "0::bigint"),
            {"sure": " & ".join(asked.sure), "province": "", "weighed": 500, "limit": 20},
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "place_words" in plan
    assert Place.objects.count() == 1
