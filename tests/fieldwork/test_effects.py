"""Declared steps send crews: from the accepted request to the lamp that is lit."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from motcua.documents import operations as document_ops
from motcua.documents import queries as document_queries
from motcua.documents import signing
from motcua.fieldwork import contracts, operations, queries
from motcua.fieldwork.effects import papers
from motcua.fieldwork.models import Visit
from motcua.kernel.actors import Actor
from motcua.messaging.models import OutboxMessage
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.supply import operations as supply_ops
from motcua.supply import queries as supply_queries
from tests.documents import samples
from tests.documents.test_packs import text_of
from tests.fieldwork.conftest import UNIT, submit
from tests.requests.conftest import pay


def advance(request_id: Any, action: str, actor: Actor, at: Any, key: str = "", **inputs: Any) -> Any:
    return request_ops.advance(
        request_id=request_id, action=action, inputs=inputs, actor=actor, at=at, key=key or f"{action}:{at}"
    )


def sign(request_id: Any, actor: Actor, at: Any, *names: tuple[str, str]) -> None:
    for kind, name in names or (("CUSTOMER", "Nguyễn Thị Hoa"), ("STAFF", "Hung"), ("STAFF", "Vinh")):
        contracts.sign_contract(
            request_id=request_id, signer_kind=kind, signer_name=name, strokes=samples.strokes(shift=len(name)),
            typed_name="", actor=actor, at=at,
        )  # fmt: skip


@pytest.fixture
def signed(to_sign: Any, worker: Actor, at: Any) -> Any:
    def go(**answers: Any) -> Any:
        request_id = to_sign(**answers)
        sign(request_id, worker, at + timedelta(days=1))
        advance(request_id, "signed", worker, at + timedelta(days=1))
        return request_id

    return go


class TestVisit:
    def test_is_booked_when_the_step_begins_and_told(self, to_sign: Any, at: Any) -> None:
        visit = queries.find_open_visit(to_sign())

        assert (visit.kind, visit.window_code, visit.attempt) == ("SIGN", "2026-11-17:AM", 1)
        assert (visit.contact_name, visit.phone) == ("Nguyễn Thị Hoa", "+84901234567")
        texts = " ".join(str(m.params) + m.text for m in OutboxMessage.objects.all())
        assert "17/11/2026" in texts
        assert "07:30–11:30" in texts

    def test_follows_the_wished_half(self, to_sign: Any) -> None:
        assert queries.find_open_visit(to_sign(visit_time="AFTERNOON")).half == "PM"

    def test_nobody_home_is_a_new_attempt_another_day(self, to_sign: Any, worker: Actor, at: Any) -> None:
        request_id, tomorrow = to_sign(), at + timedelta(days=1)
        first = queries.find_open_visit(request_id)

        for _ in range(2):
            advance(request_id, "nobody_home", worker, tomorrow, key="nobody")

        now, before = queries.list_visits(request_id)
        assert (before.id, before.status) == (first.id, "NOBODY_HOME")
        assert (now.attempt, now.window_code, now.code) == (2, "2026-11-18:AM", first.code)
        assert request_queries.get_request(request_id).step == "SIGN"

    def test_pole_needed_is_a_later_visit_and_a_longer_promise(
        self, to_sign: Any, worker: Actor, at: Any
    ) -> None:
        request_id = to_sign()
        due = request_queries.get_request(request_id).state.due_at

        advance(request_id, "pole_needed", worker, at + timedelta(days=1), pole_note="Một cột 8,5 m")

        view = request_queries.get_request(request_id)
        now, before = queries.list_visits(request_id)
        assert view.state.extension == "POLE_OR_CABLE"
        assert view.state.due_at > due
        assert (before.status, before.outcome) == ("DONE", "POLE_NEEDED")
        assert (now.window_code, now.note) == ("2026-11-19:AM", "Một cột 8,5 m")

    def test_survey_that_signs_at_once_stays_one_visit(
        self, team: Any, clerk: Actor, worker: Actor, at: Any
    ) -> None:
        sent = submit(at)
        advance(sent.request_id, "accept", clerk, at, needs_survey=True)
        survey = queries.find_open_visit(sent.request_id)
        tomorrow = at + timedelta(days=1)
        operations.start_visit(visit_id=survey.id, actor=worker, at=tomorrow, key="go")

        advance(
            sent.request_id, "surveyed", worker, tomorrow, needs_pole=False, needs_cable=False, breaker_amps=40, cost_vnd=0,
            may_sign_now=True,
        )  # fmt: skip

        (visit,) = queries.list_visits(sent.request_id)
        assert (survey.kind, visit.kind, visit.status, visit.id) == (
            "SURVEY",
            "SIGN",
            "ON_THE_WAY",
            survey.id,
        )

    def test_paid_survey_is_finished_and_a_new_visit_signs(
        self, team: Any, clerk: Actor, worker: Actor, at: Any
    ) -> None:
        sent = submit(at)
        advance(sent.request_id, "accept", clerk, at, needs_survey=True)
        advance(
            sent.request_id, "surveyed", worker, at + timedelta(days=1), needs_pole=False, needs_cable=False, breaker_amps=40,
            cost_vnd=450_000, cost_note="15 m cáp",
        )  # fmt: skip

        pay(sent.request_id, at + timedelta(days=1, hours=1))

        now, before = queries.list_visits(sent.request_id)
        assert [(v.kind, v.status) for v in (before, now)] == [("SURVEY", "DONE"), ("SIGN", "ASSIGNED")]
        text = text_of(document_ops.read_for_machine(contracts.find_contract(sent.request_id).id))
        assert "15 m cáp (đã gồm thuế)" in text
        assert "486.000 đ" in text

    def test_is_called_off_with_its_request_and_papers_get_their_last_day(
        self, to_sign: Any, at: Any, citizen: Actor
    ) -> None:
        request_id = to_sign()
        view = request_queries.get_request(request_id)
        card = document_ops.store(
            content=samples.jpeg(), name="cc.jpg", kind="IDENTITY", subject_type="request", subject_id=request_id,
            sensitive=True, actor=citizen, at=at,
        )  # fmt: skip

        request_ops.cancel(
            request_id=request_id, reason="đổi ý", actor=Actor.customer(view.customer_id), at=at, key="cancel"
        )

        assert [visit.status for visit in queries.list_visits(request_id)] == ["CANCELLED"]
        assert (document_queries.get_document(card.id).delete_after - at.date()).days == 30


class TestContract:
    def test_is_made_of_what_is_known(self, to_sign: Any) -> None:
        request_id = to_sign()
        document = contracts.find_contract(request_id)

        text = text_of(document_ops.read_for_machine(document.id))
        number = request_queries.get_request(request_id).number
        for words in (
            f"{number}/HĐMBĐ", "TỔNG CÔNG TY ĐIỆN LỰC", "Nguyễn Thị Hoa", "001185012345", "0901 234 567", "Tây Sơn",
            "ngày 17 tháng 11 năm 2026", "61/2024/QH15", "1 pha", "Sinh hoạt", "Hà Nội",
        ):  # fmt: skip
            assert words in text
        assert document.pages == 3

    def test_step_refuses_without_all_signatures(self, to_sign: Any, worker: Actor, at: Any) -> None:
        request_id = to_sign()
        sign(request_id, worker, at, ("CUSTOMER", "Nguyễn Thị Hoa"), ("STAFF", "Hung"))

        with pytest.raises(request_ops.RequirementMissing) as refused:
            advance(request_id, "signed", worker, at)

        assert "chữ ký" in str(refused.value)
        assert request_queries.get_request(request_id).step == "SIGN"

    def test_name_put_right_makes_it_anew_to_be_signed_again(
        self, to_sign: Any, worker: Actor, at: Any
    ) -> None:
        request_id = to_sign()
        sign(request_id, worker, at)
        old = contracts.find_contract(request_id)

        advance(request_id, "correct_name", worker, at, full_name="Nguyễn Thị Hòa")

        new = contracts.find_contract(request_id)
        assert new.id != old.id
        assert "Nguyễn Thị Hòa" in text_of(document_ops.read_for_machine(new.id))
        assert queries.find_open_visit(request_id).contact_name == "Nguyễn Thị Hòa"
        assert not papers.is_pack_signed(request_queries.get_request(request_id), at)
        with pytest.raises(signing.DocumentReplaced):
            contracts.sign_contract(
                request_id=request_id, signer_kind="CUSTOMER", signer_name="Nguyễn Thị Hòa", strokes=samples.strokes(),
                typed_name="", actor=worker, at=at, expected_sha256=old.sha256,
            )  # fmt: skip

    def test_last_signature_makes_the_signed_copy_and_the_installation_is_booked(self, signed: Any) -> None:
        request_id = signed()

        copy = document_queries.find_latest("request", request_id, signing.SIGNED_CONTRACT)
        now, before = queries.list_visits(request_id)
        assert copy is not None
        assert [(v.kind, v.status) for v in (before, now)] == [("SIGN", "DONE"), ("INSTALL", "ASSIGNED")]
        assert now.window_code == "2026-11-18:AM"

    def test_all_of_tomorrows_packs_are_one_job(self, to_sign: Any) -> None:
        ids = [
            to_sign("a"),
            to_sign("b", place={"text": "*Số 5* #sys.inputs ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội"}),
        ]
        pairs = [(request_queries.get_request(id), queries.find_open_visit(id)) for id in ids]

        pdf = contracts.print_job(pairs, day=pairs[0][1].date, unit_name="Điện lực Đống Đa")

        text = text_of(pdf)
        assert len(PdfReader(BytesIO(pdf)).pages) == 1 + 2 * (1 + 2 * 3)
        assert text.count("*Số 5* #sys.inputs ngõ 34") >= 3
        for _, visit in pairs:
            assert contracts.spaced_code(visit.code) in text


class TestLight:
    def light(self, request_id: Any, worker: Actor, at: Any, serial: str, **inputs: Any) -> None:
        given = {"meter_serial": serial, "first_reading": "3", "seals": "HN 00123; HN 00124", **inputs}
        advance(request_id, "installed", worker, at, **given)
        advance(request_id, "energised", worker, at + timedelta(hours=1))

    def test_makes_contract_point_meter_and_reading(
        self, signed: Any, worker: Actor, at: Any, stock: list[str]
    ) -> None:
        request_id, day2 = signed(), at + timedelta(days=2)

        self.light(request_id, worker, day2, stock[0])

        state = request_queries.get_request(request_id).state
        contract = supply_queries.get_contract(state.account_code)
        assert (state.step, state.state) == ("RATE", "SETTLED")
        assert contract.meter_serial == stock[0]
        assert contract.number == f"{state.number}/HĐMBĐ"
        assert contract.signed_at == at + timedelta(days=1)
        assert state.energised_at == day2 + timedelta(hours=1)
        assert [int(r.value_kwh) for r in supply_queries.list_readings(state.account_code)] == [3]
        assert {visit.status for visit in queries.list_visits(request_id)} == {"DONE"}
        for visit in Visit.objects.filter(request_id=request_id):
            assert queries.replay_visit(visit.id) == queries.state_of(visit)

    def test_refuses_a_meter_that_hangs_elsewhere(
        self, signed: Any, to_sign: Any, worker: Actor, at: Any, stock: list[str]
    ) -> None:
        self.light(signed(), worker, at + timedelta(days=2), stock[0])
        second = to_sign("other", place={"text": "Số 14 ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội"})
        sign(second, worker, at)
        advance(second, "signed", worker, at, key="s2")

        with pytest.raises(supply_ops.MeterElsewhere) as refused:
            advance(
                second, "installed", worker, at, key="i2", meter_serial=stock[0], first_reading="3", seals="A"
            )

        assert refused.value.field == "meter_serial"
        assert request_queries.get_request(second).step == "INSTALL"

    def test_two_wrote_down_the_same_meter_and_the_second_corrects_it(
        self, signed: Any, to_sign: Any, worker: Actor, at: Any, stock: list[str]
    ) -> None:
        first = signed()
        second = to_sign("other", place={"text": "Số 14 ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội"})
        sign(second, worker, at)
        advance(second, "signed", worker, at, key="s2")
        day2 = at + timedelta(days=2)
        written = {"meter_serial": stock[0], "first_reading": "3", "seals": "A"}
        for request_id in (first, second):
            advance(request_id, "installed", worker, day2, key=f"i:{request_id}", **written)
        advance(first, "energised", worker, day2, key="e1")

        with pytest.raises(supply_ops.MeterElsewhere):
            advance(second, "energised", worker, day2, key="e2")
        advance(second, "correct_meter", worker, day2, key="c2", **{**written, "meter_serial": stock[1]})
        advance(second, "energised", worker, day2, key="e3")

        state = request_queries.get_request(second).state
        assert supply_queries.get_contract(state.account_code).meter_serial == stock[1]

    def test_an_unsure_customer_gets_the_phases_of_the_meter(
        self, signed: Any, worker: Actor, at: Any, stock: list[str]
    ) -> None:
        supply_ops.add_stock_meters(serials=["36000300001"], unit_code=UNIT, phases=3, actor=worker, at=at)
        request_id = signed(phases="UNSURE")

        self.light(request_id, worker, at + timedelta(days=2), "36000300001")

        assert (
            supply_queries.get_contract(request_queries.get_request(request_id).state.account_code).phases
            == 3
        )
