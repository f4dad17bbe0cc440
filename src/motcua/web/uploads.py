"""Papers that a customer brings, kept from a form of the desk."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import get_language

from motcua.documents import operations as document_ops
from motcua.kernel.actors import Actor
from motcua.kernel.results import Refused
from motcua.kernel.results import gettext_noop as _
from motcua.requests import operations as request_ops
from motcua.requests.queries import RequestView
from motcua.services import flow
from motcua.services.declaration import Give
from motcua.web.act_form import boxes


class FilesMissing(Refused):
    code = "FILES_MISSING"
    message = _("Hãy chọn ít nhất một tệp hoặc ảnh.")


def upload_fields(view: RequestView, actor: Actor) -> list[dict[str, Any]]:
    return [
        {
            "name": f"paper_{paper.code}", "kind": "file", "label": paper.name.get(get_language()), "required": False,
            "multiple": True, "attrs": {"accept": "image/*,.heic,application/pdf"},
        }
        for paper in flow.list_papers(view.service, view.values)
        if Give.UPLOAD in paper.give or Give.AT_VISIT in paper.give
    ]  # fmt: skip


def upload_boxes(view: RequestView) -> list[dict[str, Any]]:
    """File fields for the papers of the request."""
    return boxes(upload_fields(view, Actor.system("page")), "giay-to", None)


def add_uploads(view: RequestView, files: Any, actor: Actor, at: datetime, key: str) -> None:
    """Keep the given papers and note them on the request. Raises what `documents` refuses, beside the paper."""
    papers, ids = [], []
    for paper in flow.list_papers(view.service, view.values):
        for upload in files.getlist(f"paper_{paper.code}"):
            try:
                stored = document_ops.store(
                    content=upload.read(), name=upload.name or "", kind=paper.code, subject_type="request",
                    subject_id=view.id, sensitive=paper.sensitive, actor=actor, at=at,
                )  # fmt: skip
            except Refused as refusal:
                refusal.field = f"paper_{paper.code}"
                raise
            papers.append(paper.code)
            ids.append(stored.id)
    if not ids:
        raise FilesMissing()
    request_ops.add_papers(request_id=view.id, papers=papers, documents=ids, actor=actor, at=at, key=key)
