"""Keywords by text message: who hears what of a request, help, no more advertising, and what it may cost."""

import unicodedata

import pytest

from motcua.channels import accounts, sms_keywords
from motcua.channels.accounts import Account
from motcua.channels.sms_keywords import Word
from motcua.customers import operations as customer_ops
from motcua.customers import queries as customer_queries
from motcua.customers.models import Customer
from motcua.kernel.actors import Actor
from motcua.messaging import operations, queries, registry
from motcua.messaging.models import InboxEvent, OutboxMessage
from tests.requests.conftest import home_answers, submit_home, visitor  # noqa: F401 - fixtures

OWN, OTHER = "+84901234567", "+84912345678"
STAFF = Actor.staff(
    "019a0000-0000-7000-8000-00000000aaaa", name="Lan", roles=frozenset({"INTAKE"}), unit_codes=frozenset()
)


@pytest.fixture
def texts(company, at, monkeypatch):
    """Somebody with a phone, and the settings of the channel."""
    house = Texts(at)

    def account(code):
        return Account("HANOI", "", "EVNHANOI", {}, "", "", house.settings) if code == "SMS" else None

    monkeypatch.setattr(accounts, "find_account", account)
    monkeypatch.setattr(
        registry, "_responders", [lambda conversation_id, at: house.asked.append(conversation_id)]
    )
    return house


class Texts:
    def __init__(self, at):
        self.at, self.settings, self.asked, self._sent = at, {}, [], 0

    def writes(self, text, phone=OWN):
        self._sent += 1
        payload = {"type": "inbound", "from": phone, "text": text}
        operations.receive(
            channel="SMS", event_id=f"e{self._sent}", sender=phone, payload=payload, at=self.at
        )
        operations.drain_inbox(at=self.at)
        assert not InboxEvent.objects.filter(state="PARKED").exists()

    def told(self, phone=OWN):
        """What went to the phone, oldest first, as the phone shows it."""
        rows = OutboxMessage.objects.filter(address=phone, channel="SMS", kind="REPLY").order_by("id")
        return [row.params["said"] for row in rows]

    def asks(self, text, phone=OWN):
        self.writes(text, phone)
        return self.told(phone)[-1]


class TestReading:
    @pytest.mark.parametrize(
        "text",
        [
            "TT HN26-000123-4",
            "tt hn26 000123 4",
            "Tt: HN260001234",
            "TRANG THAI HN26-000123-4",
            "Trạng thái HN26-000123-4",
            "STATUS HN26-000123-4",
            "tra cứu HN26-000123-4",
            "  TT   HN26-000123-4. ",
            unicodedata.normalize("NFD", "Trạng thái HN26-000123-4"),
        ],
    )
    def test_status_however_it_is_written(self, text):
        asked = sms_keywords.read(text)
        assert asked.word is Word.STATUS and asked.rest.replace(" ", "").replace("-", "") == "hn260001234"

    @pytest.mark.parametrize(
        ("text", "word"),
        [
            ("HELP", Word.HELP),
            ("?", Word.HELP),
            ("Trợ giúp", Word.HELP),
            ("HD", Word.HELP),
            ("STOP", Word.STOP),
            ("Từ chối", Word.STOP),
            ("TU CHOI QC", Word.STOP),
            ("TC", Word.STOP),
            ("Tt", Word.STATUS),
        ],
    )
    def test_other_words(self, text, word):
        assert sms_keywords.read(text).word is word

    @pytest.mark.parametrize(
        "text",
        [
            "mất điện rồi",
            "trạng thái hồ sơ của tôi thế nào",
            "tt oi cho hoi",
            "status of my bill please",
            "tôi từ chối nhận công tơ này",
            "hủy",
            "stop cắt điện nhà tôi",
            "tt",
            "",
            "ttHN26",
        ],
    )
    def test_anything_else_is_for_the_conversation(self, text):
        asked = sms_keywords.read(text)
        assert asked is None or (text == "tt" and asked.rest == "")


