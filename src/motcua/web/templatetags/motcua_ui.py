"""The tags that pages draw with: components, form fields, icons, dates as Vietnamese write them.

`{% ui "status" label=... %}` draws `components/status.html` with only what it is given, so a component never
depends on the page around it. `{% uibox "card" title=... %}...{% enduibox %}` wraps what stands between.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.contrib import messages
from django.template.context import Context
from django.templatetags.static import static
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from motcua.tariffs.source_words import in_vietnamese
from motcua.web import field_views, visitors
from motcua.web import shell as page_shell

register = template.Library()
DRAWN_BY_PAGE = "page"


@register.simple_tag
def asset(path: str) -> str:
    """Address of a static file with the version of all of them, so that a new release is seen at once."""
    return f"{static(path)}?v={page_shell.assets_version()}"


@register.simple_tag(takes_context=True)
def shell(context: Context) -> page_shell.Shell:
    """What every page's frame shows: company, hotline, navigation, language, theme, text size."""
    return page_shell.shell_of(context.get("request"), context.get("company"))


@register.simple_tag(takes_context=True)
def session_end(context: Context) -> datetime.datetime | None:
    """When what this browser may see by number and code word ends; nothing when there is no such end."""
    request = context.get("request")
    return visitors.follows_until(request) if request is not None else None


@register.simple_tag
def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """A drawing of the sprite; without label it is decoration and hidden from screen readers."""
    reader = format_html(' role="img" aria-label="{}"', label) if label else mark_safe(' aria-hidden="true"')
    return format_html(
        '<svg class="icon{}" focusable="false"{}><use href="{}#{}"></use></svg>',
        f" icon-{size}" if size else "",
        reader,
        asset("motcua/icons/sprite.svg"),
        name,
    )


def _draw(context: Context, name: str, values: dict[str, Any]) -> SafeString:
    given = {
        "request": context.get("request"),
        "csrf_token": context.get("csrf_token"),
        "csp_nonce": "",
        **values,
    }
    engine_template = context.template.engine.get_template(f"components/{name}.html")  # type: ignore[union-attr]
    return engine_template.render(Context(given, autoescape=True))


@register.simple_tag(takes_context=True)
def ui(context: Context, component: str, **values: Any) -> SafeString:
    """Draw a component with the given values; its file tells which ones it knows."""
    return _draw(context, component, values)


@register.simple_block_tag(takes_context=True)
def uibox(context: Context, content: str, component: str, **values: Any) -> SafeString:
    """Draw a component around the content of the block."""
    return _draw(context, component, {**values, "content": content})


@register.simple_tag(takes_context=True)
def field(context: Context, source: Any, **overrides: Any) -> SafeString:
    """Label, help, control and errors of one question: a Django bound field, or a mapping (field_views)."""
    view = field_views.view_of(source, **overrides)
    return _draw(context, f"field/{view.template}", {"f": view})


@register.simple_tag(takes_context=True)
def fields(context: Context, form: Any, only: str = "", without: str = "") -> SafeString:
    """All fields of a Django form, hidden ones too; `only` and `without` are names parted by spaces."""
    chosen, left_out = only.split(), without.split()
    names = chosen or [name for name in form.fields if name not in left_out]
    return mark_safe("".join(field(context, form[name]) for name in names))  # noqa: S308 (drawn by templates)


@register.simple_tag(takes_context=True)
def error_summary(context: Context, form: Any = None, problems: Any = None, title: str = "") -> SafeString:
    """What stands in the way, on top of the page, each line a link to its field. Nothing when all is well."""
    lines = [*field_views.problems_of_form(form), *field_views.problems_of(problems)]
    return _draw(context, "error_summary", {"lines": lines, "title": title}) if lines else SafeString("")


@register.simple_tag(takes_context=True)
def flash(context: Context) -> SafeString:
    """Messages left by the act before (django.contrib.messages), drawn as notices that stay. Those with the extra tag
    `page` the page draws itself.
    """
    request = context.get("request")
    told = messages.get_messages(request) if request is not None else ()
    return _draw(
        context, "flash", {"messages": [m for m in told if DRAWN_BY_PAGE not in (m.extra_tags or "")]}
    )


