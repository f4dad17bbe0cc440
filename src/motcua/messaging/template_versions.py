"""The words of templates as administrators wrote them: which are in force, what was before, writing new ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction

from motcua.companies import operations as company_ops
from motcua.companies.roles import Role
from motcua.kernel.actors import Actor
from motcua.kernel.results import Invalid, Problem, Refused
from motcua.kernel.results import gettext_noop as _
from motcua.messaging import forms, templates
from motcua.messaging.forms import LIMITS, Form
from motcua.messaging.mass.models import TemplateVersion
from motcua.messaging.templates import Template, Words

InForce = Mapping[tuple[str, str], TemplateVersion]


class TemplateEdited(Refused):
    """Somebody else wrote a version in the meantime."""

    code = "TEMPLATE_EDITED"
    message = _("Có người vừa sửa mẫu này. Hãy xem lại rồi lưu.")


class MayNotEdit(Refused):
    code = "TEMPLATE_MAY_NOT"
    message = _("Chỉ quản trị sửa được mẫu tin.")


def list_in_force(at: datetime, code: str | None = None) -> InForce:
    """The versions that hold at an instant, by template and form; those as declared have none. One question."""
    rows = TemplateVersion.objects.filter(valid_from__lte=at)
    if code is not None:
        rows = rows.filter(code=code)
    found: dict[tuple[str, str], TemplateVersion] = {}
    for row in rows.order_by("valid_from", "number"):
        found[row.code, row.form] = row
    return found


def list_versions(code: str) -> list[TemplateVersion]:
    """Every version of a template, the newest first."""
    return list(TemplateVersion.objects.filter(code=code).order_by("-number", "form"))


def words_for(
    code: str, at: datetime, *, declared: Mapping[str, str] | None = None, in_force: InForce | None = None
) -> Words:
    """What the template says now in each form. `declared`: its declared texts, where they depend on more than the code (the
    version of a service that a request began with). Raises templates.UnknownTemplate when neither is known.
    """
    template = templates.find(code) if code else None
    if declared is None:
        declared = (template or templates.get(code)).texts()
    versions = list_in_force(at, code) if in_force is None else in_force
    said: dict[Form, tuple[Mapping[str, str], int]] = {}
    for form in Form:
        version = versions.get((code, form.value)) if template is not None else None
        if version is None or template is None:
            said[form] = (declared, 0)
        else:
            said[form] = (template.filled_by({"vi": version.vi, "en": version.en}), version.number)
    return Words(code, said)


def check(template: Template, form: Form, texts: Mapping[str, str]) -> dict[str, list[Problem]]:
    """What is wrong with an edited text, by language."""
    known = template.names | template.known
    return forms.check_text(texts, known=known, needed=template.needed, limit=LIMITS[form])


def write(
    *,
    code: str,
    form: Form,
    texts: Mapping[str, str],
    reason: str,
    valid_from: datetime,
    after: int,
    actor: Actor,
    at: datetime,
) -> int:
    """A new version of a template for one form, from an instant on; its number. `after`: the newest number its writer saw.

    Raises MayNotEdit, templates.UnknownTemplate, Invalid with the problems by language, TemplateEdited.
    """
    if not actor.has_role(Role.ADMIN):
        raise MayNotEdit
    template = templates.get(code)
    errors = check(template, form, {lang: texts.get(lang, "") for lang in forms.LANGUAGES})
    if not reason.strip():
        errors["reason"] = [Problem("EMPTY", _("Hãy ghi vì sao sửa."))]
    if errors:
        raise Invalid(errors)
    newest = TemplateVersion.objects.filter(code=code, form=form.value).order_by("-number").first()
    number = (newest.number if newest else 0) + 1
    if number != after + 1:
        raise TemplateEdited
    try:
        with transaction.atomic():
            TemplateVersion.objects.create(
                code=code, form=form.value, number=number, vi=texts["vi"].strip(), en=texts["en"].strip(), author=actor.ref,
                reason=reason.strip()[:300], valid_from=max(valid_from, at), created_at=at,
            )  # fmt: skip
            company_ops.record_audit(
                actor=actor, verb="template.edited", subject_type="template", subject_id=code, at=at,
                facts={"form": form.value, "number": number},
            )  # fmt: skip
    except IntegrityError:  # two at once: the constraint says who was first
        raise TemplateEdited from None
    return number
