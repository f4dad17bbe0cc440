"""Messages the assistant did not know how to take: staff say what they mean; what was said is exported for training."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from motcua.assistant import learning
from motcua.assistant.learning import Meaning
from motcua.assistant.models import Candidate, CandidateState
from motcua.config import clock
from motcua.kernel.local_time import local_date
from motcua.kernel.results import NotFound, Refused
from motcua.services import catalogue
from motcua.web.errors import refused_text
from motcua.web.staff.knowledge import WRITES
from motcua.web.staff_pages import StaffRequest, staff_page

SHOWN = 100
VIEWS = {
    "": (CandidateState.WAITING, _("Đang chờ")),
    "da-ghi": (CandidateState.TAUGHT, _("Đã ghi ý")),
    "da-bo": (CandidateState.DROPPED, _("Đã bỏ")),
}
REASONS = {"MISSED": _("không hiểu"), "OFFERED": _("phải hỏi lại"), "CORRECTED": _("hiểu sai")}


@require_safe
@staff_page(*WRITES)
def candidates(request: StaffRequest) -> HttpResponse:
    """Those that wait, the most frequent first; or those decided about."""
    chosen = request.GET.get("xem", "")
    chosen = chosen if chosen in VIEWS else ""
    known = _meanings()
    titles = {one.code: _title(one) for one in known}
    rows = learning.list_candidates(state=VIEWS[chosen][0], limit=SHOWN)
    context = {
        "lines": [_line(row, titles) for row in rows],
        "meanings": list(titles.items()),
        "is_waiting": chosen == "",
        "is_taught": chosen == "da-ghi",
        "view": chosen,
        "tabs": [
            {"label": str(label), "href": f"?xem={code}" if code else "?", "here": code == chosen}
            for code, (_state, label) in VIEWS.items()
        ],
    }
    return render(request, "staff/candidates.html", context)


def _line(row: Candidate, titles: dict[str, str]) -> dict[str, object]:
    meant = learning.suggestion(row)
    return {
        "row": row,
        "why": ", ".join(str(REASONS[code]) for code in REASONS if code in row.why),
        "suggested": meant,
        "picked": [(titles.get(code, code), times) for code, times in row.picks.items()],
        "guessed": [(titles.get(code, code), times) for code, times in row.guesses.items()],
        "intent": titles.get(row.intent, row.intent),
    }


@require_POST
@staff_page(*WRITES)
def act(request: StaffRequest, candidate_id: int) -> HttpResponse:
    """Give it a meaning, drop it, or let it wait again."""
    at, wish = clock.now(), request.POST.get("viec", "")
    try:
        if wish == "ghi":
            learning.teach(
                candidate_id=candidate_id, intent=request.POST.get("intent", ""), actor=request.actor, at=at,
                known={one.code for one in _meanings()},
            )  # fmt: skip
            messages.success(request, gettext("Đã ghi ý của câu này."))
        elif wish == "bo":
            learning.drop(candidate_id=candidate_id, actor=request.actor, at=at)
            messages.success(request, gettext("Đã bỏ câu này."))
        elif wish == "lay-lai":
            learning.take_back(candidate_id=candidate_id, actor=request.actor, at=at)
            messages.success(request, gettext("Câu này lại chờ xem."))
        else:
            messages.error(request, gettext("Hãy chọn việc cần làm."))
    except NotFound:
        raise
    except Refused as refusal:
        messages.error(request, refused_text(refusal))
    view = request.POST.get("xem", "")
    response = redirect("staff:candidates")
    if view in VIEWS and view:
        response["Location"] += f"?xem={view}"
    return response


@require_safe
@staff_page(*WRITES)
def export(request: StaffRequest) -> HttpResponse:
    """What was given a meaning, for `motcua understand --train`: a JSON object a line; with the seeds, when wanted."""
    lines = learning.export(with_seeds=request.GET.get("kem") == "1")
    response = HttpResponse(
        "".join(f"{line}\n" for line in lines), content_type="application/x-ndjson; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="cau-da-ghi.jsonl"'
    return response


def _meanings() -> list[Meaning]:
    services: Sequence[Meaning] = [
        Meaning(service.code, service.name.vi, service.name.en)
        for service in catalogue.list_services(local_date(clock.now()))
    ]
    return learning.meanings(services)


def _title(one: Meaning) -> str:
    return one.en if get_language() == "en" else one.vi