class TestStatus:
    def test_phone_on_record_hears_step_deadline_and_page(self, texts, submit_home):  # noqa: F811
        number = submit_home().number
        told = texts.asks(f"TT {number}")
        assert (
            number in told and "/theo-doi/" in told and "Hạn 23/11/2026" in told and "đang kiểm tra" in told
        )
        assert texts.asked == []

    def test_any_other_phone_hears_the_public_state_alone(self, texts, submit_home):  # noqa: F811
        number = submit_home().number
        assert (
            texts.asks(f"tt {number.replace('-', '').lower()}", OTHER)
            == f"EVNHANOI: Yêu cầu {number}: Đang xử lý."
        )

    def test_phone_proven_for_the_customer_is_theirs(self, texts, submit_home, at):  # noqa: F811
        receipt = submit_home()
        from motcua.requests.models import Request

        customer = Customer.objects.get(id=Request.objects.get(number=receipt.number).customer_id)
        customer_ops.link_handle_by_staff(
            customer_id=customer.id, channel="SMS", address=OTHER, reason="CCCD", actor=STAFF, at=at
        )
        assert "Hạn " in texts.asks(f"TT {receipt.number}", OTHER)

    def test_english_word_is_answered_in_english(self, texts, submit_home):  # noqa: F811
        number = submit_home().number
        assert texts.asks(f"STATUS {number}", OTHER) == f"EVNHANOI: Request {number}: In progress."

    def test_wrong_number_says_what_one_looks_like(self, texts):
        assert "HN26-999999" in texts.asks("TT HN26-999999-1")
        assert "phiếu tiếp nhận" in texts.told()[-1]

    def test_no_number_says_how(self, texts):
        assert "Soạn TT" in texts.asks("TT")

    def test_person_at_the_desk_sees_what_was_answered(self, texts, submit_home, at):  # noqa: F811
        texts.writes("cho tôi gặp nhân viên")
        here = queries.find_open_conversation("SMS", OWN)
        operations.queue_for_staff(conversation_id=here.id, at=at)
        number = submit_home().number
        told = texts.asks(f"TT {number}")
        lines = queries.list_messages(here.id, with_internal=True)
        assert number in told and any(told in line.text and line.is_internal for line in lines)


class TestAssistant:
    def test_is_not_asked_again_what_was_answered_at_once(self, texts, monkeypatch):
        from motcua.assistant import operations as assistant

        asked = []
        monkeypatch.setattr(registry, "_responders", [assistant.handle_inbound])
        monkeypatch.setattr(assistant, "_respond", lambda memory, place, said, key: asked.append(said.text))
        texts.writes("TT HN26-000001-9")
        texts.writes("Mất điện rồi, bao giờ có lại ạ?")
        assistant.answer_bursts(at=texts.at.replace(hour=3))
        assert asked == ["Mất điện rồi, bao giờ có lại ạ?"]


class TestStop:
    def test_withdraws_what_was_agreed_for_everybody_with_the_number(self, texts, at):
        ids = [
            customer_ops.create_customer(kind="PERSON", full_name=name, phone=OWN, actor=STAFF, at=at)
            for name in ("Hoa", "Lan")
        ]
        ids = [getattr(one, "id", one) for one in ids]
        for id in ids:
            for purpose, channel in (("NEWS", "SMS"), ("NEWS", "EMAIL"), ("CALL_BACK", "SMS")):
                customer_ops.record_consent(
                    customer_id=id, purpose=purpose, channel=channel, wording="Tôi đồng ý", actor=STAFF, at=at
                )
        assert "không nhận tin quảng cáo" in texts.asks("Từ chối")
        for id in ids:
            assert not customer_queries.has_consent(customer_id=id, purpose="NEWS", channel="SMS")
            assert customer_queries.has_consent(customer_id=id, purpose="NEWS", channel="EMAIL")
            assert customer_queries.has_consent(customer_id=id, purpose="CALL_BACK", channel="SMS")

    def test_counts_even_when_no_answer_is_paid_for_any_more(self, texts, at):
        texts.settings = {"answers_per_day": 0}
        customer = customer_ops.create_customer(kind="PERSON", full_name="Hoa", phone=OWN, actor=STAFF, at=at)
        id = getattr(customer, "id", customer)
        customer_ops.record_consent(
            customer_id=id, purpose="NEWS", channel="SMS", wording="x", actor=STAFF, at=at
        )
        texts.writes("STOP")
        assert texts.told() == [] and not customer_queries.has_consent(
            customer_id=id, purpose="NEWS", channel="SMS"
        )


class TestCosts:
    def test_a_phone_gets_so_many_answers_a_day(self, texts):
        texts.settings = {"answers_per_day": 2}
        for _ in range(4):
            texts.writes("HELP")
        texts.writes("HELP", OTHER)
        assert (len(texts.told()), len(texts.told(OTHER))) == (2, 1)
        texts.at = texts.at.replace(day=17)
        texts.writes("HELP")
        assert len(texts.told()) == 3

    def test_keywords_switched_off_are_words_like_others(self, texts):
        texts.settings = {"keywords": False}
        texts.writes("HELP")
        assert texts.told() == [] and len(texts.asked) == 1

    def test_other_words_go_to_the_conversation_or_say_how(self, texts):
        texts.writes("mất điện rồi")
        assert (len(texts.asked), texts.told()) == (1, [])
        texts.settings = {"other_words": "HOW"}
        assert "Soạn TT" in texts.asks("mất điện rồi")
        assert len(texts.asked) == 1
