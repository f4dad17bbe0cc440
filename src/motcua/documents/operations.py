"""Writes. Content goes to the storage first and the row after it: a crash between leaves a file that the sweep finds,
never a row without its file. Deleting goes the other way round.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from motcua.companies.context import current_company_code
from motcua.config import jobs
from motcua.documents import contents, images, queries, rules, scanning, sealing
from motcua.documents.models import Document, DocumentAccess, ScanState
from motcua.documents.queries import DocumentView
from motcua.documents.storage import get_storage
from motcua.kernel.actors import Actor
from motcua.kernel.hashing import sha256_hex
from motcua.kernel.ids import new_id, parse_id
from motcua.kernel.local_time import local_date
from motcua.kernel.results import NotFound, Refused, gettext_noop

SCAN_JOB = "documents-scan"
ORPHAN_AGE = timedelta(days=1)


class FileInfected(Refused):
    code = "FILE_INFECTED"
    message = gettext_noop("Tệp có mã độc nên không nhận được. Vui lòng gửi tệp khác.")


class NotYetScanned(Refused):
    code = "NOT_YET_SCANNED"
    message = gettext_noop("Tệp đang được kiểm tra an toàn. Vui lòng mở lại sau ít phút.")


@dataclass(frozen=True)
class _Made:
    content: bytes
    mime: str
    pages: int
    thumbnail: bytes | None


def store(
    *,
    content: bytes,
    name: str,
    kind: str,
    subject_type: str,
    subject_id: object,
    sensitive: bool,
    actor: Actor,
    at: datetime,
    delete_after: date | None = None,
) -> DocumentView:
    """Take in a file from outside: judged by content, pictures written anew, scanned, sealed.

    The same content for the same subject and kind again gives the document that is there. Raises FileEmpty, FileTooLarge,
    FileKindUnknown, FileDamaged, PictureTooLarge, PdfActive, PdfLocked, PdfTooLong, FileInfected.
    """
    contents.judge_size(content)
    made = _made_of(content)
    scanned = scanning.scan(content)
    if scanned.state is ScanState.INFECTED:
        raise FileInfected(field="file")
    return _keep(
        made, name=name, kind=kind, subject_type=subject_type, subject_id=str(subject_id), sensitive=sensitive,
        delete_after=delete_after, scan_state=scanned.state, actor=actor, at=at, made_from=None,
    )  # fmt: skip


def store_made(
    *,
    content: bytes,
    mime: str,
    name: str,
    kind: str,
    subject_type: str,
    subject_id: object,
    actor: Actor,
    at: datetime,
    pages: int = 1,
    made_from: UUID | None = None,
    replaces_kind: bool = False,
    sensitive: bool = False,
    delete_after: date | None = None,
) -> DocumentView:
    """Keep a file that we made ourselves (a pack, its data, a signed copy), or one that no program of ours opens (a voice).

    With `replaces_kind` it takes the place of the subject's earlier documents of this kind, which stay readable by id.
    """
    made = _Made(content, mime, pages, None)
    with transaction.atomic():
        stored = _keep(
            made, name=name, kind=kind, subject_type=subject_type, subject_id=str(subject_id), sensitive=sensitive,
            delete_after=delete_after, scan_state=ScanState.CLEAN, actor=actor, at=at, made_from=made_from,
        )  # fmt: skip
        if replaces_kind:
            Document.objects.filter(
                subject_type=subject_type, subject_id=str(subject_id), kind=kind, replaced_by__isnull=True
            ).exclude(id=stored.id).update(replaced_by=stored.id)
    return stored


def _made_of(content: bytes) -> _Made:
    mime = contents.sniff(content)
    if mime is None:
        raise contents.FileKindUnknown(field="file")
    if mime == contents.PDF:
        from motcua.documents import pdfs  # half a second of every process that never sees a PDF

        return _Made(content, mime, pdfs.judge(content), None)
    picture = images.clean(content, mime)
    return _Made(picture.content, picture.mime, 1, picture.thumbnail)


def _keep(
    made: _Made,
    *,
    name: str,
    kind: str,
    subject_type: str,
    subject_id: str,
    sensitive: bool,
    delete_after: date | None,
    scan_state: ScanState,
    actor: Actor,
    at: datetime,
    made_from: UUID | None,
) -> DocumentView:
    sha256 = sha256_hex(made.content)
    same = Document.objects.filter(
        subject_type=subject_type, subject_id=subject_id, kind=kind, sha256=sha256,
        purged_at__isnull=True, replaced_by__isnull=True,
    )  # fmt: skip
    if known := same.first():
        return queries.view(known)
    document = Document(
        id=new_id(at),
        kind=kind,
        subject_type=subject_type,
        subject_id=subject_id,
        name=contents.clean_name(name, made.mime),
        mime=made.mime,
        size=len(made.content),
        pages=made.pages,
        sha256=sha256,
        file_id=uuid4(),
        thumbnail_id=uuid4() if made.thumbnail else None,
        key_id=sealing.keys().current,
        sensitive=sensitive,
        delete_after=rules.delete_after(sensitive=sensitive, wished=delete_after, at=at),
        scan_state=scan_state,
        uploaded_by=actor.ref,
        uploaded_at=at,
        made_from=made_from,
    )
    _put(document.file_id, made.content)
    if document.thumbnail_id and made.thumbnail:
        _put(document.thumbnail_id, made.thumbnail)
    try:
        with transaction.atomic():
            document.save(force_insert=True)
            if scan_state == ScanState.WAITING:
                jobs.wake(SCAN_JOB)
    except IntegrityError:  # the same file sent twice at once: the other was first
        _remove(document)
        winner = same.first()
        if winner is None:
            raise
        return queries.view(winner)
    return queries.view(document)


def _put(file_id: UUID, content: bytes) -> None:
    company = current_company_code()
    get_storage().put(company, str(file_id), sealing.seal(content, company=company, file_id=str(file_id)))


def _get(file_id: UUID) -> bytes:
    company = current_company_code()
    return sealing.unseal(get_storage().get(company, str(file_id)), company=company, file_id=str(file_id))


def _remove(document: Document) -> None:
    company = current_company_code()
    for file_id in (document.file_id, document.thumbnail_id):
        if file_id:
            get_storage().delete(company, str(file_id))


def _remove_all(documents: Iterable[Document]) -> None:
    for document in documents:
        _remove(document)


def open_document(*, document_id: UUID, actor: Actor, at: datetime, purpose: str) -> bytes:
    """The plain content; that it was opened, by whom and why is written first.

    Raises NotFound (also for a purged document), NotYetScanned. SealBroken and FileMissing are an operator's.
    """
    document = _openable(document_id, actor, at, purpose)
    return _get(document.file_id)


def open_thumbnail(*, document_id: UUID, actor: Actor, at: datetime) -> bytes:
    """The small picture (JPEG), logged like any opening. Raises NotFound when there is none, NotYetScanned."""
    document = _openable(document_id, actor, at, "thumbnail")
    if document.thumbnail_id is None:
        raise NotFound()
    return _get(document.thumbnail_id)


def _openable(document_id: UUID, actor: Actor, at: datetime, purpose: str) -> Document:
    document = Document.objects.filter(id=document_id, purged_at__isnull=True).first()
    if document is None or document.scan_state == ScanState.INFECTED:
        raise NotFound()
    if document.scan_state == ScanState.WAITING:
        raise NotYetScanned()
    DocumentAccess.objects.create(document_id=document_id, actor=actor.ref, purpose=purpose[:40], at=at)
    return document


def read_for_machine(document_id: UUID) -> bytes:
    """The content for our own making of another document; nobody sees it, so no access is written. Raises NotFound."""
    document = Document.objects.filter(id=document_id, purged_at__isnull=True).first()
    if document is None:
        raise NotFound()
    return _get(document.file_id)


def schedule_deletion(*, subject_type: str, subject_id: object, ended_on: date) -> int:
    """A subject ended: its sensitive documents go some days after, if not earlier. How many were given a day."""
    last = rules.after_end(ended_on)
    return Document.objects.filter(
        subject_type=subject_type,
        subject_id=str(subject_id),
        sensitive=True,
        purged_at__isnull=True,
        delete_after__gt=last,
    ).update(delete_after=last)


def schedule_deletions(ended: Iterable[tuple[str, object, date]]) -> int:
    """As `schedule_deletion` for many subjects (type, id, the day it ended): one question finds who has such documents."""
    last_days = {(subject_type, str(subject_id)): day for subject_type, subject_id, day in ended}
    found = (
        Document.objects.filter(
            subject_type__in={subject_type for subject_type, _ in last_days},
            subject_id__in=[subject_id for _, subject_id in last_days],
            sensitive=True,
            purged_at__isnull=True,
        )
        .order_by()
        .values_list("subject_type", "subject_id")
        .distinct()
    )
    return sum(
        schedule_deletion(subject_type=subject[0], subject_id=subject[1], ended_on=last_days[subject])
        for subject in found
        if subject in last_days
    )


def purge_due(*, at: datetime, limit: int = 200) -> int:
    """Remove content whose last day has passed; the row stays, with its hash, to say that there was one."""
    with transaction.atomic():
        due = Document.objects.select_for_update(skip_locked=True).filter(
            purged_at__isnull=True, delete_after__lt=local_date(at)
        )
        documents = list(due.order_by("delete_after", "id")[:limit])
        Document.objects.filter(id__in=[document.id for document in documents]).update(purged_at=at, name="")
        transaction.on_commit(lambda: _remove_all(documents))
    return len(documents)


def delete_now(*, document_id: UUID, at: datetime) -> bool:
    """Remove a document's content before its day: whoever sent it took it back. False when it was gone already."""
    with transaction.atomic():
        document = Document.objects.select_for_update().filter(id=document_id, purged_at__isnull=True).first()
        if document is None:
            return False
        Document.objects.filter(id=document_id).update(purged_at=at, name="")
        transaction.on_commit(lambda: _remove(document))
        return True


