"""The set-based twin of `sign`, for names that were typed: many documents at once, each read and judged once.

A test holds it equal to the single act. What differs: the copies that show the signatures are made by a job afterwards.
To make one costs as much as the document itself did, and of thousands hardly one is opened in the same minute.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from motcua.config import jobs, sets
from motcua.documents import operations, queries, rules, signing
from motcua.documents.models import Document, Signature, SignatureMethod, SignerKind
from motcua.kernel.actors import Actor
from motcua.kernel.hashing import sha256_hex
from motcua.kernel.ids import new_id
from motcua.kernel.results import NotFound

COPY_JOB = "documents-copies"
COPIER = Actor.system("documents")


@dataclass(frozen=True)
class Typed:
    """One name under one document."""

    document_id: UUID
    signer_kind: str
    signer_name: str
    actor: Actor
    at: datetime


def sign_many(names: Sequence[Typed]) -> None:
    """Sign the documents' present bytes by typing names; all or, when one is refused, none.

    A name that stands under a document already stays as it is. Raises NotFound, DocumentReplaced, DocumentChanged. Locks
    the documents in the order of their ids.
    """
    with transaction.atomic():
        documents = _lock({name.document_id for name in names})
        signers: dict[UUID, set[tuple[str, str]]] = defaultdict(set)
        known = Signature.objects.filter(document_id__in=documents)
        for document_id, kind, signer in known.values_list("document_id", "signer_kind", "signer_name"):
            signers[document_id].add((kind, signer))
        new = []
        for name in names:
            who = (name.signer_kind, " ".join(name.signer_name.split())[:120])
            if who not in signers[name.document_id]:
                signers[name.document_id].add(who)
                new.append(_signature(name, who[1], documents[name.document_id]))
        _judge([documents[id] for id in {signature.document_id for signature in new}])
        sets.write(new)
        complete = {id for id, found in signers.items() if rules.is_complete(found)}
        _plan_copies(complete)


def _lock(ids: set[UUID]) -> Mapping[UUID, Document]:
    rows = Document.objects.select_for_update().filter(id__in=ids, purged_at__isnull=True).order_by("id")
    documents = {row.id: row for row in rows}
    if documents.keys() != ids:
        raise NotFound()
    if any(row.replaced_by is not None for row in documents.values()):
        raise signing.DocumentReplaced()
    return documents


def _signature(name: Typed, signer: str, document: Document) -> Signature:
    if not signer:
        raise signing.SignerNameMissing(field="signer_name")
    return Signature(
        id=new_id(name.at), document_id=document.id, signer_kind=SignerKind(name.signer_kind), signer_name=signer,
        method=SignatureMethod.TYPED, sha256=document.sha256, actor=name.actor.ref, signed_at=name.at,
    )  # fmt: skip


def _judge(documents: Sequence[Document]) -> None:
    """Refuse what is no longer what was recorded."""
    for document in documents:
        if sha256_hex(operations.read_for_machine(document.id)) != document.sha256:
            raise signing.DocumentChanged()


def _plan_copies(ids: set[UUID]) -> None:
    copied = Document.objects.filter(made_from__in=ids, kind=signing.SIGNED_CONTRACT, purged_at__isnull=True)
    without = ids - set(copied.values_list("made_from", flat=True))
    if Document.objects.filter(id__in=without, copy_due=False).update(copy_due=True):
        jobs.wake(COPY_JOB)


def make_copies(*, limit: int = 50) -> int:
    """Make copies with the signatures that are due, each dated when the last signature was given. How many."""
    due = Document.objects.filter(copy_due=True).order_by("uploaded_at").values_list("id", flat=True)[:limit]
    for document_id in list(due):
        with transaction.atomic():
            document = Document.objects.select_for_update().get(id=document_id)
            if document.purged_at is None and document.copy_due:
                signed = queries.list_signatures(document_id)
                signing.signed_copy(document_id=document_id, actor=COPIER, at=signed[-1].signed_at)
            Document.objects.filter(id=document_id).update(copy_due=False)
    return len(due)
