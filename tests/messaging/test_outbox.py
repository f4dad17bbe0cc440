from datetime import timedelta
from uuid import UUID

import pytest

from motcua.kernel.actors import Actor
from motcua.messaging import operations, outbox, queries
from motcua.messaging.models import OutboxAttempt, OutboxMessage
from motcua.messaging.rules import Kind, SendFailed

ADMIN = Actor.staff("11111111-1111-7111-8111-111111111111", "Lan", ["ADMIN"], [])
PHONE = "+84901234567"


def put(key, at, text="Xin chào {name}", kind=Kind.TRANSACTIONAL, **more):
    return operations.queue_message(
        key=key,
        channel="SMS",
        address=more.pop("address", PHONE),
        texts={"vi": text},
        params={"name": "chị Hoa"},
        kind=kind,
        at=at,
        **more,
    )


def state(key):
    return queries.find_outbox(key).state


@pytest.mark.usefixtures("company")
class TestSending:
    def test_sends_once_a_key_rendered_and_without_marks(self, sms, at):
        assert [put("a", at), put("a", at)] == [True, False]
        assert operations.send_due(at=at) == 1
        assert operations.send_due(at=at) == 0

        assert [d.text for d in sms.calls] == ["Xin chao chi Hoa"]
        found = queries.find_outbox("a")
        assert (found.state, found.attempts, found.text) == ("SENT", 1, "Xin chao chi Hoa")
        assert OutboxAttempt.objects.get().result == "SENT"

    def test_tries_again_later_under_the_same_provider_key(self, sms, at):
        sms.failures = [SendFailed("TIMEOUT"), SendFailed("503")]
        put("a", at)
        operations.send_due(at=at)
        assert (state("a"), queries.find_outbox("a").reason) == ("QUEUED", "TIMEOUT")
        assert operations.send_due(at=at + timedelta(seconds=1)) == 0

        for minute in range(1, 4):
            operations.send_due(at=at + timedelta(minutes=minute))

        assert state("a") == "SENT"
        assert len({d.id for d in sms.calls}) == 1
        assert [d.attempt for d in sms.calls] == [1, 2, 3]

    def test_gives_up_after_the_last_try_and_can_be_revived(self, sms, at):
        sms.failures = [SendFailed("503")] * 8
        put("a", at)
        for hour in range(20):
            operations.send_due(at=at + timedelta(hours=2 * hour))

        [dead] = queries.list_dead_letters()
        assert (dead.state, dead.attempts, len(sms.calls)) == ("FAILED", 8, 8)

        operations.retry_dead(outbox_id=dead.id, actor=ADMIN, at=at)
        operations.send_due(at=at)

        assert state("a") == "SENT"

    def test_is_as_old_as_it_is_due_so_that_a_planned_message_alarms_nobody(self, sms, at):
        put("a", at)
        OutboxMessage.objects.update(created_at=at - timedelta(days=3), next_at=at + timedelta(hours=1))

        before = queries.measure_health(at)
        after = queries.measure_health(at + timedelta(hours=1, seconds=20))

        assert (before.outbox_waiting, before.outbox_oldest) == (0, timedelta(0))
        assert (after.outbox_waiting, after.outbox_oldest) == (1, timedelta(seconds=20))

    def test_does_not_try_again_what_cannot_help(self, sms, at):
        sms.failures = [SendFailed("104", is_final=True)]
        put("a", at)
        operations.send_due(at=at)
        operations.send_due(at=at + timedelta(days=1))

        assert (state("a"), len(sms.calls)) == ("FAILED", 1)

    def test_keeps_order_for_an_address_even_when_the_first_fails(self, sms, at):
        sms.failures = [SendFailed("503")]
        put("a", at, text="một")
        put("b", at, text="hai")
        put("c", at, text="người khác", address="+84907654321")
        for minute in range(5):
            operations.send_due(at=at + timedelta(minutes=minute))

        assert [d.text for d in sms.calls if d.address == PHONE] == ["mot", "mot", "hai"]
        assert sms.calls[1].address == "+84907654321"

    def test_a_code_is_not_held_up_by_a_failing_notice_and_is_forgotten_once_sent(self, sms, at):
        sms.failures = [SendFailed("503")]
        put("a", at)
        operations.send_due(at=at)
        operations.notify(
            key="code",
            at=at,
            phone=PHONE,
            template="proof.code",
            params={"brand": "EVNHANOI", "code": "123456", "minutes": 5},
        )
        operations.send_due(at=at)

        assert "123456" in sms.calls[-1].text
        row = OutboxMessage.objects.get(key="notice:code:sms")
        assert row.state == "SENT"
        assert "123456" not in row.text + str(row.params)

    def test_late_code_is_not_sent(self, sms, at):
        put("a", at, expires_at=at + timedelta(minutes=5))
        operations.send_due(at=at + timedelta(minutes=6))

        assert (state("a"), sms.calls) == ("EXPIRED", [])

    def test_what_is_too_late_counts_as_done_and_lets_the_next_through_at_once(self, sms, at):
        for number in range(3):
            put(f"k{number}", at, expires_at=at + timedelta(seconds=1))
        put("good", at)
        later = at + timedelta(minutes=2)

        while operations.send_due(at=later):
            pass

        assert [state(f"k{number}") for number in range(3)] == ["EXPIRED"] * 3
        assert state("good") == "SENT"

    def test_advertising_needs_consent_daytime_and_a_label(self, sms, at):
        put("no", at, kind=Kind.ADVERTISING)
        put("yes", at, kind=Kind.ADVERTISING, has_consent=True, address="+84907654321")
        night = at.replace(hour=16)  # 23:00 in Vietnam
        operations.send_due(at=night)
        assert (state("no"), queries.find_outbox("no").reason) == ("HELD", "NO_CONSENT")
        assert (state("yes"), queries.find_outbox("yes").reason) == ("QUEUED", "NIGHT")

        operations.send_due(at=queries.find_outbox("yes").next_at)

        assert [d.text for d in sms.calls] == ["[QC] Xin chao chi Hoa"]


