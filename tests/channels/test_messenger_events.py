"""Every event of Messenger taken in; and any order and any doubling of a stream makes the same conversation."""

import contextlib
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.channels import accounts, media
from motcua.channels import operations as channel_ops
from motcua.channels.calls import Call, Verdict
from motcua.channels.messenger import events, hook
from motcua.channels.models import MediaFetch
from motcua.kernel.actors import Actor
from motcua.messaging import operations, queries, registry
from motcua.messaging.models import Conversation, InboxEvent, OutboxMessage
from motcua.messaging.rules import Changed, Echo, Happened, Incoming, Receipt
from tests.channels import any_order
from tests.channels.any_order import AnyOrder

PAGE, USER, APP = "100200300400500", "6543210987654321", "5550001112223334"
T = 1764000000000
AT = datetime.fromtimestamp(T / 1000, tz=UTC) + timedelta(minutes=5)
PHOTO = {"type": "image", "payload": {"url": "https://scontent.xx.fbcdn.net/v/1.jpg?oh=1"}}


def event(second, kind, is_theirs=True, **told):
    ends = ({"id": USER}, {"id": PAGE}) if is_theirs else ({"id": PAGE}, {"id": USER})
    return {"sender": ends[0], "recipient": ends[1], "timestamp": T + second * 1000, kind: told}


EVENTS = {
    "text": event(1, "message", mid="m_1", text="Nhà tôi mất điện"),
    "quick_reply": event(2, "message", mid="m_2", text="Tra cứu hóa đơn", quick_reply={"payload": "s|BILL"}),
    "menu": event(3, "postback", mid="m_3", title="Gặp nhân viên", payload="say:Gặp nhân viên"),
    "get_started": event(
        4, "postback", mid="m_4", title="Bắt đầu", payload="GET_STARTED",
        referral={"ref": "qr-pc01", "source": "SHORTLINK", "type": "OPEN_THREAD"},
    ),
    "button": event(5, "postback", mid="m_5", title="Mua điện", payload="s|NEW"),
    "photo": event(6, "message", mid="m_6", text="Công tơ", attachments=[PHOTO, PHOTO]),
    "sticker": event(7, "message", mid="m_7", attachments=[{"type": "sticker", "payload": {"url": "u"}}]),
    "old_sticker": event(8, "message", mid="m_8", attachments=[{"type": "image", "payload": {"url": "u", "sticker_id": 1}}]),
    "voice": event(9, "message", mid="m_9", attachments=[{"type": "audio", "payload": {"url": "https://cdn.fbsbx.com/v.mp4"}}]),
    "place": event(
        28, "message", mid="m_28",
        attachments=[{"type": "location", "payload": {"coordinates": {"lat": 21.03, "long": 105.79}, "title": "Nhà"}}],
    ),
    "file": event(
        29, "message", mid="m_29",
        attachments=[{"type": "file", "payload": {"url": "https://cdn.fbsbx.com/v/don.pdf?x=1", "title": "don.pdf"}}],
    ),
    "video": event(30, "message", mid="m_30", attachments=[{"type": "video", "payload": {"url": "https://video.xx.fbcdn.net/v.mp4"}}]),
    "taken": event(31, "take_thread_control", previous_owner_app_id="1", metadata="x"),
    "asked_for": event(32, "request_thread_control", requested_owner_app_id="2"),
    "fallback": event(10, "message", mid="m_10", attachments=[{"type": "fallback", "title": "Bản đồ"}]),
    "quote": event(11, "message", mid="m_11", text="đúng rồi", reply_to={"mid": "m_0", "is_self_reply": False}),
    "edit": event(20, "message_edit", mid="m_1", text="Nhà tôi có điện rồi", num_edit=1),
    "delete": event(21, "message", mid="m_11", is_deleted=True),
    "echo_ours": event(12, "message", False, mid="m_12", text="Dạ", is_echo=True, app_id=int(APP), metadata="x"),
    "echo_inbox": event(13, "message", False, mid="m_13", text="Em là Lan", is_echo=True, app_id=263902037430900),
    "echo_other": event(14, "message", False, mid="m_14", attachments=[PHOTO], is_echo=True, app_id=1, metadata="x"),
    "delivery": event(15, "delivery", mids=["sent-1"], watermark=T + 15000),
    "delivery_bare": event(15, "delivery", watermark=T + 15000),
    "read": event(16, "read", watermark=T + 16000),
    "reaction": event(17, "reaction", reaction="like", emoji="👍", action="react", mid="m_12"),
    "unreact": event(18, "reaction", reaction="like", action="unreact", mid="m_12"),
    "referral": event(19, "referral", ref="qr-2", source="SHORTLINK", type="OPEN_THREAD"),
    "optin": event(22, "optin", type="notification_messages", payload="p"),
    "feedback": event(23, "response_feedback", feedback="Good response", mid="m_12"),
    "passed": event(24, "pass_thread_control", previous_owner_app_id="1", new_owner_app_id="2"),
    "linking": event(25, "account_linking", status="linked"),
    "policy": event(26, "policy_enforcement", action="warning", reason="x"),
    "unknown": event(27, "hologram", shape="cube"),
}  # fmt: skip
MEANS = {
    Incoming: {
        "text", "quick_reply", "menu", "button", "photo", "sticker", "old_sticker", "voice", "fallback", "quote", "place",
        "file", "video",
    },
    Echo: {"echo_ours", "echo_inbox", "echo_other"},
    Receipt: {"delivery", "delivery_bare", "read"},
    Changed: {"edit", "delete"},
}  # fmt: skip
STREAM = [
    "text", "photo", "sticker", "get_started", "quote", "edit", "delete", "echo_inbox", "delivery_bare", "read", "reaction",
    "unknown",
]  # fmt: skip


