"""Connections to somebody outside, whoever is there: the fields their forms share, and what is posted beside them.

A bank or a portal holds a key of ours (`act_on_key`); a place to sign in holds its own secret (`act_on_door`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from motcua.connectors import outside
from motcua.kernel.results import Refused
from motcua.web.errors import refused_text
from motcua.web.staff.keys import new_key
from motcua.web.staff_pages import StaffRequest

ONCE, KEPT = _("Không bao giờ hiện lại."), _("Không bao giờ hiện lại. Để trống thì giữ khóa đang dùng.")


class Page(Protocol):
    """The connection's own page once more, with a key to show or an error."""

    def __call__(self, *, key: str = ..., error: str = ...) -> HttpResponse: ...


def secret_field(**more: Any) -> forms.CharField:
    """The secret we were given: it goes in and is never shown."""
    told: dict[str, Any] = {"required": False, "help_text": KEPT, **more}
    return forms.CharField(
        label=_("Khóa bí mật"), max_length=400, widget=forms.PasswordInput(attrs={"autocomplete": "off"}), **told
    )  # fmt: skip


def require_sealed(address: str) -> str:
    """The address, when what is sent there is encrypted. Raises ValidationError."""
    if not outside.is_sealed(address):
        raise forms.ValidationError(gettext("Địa chỉ phải bắt đầu bằng https://."))
    return address


def act_on_key(
    request: StaffRequest,
    *,
    switch: Callable[[bool], None],
    renew: Callable[[str], None],
    page: Page,
    done: HttpResponse,
) -> HttpResponse:
    """Switch it off or on (then `done`), or give it a new key, which its page shows once. Raises Http404."""
    if request.POST.get("viec", "") != "khoa-moi":
        _switch(request, switch)
        return done
    if request.POST.get("dong-y") != "1":
        return page(error=gettext("Hãy đánh dấu là đã hiểu trước khi đổi khóa."))
    key = new_key()
    renew(key)
    return page(key=key)


def act_on_door(
    request: StaffRequest,
    *,
    switch: Callable[[bool], None],
    test: Callable[[], None],
    page: Callable[[str], HttpResponse],
    done: HttpResponse,
) -> HttpResponse:
    """Switch it off or on, or try it; `done`, or its page with what was refused. Raises Http404."""
    try:
        if request.POST.get("viec", "") == "thu":
            test()
        else:
            _switch(request, switch)
    except Refused as refusal:
        return page(refused_text(refusal))
    return done


def _switch(request: StaffRequest, switch: Callable[[bool], None]) -> None:
    wanted = request.POST.get("viec", "")
    if wanted not in {"tat", "bat"}:
        raise Http404
    switch(wanted == "bat")
    messages.success(request, gettext("Đã lưu."))