@register.simple_tag(takes_context=True)
def bar_chart(context: Context, rows: Iterable[Mapping[str, Any]], **values: Any) -> SafeString:
    """Bars with a table twin. A row: label, value, optional text (as shown), target, href."""
    rows = list(rows)
    top = max(
        [float(row.get("value") or 0) for row in rows]
        + [float(row.get("target") or 0) for row in rows]
        + [0.0]
    )
    top = float(values.pop("top", 0) or 0) or top or 1.0
    drawn = [
        {
            **row,
            "text": row.get("text") or number(row.get("value")),
            "length": f"{100 * float(row.get('value') or 0) / top:.2f}",
            "height": f"{100 - 100 * float(row.get('value') or 0) / top:.2f}",
            "target_at": f"{100 * float(row['target']) / top:.2f}" if row.get("target") else "",
        }
        for row in rows
    ]
    return _draw(
        context, "bar_chart", {"rows": drawn, "has_targets": any(r["target_at"] for r in drawn), **values}
    )


@register.filter
def number(value: Any, places: int | str = "") -> str:
    """1.234.567,8 in Vietnamese, 1,234,567.8 in English; without places as many as the value has, two at
    most.
    """
    if value is None or value == "":
        return "–"
    text = f"{float(value):,.{places}f}" if places != "" else f"{float(value):,.2f}".rstrip("0").rstrip(".")
    if (translation.get_language() or "vi").startswith("en"):
        return text
    return text.translate(str.maketrans(",.", ".,"))


@register.filter
def vnd(value: Any) -> str:
    """1.234.567 đ, with a space that does not break."""
    return "–" if value is None or value == "" else f"{number(int(value), 0)}\N{NO-BREAK SPACE}đ"


def weekday_name(day: datetime.date) -> str:
    return [_("thứ Hai"), _("thứ Ba"), _("thứ Tư"), _("thứ Năm"), _("thứ Sáu"), _("thứ Bảy"), _("Chủ nhật")][
        day.weekday()
    ]


def _local(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = datetime.datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime.datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value


@register.filter
def day(value: Any) -> str:
    """thứ Sáu, 14/12/2018"""
    value = _local(value)
    return f"{weekday_name(value)}, {value:%d/%m/%Y}" if value else ""


@register.filter
def moment(value: Any) -> str:
    """16:30 thứ Sáu, 14/12/2018 (Vietnamese time)"""
    value = _local(value)
    if not isinstance(value, datetime.datetime):
        return day(value)
    return f"{value:%H:%M} {weekday_name(value)}, {value:%d/%m/%Y}"


@register.filter
def short_moment(value: Any) -> str:
    """16:30 14/12"""
    value = _local(value)
    return f"{value:%H:%M %d/%m}" if isinstance(value, datetime.datetime) else ""


@register.filter
def machine_time(value: Any) -> str:
    """For <time datetime>."""
    value = _local(value)
    return value.isoformat() if value else ""


@register.filter
def source_words(value: str) -> str:
    """Where a figure of our tables comes from, in the language of the page."""
    return value if (translation.get_language() or "").startswith("en") else in_vietnamese(value)


@register.filter
def nth(items: Any, index: int) -> Any:
    """The item at a place of a list, or nothing."""
    try:
        return items[index]
    except (IndexError, TypeError, KeyError):
        return {}


@register.filter
def phone_href(value: Any) -> str:
    """tel: address of a phone number as people write it."""
    return "tel:" + "".join(c for c in str(value or "") if c.isdigit() or c == "+")


@register.filter
def phone_text(value: Any) -> str:
    """+84901234567 as 0901 234 567; anything else as it is."""
    digits = str(value or "")
    if digits.startswith("+84") and digits[3:].isdigit() and len(digits) == 12:
        local = "0" + digits[3:]
        return f"{local[:4]} {local[4:7]} {local[7:]}"
    return digits
