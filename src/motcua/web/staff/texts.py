"""The texts customers get: by topic, each with its forms, a preview with real data, its history, and editing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from motcua.companies import queries as company_queries
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.results import Refused, fill
from motcua.messaging import forms as text_forms
from motcua.messaging import rules, template_versions, templates
from motcua.messaging.forms import LABELS, Form
from motcua.messaging.mass import queries as mass_queries
from motcua.messaging.mass.models import TemplateVersion
from motcua.messaging.templates import Template
from motcua.web.staff_pages import StaffRequest, staff_page
from motcua.web.words import actor_names

READS = (Role.BUSINESS, Role.SUPERVISOR, Role.ADMIN)
# What a preview shows where no request was chosen.
EXAMPLES = {
    "customer_name": "Nguyễn Thị Hoa", "account_code": "PD04001234567", "amount": "450.000 đ", "payment_code": "CM26000123", "code": "482913",
    "minutes": "10", "request_number": "HN26-000123-4", "number": "HN26-000123-4", "due_date": "17:00 23/11/2026", "due": "17:00 23/11/2026",
    "visit_date": "20/11/2026", "visit_window": "8:00–10:00", "reason": "Ảnh bị mờ.", "papers": "căn cước công dân", "crew": "Tổ 3", "service": "Cấp điện mới",
    "energised_at": "10:15 21/11/2026", "place": "phố Tây Sơn", "time": "14:20", "outage_place": "Phố Tây Sơn", "until": "17:00 30/11/2026",
    "month": "11/2026", "kwh": "345", "link": "https://…/hoa-don/", "pay_link": "https://…/thanh-toan/TD26000123/",
    "outage_from": "08:00 20/11/2026", "outage_until": "12:00 20/11/2026", "reopened_amount": "450.000 đ", "reopened_code": "CM26000123",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A template in the list: its newest versions by form, 0 where it is as declared."""

    template: Template
    label: str
    edited: list[str]


@dataclass(frozen=True)
class Shown:
    """What a customer reads in one form: the words, the version, and how long it is as an SMS."""

    form: str
    label: str
    version: int
    texts: list[tuple[str, str, text_forms.SmsLength | None, text_forms.SmsLength | None]]


class EditForm(forms.Form):
    vi = forms.CharField(label=_("Tiếng Việt"), widget=forms.Textarea(attrs={"rows": 5}), max_length=8000)
    en = forms.CharField(label=_("Tiếng Anh"), widget=forms.Textarea(attrs={"rows": 4}), max_length=8000)
    reason = forms.CharField(label=_("Vì sao sửa"), max_length=300)
    valid_from = forms.DateTimeField(
        label=_("Dùng từ lúc"),
        required=False,
        widget=forms.DateTimeInput(),
        help_text=_("Để trống thì dùng ngay."),
    )
    after = forms.IntegerField(widget=forms.HiddenInput(), required=False)


@require_safe
@staff_page(*READS)
def listed(request: StaffRequest) -> HttpResponse:
    """Every text by topic; some words narrow it."""
    at, wanted = clock.now(), request.GET.get("tim", "").strip().lower()[:80]
    in_force = template_versions.list_in_force(at)
    topics: dict[str, list[Line]] = {}
    for template in templates.list_all():
        topic, label = gettext(template.topic), gettext(template.label)
        if wanted and wanted not in f"{topic} {label} {template.code} {template.vi}".lower():
            continue
        edited = [
            f"{gettext(LABELS[form]).split(':')[0]} {version.number}"
            for form in Form
            if (version := in_force.get((template.code, form.value))) is not None
        ]
        topics.setdefault(topic, []).append(Line(template, label, edited))
    return render(request, "staff/texts.html", {"topics": topics, "wanted": wanted})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*READS)
