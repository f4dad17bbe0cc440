"""Declared texts in the reader's language, and the few fields of the customer's pages that no declaration
has.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import template
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext

from motcua.kernel.local_time import to_local
from motcua.kernel.results import gettext_noop as _
from motcua.services.declaration import Service, Text
from motcua.web.templatetags.motcua_ui import weekday_name

register = template.Library()

OUR_PAPERS = {
    "CONTRACT": _("Hợp đồng"),
    "CONTRACT_SIGNED": _("Hợp đồng đã ký"),
    "RECEIPT": _("Biên nhận"),
    "ANSWER": _("Văn bản trả lời"),
    "PHOTO": _("Ảnh gửi thêm"),
}


@register.filter
def spoken(text: Text | str | None) -> str:
    """A declared text in the language of the page."""
    return text.get(get_language()) if isinstance(text, Text) else (text or "")


@register.filter
def moment(at: datetime | None) -> str:
    """16:30 22/11/2026, local time."""
    return to_local(at).strftime("%H:%M %d/%m/%Y") if at else "–"


@register.filter
def by_threes(code: str) -> str:
    """A code as people read it aloud: 123 456."""
    return " ".join(code[start : start + 3] for start in range(0, len(code), 3)) if len(code) > 4 else code


@register.simple_tag
def service_href(service: Service, place: str = "") -> str:
    """The page of a service; a place named before goes along."""
    address = reverse("customer:service", args=[service.code])
    return f"{address}?{urlencode({'noi': place})}" if place else address


@register.filter
def paper_name(document: Any, service: Service) -> str:
    """What a document is, in words."""
    for paper in service.papers:
        if paper.code == document.kind:
            return paper.name.get(get_language())
    return gettext(OUR_PAPERS.get(document.kind, document.name))


@register.simple_tag
def paper_field(row: dict[str, Any]) -> dict[str, Any]:
    paper = row["paper"]
    return {
        "kind": "file", "name": paper.code, "label": spoken(paper.name), "help": spoken(paper.help), "required": False,
        "errors": [row["error"]] if row["error"] else [], "multiple": True,
        "attrs": {"accept": ",".join(paper.accepts), "data-upload": "1"},
    }  # fmt: skip


def _field(
    kind: str, name: str, label: str, *, value: str = "", error: str = "", help: str = "", **more: Any
) -> dict[str, Any]:
    return {
        "kind": kind,
        "name": name,
        "label": label,
        "value": value,
        "help": help,
        "errors": [error] if error else [],
        **more,
    }


@register.simple_tag
def code_field(typed: str, error: str) -> dict[str, Any]:
    return _field(
        "text",
        "ma",
        gettext("Mã điền tiếp"),
        value=typed,
        error=error,
        help=gettext("8 chữ và số, không phân biệt hoa thường."),
        width="20",
    )


@register.simple_tag
def number_field(typed: str, error: str) -> dict[str, Any]:
    return _field(
        "text",
        "so",
        gettext("Số yêu cầu"),
        value=typed,
        error=error,
        help=gettext("In trên phiếu và trong tin nhắn. Gõ chữ thường, không gạch cũng được."),
        width="20",
    )


@register.simple_tag
def owed_field(typed: str, error: str) -> dict[str, Any]:
    return _field(
        "text",
        "ma",
        gettext("Mã khách hàng hoặc mã thanh toán"),
        value=typed,
        error=error,
        help=gettext("Ví dụ: PD01000123456, hoặc mã dưới hình QR."),
        attrs={"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"},
    )


@register.simple_tag
def price_day_field(day: Any) -> dict[str, Any]:
    return _field("date", "ngay", gettext("Ngày"), value=day.isoformat(), required=False)


@register.simple_tag
def sms_code_field(error: str) -> dict[str, Any]:
    return _field("code", "code", gettext("Mã 6 chữ số"), error=error, width="10")


@register.simple_tag
def phone_field(value: Any, error: str) -> dict[str, Any]:
    return _field(
        "tel", "phone", gettext("Số điện thoại đã đăng ký"), value=value or "", error=error, width="20"
    )


@register.simple_tag
def own_phone_field(value: Any, error: str) -> dict[str, Any]:
    return _field(
        "tel", "phone", gettext("Số điện thoại của anh/chị"), value=value or "", error=error, width="20"
    )


@register.simple_tag
def plain_field(
    kind: str,
    name: str,
    label: str,
    value: Any = "",
    error: str = "",
    help: str = "",
    options: Any = (),
    required: bool = True,
) -> dict[str, Any]:
    return _field(
        kind, name, label, value=value or "", error=error or "", help=help, options=options, required=required
    )


@register.simple_tag
def photo_field(held: int) -> dict[str, Any]:
    return {
        "kind": "file", "name": "anh", "label": gettext("Thêm ảnh, tệp") if held else gettext("Ảnh, tệp"),
        "required": not held, "multiple": True, "attrs": {"accept": "image/*,application/pdf", "data-upload": "1"},
    }  # fmt: skip


@register.simple_tag
def word_field(error: str) -> dict[str, Any]:
    return _field(
        "text",
        "word",
        gettext("Từ khóa"),
        error=error,
        help=gettext("Gõ không dấu cũng được."),
        width="20",
        attrs={"autocomplete": "off"},
    )


def _window_words(window: Any) -> str:
    return f"{weekday_name(window.date)} {window.date:%d/%m}, {window.hours}"


@register.simple_tag
def window_field(windows: Iterable[Any], error: str) -> dict[str, Any]:
    return _field(
        "radios",
        "window",
        gettext("Chọn giờ khác"),
        error=error,
        options=[(w.code, _window_words(w)) for w in windows],
    )


@register.simple_tag
def reason_field() -> dict[str, Any]:
    return _field("textarea", "reason", gettext("Vì sao?"), required=False)


@register.simple_tag
def object_field(text: str, error: str) -> dict[str, Any]:
    return _field("textarea", "text", gettext("Nội dung"), value=text, error=error)


@register.simple_tag
def place_field(place: str) -> dict[str, Any]:
    return _field(
        "text", "noi", gettext("Nơi ở"), value=place,
        help=gettext("Tỉnh, thành phố; tên cũ hay mới, có dấu hay không đều được. Ví dụ: Bắc Giang, tp hcm, 12 phố Huế Hà Nội."),
        attrs={"maxlength": 400, "autocomplete": "address-level1"},
    )  # fmt: skip


@register.simple_tag
def wish_field(wish: str) -> dict[str, Any]:
    return _field(
        "text",
        "can",
        gettext("Cần gì?"),
        value=wish,
        required=False,
        help=gettext("Ví dụ: mua điện, mất điện, hỏi hóa đơn."),
        attrs={"maxlength": 200},
    )
