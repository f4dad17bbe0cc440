"""What a portal does with a dossier: send it in, add papers, say that it is complete, withdraw it.

Each act is idempotent by portal, dossier number and, for papers, the portal's own id of the file: a call that comes
twice, late or in another order changes nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from motcua.connectors.models import PortalFile
from motcua.connectors.portals import dossiers, mapping, provinces
from motcua.connectors.portals.partners import PortalView
from motcua.documents import operations as document_ops
from motcua.kernel.actors import Actor
from motcua.kernel.hashing import fingerprint, sha256_hex
from motcua.kernel.local_time import local_date
from motcua.kernel.results import Invalid, Refused, gettext_noop
from motcua.requests import operations as request_ops
from motcua.requests.queries import RequestView
from motcua.requests.states import Channel, State
from motcua.services import catalogue
from motcua.services.declaration import Paper, Service

# A portal may keep a dossier for a while before it passes it on, and its clock may run a little fast.
OLDEST = timedelta(days=30)
FASTEST = timedelta(minutes=5)


class NumberMisshapen(Refused):
    code = "DOSSIER_NUMBER_INVALID"
    message = gettext_noop("Mã hồ sơ chưa đúng dạng của cổng. Ví dụ: %(example)s")


class ProcedureUnknown(Refused):
    code = "PROCEDURE_UNKNOWN"
    message = gettext_noop("Thủ tục %(procedure)s chưa được nối với dịch vụ nào.")


class DossierDiffers(Refused):
    code = "DOSSIER_DIFFERS"
    message = gettext_noop("Mã hồ sơ này đã được nhận với nội dung khác, là yêu cầu %(number)s.")


class TimeWrong(Refused):
    code = "SUBMITTED_AT_INVALID"
    message = gettext_noop("Thời điểm nộp phải trong vòng 30 ngày và không ở tương lai.")


class NotOpenYet(Refused):
    code = "FORMAT_NOT_IN_FORCE"
    message = gettext_noop("Ngày %(day)s chưa có mẫu hồ sơ nào của cổng có hiệu lực.")


class PaperUnknown(Refused):
    code = "PAPER_UNKNOWN"
    message = gettext_noop("Dịch vụ này không có giấy tờ %(paper)s.")


class FileDiffers(Refused):
    code = "FILE_DIFFERS"
    message = gettext_noop("Mã tệp này đã được nhận với nội dung khác.")


class FilesMissing(Refused):
    code = "FILES_MISSING"
    message = gettext_noop("Chưa nhận được tệp: %(files)s.")


@dataclass(frozen=True)
class Submitted:
    view: RequestView
    was_received_before: bool
    ignored: tuple[str, ...] = ()


def actor_of(portal: PortalView) -> Actor:
    return Actor.partner(portal.code, portal.name)


def find_service(portal: PortalView, procedure: str, at: datetime) -> Service:
    """The service that the portal's procedure is; our own codes are understood too. Raises ProcedureUnknown."""
    service = catalogue.find(portal.procedures.get(procedure, procedure), local_date(at))
    if service is None:
        raise ProcedureUnknown(field="procedure", procedure=procedure)
    return service


def submit(
    portal: PortalView,
    *,
    number: str,
    procedure: str,
    province_code: str,
    submitted_at: datetime,
    form: Mapping[str, Any],
    at: datetime,
    representative: Mapping[str, str] | None = None,
) -> Submitted:
    """Take a dossier in. The same one again gives the same request; so does one that a clerk sent in before.

    `representative`: name, phone, ground ... of whoever hands it in for the applicant, where the form's own names do
    not say so.

    The number, the scheme of provinces and the company that serves are those of the day it was submitted. Raises
    NumberMisshapen, TimeWrong, NotOpenYet, ProcedureUnknown, province refusals, DossierDiffers, Invalid by form name.
    """
    service = find_service(portal, procedure, at)
    before = dossiers.find_dossier(portal, number)
    if before is not None and before.state.channel != Channel.PORTAL:
        return _same_as_clerks(before, service)
    served = _judge(portal, number, province_code, submitted_at, at)
    mapped = mapping.map_form(portal.format, service, form, served)
    agent = mapping.map_representative(portal.format, form, representative or {})
    try:
        receipt = request_ops.submit(
            service_code=service.code, answers=mapped.answers, channel=Channel.PORTAL, actor=actor_of(portal), at=at,
            key=_key(portal, number, "submit"), portal=portal.code, external_number=number,
            representative=agent,
        )  # fmt: skip
    except Invalid as refusal:
        raise mapped.renamed(refusal) from None
    except request_ops.KeyReused:
        found = dossiers.find_dossier(portal, number)
        if found is None:  # the key is somebody else's act: cannot be, but must not be told as a success
            raise
        if found.state.channel != Channel.PORTAL:  # a clerk was quicker by a moment
            return _same_as_clerks(found, service)
        raise DossierDiffers(field="dossier_number", number=found.number) from None
    view = dossiers.get_dossier(portal, number)
    return Submitted(view, receipt.was_sent_before, mapped.ignored)


