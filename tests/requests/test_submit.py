"""`submit`: the only way in."""

import pytest

from motcua.companies.context import using_company
from motcua.customers.models import Customer
from motcua.kernel import codes
from motcua.kernel.results import Invalid
from motcua.messaging.models import OutboxMessage
from motcua.requests import operations as request_ops
from motcua.requests import queries
from motcua.requests.models import Changed, Draft, Entry, Request, RequestData
from motcua.requests.operations import drafts

pytestmark = pytest.mark.usefixtures("company")


class TestSubmit:
    def test_makes_request_journal_deadline_and_next_task_at_once(self, submit_home, at):
        receipt = submit_home()

        view = queries.get_request(receipt.request_id)
        assert codes.parse_request_number(receipt.number) == receipt.number
        assert receipt.number.startswith("HN26-")
        assert (view.step, view.state.waiting_role, view.state.state) == ("CHECK", "BUSINESS", "OPEN")
        assert view.state.due_at.isoformat() == "2026-11-23T10:00:00+00:00"  # five working days, 17:00 Monday
        assert (
            view.state.step_due_at.isoformat() == "2026-11-16T07:30:00+00:00"
        )  # four working hours over lunch
        assert [entry.name for entry in queries.list_entries(view.id)] == [
            "request.submitted", "step.entered", "step.done", "step.entered",
        ]  # fmt: skip
        assert Changed.objects.filter(request_id=view.id).exists()

    def test_explains_its_deadline_line_by_line(self, submit_home):
        lines = queries.get_request(submit_home().request_id).due_lines

        assert [line.kind.value for line in lines] == [
            "RECEIVED", "COUNTED", "COUNTED", "COUNTED", "COUNTED", "WEEKEND", "WEEKEND", "COUNTED",
        ]  # fmt: skip

    def test_finds_the_unit_by_the_ward_in_the_text(self, submit_home):
        view = queries.get_request(submit_home().request_id)

        assert view.unit_code == "PD0400"
        assert view.state.province_code == "01"

    def test_the_journal_holds_nothing_personal(self, submit_home):
        receipt = submit_home()

        told = repr(
            list(Entry.objects.filter(request_id=receipt.request_id).values_list("payload", flat=True))
        )
        for personal in ("Hoa", "0901234567", "901234567", "001185012345", "Tây Sơn"):
            assert personal not in told

    def test_the_same_key_gives_the_same_receipt_and_one_request(self, submit_home):
        first, second = submit_home(), submit_home()

        assert (second.request_id, second.number, second.was_sent_before) == (
            first.request_id,
            first.number,
            True,
        )
        assert Request.objects.count() == 1
        assert Customer.objects.count() == 1

    def test_the_same_key_for_other_words_is_refused(self, submit_home, home_answers):
        submit_home()

        with pytest.raises(request_ops.KeyReused):
            submit_home(answers={**home_answers, "phases": "THREE"})
        assert Request.objects.count() == 1

    def test_wrong_answers_are_named_one_by_one_and_nothing_is_written(self, submit_home, home_answers):
        with pytest.raises(Invalid) as refusal:
            submit_home(answers={**home_answers, "phone": "12", "full_name": ""})

        assert set(refusal.value.errors) == {"phone", "full_name"}
        assert (Request.objects.count(), Customer.objects.count(), OutboxMessage.objects.count()) == (0, 0, 0)

    def test_who_has_a_meter_is_told_what_to_do_instead(self, submit_home, home_answers):
        with pytest.raises(Invalid) as refusal:
            submit_home(answers={**home_answers, "has_meter": True})

        assert refusal.value.errors["has_meter"][0].code == "NOT_ELIGIBLE"

    def test_is_refused_where_nobody_serves_it(self, submit_home):
        with using_company("GROUP"), pytest.raises(request_ops.NotServedHere):
            submit_home()

    def test_tells_the_customer_by_message_with_number_and_link(self, submit_home):
        receipt = submit_home()

        message = OutboxMessage.objects.get(channel="SMS")
        assert message.params["request_number"] == receipt.number
        assert message.params["follow_link"].endswith(f"/theo-doi/{receipt.number}/")

    def test_gives_a_code_word_once_and_keeps_only_its_hash(self, submit_home):
        receipt = submit_home()

        stored = RequestData.objects.get(request_id=receipt.request_id).code_word_hash
        assert receipt.code_word
        assert receipt.code_word not in stored
        assert submit_home().code_word == ""

    def test_counts_a_counter_as_direct_and_as_a_trip(self, submit_home, intake):
        view = queries.get_request(submit_home(channel="COUNTER", actor=intake).request_id)

        assert (view.state.reception, view.state.trips, view.state.papers_online) == ("DIRECT", 1, False)

    def test_a_dossier_number_is_taken_once(self, submit_home):
        submit_home(portal="DVCQG", external_number="G01.22.000-1", channel="PORTAL")

        with pytest.raises(request_ops.KeyReused):
            submit_home(portal="DVCQG", external_number="G01.22.000-1", channel="PORTAL", key="other")


class TestDraft:
    def test_a_visitor_has_one_draft_of_a_service_whichever_door(self, visitor, at):
        from uuid import UUID

        who = UUID(int=7)
        form = request_ops.start_draft(
            service_code="NEW-LV-RES", channel="WEB", actor=visitor, at=at, visitor_id=who
        )
        chat = request_ops.start_draft(
            service_code="NEW-LV-RES",
            channel="WEBCHAT",
            actor=visitor,
            at=at,
            visitor_id=who,
            conversation_id=UUID(int=9),
        )

        assert chat.id == form.id
        assert chat.conversation_id == UUID(int=9)

    def test_keeps_what_is_typed_even_when_it_is_wrong(self, visitor, at):
        draft = request_ops.start_draft(service_code="NEW-LV-RES", channel="WEB", actor=visitor, at=at)

        saved = request_ops.save_answers(draft_id=draft.id, values={"phone": "12"}, actor=visitor, at=at)

        assert saved.answers == {"phone": "12"}

    def test_goes_on_where_another_device_has_the_code(self, visitor, at):
        from uuid import UUID

        draft = request_ops.start_draft(
            service_code="INFO", channel="WEB", actor=visitor, at=at, visitor_id=UUID(int=1)
        )
        moved = drafts.resume_draft(
            resume_code=draft.resume_code.lower(), visitor_id=UUID(int=2), actor=visitor, at=at
        )

        assert (moved.id, moved.visitor_id) == (draft.id, UUID(int=2))

    def test_ends_with_the_request_and_forgets_what_was_typed(self, submit_home, home_answers, visitor, at):
        draft = request_ops.start_draft(
            service_code="NEW-LV-RES", channel="WEB", actor=visitor, at=at, answers=home_answers
        )

        receipt = submit_home(draft_id=draft.id)

        row = Draft.objects.get(id=draft.id)
        assert (row.status, row.request_id, row.answers) == ("SUBMITTED", receipt.request_id, {})
        with pytest.raises(request_ops.DraftClosed):
            request_ops.save_answers(draft_id=draft.id, values={"phone": "1"}, actor=visitor, at=at)
