"""The portal is told everything, once each as far as it hears it, in order."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import timedelta

import httpx
import orjson
import pytest

from motcua.companies.context import using_company
from motcua.connectors import signed_calls
from motcua.connectors.models import PortalCallback
from motcua.connectors.portals import callbacks, dossiers, intake, partners
from motcua.connectors.signed_calls import SignedCall
from motcua.kernel.actors import Actor
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from tests.connectors.conftest import BUSINESS, CALLBACKS, PORTAL, SECRET, SYSTEM, add_portal, submit
from tests.requests.conftest import HOME_ANSWERS, pay


def rows():
    return [(row.seq, row.name, row.status, row.state) for row in PortalCallback.objects.order_by("seq")]


def states():
    return [row.state for row in PortalCallback.objects.order_by("request_id", "seq")]


def told(wire):
    return [orjson.loads(call["content"]) for call in wire.calls]


def accept(view, at, cost=450_000):
    request_ops.advance(
        request_id=view.id, action="accept", inputs={"needs_survey": False, "cost_vnd": cost, "cost_note": "Cáp"},
        actor=BUSINESS, at=at, key=f"accept-{view.id}",
    )  # fmt: skip


class TestPlan:
    def test_a_row_stands_for_each_change_with_the_entry_it_tells_of(self, submitted, at):
        view = submitted()
        accept(view, at)
        pay(view.id, at)

        assert rows() == [
            (2, "step.entered", 1, "PENDING"), (4, "step.entered", 2, "PENDING"), (6, "step.entered", 6, "PENDING"),
            (7, "charge.paid", 6, "PENDING"), (9, "step.entered", 4, "PENDING"),
        ]  # fmt: skip
        names = {entry.seq: entry.name for entry in request_queries.list_entries(view.id)}
        assert all(names[seq] == name for seq, name, *_ in rows())

    def test_what_is_rolled_back_is_never_told(self, submitted, at):
        from django.db import transaction

        view = submitted()
        before = rows()

        with transaction.atomic():
            accept(view, at)
            assert rows() != before
            transaction.set_rollback(True)

        assert rows() == before

    def test_nothing_stands_for_a_request_of_no_portal(self, portal, submit_home):
        submit_home()
        assert rows() == []

    @pytest.mark.parametrize("filed_under", [PORTAL, "HCC"])
    def test_a_clerks_dossier_is_told_too(self, portal, at, filed_under):
        clerk = Actor.staff("clerk-1", "Yến", ["DESK_CLERK"], ["PD0000"])
        request_ops.submit(
            service_code="NEW-LV-RES", answers=HOME_ANSWERS, channel="DESK", actor=clerk, at=at, key="k",
            portal=filed_under, external_number="H26.17.15-261116-0009",
        )  # fmt: skip
        assert [row[2] for row in rows()] == [1, 2]

    def test_nothing_personal_waits_in_the_outbox(self, submitted):
        submitted()
        kept = str(list(PortalCallback.objects.values()))
        assert "Hoa" not in kept and "001185012345" not in kept


class TestSend:
    def test_each_is_a_signed_call_with_its_place_in_the_journal(self, submitted, wire, at):
        view = submitted()
        assert callbacks.send_due(at=at) == 2

        assert {call["url"] for call in wire.calls} == {CALLBACKS}
        assert [row["seq"] for row in told(wire)] == [2, 4]
        assert [row["status"] for row in told(wire)] == [1, 2]
        assert told(wire)[1]["status_name"] == "Được tiếp nhận"
        assert told(wire)[1]["request_number"] == view.number
        for call in wire.calls:
            headers = call["headers"]
            signed_calls.check_signature(
                SignedCall(
                    "POST", "/nhan/trang-thai", headers["X-Partner-Id"], headers["X-Request-Id"], headers["X-Timestamp"],
                    headers["X-Signature"], call["content"],
                ),
                secret=SECRET,
            )  # fmt: skip
        assert states() == ["DELIVERED"] * 2
        assert callbacks.send_due(at=at) == 0

    def test_reason_papers_and_fees_are_told(self, submitted, wire, at):
        view = submitted()
        request_ops.ask_papers(
            request_id=view.id, papers=["PLACE_RIGHT"], reason="Ảnh mờ.", actor=BUSINESS, at=at, key="ask"
        )
        callbacks.send_due(at=at)

        last = told(wire)[-1]
        assert (last["status"], last["reason"]) == (5, "Ảnh mờ.")
        assert [paper["paper"] for paper in last["papers_asked"]] == ["PLACE_RIGHT"]

    @pytest.mark.parametrize(
        "answer", [500, 503, 404, 429, 302, httpx.ConnectError("x"), httpx.ReadTimeout("x")]
    )
    def test_without_an_answer_it_is_told_again_later_and_the_next_one_waits(
        self, submitted, wire, at, answer
    ):
        submitted()
        wire.answers = [answer]
        callbacks.send_due(at=at)
        first = PortalCallback.objects.order_by("seq").first()

        assert states() == ["PENDING", "PENDING"]
        assert len(wire.calls) == 1
        assert callbacks.FIRST_DELAY <= first.next_at - at <= callbacks.FIRST_DELAY * 1.5
        assert callbacks.send_due(at=at + timedelta(seconds=5)) == 0
        callbacks.send_due(at=at + timedelta(minutes=1))
        assert states() == ["DELIVERED"] * 2
        assert [row["seq"] for row in told(wire)] == [2, 2, 4]
        assert wire.calls[0]["headers"]["X-Request-Id"] == wire.calls[1]["headers"]["X-Request-Id"]

    def test_waiting_doubles_up_to_an_hour(self):
        waits = [callbacks.retry_delay(attempts, "seed") for attempts in range(1, 40)]
        assert waits[0] < waits[2] < waits[5]
        assert max(waits) <= callbacks.LONGEST_DELAY * 1.5

    @pytest.mark.parametrize("answer", sorted(callbacks.FINAL_ANSWERS))
    def test_a_final_refusal_is_a_dead_letter_and_lets_the_next_one_go(self, submitted, wire, at, answer):
        submitted()
        wire.answers = [answer]
        callbacks.send_due(at=at)

        assert states() == ["DEAD", "DELIVERED"]
        (dead,) = callbacks.list_dead()
        assert (dead.reason, dead.answer_status) == (f"HTTP_{answer}", answer)
        assert callbacks.count_untold() == {dead.portal_id: (0, 1)}

    def test_too_many_tries_are_a_dead_letter_that_a_person_revives(self, submitted, wire, at):
        submitted()
        wire.answers = [503] * callbacks.MAX_ATTEMPTS
        for day in range(callbacks.MAX_ATTEMPTS):
            callbacks.send_due(at=at + timedelta(days=day))
        (dead,) = callbacks.list_dead()
        callbacks.retry_dead(callback_id=dead.id, actor=SYSTEM, at=at)
        with pytest.raises(callbacks.CallbackUnknown):
            callbacks.retry_dead(callback_id=dead.id, actor=SYSTEM, at=at)
        callbacks.send_due(at=at + timedelta(days=90))

        assert set(states()) == {"DELIVERED"}

    def test_a_portal_that_is_down_does_not_keep_another_waiting(self, submitted, wire, at):
        submitted()
        other = add_portal(at, code="DVCQG", format="NATIONAL", agency="G09.20", secret="g" * 40)
        submit(other, at, "G09.20-20261116-0000001")
        wire.answers = [httpx.ConnectTimeout("x")]
        callbacks.send_due(at=at)

        by_portal = PortalCallback.objects.order_by("portal_id", "seq").values_list("portal_id", "state")
        assert sorted(set(by_portal)) == [("DVC-HN", "PENDING"), ("DVCQG", "DELIVERED")]

    def test_a_suspended_portal_is_told_when_it_is_back(self, submitted, wire, at):
        partners.change_portal(code=PORTAL, is_active=False, actor=SYSTEM, at=at)
        submit_at = at
        partners.change_portal(code=PORTAL, is_active=True, actor=SYSTEM, at=at)
        submitted()
        partners.change_portal(code=PORTAL, is_active=False, actor=SYSTEM, at=at)
        assert callbacks.send_due(at=submit_at) == 0
        partners.change_portal(code=PORTAL, is_active=True, actor=SYSTEM, at=at)
        assert callbacks.send_due(at=submit_at) == 2

    def test_a_worker_that_died_while_calling_is_followed_by_another(self, submitted, wire, at, monkeypatch):
        submitted()

        class Killed(BaseException):
            pass

        def die(call):
            raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(callbacks, "_send", die)
            with pytest.raises(Killed):
                callbacks.send_due(at=at)
        assert callbacks.send_due(at=at + timedelta(seconds=30)) == 0
        assert callbacks.send_due(at=at + callbacks.CLAIM_FOR) == 2
        assert states() == ["DELIVERED"] * 2

    def test_another_companys_portal_hears_nothing_of_ours(self, submitted, wire, at):
        submitted()
        with using_company("NPC"):
            assert callbacks.send_due(at=at) == 0


class TestOrder:
    """However the portal's own calls come, what it is told never contradicts the journal."""

    @pytest.mark.parametrize("seed", range(6))
    def test_shuffled_and_doubled_acts_end_where_the_journal_ends(self, portal, wire, at, seed):
        chance = random.Random(seed)
        number = "H26.17.15-261116-0001"

        def again(call):
            with suppress(dossiers.DossierUnknown, request_ops.AlreadyClosed):
                call()

        acts = [
            lambda: submit(portal, at, number),
            lambda: intake.withdraw(portal, number=number, reason="Thôi", at=at),
            lambda: intake.supplement(
                portal, number=number, supplement_id="s", file_ids=[], remark="Lời", at=at
            ),
        ] * 2
        chance.shuffle(acts)
        for act in acts:
            again(act)
        for minutes in range(3):
            wire.answers = [chance.choice([200, 500, 200]) for _ in range(4)]
            callbacks.send_due(at=at + timedelta(minutes=3 * minutes))
        wire.answers = []
        callbacks.send_due(at=at + timedelta(hours=2))

        view = request_queries.find_by_external_number(portal.code, number)
        assert request_queries.replay_request(view.id) == view.state
        seqs = [row["seq"] for row in told(wire)]
        assert seqs == sorted(seqs)
        assert told(wire)[-1]["status"] == view.state.portal_status
        assert set(states()) == {"DELIVERED"}


