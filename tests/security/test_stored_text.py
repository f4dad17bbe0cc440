"""What JSON and forms let through and a database's text does not, and Vietnamese letters in each of their forms."""

import json
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from motcua.channels.accounts import Account
from motcua.channels.calls import Call, Verdict, read_json
from motcua.channels.hooks import HOOKS
from motcua.channels.messenger import sending as messenger_sending
from motcua.channels.zalo import sending as zalo_sending
from motcua.companies.roles import Role
from motcua.customers import operations as customer_ops
from motcua.customers import queries as customer_queries
from motcua.edge.storing import fit
from motcua.kernel import storable
from motcua.kernel.actors import Actor
from motcua.messaging import operations, queries
from motcua.messaging.models import InboxEvent, Message
from motcua.messaging.rules import Delivery, Kind
from tests.web import people

HALF = "\ud83d"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_categories=[]), max_size=4), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def nested(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


class TestStorable:
    @settings(
        suppress_health_check=[HealthCheck.too_slow], max_examples=60
    )  # all letters there are take a while to lay out
    @given(JSON)
    def test_whatever_json_says_the_database_can_keep(self, value):
        kept = storable.as_json(value)

        kept.encode()  # no half of a character is left
        assert "\0" not in json.dumps(json.loads(kept), ensure_ascii=False)
        json.loads(kept, parse_constant=pytest.fail)  # neither NaN nor Infinity, which no database takes

    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("\\u0000", "\\u0000"), ("a\0b", "ab"), ("\\\0", "\\"), ("\\\\u0000\0\0", "\\\\u0000"), (f"a{HALF}b", "a?b"),
            ("C:\\u0000\\", "C:\\u0000\\"),
        ],
    )  # fmt: skip
    def test_words_that_look_like_a_zero_byte_stay_words(self, typed, kept):
        assert json.loads(storable.as_json({"text": typed}))["text"] == kept

    @settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60)
    @given(st.text(st.characters(exclude_categories=[])))
    def test_any_text_can_be_kept(self, text):
        assert "\0" not in storable.as_text(text).encode().decode()

    def test_what_lies_too_deep_is_refused_and_honest_depth_is_not(self):
        with pytest.raises(storable.TooDeep):
            storable.as_json(json.loads(nested(900)))
        assert storable.as_json(json.loads(nested(100)))


class TestHooks:
    """Signed calls, as only a provider (or its thief) makes them."""

    @pytest.mark.parametrize("door", sorted(HOOKS))
    @pytest.mark.parametrize("levels", [150, 300, 900, 1500, 100_000])
    def test_depth_never_stops_a_door(self, door, levels):
        from motcua.edge.taking import _rows

        call = Call({}, nested(levels), ["s"], {}, None)

        rows = _rows(HOOKS[door], call, Verdict(True))
        assert len(rows) == 1
        json.loads(rows[0].payload)

    @pytest.mark.parametrize("door", sorted(HOOKS))
    def test_odd_names_and_ids_are_kept_in_a_form_that_spoils_no_batch(self, door, company, at):
        body = json.dumps(
            {
                "event_id": f"e\0{HALF}", "from": f"\0{HALF}", "sender": {"id": f"\0{HALF}"}, "recipient": {"id": "1"},
                "event_name": "user_send_text", "timestamp": "1764000000123",
                "message": {"msg_id": f"\0{HALF}", "text": f"a\0{HALF}b \\u0000"},
                "entry": [{"id": "1", "time": 1, "messaging": [{"sender": {"id": f"\0{HALF}"}, "message": {"mid": f"\0{HALF}"}}]}],
            }
        ).encode()  # fmt: skip
        for found in HOOKS[door].read(Call({}, body, ["s"], {}, None), Verdict(True)):
            row = fit(found)
            assert operations.receive(
                channel="SMS", event_id=row.event_id, sender=row.sender, payload=json.loads(row.payload), at=at,
                wakes_worker=False,
            )  # fmt: skip

    @pytest.mark.parametrize(
        "body",
        [
            b'{"id":12345678901234567890}', b'{"id": -12345678901234567}', b'{"a":[1,\n98765432109876543210]}',
            b'{"id":"12345678901234567890"}', b'{"n":1e999}', b'{"t":"\\ud83d"}', b'{"n":1.5}', b"\xef\xbb\xbf{}",
        ],
    )  # fmt: skip
    def test_both_ways_of_reading_say_the_same(self, body):
        slow = json.loads(body, parse_int=lambda digits: digits if len(digits) > 16 else int(digits))

        assert read_json(body) == slow


