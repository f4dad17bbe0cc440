"""The only way to get a document for somebody: as one of a subject that they may see."""

from __future__ import annotations

from uuid import UUID

from motcua.documents import queries
from motcua.documents.queries import DocumentView
from motcua.kernel.results import NotFound


def access_document(*, document_id: UUID, subject_type: str, subject_id: object) -> DocumentView:
    """The document, when it belongs to this subject, which the caller has let the person see before.

    Raises NotFound for a document of another subject, a purged one, and one that is not there: all the same.
    """
    found = queries.find_document(document_id)
    if (
        found is None
        or found.is_purged
        or (found.subject_type, found.subject_id) != (subject_type, str(subject_id))
    ):
        raise NotFound()
    return found