@pytest.mark.usefixtures("company")
class TestReceipts:
    def receipt(self, key, new, at):
        return operations.record_receipt(
            channel="SMS", ref=str(queries.find_outbox(key).id), state=new, at=at
        )

    def test_lifts_and_never_lowers(self, sms, at):
        put("a", at)
        operations.send_due(at=at)

        assert self.receipt("a", "DELIVERED", at)
        assert not self.receipt("a", "SENT", at)
        assert not self.receipt("a", "FAILED", at)
        assert not self.receipt("a", "DELIVERED", at)
        assert state("a") == "DELIVERED"

    def test_late_delivery_beats_a_failure(self, sms, at):
        put("a", at)
        operations.send_due(at=at)
        assert self.receipt("a", "FAILED", at)
        assert self.receipt("a", "DELIVERED", at)

        assert state("a") == "DELIVERED"

    def test_receipt_quicker_than_our_record_stands(self, sms, at):
        put("a", at)
        [delivery], _stopped = outbox._claim_due(UUID(int=1), at, 10)
        assert self.receipt("a", "DELIVERED", at)
        outbox._record(delivery, UUID(int=1), sms.send(delivery), at)

        assert state("a") == "DELIVERED"

    def test_finds_the_message_by_the_providers_own_reference(self, sms, at):
        put("a", at)
        operations.send_due(at=at)

        assert operations.record_receipt(
            channel="SMS", ref=f"ref-{queries.find_outbox('a').id}", state="DELIVERED", at=at
        )
        assert not operations.record_receipt(channel="SMS", ref="unknown", state="DELIVERED", at=at)