def scan_waiting(*, at: datetime, limit: int = 20) -> int:
    """Ask the scanner again about what it did not answer for. How many got a verdict."""
    settled = 0
    for document in Document.objects.filter(scan_state=ScanState.WAITING, purged_at__isnull=True).order_by(
        "uploaded_at"
    )[:limit]:
        verdict = scanning.scan(_get(document.file_id)).state
        if verdict == ScanState.WAITING:
            break  # still down
        changes: dict[str, object] = {"scan_state": verdict}
        if verdict == ScanState.INFECTED:
            changes["purged_at"] = at
        Document.objects.filter(id=document.id, scan_state=ScanState.WAITING).update(**changes)
        if verdict == ScanState.INFECTED:
            _remove(document)
        settled += 1
    return settled


def sweep_orphans() -> int:
    """Delete files that no row names: left by an upload that was cut, or by a purge that was. How many."""
    company, storage, removed = current_company_code(), get_storage(), 0
    old = [name for name, age in storage.names(company) if age >= ORPHAN_AGE and parse_id(name)]
    for some in (old[start : start + 500] for start in range(0, len(old), 500)):
        rows = Document.objects.filter(purged_at__isnull=True)
        named: set[UUID | None] = set(rows.filter(file_id__in=some).values_list("file_id", flat=True))
        named |= set(rows.filter(thumbnail_id__in=some).values_list("thumbnail_id", flat=True))
        for name in some:
            if UUID(name) not in named:
                storage.delete(company, name)
                removed += 1
    return removed
