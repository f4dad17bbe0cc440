"""Ready answers that staff write: one's own, and shared ones that supervisors keep."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from motcua.companies import operations as company_ops
from motcua.companies.roles import Role
from motcua.kernel import ids, vietnamese
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound, Refused, gettext_noop
from motcua.messaging.talk import filling
from motcua.messaging.talk.models import CannedAnswer

LONGEST_TEXT, LONGEST_TITLE, LONGEST_CODE = 4000, 120, 40
KEEPERS = frozenset({Role.SUPERVISOR.value})


class CannedNotFound(NotFound):
    code = "CANNED_NOT_FOUND"
    message = gettext_noop("Không tìm thấy câu mẫu này.")


class CannedIncomplete(Refused):
    code = "CANNED_INCOMPLETE"
    message = gettext_noop("Hãy nhập tên gọi và nội dung của câu mẫu.")


class CannedCodeBad(Refused):
    code = "CANNED_CODE_BAD"
    message = gettext_noop("Mã tắt gồm chữ và số, ví dụ: chao, hen-goi-lai.")


class CannedCodeTaken(Refused):
    code = "CANNED_CODE_TAKEN"
    message = gettext_noop("Mã tắt này đã có câu mẫu khác.")


class CannedPlaceUnknown(Refused):
    """A place to fill in that nothing fills."""

    code = "CANNED_PLACE_UNKNOWN"
    message = gettext_noop("Không có chỗ điền nào tên là: %(names)s.")


@dataclass(frozen=True)
class CannedView:
    """A ready answer as it was written."""

    id: UUID
    shortcode: str
    title: str
    text: str
    staff_id: str

    @property
    def is_shared(self) -> bool:
        return not self.staff_id


def write(
    *, canned_id: UUID | None = None, shortcode: str, title: str, text: str, is_shared: bool, actor: Actor, at: datetime
) -> CannedView:  # fmt: skip
    """Write a ready answer, or one anew. Shared ones only supervisors write (CannedNotFound for all others).

    Raises CannedIncomplete, CannedCodeBad, CannedCodeTaken, CannedPlaceUnknown; then nothing is stored.
    """
    title, text = vietnamese.clean(title)[:LONGEST_TITLE], text.strip()[:LONGEST_TEXT]
    code = "-".join(vietnamese.tokens(shortcode))[:LONGEST_CODE]
    if not title or not text:
        raise CannedIncomplete(field="text" if title else "title")
    if not code:
        raise CannedCodeBad(field="shortcode")
    if unknown := filling.unknown_places(text):
        raise CannedPlaceUnknown(field="text", names=", ".join(unknown))
    if is_shared and not may_keep(actor):
        raise CannedNotFound
    try:
        with transaction.atomic():
            row = _own(canned_id, actor) if canned_id else CannedAnswer(id=ids.new_id(at))
            row.shortcode, row.title, row.text = code, title, text
            row.staff_id = "" if is_shared else actor.id
            row.search_key = vietnamese.search_key(f"{code} {title} {text}")
            row.written_by, row.written_at = actor.ref, at
            row.save()
            _note(row, "canned.written", actor, at)
    except IntegrityError:
        raise CannedCodeTaken(field="shortcode") from None
    return _view(row)


def end(*, canned_id: UUID, actor: Actor, at: datetime) -> None:
    """Take a ready answer away. Raises CannedNotFound."""
    with transaction.atomic():
        row = _own(canned_id, actor)
        row.ended_at = at
        row.save(update_fields=["ended_at"])
        _note(row, "canned.ended", actor, at)


def _own(canned_id: UUID, actor: Actor) -> CannedAnswer:
    """One that this person may change: their own, or a shared one if they keep those."""
    mine = Q(staff_id=actor.id) | (Q(staff_id="") if may_keep(actor) else Q(pk__in=[]))
    row = CannedAnswer.objects.select_for_update().filter(mine, id=canned_id, ended_at__isnull=True).first()
    if row is None:
        raise CannedNotFound
    return row


def _note(row: CannedAnswer, verb: str, actor: Actor, at: datetime) -> None:
    company_ops.record_audit(
        actor=actor, verb=verb, subject_type="canned_answer", subject_id=str(row.id), at=at,
        facts={"code": row.shortcode, "shared": not row.staff_id},
    )  # fmt: skip


def may_keep(actor: Actor) -> bool:
    """Whether this person writes the answers that all use."""
    return actor.has_role(*KEEPERS)


def find(canned_id: UUID, actor: Actor) -> CannedView | None:
    """A ready answer that this person may use."""
    row = _usable(actor).filter(id=canned_id).first()
    return _view(row) if row else None


def search(text: str, actor: Actor, *, limit: int = 50) -> list[CannedView]:
    """Ready answers that this person may use with all of these words, begun ones too, marks or not; one whose short code is
    the text comes first, then one's own.
    """
    words = vietnamese.tokens(text)
    rows = _usable(actor)
    for word in words:
        rows = rows.filter(Q(search_key__startswith=word) | Q(search_key__contains=f" {word}"))
    code = "-".join(words)
    found = sorted(rows[:500], key=lambda row: (row.shortcode != code, not row.staff_id, row.shortcode))
    return [_view(row) for row in found[:limit]]


def _usable(actor: Actor) -> QuerySet[CannedAnswer]:
    return CannedAnswer.objects.filter(staff_id__in=["", actor.id], ended_at__isnull=True)


def _view(row: CannedAnswer) -> CannedView:
    return CannedView(row.id, row.shortcode, row.title, row.text, row.staff_id)
