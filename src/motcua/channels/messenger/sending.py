"""The Page's own channel: words with choices, files, buttons that open pages; after the window, words of people under their
tag and the notices that are approved. One message in, one call out; our id goes along and comes back with the echo.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from motcua.channels import accounts, media, shown, tokens
from motcua.channels.accounts import Account
from motcua.channels.messenger import CODE, api, errors, events, routing, templates
from motcua.channels.outbound import NoAnswer
from motcua.config import clock
from motcua.documents import operations as document_ops
from motcua.messaging.queries import InboxView
from motcua.messaging.rules import Capabilities, Changed, Delivery, Found, Incoming, Means, SendFailed, Sent

TEXT_LIMIT = 2000
MOST_CHOICES, LABEL_LIMIT = 13, 20
MOST_BUTTONS, BUTTON_TEXT_LIMIT, PAYLOAD_LIMIT = 3, 640, 1000
MOST_CARDS, CARD_LIMIT = 10, 80
FILE_LIMIT = 25_000_000
NOT_SET_UP_WAITS = timedelta(minutes=30)
SEEN_AGAIN = timedelta(minutes=15)
HUMAN_AGENT = "HUMAN_AGENT"
PER_SECOND = 250  # the Send API takes 300 texts a second for a page; sound and film a tenth of that
ASK_FOR_CONTACT = "contact"
CONTACT_QUESTION = (
    "Anh/chị bấm nút dưới đây để cho điện lực biết số điện thoại. Nhân viên sẽ gọi lại và tra cứu nhanh hơn."
)


class Messenger:
    """The adapter registered as MESSENGER."""

    code = CODE

    @property
    def capabilities(self) -> Capabilities:
        """Whether words of people may be tagged is a setting: Meta allows it to apps it has reviewed for that."""
        account = accounts.find_account(CODE)
        return Capabilities(
            pushes=True,
            text_limit=TEXT_LIMIT,
            buttons=MOST_CHOICES,
            receipts=True,
            label_limit=LABEL_LIMIT,
            most_links=MOST_BUTTONS,
            link_text_limit=BUTTON_TEXT_LIMIT,
            captions=False,
            per_second=accounts.pace(account, PER_SECOND),
            cards=MOST_CARDS,
            card_limit=CARD_LIMIT,
            tags_people=bool(account is not None and account.settings.get("human_agent")),
        )

    def parse(self, event: InboxView) -> Sequence[Found]:
        account = accounts.find_account(CODE)
        settings: Mapping[str, Any] = account.settings if account is not None else {}
        found = events.parse(
            event.payload, own_page=str(settings.get("page_id", "")), own_app=str(settings.get("app_id", ""))
        )
        return [whole for one in found for whole in _settled(one, event.received_at)]

    def carries_template(self, template: str) -> bool:
        return templates.find(accounts.find_account(CODE), template) is not None

    def send(self, delivery: Delivery) -> Sent:
        return send(accounts.find_account(CODE), delivery, clock.now())


def _settled(found: Found, at: datetime) -> list[Found]:
    """With what only this installation knows: where papers belong, and how many lines a message that is taken back has."""
    if isinstance(found, Incoming) and found.told:
        return [shown.with_link(CODE, found)]
    if isinstance(found, Changed) and found.text is None:
        keys = media.take_back(channel=CODE, address=found.address, key=found.ref, at=at)
        return [replace(found, ref=key) for key in keys] or [found]
    return [found]


def send(account: Account | None, delivery: Delivery, at: datetime) -> Sent:
    """Hand over one message; every way it can end is one of the outbox's. Raises SendFailed."""
    if account is None:
        raise SendFailed("NOT_SET_UP", retry_after=NOT_SET_UP_WAITS, counts=False)
    try:
        return _send(account, delivery, at)
    except api.MetaError as error:
        if errors.find(error.code, error.subcode).act is errors.Act.CONSENT:
            tokens.note_state(CODE, is_live=False, code=f"{error.code}", until=None, at=at)
        raise errors.failure(error.code, error.subcode) from None
    except NoAnswer as silent:
        raise SendFailed(silent.code, is_unknown=silent.is_unknown) from None


def _send(account: Account, delivery: Delivery, at: datetime) -> Sent:
    if delivery.is_doubtful and (found := _look_for(account, delivery, at)):
        return Sent(provider_ref=found, provider_code="FOUND")
    body = {
        "recipient": recipient(delivery.address),
        **_manner(delivery),
        "message": _message(account, delivery),
    }
    path = api.page_path(account, api.MESSAGES)
    try:
        told = api.call(account, path, body=body)
    except api.MetaError as error:
        elsewhere = errors.find(error.code, error.subcode).act is errors.Act.ELSEWHERE
        if not (elsewhere and delivery.by_person):
            raise
        routing.take(account, delivery.address)  # a person here answers: the conversation is ours now
        told = api.call(account, path, body=body)
    return Sent(provider_ref=str(told.get("message_id", "")), provider_code="0")


def recipient(address: str) -> dict[str, str]:
    """Somebody who has no id at the Page yet is named by the mark their browser has."""
    return {"user_ref": address.removeprefix("ref:")} if address.startswith("ref:") else {"id": address}


def _manner(delivery: Delivery) -> dict[str, str]:
    """Within the window an answer; after it a person's words, or an approved text."""
    if delivery.means == Means.PERSON and delivery.by_person:
        return {"messaging_type": "MESSAGE_TAG", "tag": HUMAN_AGENT}
    return {"messaging_type": "UTILITY" if delivery.means == Means.TEMPLATE else "RESPONSE"}


