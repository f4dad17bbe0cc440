"""Contracts: made from data, signed over the hash of exactly those bytes, and rendered once more with the signatures.

The data of a contract is kept beside it (sealed like any document), so that the signed rendition says the same words. A
contract made anew (a wrong name put right) replaces the old one; signatures on the old one stay where they were given and
count for nothing on the new.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any
from uuid import UUID

import orjson
from django.db import IntegrityError, transaction
from PIL import Image

from motcua.documents import contents, images, operations, packs, queries
from motcua.documents.models import Document, Signature, SignatureMethod, SignerKind
from motcua.documents.queries import DocumentView, SignatureView
from motcua.kernel.actors import Actor
from motcua.kernel.hashing import canonical_json, sha256_hex
from motcua.kernel.ids import new_id
from motcua.kernel.results import NotFound, Refused, gettext_noop

CONTRACT = "CONTRACT"
SIGNED_CONTRACT = "CONTRACT_SIGNED"
PACK_DATA = "PACK_DATA"
STROKES = "STROKES"


class SignatureMissing(Refused):
    code = "SIGNATURE_MISSING"
    message = gettext_noop("Chưa có chữ ký. Vui lòng ký vào ô, hoặc gõ họ tên để xác nhận.")


class SignerNameMissing(Refused):
    code = "SIGNER_NAME_MISSING"
    message = gettext_noop("Chưa ghi họ tên người ký.")


class DocumentReplaced(Refused):
    code = "DOCUMENT_REPLACED"
    message = gettext_noop("Hợp đồng này đã được in lại. Vui lòng mở bản mới để ký.")


class DocumentChanged(Refused):
    code = "DOCUMENT_CHANGED"
    message = gettext_noop("Nội dung tệp không còn khớp với bản đã ghi nhận nên không ký được.")


class NotFullySigned(Refused):
    code = "NOT_FULLY_SIGNED"
    message = gettext_noop("Hợp đồng chưa có đủ chữ ký của khách hàng và hai nhân viên.")


@dataclass(frozen=True)
class SignatureCheck:
    """One signature and whether it holds for the bytes that lie in the storage now."""

    signature: SignatureView
    is_valid: bool


def prepare_contract(
    *, data: Mapping[str, Any], subject_type: str, subject_id: object, actor: Actor, at: datetime
) -> DocumentView:
    """Make the contract of a subject and keep it with its data; it replaces an earlier one.

    The same data again gives the document that is there, with its signatures.
    """
    told = canonical_json(data)
    if known := _made_before(told, subject_type, subject_id):
        return known
    content = packs.contract_pack(data)
    with transaction.atomic():
        kept = operations.store_made(
            content=told, mime=contents.JSON, name="du-lieu-hop-dong", kind=PACK_DATA,
            subject_type=subject_type, subject_id=subject_id, actor=actor, at=at, replaces_kind=True,
        )  # fmt: skip
        return operations.store_made(
            content=content, mime=contents.PDF, name=f"Hop dong {data.get('request_number', '')}", kind=CONTRACT,
            subject_type=subject_type, subject_id=subject_id, actor=actor, at=at, pages=_pages(content),
            made_from=kept.id, replaces_kind=True,
        )  # fmt: skip


def _made_before(told: bytes, subject_type: str, subject_id: object) -> DocumentView | None:
    """The subject's present contract, when it says just this: it is not typeset again."""
    contract = queries.find_latest(subject_type, subject_id, CONTRACT)
    if contract is None or contract.made_from is None:
        return None
    kept = queries.find_document(contract.made_from)
    return contract if kept is not None and kept.sha256 == sha256_hex(told) else None


def _pages(content: bytes) -> int:
    from pypdf import PdfReader

    return len(PdfReader(BytesIO(content)).pages)


