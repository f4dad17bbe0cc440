"""Files in a conversation, the same from the customer's side and from the desk's: how many, and how long kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from motcua.documents import operations as document_ops
from motcua.documents.queries import DocumentView
from motcua.kernel import local_time
from motcua.kernel.actors import Actor
from motcua.kernel.results import Refused, gettext_noop
from motcua.messaging.queries import ConversationView

MOST = 6
KEPT = timedelta(days=90)


class TooManyFiles(Refused):
    code = "TOO_MANY_FILES"
    message = gettext_noop("Mỗi lần gửi nhiều nhất %(most)s tệp.")


def check(files: Sequence[Any]) -> None:
    """Raises TooManyFiles."""
    if len(files) > MOST:
        raise TooManyFiles(field="file", most=MOST)


def keep(upload: Any, conversation: ConversationView, actor: Actor, at: datetime) -> DocumentView:
    """An uploaded file as a document of the conversation. Raises what the documents room refuses."""
    return document_ops.store(
        content=upload.read(),
        name=upload.name or "",
        kind="CHAT",
        subject_type="conversation",
        subject_id=conversation.id,
        sensitive=True,
        actor=actor,
        at=at,
        delete_after=local_time.local_date(at) + KEPT,
    )
