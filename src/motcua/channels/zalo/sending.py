"""The account's own channel: replies with choices, pictures, files, the question for contact data; after the window, the
template of the notice. One message in, one call out; Zalo knows no keys, so a doubtful one is looked for first.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from PIL import Image, ImageOps

from motcua.channels import accounts, shown, tokens
from motcua.channels.accounts import Account
from motcua.channels.zalo import CODE, api, consent, errors, events, templates
from motcua.config import clock
from motcua.documents import operations as document_ops
from motcua.messaging.queries import InboxView
from motcua.messaging.rules import Capabilities, Delivery, Found, Incoming, Means, SendFailed, Sent

TEXT_LIMIT = 2000
MOST_BUTTONS = 5
TITLE_LIMIT, PAYLOAD_LIMIT = 100, 1000
PICTURE_LIMIT = 900_000
PICTURE_SIDE = 1600
FILE_LIMIT = 5_000_000
NOT_SET_UP_WAITS = timedelta(minutes=30)
SEEN_AGAIN = timedelta(minutes=15)
PER_SECOND = 60  # 4,000 calls a minute for an app; packages of an account may set less
ASK_FOR_CONTACT = "contact"
CONTACT_TITLE = "Cho điện lực biết số điện thoại của anh/chị"
CONTACT_SUBTITLE = "Để nhân viên gọi lại và tra cứu nhanh hơn"


class Zalo:
    """The adapter registered as ZALO."""

    code = CODE

    @property
    def capabilities(self) -> Capabilities:
        """Buttons under a reply are not among the documented messages: a setting of the account allows them."""
        account = accounts.find_account(CODE)
        buttons = MOST_BUTTONS if account is not None and account.settings.get("buttons") else 0
        return Capabilities(
            pushes=True,
            text_limit=TEXT_LIMIT,
            buttons=buttons,
            receipts=True,
            per_second=accounts.pace(account, PER_SECOND),
        )

    def parse(self, event: InboxView) -> Sequence[Found]:
        account = accounts.find_account(CODE)
        own = str(account.settings.get("oa_id", "")) if account is not None else ""
        found = events.parse(event.payload, own_id=own, event_id=event.event_id)
        if event.payload["event"].get("event_name") == "permission_revoked":
            tokens.revoke(CODE, code="permission_revoked", at=event.received_at)
        return [
            shown.with_link(CODE, one) if isinstance(one, Incoming) and one.told else one for one in found
        ]

    def carries_template(self, template: str) -> bool:
        return templates.find(accounts.find_account(CODE), template, to_phone=False) is not None

    def send(self, delivery: Delivery) -> Sent:
        return send(accounts.find_account(CODE), delivery, clock.now())


def send(account: Account | None, delivery: Delivery, at: datetime) -> Sent:
    """Hand over one message; every way it can end is one of the outbox's. Raises SendFailed."""
    if account is None:
        raise SendFailed("NOT_SET_UP", retry_after=NOT_SET_UP_WAITS, counts=False)
    try:
        return consent.with_token(account, at, lambda token: _send(account, delivery, token, at))
    except tokens.NeedsConsent:
        raise SendFailed("NEEDS_CONSENT", retry_after=errors.HELD, counts=False) from None
    except tokens.Busy:
        raise SendFailed("TOKEN_BUSY", retry_after=timedelta(seconds=10), counts=False) from None
    except api.ZaloError as error:
        raise errors.failure(error.code, at=at) from None
    except api.NoAnswer as silent:
        raise SendFailed(silent.code, is_unknown=silent.is_unknown) from None


def _send(account: Account, delivery: Delivery, token: str, at: datetime) -> Sent:
    if delivery.is_doubtful and (found := _look_for(account, delivery, token, at)):
        return Sent(provider_ref=found, provider_code="FOUND")
    if delivery.means == Means.TEMPLATE:
        return templates.send_to_user(account, delivery, token)
    message = _message(account, delivery, token)
    data = api.call(
        account, api.REPLY, token=token, body={"recipient": recipient(delivery.address), "message": message}
    )
    return Sent(provider_ref=str(data.get("message_id", "")), provider_code="0")


