"""Figures in words and digits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.utils.translation import gettext

from motcua.reports.definitions import Figure
from motcua.web.names import STATES
from motcua.web.templatetags.motcua_ui import number

register = template.Library()


@register.simple_tag
def board_number(value: float | None, figure: Figure) -> str:
    """The value with the figure's digits; a dash when there is nothing to divide by."""
    return "–" if value is None else number(value, figure.digits)


@register.simple_tag
def board_bars(lines: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"label": line["name"], "value": line["received"], "href": line["href"]} for line in lines]


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
