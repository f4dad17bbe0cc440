"""Every event of Zalo taken in; and any order and any doubling of a stream makes the same conversation."""

import contextlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.channels import accounts, tokens
from motcua.channels import operations as channel_ops
from motcua.channels.calls import Call, Verdict
from motcua.channels.models import MediaFetch
from motcua.channels.zalo import events, hook
from motcua.kernel.actors import Actor
from motcua.messaging import operations, queries, registry
from motcua.messaging.models import Conversation, InboxEvent, OutboxMessage
from motcua.messaging.rules import Echo, Happened, Incoming, Receipt
from tests.channels import any_order
from tests.channels.any_order import AnyOrder

OA, USER, ANONYMOUS = "9998887776665554443", "5551112223334445556", "anon:anon-6f1c2d:conv-77"
SETTINGS = {"app_id": "1234567890123456789", "oa_id": OA}
EVENTS = {
    path.stem: json.loads(path.read_text())
    for path in sorted((Path(__file__).parent / "zalo_events").glob("*.json"))
}
AT = datetime.fromtimestamp(1764000000, tz=UTC) + timedelta(minutes=5)
# What a channel event becomes; every event has its line here.
MEANS = {
    Incoming: {
        "user_send_text", "user_send_image", "user_send_image_album", "user_send_gif", "user_send_link", "user_send_audio",
        "user_send_video", "user_send_sticker", "user_send_file", "user_send_location", "user_send_location_old",
        "user_send_business_card", "anonymous_send_text", "anonymous_send_image", "anonymous_send_file", "anonymous_send_sticker",
    },
    Echo: {
        "oa_send_text", "oa_send_image", "oa_send_gif", "oa_send_list", "oa_send_file", "oa_send_sticker", "oa_send_template",
        "oa_send_anonymous_text", "oa_send_anonymous_image", "oa_send_anonymous_file", "oa_send_anonymous_sticker",
    },
    Receipt: {
        "user_received_message", "user_seen_message", "user_seen_message_swapped", "user_received_message_template",
        "user_feedback", "user_click_response_button",
    },
}  # fmt: skip
STREAM = [
    "user_send_text", "user_send_image", "user_send_sticker", "oa_send_text", "follow", "user_submit_info", "user_reacted_message",
    "user_send_location", "user_received_message", "user_seen_message", "unknown", "user_withdraw",
]  # fmt: skip
NAMES = st.sampled_from(
    [
        "text",
        "attachments",
        "type",
        "payload",
        "msg_id",
        "msg_ids",
        "coordinates",
        "id",
        "info",
        "tag",
        "user_ids",
        "phone",
    ]
)
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture(autouse=True)
def silent(monkeypatch):
    monkeypatch.setattr(registry, "_responders", [])


@pytest.fixture
def account(company):
    channel_ops.set_account(
        channel="ZALO", base_url="https://openapi.zalo.me", sender_name="", keys={"app_secret": "s"}, hook_secrets=["x"],
        settings_of_channel=SETTINGS, actor=Actor.staff("1", "Lan", ["ADMIN"], []), at=AT,
    )  # fmt: skip
    yield
    accounts.forget()


def put(name, at=AT, **changes):
    body = json.dumps({**EVENTS[name], **changes}, ensure_ascii=False).encode()
    call = Call({}, body, [], SETTINGS, at)
    [row] = hook.read(call, Verdict(True, matched="app_id"))
    return operations.receive(
        channel="ZALO", event_id=row.event_id, sender=row.sender, payload=orjson.loads(orjson.dumps(row.payload)), at=at,
        sent_at=row.sent_at, wakes_worker=False,
    )  # fmt: skip


def parsed(name):
    return list(events.parse({"event": EVENTS[name]}, own_id=OA, event_id="e"))


def told(address=USER):
    return any_order.told("ZALO", address)


def queue(number, at=AT):
    any_order.queue_sent("ZALO", USER, number, sent_at=at, at=at)


