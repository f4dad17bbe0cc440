"""Figures in words and digits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.translation import get_language, gettext

from motcua.kernel.results import gettext_noop as _
from motcua.reports.definitions import Figure
from motcua.web.names import STATES
from motcua.web.templatetags.motcua_ui import number

register = template.Library()
EVENTS = {
    "request.submitted": _("gửi yêu cầu"), "request.settled": _("giải quyết xong"), "request.rejected": _("không thực hiện được"),
    "request.cancelled": _("khách hàng hủy"), "request.reopened": _("mở lại"), "request.routed": _("chuyển đơn vị"),
    "trip.recorded": _("khách hàng đến văn phòng"), "supply.energised": _("đóng điện"), "customer.rated": _("khách hàng đánh giá"),
}  # fmt: skip


THIN = "\N{NARROW NO-BREAK SPACE}"


@register.simple_tag
def board_number(value: float | None, figure: Figure | None = None, digits: int | None = -1) -> str:
    """The value with the figure's digits (or those told; None: as many as it has), thousands apart by a thin space as in
    Vietnamese tables (1 234 567,8), in English by a comma; a dash when there is nothing to divide by.
    """
    if value is None:
        return "–"
    if digits == -1:
        digits = figure.digits if figure else 0
    text = number(value, "" if digits is None else digits)
    return text.replace(".", THIN) if (get_language() or "vi").startswith("vi") else text


@register.filter
def count(value: float | None) -> str:
    """A whole number as boards write it."""
    return board_number(value)


@register.filter
def in_words(text: str) -> str:
    """A marked text in the reader's language."""
    return gettext(text)


@register.filter
def of(names: Mapping[Any, str], key: Any) -> str:
    return names.get(key, key)


@register.filter
def state_words(state: str) -> str:
    return gettext(STATES.get(state, state))


@register.filter
def yes_no(value: bool | None) -> str:
    return "–" if value is None else gettext("Có") if value else gettext("Không")


@register.filter
def event_words(name: str) -> str:
    """A journal entry's name as people say it."""
    return gettext(EVENTS.get(name, name))
