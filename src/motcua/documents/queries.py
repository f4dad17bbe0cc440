"""Reads about documents; their content is read by `operations.open_document` alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet

from motcua.documents import rules
from motcua.documents.models import Document, DocumentAccess, Signature


@dataclass(frozen=True)
class DocumentView:
    """A document without its content."""

    id: UUID
    kind: str
    subject_type: str
    subject_id: str
    name: str
    mime: str
    size: int
    pages: int
    sha256: str
    sensitive: bool
    delete_after: date | None
    scan_state: str
    uploaded_by: str
    uploaded_at: datetime
    has_thumbnail: bool
    made_from: UUID | None
    is_purged: bool


@dataclass(frozen=True)
class SignatureView:
    id: UUID
    document_id: UUID
    signer_kind: str
    signer_name: str
    method: str
    strokes_id: UUID | None
    sha256: str
    signed_at: datetime


def view(document: Document) -> DocumentView:
    return DocumentView(
        id=document.id,
        kind=document.kind,
        subject_type=document.subject_type,
        subject_id=document.subject_id,
        name=document.name,
        mime=document.mime,
        size=document.size,
        pages=document.pages,
        sha256=document.sha256,
        sensitive=document.sensitive,
        delete_after=document.delete_after,
        scan_state=document.scan_state,
        uploaded_by=document.uploaded_by,
        uploaded_at=document.uploaded_at,
        has_thumbnail=document.thumbnail_id is not None,
        made_from=document.made_from,
        is_purged=document.purged_at is not None,
    )


def view_signature(signature: Signature) -> SignatureView:
    return SignatureView(
        id=signature.id,
        document_id=signature.document_id,
        signer_kind=signature.signer_kind,
        signer_name=signature.signer_name,
        method=signature.method,
        strokes_id=signature.strokes_id,
        sha256=signature.sha256,
        signed_at=signature.signed_at,
    )


def get_document(document_id: UUID) -> DocumentView:
    """Raises Document.DoesNotExist."""
    return view(Document.objects.get(id=document_id))


def find_document(document_id: UUID) -> DocumentView | None:
    document = Document.objects.filter(id=document_id).first()
    return view(document) if document else None


def list_documents(
    subject_type: str, subject_id: object, *, kinds: tuple[str, ...] = ()
) -> list[DocumentView]:
    """What a subject has now, newest first: neither replaced nor purged, and no mere strokes or pack data."""
    rows = _present(subject_type, subject_id).exclude(kind__in=("STROKES", "PACK_DATA"))
    return [view(row) for row in (rows.filter(kind__in=kinds) if kinds else rows)]


def list_documents_of(
    subject_type: str, subject_ids: Iterable[object], *, kinds: tuple[str, ...]
) -> list[DocumentView]:
    """Documents of these kinds of several subjects, newest first, in one query."""
    wanted = [str(subject_id) for subject_id in subject_ids]
    rows = Document.objects.filter(
        subject_type=subject_type,
        subject_id__in=wanted,
        kind__in=kinds,
        purged_at__isnull=True,
        replaced_by__isnull=True,
    )
    return [view(row) for row in rows.order_by("-uploaded_at", "-id")]


def find_latest(subject_type: str, subject_id: object, kind: str) -> DocumentView | None:
    """The newest present document of a kind."""
    row = _present(subject_type, subject_id).filter(kind=kind).first()
    return view(row) if row else None


def _present(subject_type: str, subject_id: object) -> QuerySet[Document]:
    return Document.objects.filter(
        subject_type=subject_type,
        subject_id=str(subject_id),
        purged_at__isnull=True,
        replaced_by__isnull=True,
    ).order_by("-uploaded_at", "-id")


def list_signatures(document_id: UUID) -> list[SignatureView]:
    """In the order they were given."""
    rows = Signature.objects.filter(document_id=document_id).order_by("signed_at", "id")
    return [view_signature(row) for row in rows]


def is_signed(document_id: UUID, *, staff_needed: int = rules.STAFF_SIGNATURES) -> bool:
    """Whether the customer and enough staff signed the document as it is recorded."""
    rows = Document.objects.get(id=document_id)
    signers = Signature.objects.filter(document_id=document_id, sha256=rows.sha256)
    return rules.is_complete(signers.values_list("signer_kind", "signer_name"), staff_needed=staff_needed)


def list_accesses(document_id: UUID) -> QuerySet[DocumentAccess]:
    """Who opened it, newest first."""
    return DocumentAccess.objects.filter(document_id=document_id).order_by("-at", "-id")