def sign(
    *,
    document_id: UUID,
    signer_kind: str,
    signer_name: str,
    strokes: bytes | None,
    actor: Actor,
    at: datetime,
    typed_name: str = "",
) -> SignatureView:
    """Sign the document's present bytes: drawn (`strokes`, a PNG), or by typing the name where drawing is not possible.

    The same signer again gives the first signature. Raises SignerNameMissing, SignatureMissing (nothing drawn, or the
    typed name is another), DocumentReplaced, DocumentChanged, NotFound, and what a bad picture raises. Locks the document.
    """
    name = " ".join(signer_name.split())[:120]
    if not name:
        raise SignerNameMissing(field="signer_name")
    drawn = _drawn(strokes)
    if drawn is None and " ".join(typed_name.split()).casefold() != name.casefold():
        raise SignatureMissing(field="signature")
    with transaction.atomic():
        document = Document.objects.select_for_update().filter(id=document_id, purged_at__isnull=True).first()
        if document is None:
            raise NotFound()
        if document.replaced_by is not None:
            raise DocumentReplaced()
        known = Signature.objects.filter(document=document, signer_kind=signer_kind, signer_name=name).first()
        if known:
            return queries.view_signature(known)
        if sha256_hex(operations.read_for_machine(document_id)) != document.sha256:
            raise DocumentChanged()
        picture = _keep_strokes(drawn, document, actor, at) if drawn else None
        signature = Signature.objects.create(
            id=new_id(at),
            document=document,
            signer_kind=SignerKind(signer_kind),
            signer_name=name,
            method=SignatureMethod.DRAWN if picture else SignatureMethod.TYPED,
            strokes_id=picture.id if picture else None,
            sha256=document.sha256,
            actor=actor.ref,
            signed_at=at,
        )
    return queries.view_signature(signature)


def _drawn(strokes: bytes | None) -> bytes | None:
    """The drawn signature as a clean PNG, or None when nothing was drawn."""
    if not strokes:
        return None
    contents.judge_size(strokes)
    if contents.sniff(strokes) != contents.PNG:
        raise contents.FileKindUnknown(field="signature")
    picture = images.clean(strokes, contents.PNG)
    return picture.content if images.has_ink(picture.content) else None


def _keep_strokes(content: bytes, document: Document, actor: Actor, at: datetime) -> DocumentView:
    return operations.store_made(
        content=content, mime=contents.PNG, name="chu-ky", kind=STROKES, subject_type=document.subject_type,
        subject_id=document.subject_id, actor=actor, at=at, made_from=document.id,
    )  # fmt: skip


def verify(document_id: UUID) -> list[SignatureCheck]:
    """Each signature against the bytes as they lie now; a byte changed makes them all invalid. Raises NotFound."""
    from motcua.documents.sealing import SealBroken
    from motcua.documents.storage import FileMissing

    try:
        present = sha256_hex(operations.read_for_machine(document_id))
    except (SealBroken, FileMissing):
        present = ""
    return [SignatureCheck(found, found.sha256 == present) for found in queries.list_signatures(document_id)]


def signed_copy(*, document_id: UUID, actor: Actor, at: datetime) -> DocumentView:
    """The rendition with the signatures, their times and the hash that was signed; made once.

    Raises NotFullySigned, NotFound. It is a picture of the act for people: what counts is the signed document itself.
    """
    known = Document.objects.filter(
        made_from=document_id, kind=SIGNED_CONTRACT, purged_at__isnull=True
    ).first()
    if known:
        return queries.view(known)
    document = Document.objects.filter(id=document_id, purged_at__isnull=True).first()
    if document is None or document.made_from is None:
        raise NotFound()
    if not queries.is_signed(document_id):
        raise NotFullySigned(field="signature")
    data = orjson.loads(operations.read_for_machine(document.made_from))
    signatures = [_as_data(found) for found in queries.list_signatures(document_id)]
    content = packs.contract_pack({**data, "signatures": signatures, "signed_sha256": document.sha256})
    try:
        return operations.store_made(
            content=content, mime=contents.PDF, name=f"{document.name.removesuffix('.pdf')} da ky", kind=SIGNED_CONTRACT,
            subject_type=document.subject_type, subject_id=document.subject_id, actor=actor, at=at,
            pages=_pages(content), made_from=document.id, replaces_kind=True,
        )  # fmt: skip
    except IntegrityError:
        return queries.view(
            Document.objects.get(made_from=document_id, kind=SIGNED_CONTRACT, purged_at__isnull=True)
        )


def _as_data(signature: SignatureView) -> dict[str, str]:
    data = {
        "kind": signature.signer_kind,
        "name": signature.signer_name,
        "at": packs.instant_words(signature.signed_at),
    }
    if signature.strokes_id:
        data["image"] = _as_svg(operations.read_for_machine(signature.strokes_id))
    return data


def _as_svg(png: bytes) -> str:
    """A PNG wrapped as SVG text, since data goes to the typesetter as JSON."""
    width, height = Image.open(BytesIO(png)).size
    coded = base64.b64encode(png).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{width}" '
        f'height="{height}" viewBox="0 0 {width} {height}"><image width="{width}" height="{height}" '
        f'xlink:href="data:image/png;base64,{coded}"/></svg>'
    )