@pytest.fixture(autouse=True)
def silent(monkeypatch):
    monkeypatch.setattr(registry, "_responders", [])


@pytest.fixture
def account(company):
    channel_ops.set_account(
        channel="MESSENGER", base_url="https://graph.facebook.com", sender_name="", keys={"app_secret": "s"}, hook_secrets=["s"],
        settings_of_channel={"page_id": PAGE, "app_id": APP}, actor=Actor.staff("1", "Lan", ["ADMIN"], []), at=AT,
    )  # fmt: skip
    yield
    accounts.forget()


def put(name, at=AT, where="messaging"):
    told = {"object": "page", "entry": [{"id": PAGE, "time": T, where: [EVENTS[name]]}]}
    [row] = hook.read(Call({}, json.dumps(told).encode(), [], {}, at), Verdict(True))
    return operations.receive(
        channel="MESSENGER", event_id=row.event_id, sender=row.sender, payload=orjson.loads(orjson.dumps(row.payload)), at=at,
        sent_at=row.sent_at, wakes_worker=False,
    )  # fmt: skip


def parsed(name, where="messaging"):
    payload = {"page": PAGE, "where": where, "event": EVENTS[name]}
    return list(events.parse(payload, own_page=PAGE, own_app=APP))


def told():
    return any_order.told("MESSENGER", USER)


def queue(number, at=AT):
    sent_at = datetime.fromtimestamp(T / 1000 + number * 10, tz=UTC)
    any_order.queue_sent("MESSENGER", USER, number, sent_at=sent_at, at=at)


class TestMeaning:
    @pytest.mark.parametrize("name", sorted(set(EVENTS) - {"get_started"}))
    def test_each_event_means_one_thing_or_is_kept_as_a_line(self, name):
        kind = next((kind for kind, names in MEANS.items() if name in names), Happened)

        assert {type(one) for one in parsed(name)} == {kind}

    def test_what_a_customer_sends_is_words_with_what_it_was(self):
        texts = {name: [one.text for one in parsed(name)] for name in MEANS[Incoming]}

        assert texts == {
            "text": ["Nhà tôi mất điện"], "quick_reply": ["Tra cứu hóa đơn"], "menu": ["Gặp nhân viên"], "button": ["Mua điện"],
            "photo": ["[Ảnh] Công tơ", "[Ảnh]"], "sticker": ["[Nhãn dán]"], "old_sticker": ["[Nhãn dán]"], "voice": ["[Tin thoại]"],
            "fallback": ["Bản đồ"], "quote": ["đúng rồi"], "place": ["[Vị trí] 21.03, 105.79"], "file": ["[Tệp] don.pdf"],
            "video": ["[Video]"],
        }  # fmt: skip

    def test_taps_bring_their_value_and_the_menu_its_words(self):
        values = {
            name: parsed(name)[0].payload.get("button")
            for name in ("quick_reply", "button", "menu", "get_started")
        }

        assert values == {"quick_reply": "s|BILL", "button": "s|NEW", "menu": None, "get_started": None}

    def test_the_start_says_by_which_code_they_came(self):
        said, came = parsed("get_started")

        assert (said.text, said.is_asking) == ("Bắt đầu", True)
        assert (came.payload["ref"], came.is_sign) == ("qr-pc01", True)

    def test_an_echo_is_ours_by_the_id_of_our_app_alone(self):
        keys = [parsed(name)[0].key for name in ("echo_ours", "echo_inbox", "echo_other")]

        assert keys == ["x", "", ""]

    def test_a_watermark_means_all_until_then(self):
        [named, mark] = parsed("delivery")

        assert (named.ref, named.up_to) == ("sent-1", None)
        assert mark.up_to == datetime.fromtimestamp(T / 1000 + 15, tz=UTC)

    def test_beside_the_usual_list_all_is_read_and_nothing_answered(self):
        for name in MEANS[Incoming]:
            assert not any(one.is_asking or one.told for one in parsed(name, where="standby")), name

    @pytest.mark.parametrize("payload", [None, {}, {"event": []}, {"raw": "x"}, {"event": {}, "page": "1"}])
    def test_nonsense_and_another_page_are_set_aside(self, payload):
        with pytest.raises(ValueError):
            events.parse(payload, own_page=PAGE, own_app=APP)

    @given(
        st.recursive(
            st.none() | st.integers() | st.text(max_size=6),
            lambda inner: st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(["mid", "text", "attachments", "payload", "type", "mids", "watermark"]), inner, max_size=4),
            max_leaves=10,
        ),
        st.sampled_from(hook.KINDS),
    )  # fmt: skip
    def test_odd_shapes_are_kept_or_set_aside_and_never_break(self, odd, kind):
        payload = {"page": PAGE, "where": "messaging", "event": {**event(1, "x"), kind: odd}}
        with contextlib.suppress(ValueError):
            events.parse(payload, own_page=PAGE, own_app=APP)


