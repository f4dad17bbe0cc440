"""Handing the result over: the last act of an administration centre's clerk for the citizen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from motcua.kernel.actors import Actor
from motcua.kernel.results import Refused, gettext_noop
from motcua.requests import rules
from motcua.requests.models import Entry
from motcua.requests.operations.acts import _act, _finish, _require_staff
from motcua.requests.operations.refusals import NotNow
from motcua.requests.states import State

HANDED = "result.handed"
RECEIVER_LENGTH = 120


class ReceiverMissing(Refused):
    code = "RECEIVER_MISSING"
    message = gettext_noop("Hãy ghi họ tên người nhận kết quả.")


class DocumentsMissing(Refused):
    code = "DOCUMENTS_MISSING"
    message = gettext_noop("Hãy chọn giấy tờ đã trao cho công dân.")


def hand_result(
    *,
    request_id: UUID,
    receiver: str,
    documents: Sequence[UUID],
    actor: Actor,
    at: datetime,
    key: str,
    papers_exist: bool = True,
) -> None:
    """The result is in the citizen's hands: who took it, which documents, when and by whom.

    The receiver's name is a note, so that it can be erased. `papers_exist` false: there is no document to name, the
    result itself is the answer. Raises NotYours (another clerk's request), NotNow (not settled, or handed over before),
    ReceiverMissing, DocumentsMissing.
    """
    with transaction.atomic():
        work = _act("hand_result", request_id=request_id, actor=actor, at=at, key=key, may_be_closed=True,
                    content={"receiver": receiver, "documents": [str(d) for d in documents]})  # fmt: skip
        if work is None:
            return
        if not (actor.is_staff() and work.state.submitted_by == actor.ref):
            _require_staff(work, "INTAKE", "BUSINESS")
        if work.state.state != State.SETTLED or was_handed(request_id):
            raise NotNow(number=work.state.number)
        if not receiver.strip():
            raise ReceiverMissing(field="receiver")
        if papers_exist and not documents:
            raise DocumentsMissing(field="documents")
        note = work.add_note(receiver.strip()[:RECEIVER_LENGTH], for_customer=False)
        work.append(
            HANDED,
            {
                "documents": [str(document) for document in documents],
                "note": str(note),
                "portal_status": rules.PORTAL_RETURNED,
            },
        )
        _finish(work)


def was_handed(request_id: UUID) -> bool:
    """Whether the result of the request was handed over, and the request not taken up again since."""
    last = (
        Entry.objects.filter(request_id=request_id, name__in=[HANDED, "request.reopened"])
        .order_by("-seq")
        .values_list("name", flat=True)
        .first()
    )
    return last == HANDED