def text(request: StaffRequest, code: str) -> HttpResponse:
    """One text: what customers read in each form, with the data of a request; its versions; a new one."""
    template = templates.find(code)
    if template is None:
        raise Http404
    at = clock.now()
    form_of = _form(request.POST.get("dang") or request.GET.get("dang", ""))
    versions = template_versions.list_versions(code)
    edit = _edit_form(request, template, form_of, versions, at)
    if request.method == "POST" and edit.is_valid() and request.POST.get("viec") != "xem":
        told = edit.cleaned_data
        try:
            template_versions.write(
                code=code, form=form_of, texts={"vi": told["vi"], "en": told["en"]}, reason=told["reason"],
                valid_from=told["valid_from"] or at, after=told["after"] or 0, actor=request.actor, at=at,
            )  # fmt: skip
        except Refused as refusal:
            _refuse(edit, refusal)
        else:
            messages.success(request, gettext("Đã lưu. Tin gửi từ lúc đó dùng lời mới."))
            return redirect(f"{reverse('staff:text', args=[code])}?dang={form_of.value}")
    number = request.GET.get("yeu-cau", "").strip()[:20] or request.POST.get("yeu-cau", "").strip()[:20]
    facts, is_found = _facts(template, number)
    tried = {"vi": edit["vi"].value(), "en": edit["en"].value()} if request.method == "POST" else None
    names = actor_names({row.author for row in versions})
    context = {
        "template": template, "label": gettext(template.label), "topic": gettext(template.topic), "form": edit,
        "shown": [_shown(template, one, at, facts, tried if one is form_of else None) for one in Form],
        "variables": sorted(template.names | template.known), "needed": sorted(template.needed),
        "versions": [(row, gettext(LABELS[Form(row.form)]).split(":")[0], names.get(row.author, "")) for row in versions],
        "forms": [(one.value, gettext(LABELS[one]), one is form_of) for one in Form], "dang": form_of.value,
        "may_edit": request.actor.has_role(Role.ADMIN), "has_errors": bool(edit.errors), "number": number,
        "not_found": bool(number) and not is_found, "takes_request": template.facts is not None, "is_tried": tried is not None,
    }  # fmt: skip
    return render(request, "staff/text.html", context, status=422 if edit.errors else 200)


def _form(told: str) -> Form:
    return Form(told) if told in set(Form) else Form.SHORT


def _edit_form(
    request: StaffRequest, template: Template, form_of: Form, versions: list[TemplateVersion], at: datetime
) -> EditForm:
    """Filled with the newest words, or with those of an older version that somebody wants back."""
    own = [row for row in versions if row.form == form_of.value]
    back = request.GET.get("lai", "")
    start = next((row for row in own if str(row.number) == back), own[0] if own and back != "0" else None)
    initial: dict[str, Any] = {
        "vi": start.vi if start else template.vi,
        "en": start.en if start else template.en,
        "after": own[0].number if own else 0,
    }
    if back.isdigit():
        initial["reason"] = gettext("Quay lại bản %(number)s") % {"number": back}
    return EditForm(request.POST or None, initial=initial)


def _refuse(form: EditForm, refusal: Refused) -> None:
    for name, problems in refusal.problems().items():
        for problem in problems:
            form.add_error(
                name if name in form.fields else None, fill(gettext(problem.message), problem.facts)
            )


def _facts(template: Template, number: str) -> tuple[Mapping[str, object], bool]:
    """What the preview is filled with: examples, over them the real values of a request."""
    company = mass_queries.facts_of_company()
    links = {name: company_queries.public_address("/…") for name in ("link", "follow_link", "pay_link")}
    examples: dict[str, object] = {**EXAMPLES, **company, **links}
    for name in template.localised:
        for lang in text_forms.LANGUAGES:
            examples.setdefault(f"{name}_{lang}", examples.get(name, f"‹{name}›"))
    found = template.facts(number) if template.facts is not None and number else None
    real = {name: value for name, value in (found or {}).items() if value not in (None, "")}
    return {**examples, **real}, found is not None


def _shown(
    template: Template, form: Form, at: datetime, facts: Mapping[str, object], tried: Mapping[str, Any] | None
) -> Shown:
    texts, version = template_versions.words_for(template.code, at).forms[form]
    if tried is not None:
        texts = template.filled_by({lang: str(text or "") for lang, text in tried.items()})
    drawn = []
    for lang in text_forms.LANGUAGES:
        names = rules.placeholders(texts[lang])
        said = rules.render(texts[lang], {name: facts.get(name, f"‹{name}›") for name in names})
        is_short = form is Form.SHORT
        drawn.append((
            lang, said, text_forms.measure_sms(said) if is_short else None, text_forms.measure_sms(said, plain=False) if is_short else None,
        ))  # fmt: skip
    return Shown(form.value, gettext(LABELS[form]), version, drawn)
