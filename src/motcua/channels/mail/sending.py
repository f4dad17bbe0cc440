"""The adapter of e-mail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from motcua.channels import accounts
from motcua.channels.mail import CODE, arriving, composing, smtp, threads
from motcua.config import clock
from motcua.documents import operations as document_ops
from motcua.messaging.queries import InboxView
from motcua.messaging.rules import Capabilities, Delivery, Found, SendFailed, Sent

LONGEST_FILE = 10_000_000
LONGEST = 60_000


class Mail:
    """Plain text and simple HTML, answers in their thread, files attached."""

    code = CODE
    capabilities = Capabilities(pushes=True, text_limit=LONGEST, buttons=0, receipts=True)

    def parse(self, event: InboxView) -> Sequence[Found]:
        return arriving.parse(event)

    def send(self, delivery: Delivery) -> Sent:
        account = accounts.find_account(CODE)
        if account is None:
            raise SendFailed("NOT_SET_UP", retry_after=timedelta(minutes=30), counts=False)
        at, name = clock.now(), composing.message_id(delivery.id, account)
        chain = threads.find_chain(delivery.address, before=name)
        try:
            mail = composing.compose(delivery, account, chain, at=at, attached=_attached(delivery))
        except ValueError:
            raise SendFailed("UNREACHABLE", is_final=True) from None
        threads.note_going(
            message_id=name,
            thread=delivery.address,
            outbox_id=delivery.id,
            subject=str(mail["Subject"]).removeprefix("Re: "),
            is_automatic=composing.is_automatic(delivery),
            at=at,
        )
        return smtp.send(mail, account, to=threads.plain_person(delivery.address))


def _attached(delivery: Delivery) -> composing.Attached | None:
    if not delivery.payload.get("document_id"):
        return None
    content = document_ops.read_for_machine(UUID(delivery.payload["document_id"]))
    if len(content) > LONGEST_FILE:
        raise SendFailed("FILE_TOO_LARGE", is_final=True)
    name = delivery.payload.get("file_name") or "tep"
    return composing.Attached(name, delivery.payload.get("mime") or "application/octet-stream", content)