class TestPages:
    def test_zero_bytes_from_a_form_are_taken_out_and_the_rest_is_kept(self, hanoi):
        answer = hanoi.post("/chat/send", {"text": "mất điện\0 rồi", "client_msg_id": "a\0b", "page": "\0"})

        assert answer.status_code < 400
        assert Message.objects.filter(author="customer").values_list("text", flat=True)[0] == "mất điện rồi"

    @pytest.mark.parametrize(
        "path", ["/chat/poll?after=%00", "/hoi-dap/?q=a%00b", "/tra-cuu/?ma=%00&so=%00", "/x%00y/"]
    )
    def test_no_address_with_a_zero_byte_breaks_a_page(self, hanoi, path):
        hanoi.raise_request_exception = False

        assert hanoi.get(path).status_code < 500

    def test_nor_a_search_at_the_desk(self, company):
        desk = people.browser(people.add_staff("lan", *Role))

        for path in ("/ban-viec/tim/?q=a%00b", "/ban-viec/?trang=%00", "/ban-viec/hoi-thoai/?q=%00"):
            assert desk.get(path).status_code < 500


class TestLetters:
    """One Vietnamese word in both of its forms, and emoji, through the whole way."""

    WORDS = "Điện nhà chị Nguyễn Thị Hoàng Ánh mất từ sáng ⚡👨‍👩‍👧‍👦🇻🇳"

    @pytest.mark.parametrize("form", ["NFC", "NFD"])
    def test_stored_shown_and_understood_alike(self, hanoi, form):
        said = unicodedata.normalize(form, self.WORDS)
        hanoi.post("/chat/send", {"text": said, "client_msg_id": "1"})

        [first, *answers] = Message.objects.order_by("seq")
        assert unicodedata.normalize("NFC", first.text) == self.WORDS
        assert self.WORDS in unicodedata.normalize("NFC", hanoi.get("/chat/").content.decode())
        assert answers
        assert InboxEvent.objects.get().payload["text"] == said

    def test_both_forms_get_the_same_answer(self, company):
        told = []
        for form in ("NFC", "NFD"):
            browser = people.browser()
            browser.post(
                "/chat/send",
                {"text": unicodedata.normalize(form, "nhà tôi bị mất điện từ sáng"), "client_msg_id": "1"},
            )
            talk = Message.objects.order_by("-id")[0].conversation_id
            told.append([m.text for m in queries.list_messages(talk) if not m.is_from_customer])

        assert told[0] == told[1]
        assert told[0]

    @pytest.mark.parametrize("written", ["NFC", "NFD"])
    @pytest.mark.parametrize("asked", ["NFC", "NFD"])
    def test_found_whichever_form_was_written_and_is_asked_for(self, company, at, written, asked):
        name = "Nguyễn Thị Hoàng Ánh"
        customer_ops.create_customer(
            full_name=unicodedata.normalize(written, name),
            phone="0901234567",
            actor=Actor.system("test"),
            at=at,
        )

        assert len(customer_queries.search(unicodedata.normalize(asked, name), limit=5)) == 1

    @pytest.mark.parametrize("form", ["NFC", "NFD"])
    def test_sent_in_the_form_that_providers_count(self, form):
        words = unicodedata.normalize(form, self.WORDS)
        account = Account("HANOI", "", "EVNHANOI", {}, "")
        delivery = Delivery("d1", "ZALO", "1", words, Kind.REPLY, 1)

        assert zalo_sending._message(account, delivery, "token") == {"text": self.WORDS}
        assert messenger_sending._message(account, delivery)["text"] == self.WORDS
