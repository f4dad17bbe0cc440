"""What the pages of accounts with providers share: their fields, their state in words, what was not believed, what waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from motcua.channels import accounts, setups, tokens
from motcua.config import clock
from motcua.config.env import ENV
from motcua.messaging import queries as messaging_queries
from motcua.web.staff_pages import StaffRequest

SECRET = forms.PasswordInput(attrs={"autocomplete": "off"})
Words = Mapping[str, str | Promise]
State = tuple[str, str]


def number_field(label: Any, wrong: Any, **more: Any) -> forms.RegexField:
    """A provider's id: digits alone."""
    return forms.RegexField(r"^\d{5,25}$", label=label, error_messages={"invalid": wrong}, **more)


class TemplatesField(forms.CharField):
    """Templates approved at the provider, one a line. What a line looks like is the channel's own."""

    widget = forms.Textarea

    def line_of(self, ours: str, told: Mapping[str, Any]) -> str:
        raise NotImplementedError

    def read_line(self, line: str) -> tuple[str, dict[str, Any]] | None:
        """Our text and what the provider has for it; None for a line that is wrong."""
        raise NotImplementedError

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return "\n".join(self.line_of(ours, told) for ours, told in sorted(value.items()))

    def clean(self, value: Any) -> Any:
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        found: dict[str, Any] = {}
        for line in lines:
            read = self.read_line(line)
            if read is None:
                raise forms.ValidationError(gettext("Dòng này chưa đúng: %(line)s") % {"line": line[:80]})
            found[read[0]] = read[1]
        return found


class ProviderForm(forms.Form):
    """An account that may be tried with stand-ins (`motcua sandbox`) wherever this is no production."""

    base_url = forms.URLField(
        label=_("Địa chỉ giao diện (chỉ khi thử)"), required=False, max_length=200, assume_scheme="http",
        help_text=_("Của thế giới bên ngoài thử (motcua sandbox). Để trống thì gọi nhà cung cấp thật."),
    )  # fmt: skip

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        if ENV.production:
            del self.fields["base_url"]
        else:
            self.order_fields([name for name in self.fields if name != "base_url"])

    def clean_base_url(self) -> str:
        found = str(self.cleaned_data["base_url"]).rstrip("/")
        if found and not accounts.is_apart(found):
            raise forms.ValidationError(gettext("Địa chỉ phải là của motcua sandbox: …/sandbox/tên-kênh."))
        return found


def state_of(found: Any, *, dead: str = "", is_calm: bool = False) -> State:
    """In words, and their tone. `found`: the set-up; `dead`: what is wrong with its token; `is_calm`: that will mend itself."""
    if not found.is_set_up and not found.is_stand_in:
        return gettext("chưa cài"), "wait"
    if not found.is_enabled:
        return gettext("đã tắt"), "bad"
    if dead:
        return dead, "wait" if is_calm else "bad"
    return gettext("đang mở"), "good"


def page_context(
    found: Any,
    form: forms.Form,
    error: str,
    state: State,
    *,
    channels: Sequence[str],
    rejected: Words,
    waiting: Words,
    why: Callable[[str], str],
    event_name: Callable[[Mapping[str, Any]], str],
) -> dict[str, Any]:
    """What every such page shows of its channels; the first of them is the one that calls us."""
    code = channels[0]
    counts = messaging_queries.count_waiting_by_reason(list(channels))
    lines = setups.list_rejected(code)
    events = messaging_queries.list_unowned_events(code)
    return {
        "found": found, "token": tokens.find_token(code), "form": form, "error": error, "state": state,
        "has_errors": bool(form.errors or error),
        "rejected": [{"line": line, "why": rejected.get(line.reason, line.reason)} for line in lines],
        "waiting": [{"why": waiting.get(reason) or why(reason), "count": count} for reason, count in counts.items()],
        "told": [{"at": event.received_at, "name": event_name(_event_of(event.payload)) or "?"} for event in events],
    }  # fmt: skip


def _event_of(payload: Any) -> Mapping[str, Any]:
    event = payload.get("event") if isinstance(payload, dict) else None
    return event if isinstance(event, dict) else {}


def switch(request: StaffRequest, channel: str, wanted: str, found: Any, back: str) -> HttpResponse:
    """Off or on, and back to the page. Raises Http404 for another act, and for what was never set up."""
    if wanted not in {"tat", "bat"} or not found.is_set_up:
        raise Http404
    setups.switch(channel, is_enabled=wanted == "bat", actor=request.actor, at=clock.now())
    messages.success(request, gettext("Đã lưu."))
    return redirect(back)


def summary(found: Any, state: State, channels: Sequence[str]) -> dict[str, Any]:
    """A channel's line in the list."""
    return {
        "is_stand_in": found.is_stand_in,
        "state": state,
        "waiting": sum(messaging_queries.count_waiting_by_reason(list(channels)).values()),
        "rejected": setups.count_rejected(channels[0]),
    }
