"""A deadline's explanation in words, one line a day."""

from __future__ import annotations

from django.utils.translation import gettext

from motcua.kernel.worktime import Line, LineKind


def line_words(line: Line) -> str:
    """ "T2 16/11/2026: ngày tiếp nhận, chưa tính" and so on."""
    day = f"{_weekday(line)} {line.date:%d/%m/%Y}"
    if line.kind is LineKind.RECEIVED:
        what = gettext("ngày tiếp nhận, chưa tính")
    elif line.kind is LineKind.AFTER_HOURS:
        what = gettext("nhận sau giờ làm việc, tính như nhận vào ngày làm việc tiếp theo")
    elif line.kind is LineKind.WEEKEND:
        what = gettext("cuối tuần, không tính")
    elif line.kind is LineKind.HOLIDAY:
        what = gettext("%(name)s, không tính") % {"name": line.name or gettext("ngày nghỉ")}
    elif line.of:
        what = gettext("ngày làm việc thứ %(nth)s trên %(of)s") % {"nth": line.nth, "of": line.of}
    else:
        what = gettext("%(minutes)s phút làm việc") % {"minutes": line.minutes}
    if line.kind is LineKind.SWAPPED and line.name:
        what = f"{what} ({line.name})"
    return f"{day}: {what}"


def _weekday(line: Line) -> str:
    names = (
        gettext("Thứ Hai"),
        gettext("Thứ Ba"),
        gettext("Thứ Tư"),
        gettext("Thứ Năm"),
        gettext("Thứ Sáu"),
        gettext("Thứ Bảy"),
        gettext("Chủ nhật"),
    )
    return names[line.date.weekday()]