class TestKills:
    def test_kill_between_sending_and_recording_sends_again_under_the_same_key(
        self, committed_company, sms, at
    ):
        put("a", at)
        [delivery], _stopped = outbox._claim_due(UUID(int=1), at, 10)
        sms.send(delivery)  # and here the worker dies

        assert operations.send_due(at=at + timedelta(seconds=30)) == 0  # the claim still stands
        assert operations.send_due(at=at + timedelta(seconds=61)) == 1

        assert len(sms.calls) == 2
        assert len(sms.taken) == 1
        assert state("a") == "SENT"

    def test_record_of_an_expired_claim_does_not_count(self, committed_company, sms, at):
        put("a", at)
        [slow], _stopped = outbox._claim_due(UUID(int=1), at, 10)
        [quick], _stopped = outbox._claim_due(UUID(int=2), at + timedelta(seconds=61), 10)
        outbox._record(slow, UUID(int=1), SendFailed("X", is_final=True), at)
        assert state("a") == "SENDING"
        outbox._record(quick, UUID(int=2), sms.send(quick), at)

        assert state("a") == "SENT"

    def test_two_workers_send_each_message_once(self, committed_company, sms, at, race):
        for number in range(20):
            put(f"k{number}", at, address=f"+849000000{number:02}")

        race(*[lambda: operations.send_due(at=at, limit=10)] * 4)
        operations.send_due(at=at)

        assert len(sms.calls) == len(sms.taken) == 20


@pytest.mark.usefixtures("company")
class TestNotices:
    def test_goes_to_the_conversation_of_the_request_and_by_sms_when_important(self, sms, at):
        request_id = UUID(int=5)
        opened = operations.open_conversation(channel="WEBCHAT", address="v1", at=at)
        operations.link(conversation_id=opened.id, request_id=request_id)

        for _ in range(2):
            told = operations.notify(
                key="visit-1",
                at=at,
                request_id=request_id,
                phone=PHONE,
                important=True,
                texts={"vi": "Hẹn {day}", "en": "Visit {day}"},
                params={"day": "14/12"},
            )
        operations.send_due(at=at)

        assert told.conversation_id == opened.id
        assert [(m.kind, m.text) for m in queries.list_messages(opened.id)] == [("EVENT", "Hẹn 14/12")]
        assert [d.text for d in sms.calls] == ["Hen 14/12"]

    def test_goes_to_the_newest_open_conversation_of_the_request(self, sms, at):
        opened = []
        for number, minutes in enumerate((0, 5, 9)):
            one = operations.open_conversation(
                channel="WEBCHAT", address=f"v{number}", at=at + timedelta(minutes=minutes)
            )
            operations.link(conversation_id=one.id, request_id=UUID(int=5))
            opened.append(one.id)
        operations.close(conversation_id=opened[2], actor=Actor.system("t"), at=at + timedelta(minutes=10))

        told = operations.notify(key="n", at=at, request_id=UUID(int=5), texts={"vi": "x"})

        assert told.conversation_id == opened[1]

    def test_plain_notice_costs_no_sms(self, sms, at):
        told = operations.notify(key="n", at=at, phone=PHONE, texts={"vi": "x"})

        assert (told.conversation_id, told.outbox_keys) == (None, ())

    def test_speaks_the_conversations_language(self, sms, at):
        opened = operations.open_conversation(channel="WEBCHAT", address="v1", at=at, language="en")
        operations.notify(key="n", at=at, conversation_id=opened.id, texts={"vi": "Chào", "en": "Hello"})

        assert queries.list_messages(opened.id)[0].text == "Hello"

    def test_reply_on_a_pushing_channel_goes_through_the_outbox_with_numbered_choices(self, sms, at):
        opened = operations.open_conversation(channel="SMS", address=PHONE, at=at)
        operations.append_out(
            conversation_id=opened.id,
            text="Anh/chị chọn:",
            author=operations.BOT,
            key="k",
            at=at,
            buttons=[{"label": "Mua điện", "value": "a"}, {"label": "Báo mất điện", "value": "b"}],
        )
        operations.send_due(at=at)

        assert sms.calls[0].text == "Anh/chi chon:\n1. Mua dien\n2. Bao mat dien"
