"""Requests as lines of a list: the names of what they point to, and the columns a person chose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import get_language, gettext

from motcua.companies import queries as company_queries
from motcua.customers import queries as customer_queries
from motcua.kernel.results import gettext_noop as _
from motcua.requests.models import Request
from motcua.requests.states import State
from motcua.services import catalogue
from motcua.web.templatetags.motcua_ui import machine_time, phone_text, short_moment
from motcua.web.words import channel_words, state_words

SOON = timedelta(hours=24)
# What a list does not need of a request's data: a column is left in the table, not carried over.
HEAVY = ("inputs", "representative", "due_lines", "step_due_lines", "papers_asked", "code_word_hash")
TONES = {
    State.OPEN: "go", State.WAITING_PAPERS: "wait", State.SETTLED: "good", State.REJECTED: "bad", State.CANCELLED: "neutral",
}  # fmt: skip
COLUMNS: dict[str, str] = {
    "khach": _("Khách hàng"), "dien-thoai": _("Điện thoại"), "noi": _("Nơi sử dụng điện"), "dich-vu": _("Dịch vụ"),
    "buoc": _("Bước"), "don-vi": _("Đơn vị"), "ma-kh": _("Mã khách hàng"), "kenh": _("Kênh"), "gui-luc": _("Gửi lúc"),
    "o-buoc-tu": _("Ở bước này từ"), "cam-ket": _("Hạn cam kết"), "han": _("Hạn của bước"), "nguoi-lam": _("Người làm"),
}  # fmt: skip
USUAL = ("khach", "dich-vu", "buoc", "don-vi", "han", "nguoi-lam")


@dataclass(frozen=True)
class Cell:
    """What stands in one column of a line."""

    label: str
    text: str = ""
    machine: str = ""  # for <time datetime>
    sub: str = ""
    bad: str = ""


@dataclass(frozen=True)
class Line:
    """One request as a list shows it."""

    request: Request
    customer: str
    service: str
    step: str
    unit: str
    assignee: str
    is_late: bool
    is_soon: bool
    is_over_promise: bool
    state: str
    tone: str
    cells: Sequence[Cell] = ()


def columns_of(chosen: Iterable[str]) -> tuple[str, ...]:
    """The chosen columns that exist, in the order they stand in; the usual ones when none is."""
    wanted = set(chosen)
    return tuple(code for code in COLUMNS if code in wanted) or USUAL


def labels_of(columns: Iterable[str]) -> list[str]:
    return [gettext(COLUMNS[code]) for code in columns]


def lines_of(rows: Iterable[Request], at: datetime, columns: Sequence[str] = ()) -> list[Line]:
    """Rows with the names of everything they point to: three queries, whatever their number."""
    listed = list(rows)
    language = get_language()
    units = company_queries.unit_names({row.unit_code for row in listed})
    people = company_queries.staff_names({_staff_id(row.assignee) for row in listed if row.assignee} - {""})
    customers = customer_queries.list_names({row.customer_id for row in listed if row.customer_id})
    made = []
    for row in listed:
        service = catalogue.get(row.service_code, row.service_version)
        is_open = row.closed_at is None
        is_late = is_open and row.step_due_at is not None and row.step_due_at < at
        is_soon = not is_late and is_open and row.step_due_at is not None and row.step_due_at < at + SOON
        line = Line(
            request=row,
            customer=str(row.data.answers.get("full_name") or customers.get(row.customer_id) or ""),  # type: ignore[arg-type]
            service=service.name.get(language),
            step=service.step(row.step).name.get(language),
            unit=units.get(row.unit_code, row.unit_code),
            assignee=people.get(_staff_id(row.assignee), ""),
            is_late=is_late,
            is_soon=is_soon,
            is_over_promise=is_open and row.paused_at is None and row.due_at is not None and row.due_at < at,
            state=state_words(row.state),
            tone=TONES.get(State(row.state), "neutral"),
        )
        made.append(_with_cells(line, columns) if columns else line)
    return made


def _with_cells(line: Line, columns: Sequence[str]) -> Line:
    return replace(line, cells=tuple(_cell(line, code) for code in columns))


def _cell(line: Line, code: str) -> Cell:
    row, label = line.request, gettext(COLUMNS[code])
    if code == "buoc":
        return Cell(label, line.step, sub=gettext("chờ giấy tờ") if row.state == State.WAITING_PAPERS else "")
    if code == "han":
        bad = (
            gettext("quá hạn cam kết") if line.is_over_promise else gettext("quá hạn") if line.is_late else ""
        )
        sub = gettext("sắp đến hạn") if line.is_soon and not bad else ""
        return _time(label, row.step_due_at, sub, bad)
    if code == "cam-ket":
        paused = gettext("tạm dừng") if row.paused_at and row.closed_at is None else ""
        return _time(label, row.due_at, paused, gettext("quá hạn cam kết") if line.is_over_promise else "")
    if code in {"gui-luc", "o-buoc-tu"}:
        return _time(label, row.submitted_at if code == "gui-luc" else row.step_since)
    return Cell(label, _text(line, code))


def _text(line: Line, code: str) -> str:
    row, answers = line.request, line.request.data.answers
    told: dict[str, Any] = {
        "khach": line.customer, "dich-vu": line.service, "don-vi": line.unit, "nguoi-lam": line.assignee,
        "ma-kh": row.account_code, "kenh": channel_words(row.channel), "dien-thoai": phone_text(answers.get("phone")),
        "noi": (answers.get("place") or {}).get("text") if isinstance(answers.get("place"), dict) else "",
    }  # fmt: skip
    return str(told.get(code) or "")


def _time(label: str, at: datetime | None, sub: str = "", bad: str = "") -> Cell:
    return Cell(label, short_moment(at), machine_time(at), sub, bad)


def _staff_id(ref: str) -> str:
    kind, _, id = ref.partition(":")
    return id if kind == "staff" and _is_uuid(id) else ""


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
