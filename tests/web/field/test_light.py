"""The meter and the light: offered, refused beside the field, done once."""

from __future__ import annotations

from typing import Any

import pytest

from motcua.fieldwork import queries as fieldwork_queries
from motcua.requests import queries as request_queries
from motcua.requests.models import Entry
from motcua.supply import queries as supply_queries
from tests.web.field.at_the_door import METER, TYPED, hidden, html, open_visit, step_of, url


class TestLight:
    @pytest.fixture
    def to_install(self, crew_page: Any, to_sign: Any, stock: list[str]) -> Any:
        def begin(**answers: Any) -> Any:
            view, visit = to_sign(**answers)
            crew_page.post(url("sign", visit), TYPED)
            return view, open_visit(view)

        return begin

    def test_the_stock_is_offered(self, crew_page: Any, to_install: Any, stock: list[str]) -> None:
        _, visit = to_install()

        page = html(crew_page.get(url("act", visit, "installed")))

        for serial in stock:
            assert f'<option value="{serial}">' in page

    def test_meter_then_light_then_done(self, crew_page: Any, to_install: Any) -> None:
        view, visit = to_install()
        crew_page.post(url("start", visit))

        hung = crew_page.post(url("act", visit, "installed"), {**METER, "key": "i", "step": "INSTALL"})
        assert hung["Location"] == url("act", visit, "energised")
        lit = crew_page.post(
            url("act", visit, "energised"), {"energised_at": "", "key": "e", "step": "ENERGISE"}
        )

        assert lit.status_code == 302
        state = request_queries.get_request(view.id).state
        assert state.state == "SETTLED"
        assert supply_queries.get_contract(state.account_code).meter_serial == METER["meter_serial"]
        assert fieldwork_queries.get_visit(visit.id).status == "DONE"
        assert "Đã xong" in html(crew_page.get(url("visit", visit)))

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("meter_serial", "99999999"), ("meter_serial", ""), ("first_reading", "không rõ"), ("first_reading", "1234567"),
            ("seals", ""),
        ],
    )  # fmt: skip
    def test_refuses_beside_the_field_and_keeps_the_rest(
        self, field: str, value: str, crew_page: Any, to_install: Any
    ) -> None:
        view, visit = to_install()
        given = {**METER, field: value, "key": "i", "step": "INSTALL"}

        answer = crew_page.post(url("act", visit, "installed"), given)

        page = html(answer)
        assert answer.status_code == 422
        assert f'href="#id_{field}"' in page
        for name in METER:
            assert given[name] in page
        assert step_of(view) == "INSTALL"

    def test_refuses_a_meter_that_hangs_at_another_home(self, crew_page: Any, to_install: Any) -> None:
        _, first = to_install()
        crew_page.post(url("act", first, "installed"), {**METER, "key": "i", "step": "INSTALL"})
        crew_page.post(url("act", first, "energised"), {"key": "e", "step": "ENERGISE"})
        view, second = to_install(place={"text": "Số 14 ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội"})

        answer = crew_page.post(url("act", second, "installed"), {**METER, "key": "i2", "step": "INSTALL"})

        assert answer.status_code == 422
        assert 'href="#id_meter_serial"' in html(answer)
        assert step_of(view) == "INSTALL"

    def test_the_same_send_again_after_a_lost_answer_acts_once(self, crew_page: Any, to_install: Any) -> None:
        view, visit = to_install()
        page = crew_page.get(url("act", visit, "installed"))
        given = {**METER, "key": hidden(page), "step": hidden(page, "step")}

        first, again = (crew_page.post(url("act", visit, "installed"), given) for _ in range(2))

        assert (first.status_code, again.status_code) == (302, 302)
        assert (
            Entry.objects.filter(request_id=view.id, name="step.done", payload__action="installed").count()
            == 1
        )

    def test_a_meter_taken_meanwhile_leads_to_where_it_is_corrected(
        self, crew_page: Any, to_install: Any
    ) -> None:
        _, first = to_install()
        _, second = to_install(place={"text": "Số 14 ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội"})
        for visit in (first, second):
            crew_page.post(
                url("act", visit, "installed"), {**METER, "key": f"i{visit.id}", "step": "INSTALL"}
            )
        crew_page.post(url("act", first, "energised"), {"key": "e1", "step": "ENERGISE"})

        answer = crew_page.post(url("act", second, "energised"), {"key": "e2", "step": "ENERGISE"})

        assert answer.status_code == 422
        assert "đang treo tại điểm đo khác" in html(answer)
        assert url("act", second, "correct_meter") in html(answer)
        assert METER["meter_serial"] in html(crew_page.get(url("act", second, "correct_meter")))

    def test_a_light_in_the_future_is_refused(self, crew_page: Any, to_install: Any) -> None:
        view, visit = to_install()
        crew_page.post(url("act", visit, "installed"), {**METER, "key": "i", "step": "INSTALL"})

        answer = crew_page.post(
            url("act", visit, "energised"),
            {"energised_at": "2099-01-01T10:00", "key": "e", "step": "ENERGISE"},
        )

        assert answer.status_code == 422
        assert 'href="#id_energised_at"' in html(answer)
        assert step_of(view) == "ENERGISE"