def recipient(address: str) -> dict[str, str]:
    """An anonymous visitor is named by two ids, a user by one."""
    if address.startswith("anon:"):
        _mark, person, conversation = address.split(":", 2)
        return {"anonymous_id": person, "conversation_id": conversation}
    return {"user_id": address}


def _message(account: Account, delivery: Delivery, token: str) -> dict[str, Any]:
    if delivery.payload.get("ask") == ASK_FOR_CONTACT:
        return _contact_question()
    if delivery.payload.get("document_id"):
        return _document(account, delivery, token)
    message: dict[str, Any] = {"text": unicodedata.normalize("NFC", delivery.text)}
    if delivery.buttons:
        message["attachment"] = {
            "type": "template", "payload": {"buttons": [_button(button) for button in delivery.buttons[:MOST_BUTTONS]]}
        }  # fmt: skip
    return message


def _button(button: Mapping[str, str]) -> dict[str, Any]:
    """A choice comes back as if its value were typed; an address opens."""
    title = button.get("label", "")[:TITLE_LIMIT]
    if button.get("url"):
        return {"title": title, "type": "oa.open.url", "payload": {"url": button["url"]}}
    value = button.get("value") or button.get("label", "")
    return {"title": title, "type": "oa.query.show", "payload": value[:PAYLOAD_LIMIT]}


def _contact_question() -> dict[str, Any]:
    element = {"title": CONTACT_TITLE, "subtitle": CONTACT_SUBTITLE, "image_url": ""}
    payload = {"template_type": "request_user_info", "elements": [element]}
    return {"attachment": {"type": "template", "payload": payload}}


def _document(account: Account, delivery: Delivery, token: str) -> dict[str, Any]:
    """A picture under a caption, or a file alone. It is uploaded at every try: uploads die after a week."""
    content = document_ops.read_for_machine(UUID(delivery.payload["document_id"]))
    name, mime = delivery.payload.get("file_name") or "tep", delivery.payload.get("mime", "")
    if mime.startswith("image/"):
        given = api.call(
            account, api.UPLOAD_IMAGE, token=token, file=("anh.jpg", shrink(content), "image/jpeg")
        )
        element = {"media_type": "image", "attachment_id": str(given.get("attachment_id", ""))}
        payload = {"template_type": "media", "elements": [element]}
        caption = {"text": delivery.text} if delivery.text else {}
        return {**caption, "attachment": {"type": "template", "payload": payload}}
    if len(content) > FILE_LIMIT:
        raise SendFailed("FILE_TOO_LARGE", is_final=True)
    given = api.call(account, api.UPLOAD_FILE, token=token, file=(name, content, mime))
    return {"attachment": {"type": "file", "payload": {"token": str(given.get("token", ""))}}}


def shrink(content: bytes) -> bytes:
    """A JPEG that Zalo takes: under its limit, upright, without what the camera wrote into it."""
    with Image.open(io.BytesIO(content)) as opened:
        picture = ImageOps.exif_transpose(opened).convert("RGB")
    side = PICTURE_SIDE
    while True:
        smaller = picture.copy()
        smaller.thumbnail((side, side))
        out = io.BytesIO()
        smaller.save(out, "JPEG", quality=82, optimize=True)
        if out.tell() <= PICTURE_LIMIT or side < 400:
            return out.getvalue()
        side = side * 3 // 4


def _look_for(account: Account, delivery: Delivery, token: str, at: datetime) -> str:
    """The id of what an earlier try left in the conversation at Zalo, "" when it left nothing."""
    try:
        found = api.call(
            account, api.HISTORY, token=token, query={"user_id": delivery.address, "offset": 0, "count": 10}
        )
    except api.ZaloError:
        return ""  # no such right, or nobody there: the wait for its echo was what we could do
    words = _plain(delivery.text)
    since = max(delivery.asked_at or at - SEEN_AGAIN, at - SEEN_AGAIN).timestamp() * 1000 - 60_000
    for row in found.get("rows", []):
        is_ours = str(row.get("src", "")) == "0" and words and _plain(str(row.get("message", ""))) == words
        if is_ours and float(row.get("time", 0) or 0) >= since:
            return str(row.get("message_id", ""))
    return ""


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
