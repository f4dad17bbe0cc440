"""The result in the citizen's hands, and what rooms above hear of the journal."""

from __future__ import annotations

import pytest

from motcua.kernel.actors import Actor
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.requests import registry

pytestmark = pytest.mark.usefixtures("company")

CLERK = Actor.staff("clerk-1", "Yến", ["DESK_CLERK"], ["PD0000"])
INFO = {
    "topic": "OTHER",
    "question": "Tách công tơ thế nào?",
    "full_name": "Lê Văn Nam",
    "phone": "0912345678",
}


@pytest.fixture
def answered(at, intake):
    """A question that a clerk sent in and that was answered."""

    def make(channel="DESK"):
        receipt = request_ops.submit(
            service_code="INFO", answers=INFO, channel=channel, actor=CLERK, at=at, key=f"s-{channel}",
            portal="DVC-HN", external_number="H26.17.15-261116-0001",
        )  # fmt: skip
        view = request_queries.get_request(receipt.request_id)
        action = view.current_step.actions[0]
        request_ops.advance(
            request_id=view.id, action=action.code, inputs={"answer": "Mang căn cước đến."}, actor=intake, at=at,
            key=f"a-{channel}",
        )  # fmt: skip
        return view.id

    return make


def hand(request_id, at, **changes):
    request_ops.hand_result(
        **{"request_id": request_id, "receiver": "Lê Văn Nam", "documents": [], "papers_exist": False, "actor": CLERK,
           "at": at, "key": "h1", **changes}
    )  # fmt: skip


class TestHandResult:
    def test_the_portal_sees_done_until_it_is_handed_over(self, answered, at):
        id = answered()
        assert request_queries.get_request(id).state.portal_status == 9

        hand(id, at)

        assert request_queries.get_request(id).state.portal_status == 10
        assert request_queries.replay_request(id) == request_queries.get_request(id).state
        assert request_ops.was_handed(id)

    def test_online_it_is_returned_with_the_answer(self, answered):
        assert request_queries.get_request(answered("PORTAL")).state.portal_status == 10

    def test_twice_under_one_key_is_once_and_again_is_refused(self, answered, at):
        id = answered()
        hand(id, at)
        hand(id, at)

        names = [entry.name for entry in request_queries.list_entries(id)]
        assert names.count("result.handed") == 1
        with pytest.raises(request_ops.NotNow):
            hand(id, at, key="h2")

    def test_the_receiver_stands_in_a_note_and_not_in_the_journal(self, answered, at):
        id = answered()
        hand(id, at)

        entry = request_queries.list_entries(id)[-1]
        assert "Nam" not in str(entry.payload)
        notes = {str(note.id): note.text for note in request_queries.list_notes(id, for_customer=False)}
        assert notes[entry.payload["note"]] == "Lê Văn Nam"

    def test_needs_a_receiver_documents_and_a_settled_request(self, answered, at, submit_home):
        id = answered()
        with pytest.raises(request_ops.ReceiverMissing):
            hand(id, at, receiver=" ")
        with pytest.raises(request_ops.DocumentsMissing):
            hand(id, at, papers_exist=True)
        with pytest.raises(request_ops.NotNow):
            hand(submit_home(actor=CLERK).request_id, at)

    def test_is_not_for_another_clerk(self, answered, at):
        with pytest.raises(request_ops.NotYours):
            hand(answered(), at, actor=Actor.staff("clerk-2", "Hà", ["DESK_CLERK"], ["PD0000"]))


class TestJournalListener:
    def test_hears_every_entry_once_in_order(self, submit_home, at, monkeypatch):
        heard = []
        monkeypatch.setattr(registry, "_journaled", [lambda view, facts, when: heard.extend(facts)])

        receipt = submit_home()

        entries = request_queries.list_entries(receipt.request_id)
        assert [(seq, fact.name) for seq, fact in heard] == [(entry.seq, entry.name) for entry in entries]


class TestPortalActsForItsCitizen:
    def test_the_portal_of_the_dossier_withdraws_and_no_other(self, submit_home, at):
        id = submit_home(portal="DVC-HN", external_number="H26-261116-0002", channel="PORTAL").request_id

        with pytest.raises(request_ops.NotYours):
            request_ops.cancel(request_id=id, actor=Actor.partner("DVC-SG"), at=at, key="c1")
        request_ops.cancel(request_id=id, actor=Actor.partner("DVC-HN"), at=at, key="c2")

        assert request_queries.get_request(id).state.portal_status == 7
