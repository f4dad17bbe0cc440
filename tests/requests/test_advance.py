"""`advance` and the acts every request knows."""

from uuid import uuid4

import pytest

from motcua.customers import operations as customer_ops
from motcua.kernel.actors import Actor
from motcua.kernel.results import Invalid
from motcua.ledger import queries as ledger_queries
from motcua.messaging import operations as messaging_ops
from motcua.messaging.models import OutboxMessage
from motcua.requests import access, queries
from motcua.requests import operations as request_ops
from motcua.requests.models import Entry, Request
from tests.requests.conftest import later, pay

pytestmark = pytest.mark.usefixtures("company")


@pytest.fixture
def sent(submit_home):
    return submit_home().request_id


def accept(request_id, actor, at, cost=450_000, key="accept-1", **more):
    return request_ops.advance(
        request_id=request_id, action="accept", inputs={"needs_survey": False, "cost_vnd": cost, "cost_note": "15 m cáp"} if cost
        else {"needs_survey": False, "cost_vnd": 0}, actor=actor, at=at, key=key, **more,
    )  # fmt: skip


@pytest.fixture
def unit_business():
    return Actor.staff("business-1", "Minh", ["BUSINESS"], ["PD0400"])


@pytest.fixture
def unit_supervisor():
    return Actor.staff("supervisor-1", "Thảo", ["SUPERVISOR"], ["PD0400"])


class TestAdvance:
    def test_leads_where_the_declaration_says_and_raises_the_charge(self, sent, unit_business, at):
        done = accept(sent, unit_business, at)

        charge = ledger_queries.list_charges(sent)[0]
        assert done.step == "PAY"
        assert (charge.net_vnd, charge.total_vnd, charge.kind) == (450_000, 486_000, "CM")
        assert queries.get_request(sent).state.paused_at == at

    def test_goes_on_by_itself_when_paid_and_gives_the_waiting_back(self, sent, unit_business, at):
        before = queries.get_request(sent).state.due_at
        accept(sent, unit_business, at)

        pay(sent, later(at, 48))

        view = queries.get_request(sent)
        assert view.step == "SIGN"
        assert view.state.paid_online is True
        assert view.state.paused_at is None
        assert (view.state.due_at - before).days == 3  # two working days; 24 November is a holiday

    def test_what_speaks_of_money_goes_where_the_customer_wants_money_told(self, sent, unit_business, at):
        customer = queries.get_request(sent).customer_id
        messaging_ops.subscribe(
            customer_id=customer,
            visitor_id=uuid4(),
            endpoint="https://push.example/1",
            p256dh="p",
            auth="a",
            at=at,
        )
        for topic, channel in (("REQUEST", "SMS"), ("PAYMENT", "WEBPUSH")):
            customer_ops.choose_channels(
                customer_id=customer, topic=topic, channels=[channel], actor=Actor.customer(customer), at=at
            )
        before = set(OutboxMessage.objects.values_list("id", flat=True))

        accept(sent, unit_business, at)
        pay(sent, later(at, 1))

        told = OutboxMessage.objects.exclude(id__in=before).order_by("id").values_list("channel", "texts__vi")
        assert {(channel, "{amount}" in text or "{payment_code}" in text) for channel, text in told} == {
            ("WEBPUSH", True),
            ("SMS", False),
        }

    def test_the_same_key_acts_once(self, sent, unit_business, at):
        accept(sent, unit_business, at)
        again = accept(sent, unit_business, at)

        assert again.was_done_before
        assert len(ledger_queries.list_charges(sent)) == 1
        assert Entry.objects.filter(request_id=sent, name="step.done", payload__action="accept").count() == 1

    @pytest.mark.parametrize("actor", [
        Actor.anonymous("x"), Actor.customer("11111111-1111-7111-8111-111111111111"),
        Actor.staff("i", "I", ["INTAKE"], ["PD0400"]), Actor.staff("c", "C", ["CREW"], ["PD0400"]),
        Actor.staff("b", "B", ["BUSINESS"], ["PD0100"]), Actor.staff("a", "A", ["ADMIN"], ["PD0400"]),
        Actor.partner("VCB"),
    ], ids=lambda actor: f"{actor.kind}-{','.join(actor.roles)}-{','.join(actor.unit_codes)}")  # fmt: skip
    def test_refuses_whoever_may_not_and_changes_nothing(self, sent, actor, at):
        before = Entry.objects.count()

        with pytest.raises(request_ops.NotYours):
            accept(sent, actor, at)
        assert Entry.objects.count() == before
        assert ledger_queries.list_charges(sent) == []

    def test_names_the_wrong_input(self, sent, unit_business, at):
        with pytest.raises(Invalid) as refusal:
            request_ops.advance(
                request_id=sent, action="accept", inputs={"needs_survey": False, "cost_vnd": "nhiều"},
                actor=unit_business, at=at, key="k",
            )  # fmt: skip
        assert list(refusal.value.errors) == ["cost_vnd"]

    def test_an_action_of_another_step_is_refused(self, sent, unit_business, at):
        with pytest.raises(request_ops.ActionUnknown):
            request_ops.advance(
                request_id=sent, action="installed", inputs={}, actor=unit_business, at=at, key="k"
            )


