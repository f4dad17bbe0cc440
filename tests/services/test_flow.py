"""Random walks never leave the graph of a service, and always can come to an end."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.services import strategies

from motcua.kernel.expressions import parse
from motcua.kernel.worktime import Span
from motcua.requests import registry
from motcua.services import catalogue, flow, forms
from motcua.services.declaration import SYSTEM, Audience, Need
from motcua.tariffs import reference as tariffs

SERVICES = catalogue.current().list_all()
by_service = pytest.mark.parametrize("service", SERVICES, ids=lambda s: f"{s.code}-{s.version}")


def amount(span):
    return span.amount


def good_inputs(data, action, facts):
    """Inputs that the form takes, drawn one after the other as they become visible."""
    inputs: dict[str, object] = {}
    for question in action.inputs:
        if question in forms.visible_inputs(action, inputs, facts):
            inputs[question.name] = data.draw(strategies.good(question), label=question.name)
    checked = forms.validate_inputs(action, inputs, facts)
    assert checked.is_good, (action.code, inputs, checked.problems)
    return checked.clean


def shortest_way(service, step):
    """The number of actions to a final step, over any transition."""
    distance, ring = 0, {step.code}
    seen = set(ring)
    while not any(service.step(code).final for code in ring):
        ring = {after for code in ring for after in flow.list_successors(service.step(code))} - seen
        assert ring, f"no way out of {step.code}"
        seen |= ring
        distance += 1
    return distance


@by_service
def test_random_walks_stay_in_the_graph_and_can_end(service):
    @given(st.data())
    @settings(max_examples=50, deadline=None)
    def walk(data):
        facts = dict(data.draw(strategies.complete(service.questions)))
        facts = forms.validate(service, facts).clean
        step, settled = service.first_step, False
        for _ in range(25):
            assert step in service.steps
            if step.final:
                assert settled, "an end without being settled"
                if not step.actions:
                    break
            if step.role == SYSTEM or step.waits_for:
                action = step.system_action()
            else:
                offered = flow.list_actions(step, facts)
                if step.final and not offered:
                    break
                assert offered, f"stuck at {step.code}"
                action = data.draw(st.sampled_from(offered))
            facts |= good_inputs(data, action, facts)
            after = flow.next_step(service, step, action, facts)
            assert after is step or after.code in flow.list_successors(step)
            assert not step.final or after is step
            settled = settled or (step.settles and after is not step)
            step = after
        assert shortest_way(service, step) <= len(service.steps)

    walk()


@by_service
def test_somebody_in_a_hurry_always_arrives(service):
    """Taking at each step the action that brings the end nearest, the end comes soon."""

    @given(st.data())
    @settings(max_examples=20, deadline=None)
    def hurry(data):
        facts = forms.validate(service, data.draw(strategies.complete(service.questions))).clean
        step = service.first_step
        for _ in range(2 * len(service.steps)):
            if step.final:
                return
            leading = [action for action in step.actions if action.to]
            action = min(
                leading, key=lambda a: min(shortest_way(service, service.step(t.step)) for t in a.to)
            )
            facts |= good_inputs(data, action, facts)
            step = flow.next_step(service, step, action, facts)
        raise AssertionError(f"still at {step.code}")

    hurry()


class TestHomeSupply:
    def advance(self, service, step, action, facts):
        return flow.next_step(service, service.step(step), service.step(step).action(action), facts).code

    def test_has_the_nine_steps(self, home_supply):
        assert [step.code for step in home_supply.steps] == [
            "RECEIVE", "CHECK", "SURVEY", "PAY", "SIGN", "INSTALL", "ENERGISE", "RECORD", "RATE",
        ]  # fmt: skip
        assert home_supply.step("PAY").waits_for == "CHARGE"
        assert [step.code for step in home_supply.steps if step.settles] == ["RECORD"]

    def test_the_story(self, home_supply):
        facts = {"needs_survey": False, "cost_vnd": 450000}

        assert self.advance(home_supply, "RECEIVE", "received", facts) == "CHECK"
        assert self.advance(home_supply, "CHECK", "accept", facts) == "PAY"
        assert self.advance(home_supply, "PAY", "paid", facts) == "SIGN"
        assert self.advance(home_supply, "SIGN", "signed", facts) == "INSTALL"
        assert self.advance(home_supply, "INSTALL", "installed", facts) == "ENERGISE"
        assert self.advance(home_supply, "ENERGISE", "energised", facts) == "RECORD"
        assert self.advance(home_supply, "RECORD", "recorded", facts) == "RATE"

    @pytest.mark.parametrize(
        ("facts", "after"),
        [
            ({"needs_survey": True}, "SURVEY"),
            ({"needs_survey": False, "cost_vnd": 0}, "SIGN"),
            ({"needs_survey": False, "cost_vnd": 1}, "PAY"),
        ],
    )
    def test_survey_and_payment_only_when_needed(self, home_supply, facts, after):
        assert self.advance(home_supply, "CHECK", "accept", facts) == after

    def test_nobody_home_and_a_wrong_name_stay_at_signing(self, home_supply):
        for action in ("nobody_home", "correct_name", "pole_needed"):
            assert self.advance(home_supply, "SIGN", action, {}) == "SIGN"
        assert home_supply.step("SIGN").action("signed").requires == ("PACK_SIGNED",)

    def test_five_working_days_and_seven_with_a_pole_or_cable(self, home_supply):
        surveyed = home_supply.step("SURVEY").action("surveyed")
        pole_needed = home_supply.step("SIGN").action("pole_needed")
        extend = lambda action, facts, already=(): [  # noqa: E731
            (x.code, str(x.within)) for x in flow.list_extensions(home_supply, action, facts, already)
        ]

        assert str(home_supply.promise.within) == "5 working days"
        assert extend(surveyed, {"needs_pole": False, "needs_cable": False}) == []
        assert extend(surveyed, {"needs_pole": False, "needs_cable": True}) == [
            ("POLE_OR_CABLE", "7 working days")
        ]
        assert extend(pole_needed, {}) == [("POLE_OR_CABLE", "7 working days")]
        assert extend(pole_needed, {}, ["POLE_OR_CABLE"]) == []

    def test_own_targets(self, home_supply):
        assert {(t.since, t.until, str(t.within)) for t in home_supply.promise.targets} == {
            ("RECEIVE", "SIGN", "1 working day"),
            ("SIGN", "ENERGISE", "1 working day"),
        }

    def test_the_fee_is_what_the_staff_set(self, home_supply):
        assert flow.fee_vnd(home_supply, {"cost_vnd": 450000}) == 450000
        assert [line.code for line in flow.list_fee_lines(home_supply, {"cost_vnd": 450000})] == ["WORKS"]
        assert flow.list_fee_lines(home_supply, {"cost_vnd": 0}) == ()
        assert flow.fee_vnd(home_supply, {}) == 0

    def test_papers_follow_the_answers(self, home_supply):
        papers = lambda right: [p.code for p in flow.list_papers(home_supply, {"right_to_place": right})]  # noqa: E731

        assert papers("OWN") == ["IDENTITY", "PLACE_RIGHT", "HOUSE_PHOTO"]
        assert papers("LEASE_LONG") == ["IDENTITY", "LANDLORD_CONSENT", "HOUSE_PHOTO"]

    def test_the_identity_is_looked_up_since_2025_and_copied_before(self, home_supply):
        older = catalogue.get("NEW-LV-RES", 1)

        assert "LOOKUP" in home_supply.paper("IDENTITY").give
        assert "LOOKUP" not in older.paper("IDENTITY").give
        assert older.paper("PLACE_RIGHT").need is Need.MANDATORY
        assert home_supply.paper("PLACE_RIGHT").need is Need.OPTIONAL


class TestOthers:
    def test_an_answer_closes_a_question(self):
        info = catalogue.get("INFO", 1)

        assert [step.code for step in info.steps] == ["ANSWER", "RATE"]
        assert info.first_step.settles
        assert info.first_step.role == "INTAKE"

    def test_danger_goes_straight_to_the_crew(self):
        fault = catalogue.get("FAULT", 1)
        received = fault.first_step.action("received")

        assert fault.questions[0].name == "danger"
        assert flow.next_step(fault, fault.first_step, received, {"danger": True}).code == "MAKE_SAFE"
        assert flow.next_step(fault, fault.first_step, received, {"danger": False}).code == "DISPATCH"
        assert str(fault.promise.within) == "2 hours"
        assert fault.notice("DANGER_STAFF").audience is Audience.ROLE

    def test_a_complaint_is_contacted_in_a_day_and_answered_in_fifteen(self):
        complaint = catalogue.get("COMPLAINT", 1)

        assert str(complaint.promise.within) == "15 days"
        assert [str(target.within) for target in complaint.promise.targets] == ["24 hours"]

    def test_a_larger_load_needs_a_diagram(self):
        change = catalogue.get("CHG-CAPACITY", 1)
        papers = lambda kw: [paper.code for paper in flow.list_papers(change, {"capacity_kw": kw})]  # noqa: E731

        assert "LOAD_DIAGRAM" not in papers(39.5)
        assert "LOAD_DIAGRAM" in papers(40)
        assert change.fee.kind == "TC"

    def test_what_the_system_does_by_itself(self, home_supply):
        walked = list(flow.walk_system_steps(home_supply, home_supply.first_step, {}))

        assert [(step.code, action.code, after.code) for step, action, after in walked] == [
            ("RECEIVE", "received", "CHECK")
        ]
        assert list(flow.walk_system_steps(home_supply, home_supply.step("PAY"), {})) == []


class TestDeclared:
    def test_all_are_right_with_the_effects_of_the_house(self):
        assert catalogue.check_all(registry.known_effects()) == []

    @by_service
    def test_at_most_eight_questions(self, service):
        assert len(service.questions) <= 8

    @by_service
    def test_every_example_is_a_good_answer(self, service):
        from motcua.services import values

        for question in [*service.questions, *service.inputs()]:
            if question.example:
                assert values.read(question, question.example).problem is None, question.name

    @by_service
    def test_no_message_is_longer_than_three_short_messages(self, service):
        for notice in service.notices:
            assert len(notice.text.vi) <= 201, notice.code

    def test_the_whole_catalogue_is_offered(self):
        from tests.services.conftest import TODAY

        assert [service.code for service in catalogue.list_services(TODAY)] == [
            "NEW-LV-NRES", "NEW-LV-NRES40", "NEW-LV-RES", "NEW-LV-SHARED", "NEW-LV-SHORT", "NEW-LV-SPLIT", "NEW-MV",
            "CHG-CAPACITY", "CHG-HOLDER", "CHG-INFO", "CHG-PURPOSE", "CHG-QUOTA", "EXTEND", "METER-CHECK", "MOVE-METER",
            "RECONNECT", "TERMINATE", "FAULT", "COMPLAINT", "INFO",
        ]  # fmt: skip

    @pytest.mark.parametrize("day", ["2017-05-15", "2018-06-30", "2021-04-01", "2025-02-08"])
    def test_every_service_was_offered_under_each_rule_set(self, day):
        from datetime import date

        assert len(catalogue.list_services(date.fromisoformat(day))) == 20

    @by_service
    def test_no_promise_is_longer_than_the_limit_of_any_day_it_holds(self, service):
        days = {service.valid_from} | {limit.valid_from for limit in tariffs.limits()}
        for day in sorted(day for day in days if service.is_valid_on(day)):
            held = {
                x.case: x.within for x in tariffs.limits() if x.service == service.code and x.holds_on(day)
            }
            if not held:
                assert service.is_internal or service.code in ("INFO", "FAULT"), (
                    f"no limit of {service.code} on {day}"
                )
                continue
            spans = [Span.parse(within) for within in held.values()]
            assert service.promise.within.unit == spans[0].unit
            assert service.promise.within.amount <= min(span.amount for span in spans)
            longest = max(
                [service.promise.within, *(more.within for more in service.promise.extended)], key=amount
            )
            assert longest.amount <= max(span.amount for span in spans), (service.code, day)

    def test_conditions_are_the_kernel_s(self, home_supply):
        assert home_supply.paper("LANDLORD_CONSENT").when == parse(
            {"field": "right_to_place", "equals": "LEASE_LONG"}
        )