class TestMeaning:
    @pytest.mark.parametrize("name", sorted(EVENTS))
    def test_each_event_means_one_thing_or_is_kept_as_a_line(self, name):
        kind = next((kind for kind, names in MEANS.items() if name in names), Happened)
        found = parsed(name)

        assert found
        assert {type(one) for one in found} == {kind}

    def test_what_a_customer_sends_is_words_with_what_it_was(self):
        texts = {name: [one.text for one in parsed(name)] for name in MEANS[Incoming]}

        assert texts["user_send_text"] == ["Nhà tôi mất điện từ sáng"]
        assert texts["user_send_image"] == ["[Ảnh] Công tơ nhà tôi"]
        assert texts["user_send_image_album"] == ["[Ảnh]", "[Ảnh]"]
        assert texts["user_send_file"] == ["[Tệp] hop-dong.pdf"]
        assert texts["user_send_link"] == ["Xem giúp em\nBáo\nhttps://example.vn/bao"]
        assert texts["user_send_location"] == ["Số 1 Cầu Giấy"]
        assert texts["user_send_location_old"] == ["[Vị trí] 21.0362, 105.7906"]
        assert texts["user_send_business_card"] == ["[Danh thiếp] Trần Văn Bình · 84901234567"]
        assert texts["user_send_sticker"] == ["[Nhãn dán]"]

    def test_only_words_are_asked_of_the_assistant(self):
        asking = {name for name in MEANS[Incoming] if any(one.is_asking for one in parsed(name))}

        assert asking == {"user_send_text", "user_send_link", "user_send_location", "anonymous_send_text"}
        assert "gửi qua trang của điện lực" in parsed("user_send_image")[0].told
        assert parsed("user_send_sticker")[0].told == ""

    def test_shared_data_is_a_hint_in_both_forms(self):
        for name in ("user_submit_info", "user_submit_info_flat"):
            [found] = parsed(name)
            assert found.payload == {"shared_phone": "+84901234567"}
            assert "Trần Văn Bình, 0901 234 567, Số 1" in found.text
            assert "Chưa phải bằng chứng" in found.text

    def test_seen_names_every_message_whichever_side_tells_it(self):
        assert [(one.ref, one.state, one.address) for one in parsed("user_seen_message")] == [
            ("sent-1", "READ", USER), ("sent-2", "READ", USER),
        ]  # fmt: skip
        assert parsed("user_seen_message_swapped")[0].address == USER
        [template] = parsed("user_received_message_template")
        assert (template.ref, template.channel, template.at) == (
            "outage-881",
            "ZBS",
            datetime(2025, 11, 24, 16, 0, 3, tzinfo=UTC),
        )

    @pytest.mark.parametrize(
        "payload",
        [
            None,
            {},
            {"event": {}},
            {"event": []},
            {"raw": "x"},
            {"event": {"event_name": "follow", "oa_id": "1"}},
        ],
    )
    def test_nonsense_and_another_account_are_set_aside(self, payload):
        with pytest.raises(ValueError):
            events.parse(payload, own_id=OA, event_id="e")

    @given(ODD, st.sampled_from(sorted(EVENTS)))
    def test_odd_shapes_are_kept_or_set_aside_and_never_break(self, odd, name):
        event = {**EVENTS[name], "message": odd, "info": odd, "tag": odd}
        with contextlib.suppress(ValueError):
            events.parse({"event": event}, own_id=OA, event_id="e")


@pytest.mark.usefixtures("account")
class TestTakingIn:
    def test_every_event_is_worked_off_and_none_is_lost(self):
        for name in EVENTS:
            put(name)
        operations.drain_inbox(at=AT, limit=500)

        assert queries.list_parked() == []
        assert set(InboxEvent.objects.values_list("state", flat=True)) == {"DONE"}
        assert set(Conversation.objects.values_list("address", flat=True)) == {USER, ANONYMOUS}
        assert any("việc chưa biết: user_send_hologram" in m.text for m in told())

    def test_a_colleague_who_wrote_on_zalo_stands_in_the_conversation(self):
        put("oa_send_text")
        operations.drain_inbox(at=AT)
        [message] = told()

        assert (message.direction, message.author, message.text) == (
            "OUT",
            "staff:elsewhere",
            "Điện lực đã nhận phản ánh.",
        )

    def test_receipts_lift_and_never_lower_in_any_order(self):
        queue(1)
        queue(2)
        put("user_seen_message")
        operations.drain_inbox(at=AT)
        put("user_received_message")
        operations.drain_inbox(at=AT)

        assert list(OutboxMessage.objects.order_by("key").values_list("state", flat=True)) == ["READ", "READ"]

    def test_a_receipt_before_the_name_is_known_waits_for_it(self):
        queue(1)
        OutboxMessage.objects.update(state="SENDING", provider_ref="", refs=[], parts_done=0)
        put("user_received_message")
        operations.drain_inbox(at=AT)
        assert InboxEvent.objects.get().state == "NEW"
        OutboxMessage.objects.update(state="SENT", provider_ref="sent-1", refs=["sent-1"], parts_done=1)
        operations.drain_inbox(at=AT + timedelta(seconds=3))

        assert OutboxMessage.objects.get().state == "DELIVERED"

    def test_pictures_and_voices_are_to_be_fetched_from_zalos_hosts(self):
        put("user_send_image_album")
        put("user_send_audio")
        operations.drain_inbox(at=AT)

        assert [row.url.rpartition("/")[2] for row in MediaFetch.objects.order_by("id")] == [
            "1.jpg",
            "2.jpg",
            "v.m4a",
        ]
        assert [m.kind for m in told() if m.direction == "IN"] == ["FILE", "FILE", "FILE"]

    def test_rights_taken_back_need_consent(self):
        from datetime import timedelta as span

        tokens.keep("ZALO", tokens.Given("a", "r", span(hours=25), span(days=90)), at=AT)
        put("permission_revoked")
        operations.drain_inbox(at=AT)

        assert tokens.find_token("ZALO").needs_consent

    def test_the_last_sign_is_the_latest_not_the_last_to_come(self):
        put("user_withdraw")
        put("follow")
        put("user_send_text")
        operations.drain_inbox(at=AT)
        put("user_send_sticker")
        operations.drain_inbox(at=AT)

        assert queries.find_open_conversation("ZALO", USER).last_in_at == hook.instant(
            EVENTS["follow"]["timestamp"]
        )


@pytest.mark.usefixtures("account")
class TestAnyOrder(AnyOrder):
    channel, person, stream, at, begun = "ZALO", USER, STREAM, AT, 1764000000000
    put = staticmethod(put)