class TestPapers:
    def test_waiting_for_papers_stops_the_companys_clock(self, sent, unit_business, at, visitor):
        due = queries.get_request(sent).state.due_at

        request_ops.ask_papers(
            request_id=sent, papers=["IDENTITY"], reason="Ảnh mờ.", actor=unit_business, at=at, key="ask"
        )
        waiting = queries.get_request(sent)
        request_ops.add_papers(
            request_id=sent, papers=["IDENTITY"], documents=[], actor=visitor, at=later(at, 72), key="give"
        )

        back = queries.get_request(sent)
        assert (waiting.state.state, waiting.state.waiting_role, waiting.state.portal_status) == (
            "WAITING_PAPERS",
            "CUSTOMER",
            5,
        )
        assert (back.state.state, back.step, back.state.waiting_role) == ("OPEN", "CHECK", "BUSINESS")
        assert (back.state.due_at - due).days == 4  # three working days; 24 November is a holiday

    def test_nothing_is_done_meanwhile(self, sent, unit_business, at):
        request_ops.ask_papers(
            request_id=sent, papers=["IDENTITY"], reason="Ảnh mờ.", actor=unit_business, at=at, key="ask"
        )

        with pytest.raises(request_ops.NotNow):
            accept(sent, unit_business, at)


class TestEnds:
    def test_a_rejection_needs_a_reason(self, sent, unit_business, at):
        with pytest.raises(request_ops.ReasonMissing):
            request_ops.reject(request_id=sent, reason=" ", actor=unit_business, at=at, key="r")

        request_ops.reject(request_id=sent, reason="Nhà đã có điện.", actor=unit_business, at=at, key="r2")
        assert queries.get_request(sent).state.state == "REJECTED"

    def test_a_cancelled_request_owes_nothing(self, sent, unit_business, at):
        accept(sent, unit_business, at)
        customer = Actor.customer(queries.get_request(sent).customer_id)

        request_ops.cancel(request_id=sent, actor=customer, at=at, key="c")

        assert queries.get_request(sent).state.state == "CANCELLED"
        assert [charge.status for charge in ledger_queries.list_charges(sent)] == ["CANCELLED"]
        with pytest.raises(request_ops.AlreadyClosed):
            accept(sent, unit_business, at, key="again")

    def test_only_a_supervisor_reopens_and_says_why(self, sent, unit_business, unit_supervisor, at):
        request_ops.reject(request_id=sent, reason="Nhầm.", actor=unit_business, at=at, key="r")

        with pytest.raises(request_ops.NotYours):
            request_ops.reopen(request_id=sent, reason="Nhầm", actor=unit_business, at=at, key="o")
        request_ops.reopen(request_id=sent, reason="Nhầm", actor=unit_supervisor, at=at, key="o2")

        view = queries.get_request(sent)
        assert (view.state.state, view.step, view.state.reopened) == ("OPEN", "CHECK", 1)

    def test_journal_replay_equals_the_row_whatever_happened(self, sent, unit_business, unit_supervisor, at):
        accept(sent, unit_business, at)
        pay(sent, later(at, 5))
        request_ops.reject(request_id=sent, reason="x", actor=unit_supervisor, at=later(at, 6), key="r")
        request_ops.reopen(request_id=sent, reason="y", actor=unit_supervisor, at=later(at, 7), key="o")

        assert queries.replay_request(sent) == queries.state_of(Request.objects.get(id=sent))


class TestAccess:
    def test_shows_a_request_to_whom_it_concerns_alone(self, sent, unit_business):
        mine = Actor.customer(queries.get_request(sent).customer_id)
        foreign = Actor.staff("b", "B", ["BUSINESS"], ["PD0100"])
        clerk = Actor.staff("d", "D", ["DESK_CLERK"], ["PD0400"])

        assert access.access_request(actor=mine, request_id=sent).id == sent
        assert access.access_request(actor=unit_business, request_id=sent).id == sent
        for stranger in (foreign, clerk, Actor.anonymous("v"), Actor.partner("VCB"), Actor.customer("1")):
            with pytest.raises(request_ops.RequestUnknown):
                access.access_request(actor=stranger, request_id=sent)
