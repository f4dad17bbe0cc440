"""The next price decision on the group's pages: entered by one, let hold by another, nothing typed lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from motcua.companies.context import using_company
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.local_time import local_date
from motcua.tariffs import queries
from tests.web import people

LIST, ADD = "/quan-tri/gia-dien/", "/quan-tri/gia-dien/them/"


@pytest.fixture
def group(company: Any) -> Any:
    with using_company("GROUP"):
        yield


def person(name: str, role: Role) -> Any:
    return people.browser(people.add_staff(name, role), host="localhost")


def told(**more: Any) -> dict[str, Any]:
    day = local_date(clock.now()) + timedelta(days=40)
    return {
        "number": "99/QĐ-BCT", "issued_on": day.isoformat(), "average_vnd": "2300.5", "valid_from": day.isoformat(),
        "source": "Quyết định 99", "structure": "new",
    } | more  # fmt: skip


class TestTheNextDecision:
    def test_from_the_form_to_the_prices_of_the_country(self, group):
        ha, quan = person("ha", Role.ADMIN), person("quan", Role.DIRECTOR)
        page = ha.post(ADD, told())["Location"]
        assert "Bậc 5: từ 701 kWh" in ha.get(page).content.decode()

        ha.post(page, {"act": "submit", "p-HOME--TIER-1": "2.100"})
        assert "Người khác phải duyệt" in ha.get(page).content.decode()
        assert ha.post(page, {"act": "approve"}).status_code == 422
        assert quan.post(page, {"act": "approve"}).status_code == 302

        assert queries.price_book().spans("HOME", "")[-1].tiers[0].price_vnd == 2100
        assert "đã duyệt" in quan.get(LIST).content.decode()

    def test_a_price_that_is_none_is_told_and_stays_typed(self, group):
        ha = person("ha", Role.ADMIN)
        page = ha.post(ADD, told())["Location"]

        answer = ha.post(page, {"act": "save", "p-HOME--TIER-1": "hai nghìn", "p-HOME--TIER-2": "2222"})

        assert answer.status_code == 422
        assert "hai nghìn" in answer.content.decode()
        assert 'value="2222"' in answer.content.decode()

    def test_a_known_number_is_refused_beside_its_field(self, group):
        answer = person("ha", Role.ADMIN).post(ADD, told(number="1279/QĐ-BCT"))

        assert answer.status_code == 422
        assert "đã được nhập" in answer.content.decode()
        assert 'value="2300.5"' in answer.content.decode()

    def test_prices_on_trial_are_entered_beside_the_decision(self, group):
        ha, quan = person("ha", Role.ADMIN), person("quan", Role.DIRECTOR)
        page = ha.post(ADD, told(structure="trial", average_vnd=""))["Location"]
        shown = ha.get(page).content.decode()
        assert "không ai phải trả theo giá này" in shown
        assert 'name="p-PRODUCTION_TWO_PART-KV22_110-CAPACITY-0" value="235414"' in shown
        assert "Giá bình quân" not in shown

        assert ha.post(page, {"act": "submit"}).status_code == 422  # no price of energy was entered
        typed = {"p-PRODUCTION_TWO_PART-KV22_110-ONE-0": "1.275"}
        assert ha.post(page, {"act": "submit"} | typed).status_code == 302
        assert quan.post(page, {"act": "approve"}).status_code == 302

        book = queries.price_book()
        (span,) = book.spans("PRODUCTION_TWO_PART", "KV22_110")
        assert {part.value: price.price_vnd for part, price in span.by_part.items()} == {
            "CAPACITY": 235_414, "ONE": 1275,
        }  # fmt: skip
        assert "99/QĐ-BCT" not in {decision.number for decision in book.decisions}

    def test_only_a_trial_may_leave_the_average_out(self, group):
        answer = person("ha", Role.ADMIN).post(ADD, told(average_vnd=""))

        assert answer.status_code == 422
        assert "Hãy ghi giá bán lẻ bình quân của quyết định." in answer.content.decode()

    def test_is_not_for_a_companys_administrator(self, company):
        staff = people.browser(people.add_staff("an", Role.ADMIN))
        assert staff.get(LIST).status_code == 403
        assert staff.post(ADD, told()).status_code == 403