@pytest.mark.usefixtures("account")
class TestTakingIn:
    def test_every_event_is_worked_off_and_none_is_lost(self):
        for name in EVENTS:
            put(name)
        operations.drain_inbox(at=AT, limit=500)

        assert queries.list_parked() == []
        assert set(InboxEvent.objects.values_list("state", flat=True)) == {"DONE"}
        assert set(Conversation.objects.values_list("address", flat=True)) == {USER}
        assert any("việc chưa biết: hologram" in m.text for m in told())
        assert {m.author for m in told() if m.direction == "OUT"} == {
            "system:channel",
            "staff:elsewhere",
            "bot",
        }

    def test_what_is_written_anew_or_taken_back_stands_so(self):
        for name in ("text", "quote", "edit", "delete"):
            put(name)
        operations.drain_inbox(at=AT)

        assert [m.text for m in told()] == ["Nhà tôi có điện rồi", "[Khách đã xóa tin này]"]

    def test_a_change_of_what_we_never_had_is_a_line_after_a_while(self):
        put("edit")
        operations.drain_inbox(at=AT)
        assert told() == []
        operations.drain_inbox(at=AT + timedelta(seconds=30))

        assert [m.text for m in told()] == ["Khách sửa một tin cũ thành: Nhà tôi có điện rồi"]

    def test_a_watermark_lifts_all_before_it_and_never_lowers(self):
        for number in (1, 2):
            queue(number)
        put("read")
        operations.drain_inbox(at=AT)
        assert list(OutboxMessage.objects.order_by("key").values_list("state", flat=True)) == ["READ", "SENT"]
        put("delivery_bare")
        operations.drain_inbox(at=AT)

        assert list(OutboxMessage.objects.order_by("key").values_list("state", flat=True)) == ["READ", "SENT"]

    def test_a_watermark_waits_for_what_is_under_way(self):
        queue(1, at=AT - timedelta(minutes=5))
        OutboxMessage.objects.update(state="SENDING", provider_ref="", refs=[], parts_done=0, sent_at=None)
        put("read")
        operations.drain_inbox(at=AT)
        assert InboxEvent.objects.get().state == "NEW"
        OutboxMessage.objects.update(state="SENT", sent_at=AT - timedelta(minutes=5))
        operations.drain_inbox(at=AT + timedelta(seconds=3))

        assert OutboxMessage.objects.get().state == "READ"

    def test_pictures_voices_and_files_are_to_be_fetched_from_metas_hosts(self):
        for name in ("photo", "voice", "file", "video"):
            put(name)
        operations.drain_inbox(at=AT)

        rows = MediaFetch.objects.filter(channel="MESSENGER")
        assert rows.count() == 4, "a video stays where it is"
        hosts = {f".{urlsplit(row.url).hostname}" for row in rows}
        assert all(host.endswith(media.HOSTS["MESSENGER"]) for host in hosts), hosts

    @pytest.mark.parametrize("second", [True, False])
    def test_the_last_sign_opens_the_window(self, second):
        put("text")
        if second:
            put("reaction")
        put("unreact")
        operations.drain_inbox(at=AT)
        last = EVENTS["reaction" if second else "text"]["timestamp"]

        assert queries.find_open_conversation("MESSENGER", USER).last_in_at == hook.instant(str(last))


@pytest.mark.usefixtures("account")
class TestAnyOrder(AnyOrder):
    channel, person, stream, at, begun = "MESSENGER", USER, STREAM, AT, T
    put = staticmethod(put)