def _message(account: Account, delivery: Delivery) -> dict[str, Any]:
    """What goes; our id of it always goes along."""
    return {**_content(account, delivery), "metadata": delivery.id}


def _content(account: Account, delivery: Delivery) -> dict[str, Any]:
    if delivery.means == Means.TEMPLATE:
        template = templates.find(account, delivery.template)
        if template is None:
            raise SendFailed("WINDOW_CLOSED", is_final=True)
        return template.message(delivery.params)
    if delivery.payload.get("ask") == ASK_FOR_CONTACT:
        return {"text": CONTACT_QUESTION, "quick_replies": [{"content_type": "user_phone_number"}]}
    if delivery.payload.get("document_id"):
        return _document(account, delivery)
    text = unicodedata.normalize("NFC", delivery.text)
    if delivery.buttons and not text:
        return cards(delivery.buttons)
    if any(button.get("url") for button in delivery.buttons):
        return button_template(text, delivery.buttons)
    if delivery.buttons:
        return {
            "text": text,
            "quick_replies": [_choice(button) for button in delivery.buttons[:MOST_CHOICES]],
        }
    return {"text": text}


def _choice(button: Mapping[str, str]) -> dict[str, str]:
    """It comes back as a message with its label, and the value behind it."""
    value = button.get("value") or button.get("label", "")
    return {
        "content_type": "text",
        "title": button.get("label", "")[:LABEL_LIMIT],
        "payload": value[:PAYLOAD_LIMIT],
    }


def _button(button: Mapping[str, str]) -> dict[str, str]:
    title = button.get("label", "")[:LABEL_LIMIT]
    if button.get("url", "").startswith("tel:"):
        return {"type": "phone_number", "title": title, "payload": button["url"].removeprefix("tel:")}
    if button.get("url"):
        return {"type": "web_url", "title": title, "url": button["url"]}
    value = button.get("value") or button.get("label", "")
    return {"type": "postback", "title": title, "payload": value[:PAYLOAD_LIMIT]}


def button_template(text: str, buttons: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Up to three buttons under a short text; they stay, unlike choices."""
    payload = {
        "template_type": "button",
        "text": text,
        "buttons": [_button(one) for one in buttons[:MOST_BUTTONS]],
    }
    return {"attachment": {"type": "template", "payload": payload}}


def _document(account: Account, delivery: Delivery) -> dict[str, Any]:
    """A picture or a file, uploaded at every try; its words went as a part before it."""
    content = document_ops.read_for_machine(UUID(delivery.payload["document_id"]))
    if len(content) > FILE_LIMIT:
        raise SendFailed("FILE_TOO_LARGE", is_final=True)
    name, mime = delivery.payload.get("file_name") or "tep", delivery.payload.get("mime", "")
    kind = "image" if mime.startswith("image/") else "file"
    about = {"attachment": {"type": kind, "payload": {"is_reusable": False}}}
    told = api.call(
        account,
        api.page_path(account, api.ATTACHMENTS),
        form={"message": json.dumps(about)},
        file=(name, content, mime),
    )
    return {"attachment": {"type": kind, "payload": {"attachment_id": str(told.get("attachment_id", ""))}}}


def _look_for(account: Account, delivery: Delivery, at: datetime) -> str:
    """The id of what an earlier try left in the conversation at Meta, "" when it left nothing."""
    words = _plain(delivery.text)
    asked = {"user_id": delivery.address, "fields": "messages.limit(10){id,created_time,from,message}"}
    try:
        told = api.call(account, api.page_path(account, api.CONVERSATIONS), query=asked)
    except api.MetaError:
        return ""  # no such right, or nobody there: the wait for its echo was what we could do
    since = max(delivery.asked_at or at - SEEN_AGAIN, at - SEEN_AGAIN) - timedelta(minutes=1)
    for row in api.messages_of(told):
        sender = row.get("from")
        is_ours = isinstance(sender, dict) and str(sender.get("id", "")) == str(
            account.settings.get("page_id")
        )
        sent_at = api.moment(row.get("created_time"))
        if (
            is_ours
            and words
            and _plain(str(row.get("message", ""))) == words
            and sent_at
            and sent_at >= since
        ):
            return str(row.get("id", ""))
    return ""


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def cards(choices: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Choices side by side, one a card, for what is too long or too much for buttons: tapped, opened or called."""
    payload = {"template_type": "generic", "elements": [_card(one) for one in choices[:MOST_CARDS]]}
    return {"attachment": {"type": "template", "payload": payload}}


def _card(choice: Mapping[str, str]) -> dict[str, Any]:
    """The label is the card's title. What is tapped is said in the button's own words, so these are the label's."""
    url, label = choice.get("url", ""), choice.get("label", "")
    said = label if len(label) <= LABEL_LIMIT else f"{label[: LABEL_LIMIT - 1].rstrip()}…"
    word = gettext("Gọi") if url.startswith("tel:") else gettext("Mở") if url else said
    value = choice.get("value") or label
    row = {"title": label[:CARD_LIMIT], "buttons": [_button({"label": word, "url": url, "value": value})]}
    is_page = url and not url.startswith("tel:")
    return {**row, **({"default_action": {"type": "web_url", "url": url}} if is_page else {})}