def _same_as_clerks(view: RequestView, service: Service) -> Submitted:
    if view.service_code != service.code:
        raise DossierDiffers(field="dossier_number", number=view.number)
    return Submitted(view, was_received_before=True)


def _judge(
    portal: PortalView, number: str, province_code: str, submitted_at: datetime, at: datetime
) -> provinces.Served:
    if not at - OLDEST <= submitted_at <= at + FASTEST:
        raise TimeWrong(field="submitted_at")
    day = local_date(submitted_at)
    period = portal.format.find_period(day)
    if period is None:
        raise NotOpenYet(field="submitted_at", day=f"{day:%d/%m/%Y}")
    if not portal.is_number(number, day):
        raise NumberMisshapen(field="dossier_number", example=period.example_of(portal.agency))
    return provinces.require_ours(province_code, scheme=period.provinces, on=day)


def paper_of(portal: PortalView, service: Service, code: str) -> Paper:
    """The paper of the service that the portal's code means; our own codes are understood too. Raises PaperUnknown."""
    wanted = portal.format.papers.get(code, code)
    paper = next((paper for paper in service.papers if paper.code == wanted), None)
    if paper is None:
        raise PaperUnknown(field="paper", paper=code)
    return paper


def attach(
    portal: PortalView, *, number: str, paper: str, file_id: str, content: bytes, at: datetime
) -> PortalFile:
    """Store a paper of a dossier. When it was asked for and nothing else is missing, work goes on.

    Raises DossierUnknown, PaperUnknown, FileDiffers, AlreadyClosed, and what `documents.store` refuses.
    """
    view = dossiers.get_dossier(portal, number)
    wanted = paper_of(portal, view.service, paper)
    sha256 = sha256_hex(content)
    known = dossiers.find_files(portal, number, [file_id]).get(file_id)
    if known is not None:
        return _same_file(known, wanted, sha256)
    if view.is_closed:
        raise request_ops.AlreadyClosed(number=view.number)
    stored = document_ops.store(
        content=content, name=file_id, kind=wanted.code, subject_type="request", subject_id=view.id,
        sensitive=wanted.sensitive, actor=actor_of(portal), at=at,
    )  # fmt: skip
    with transaction.atomic():
        row, is_new = PortalFile.objects.get_or_create(
            portal_id=portal.code, dossier_number=number, file_id=file_id,
            defaults={
                "request_id": view.id, "paper": wanted.code, "sha256": sha256, "document_id": stored.id,
                "received_at": at,
            },
        )  # fmt: skip
        if not is_new:
            return _same_file(row, wanted, sha256)
        request_ops.add_papers(
            request_id=view.id, papers=[wanted.code], documents=[stored.id], actor=actor_of(portal), at=at,
            key=_key(portal, number, f"file:{file_id}"),
        )  # fmt: skip
    return row


def _same_file(row: PortalFile, paper: Paper, sha256: str) -> PortalFile:
    if (row.sha256, row.paper) != (sha256, paper.code):
        raise FileDiffers(field="file_id")
    return row


def supplement(
    portal: PortalView, *, number: str, supplement_id: str, file_ids: Sequence[str], remark: str, at: datetime
) -> RequestView:
    """The portal says that all of these files were sent; what is still missing then, is missing.

    Raises DossierUnknown, FilesMissing naming those that never came, KeyReused, AlreadyClosed for words after the end.
    """
    view = dossiers.get_dossier(portal, number)
    arrived = dossiers.find_files(portal, number, file_ids)
    lost = [file_id for file_id in file_ids if file_id not in arrived]
    if lost:
        raise FilesMissing(field="file_ids", files=", ".join(lost))
    if remark.strip():
        if view.is_closed:
            raise request_ops.AlreadyClosed(number=view.number)
        request_ops.add_note(
            request_id=view.id, text=remark, actor=actor_of(portal), at=at,
            key=_key(portal, number, f"more:{supplement_id}"), for_customer=True,
        )  # fmt: skip
    return dossiers.get_dossier(portal, number)


def withdraw(portal: PortalView, *, number: str, reason: str, at: datetime) -> RequestView:
    """The citizen wants it no more. Once withdrawn it stays so. Raises DossierUnknown, NotNow, AlreadyClosed."""
    view = dossiers.get_dossier(portal, number)
    if view.state.state == State.CANCELLED:
        return view
    try:
        request_ops.cancel(
            request_id=view.id, actor=actor_of(portal), at=at, reason=reason,
            key=_key(portal, number, f"cancel:{view.state.reopened}:{fingerprint(reason)}"),
        )  # fmt: skip
    except request_ops.AlreadyClosed:  # perhaps by the same wish, said in other words a moment ago
        if dossiers.get_dossier(portal, number).state.state != State.CANCELLED:
            raise
    return dossiers.get_dossier(portal, number)


def _key(portal: PortalView, number: str, act: str) -> str:
    """At most 120 characters, whatever the portal calls things."""
    return f"portal:{portal.code}:{sha256_hex(f'{number}:{act}')[:48]}"