class TestRaces:
    def test_two_workers_tell_each_change_once(self, committed_company, race, wire, at):
        portal = add_portal(at)
        for number in range(6):
            submit(portal, at, f"H26.17.15-261116-000{number}")

        done = race(*[lambda: callbacks.send_due(at=at) for _ in range(3)])

        assert sum(done) == 12
        assert sorted((row["dossier_number"], row["seq"]) for row in told(wire)) == sorted(
            PortalCallback.objects.values_list("dossier_number", "seq")
        )

    def test_portal_and_clerk_at_the_same_instant_make_one_request(self, committed_company, race, at):
        portal = add_portal(at)
        clerk = Actor.staff("clerk-1", "Yến", ["DESK_CLERK"], ["PD0000"])
        number = "H26.17.15-261116-0001"

        def by_clerk():
            return request_ops.submit(
                service_code="NEW-LV-RES", answers=HOME_ANSWERS, channel="DESK", actor=clerk, at=at, key="desk",
                portal=PORTAL, external_number=number,
            ).number  # fmt: skip

        found = race(lambda: submit(portal, at, number).number, by_clerk)
        view = request_queries.find_by_external_number(PORTAL, number)

        assert view.number in found
        assert [
            row for row in found if row != view.number and not isinstance(row, request_ops.KeyReused)
        ] == []
