"""Writing mass notices: planned, started by somebody who may, paused, resumed, stopped. Each act locks the notice's row.

Sending itself is `running`'s, in the worker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from motcua.companies import operations as company_ops
from motcua.companies.roles import Role
from motcua.config import jobs, sets
from motcua.customers.models import Topic
from motcua.kernel import codes, ids
from motcua.kernel.actors import Actor
from motcua.kernel.results import Invalid, NotFound, Problem, Refused
from motcua.kernel.results import gettext_noop as _
from motcua.messaging import forms, template_versions
from motcua.messaging.forms import LANGUAGES, LIMITS, Form
from motcua.messaging.mass import audiences, queries, statements
from motcua.messaging.mass.models import DAY_FROM, DAY_TO, MassCode, MassNotice, MassPolicy, MassState
from motcua.messaging.models import OutboxMessage, OutboxState
from motcua.messaging.rules import Kind

JOB = "messaging-mass"
WRITERS = (Role.BUSINESS, Role.SUPERVISOR, Role.ADMIN)
STARTERS = (Role.SUPERVISOR, Role.ADMIN)
CHANNELS = ("ZALO", "MESSENGER", "WEBPUSH", "ZBS", "SMS", "EMAIL")
MOST_CODES = 1_500_000
STOPPED = "STOPPED"


class MassUnknown(NotFound):
    code = "MASS_UNKNOWN"
    message = _("Không tìm thấy thông báo này.")


class MassNotThere(Refused):
    """It is not in a state in which this can be done: somebody else was quicker, or it ended."""

    code = "MASS_NOT_THERE"
    message = _("Thông báo này không còn ở bước đó. Hãy tải lại trang.")


class NeedsAnother(Refused):
    code = "MASS_NEEDS_ANOTHER"
    message = _("Thông báo cho hơn %(above)s người phải do một người khác, không phải người soạn, bấm gửi.")


class NobodyToTell(Refused):
    code = "MASS_NOBODY"
    message = _("Không có ai để gửi.")


class NoWayLeft(Refused):
    code = "MASS_NO_WAY"
    message = _("Không kênh nào trong các kênh đã chọn được phép gửi loại tin này.")


class MassTooLate(Refused):
    code = "MASS_TOO_LATE"
    message = _("Thông báo này đã hết hạn gửi.")


class NotWithinReach(Refused):
    code = "MASS_NOT_YOURS"
    message = _("Có đơn vị không thuộc phạm vi của anh/chị.")


class MayNotSend(Refused):
    code = "MASS_MAY_NOT"
    message = _("Tài khoản của anh/chị không có quyền gửi thông báo hàng loạt.")


@dataclass(frozen=True)
class Plan:
    """What somebody wants to tell many. `texts`: by form and language; SHORT in Vietnamese must be there, what is empty says
    the same as the short one. `account_codes`: the list that the audience CODES is made of.
    """

    name: str
    topic: str
    audience: str
    audience_params: Mapping[str, Any]
    texts: Mapping[str, Mapping[str, str]]
    channels: Sequence[str]
    kind: str = Kind.TRANSACTIONAL
    purpose: str = ""
    template: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    day_from: time = DAY_FROM
    day_to: time = DAY_TO
    expires_at: datetime | None = None
    account_codes: Sequence[str] = ()


def plan(*, plan: Plan, actor: Actor, at: datetime) -> UUID:
    """Write a notice down; its recipients are gathered by the worker, nothing is sent. Raises Invalid with the problems by
    field, NotWithinReach, NoWayLeft, MayNotSend.
    """
    if not actor.has_role(*WRITERS):
        raise MayNotSend
    audience_params = _audience_params(plan, actor)
    facts = {
        **queries.facts_of_company(),
        **audiences.get(plan.audience).facts(audience_params),
        **plan.params,
    }
    _check(plan, facts)
    texts = whole_texts(plan.texts)
    named = queries.names_in(texts)
    row = MassNotice(
        id=ids.new_id(at),
        name=plan.name.strip(),
        topic=plan.topic,
        kind=plan.kind,
        purpose=plan.purpose if plan.kind == Kind.ADVERTISING else "",
        template=plan.template,
        texts=texts,
        params={name: str(value) for name, value in facts.items() if name in named},
        audience=plan.audience,
        audience_params=audience_params,
        is_per_account=audiences.get(plan.audience).names_accounts and bool(named & statements.PER_ACCOUNT),
        channels=[code for code in CHANNELS if code in plan.channels],
        day_from=plan.day_from,
        day_to=plan.day_to,
        expires_at=plan.expires_at,
        created_at=at,
        created_by=actor.ref,
    )
    if not queries.ways_of(row, at):
        raise NoWayLeft(field="channels")
    with transaction.atomic():
        if plan.audience == audiences.CODES.code:
            row.audience_params = {**audience_params, "notice": str(row.id)}
        row.save(force_insert=True)
        _write_codes(row, plan.account_codes)
        _audit("mass.planned", row, actor, at, audience=row.audience)
        jobs.wake(JOB)
    return row.id


@transaction.atomic
def plan_declared(
    *,
    notice_id: UUID,
    name: str,
    template: str,
    topic: str,
    audience: str,
    audience_params: Mapping[str, Any],
    actor: Actor,
    at: datetime,
    within: Sequence[str] | None = None,
    expires_at: datetime | None = None,
) -> bool:
    """A notice of a declared text, in the version in force, that the house itself sends: once per id, to each account of an
    audience that `starts_itself`. `within`: the units whose staff see it; None for the company. Whether it is new.
    """
    if not audiences.get(audience).starts_itself:
        raise ValueError(f"{audience} is an audience that somebody starts")
    words = template_versions.words_for(template, at)
    texts = {form.value: dict(said) for form, (said, _version) in words.forms.items()}
    named = queries.names_in(texts)
    row = MassNotice(
        id=notice_id, name=name, topic=topic, kind=Kind.TRANSACTIONAL, template=template, texts=texts, audience=audience,
        params={key: str(value) for key, value in queries.facts_of_company().items() if key in named}, is_per_account=True,
        audience_params={
            **audience_params, "within": sorted(within) if within is not None else None,
            "versions": {form.value: version for form, (_said, version) in words.forms.items()},
        },
        channels=list(CHANNELS), expires_at=expires_at, created_at=at, created_by=actor.ref,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:  # planned before, or by another at this very moment
        return False
    _audit("mass.planned", row, actor, at, audience=row.audience)
    jobs.wake(JOB)
    return True


def _audience_params(plan: Plan, actor: Actor) -> dict[str, Any]:
    """The audience's own words, held to the units that its writer reaches."""
    if plan.audience not in {audience.code for audience in audiences.list_all()}:
        raise Invalid({"audience": [Problem("CHOOSE", _("Hãy chọn gửi cho ai."))]})
    whole = queries.reaches_company(actor)
    if plan.audience == audiences.CONSENT.code and not whole:
        raise NotWithinReach(field="audience")
    units = plan.audience_params.get("units")
    if units is not None and not set(units) <= actor.unit_codes:
        raise NotWithinReach(field="units")
    return {**plan.audience_params, "within": None if whole else sorted(actor.unit_codes)}


def whole_texts(texts: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Every form in every language: what was left empty says what the short text says."""
    short = texts.get(Form.SHORT, {})
    found: dict[str, dict[str, str]] = {}
    for form in Form:
        own = texts.get(form, {})
        found[form.value] = {
            lang: (own.get(lang) or own.get("vi") or short.get(lang) or short.get("vi", "")).strip()
            for lang in LANGUAGES
        }
    return found


def _check(plan: Plan, facts: Mapping[str, object]) -> None:
    errors: dict[str, list[Problem]] = {}
    if not plan.name.strip():
        errors["name"] = [Problem("EMPTY", _("Hãy đặt tên để người khác nhận ra."))]
    if plan.topic not in Topic.values:
        errors["topic"] = [Problem("CHOOSE", _("Hãy chọn chủ đề."))]
    if not set(plan.channels) & set(CHANNELS):
        errors["channels"] = [Problem("CHOOSE", _("Hãy chọn ít nhất một kênh."))]
    if plan.kind not in (Kind.TRANSACTIONAL, Kind.ADVERTISING):
        errors["kind"] = [Problem("CHOOSE", _("Hãy chọn loại tin."))]
    if plan.kind == Kind.ADVERTISING and not plan.purpose:
        errors["purpose"] = [Problem("CHOOSE", _("Hãy chọn việc mà khách hàng đã đồng ý."))]
    if plan.day_from >= plan.day_to:
        errors["day_to"] = [Problem("ORDER", _("Giờ thôi gửi phải sau giờ bắt đầu."))]
    if plan.audience == audiences.CODES.code and not plan.account_codes:
        errors["codes"] = [Problem("EMPTY", _("Danh sách không có mã khách hàng nào đọc được."))]
    known = set(facts) | set(queries.variables_of(plan.audience))
    for form in Form:
        given = {lang: text for lang, text in plan.texts.get(form, {}).items() if text.strip()}
        if form is Form.SHORT:
            given.setdefault("vi", "")
        for lang, problems in forms.check_text(given, known=known, limit=LIMITS[form]).items():
            errors[f"{form.value.lower()}_{lang}"] = problems
    if errors:
        raise Invalid(errors)


def read_codes(lines: Iterable[str]) -> tuple[list[str], list[str]]:
    """Account codes of a text or a column, and what of it is none (but a heading): at most a hundred of those."""
    good: dict[str, None] = {}
    bad: list[str] = []
    for number, line in enumerate(lines):
        cell = line.replace(";", ",").split(",")[0].strip().strip('"\ufeff')
        if not cell:
            continue
        code = codes.clean_account_code(cell)
        if codes.is_account_code(code):
            good[code] = None
        elif number and len(bad) < 100:
            bad.append(cell[:40])
        if len(good) >= MOST_CODES:
            break
    return list(good), bad


def _write_codes(row: MassNotice, account_codes: Sequence[str]) -> None:
    for first in range(0, len(account_codes), 50_000):
        part = account_codes[first : first + 50_000]
        sets.write([MassCode(notice_id=row.id, account_code=code) for code in part], ignore=True)


def start(*, notice_id: UUID, actor: Actor, at: datetime) -> None:
    """Let it go. Above the size of the company's policy by another person than its writer. Raises NeedsAnother,
    NobodyToTell, MassTooLate, MassNotThere, MayNotSend.
    """
    if not actor.has_role(*WRITERS):
        raise MayNotSend
    with transaction.atomic():
        row = _locked(notice_id, MassState.READY)
        size = int(row.counts.get("recipients", {}).get("TO_SEND", 0))
        policy = queries.get_policy()
        if not size:
            raise NobodyToTell
        if row.expires_at is not None and row.expires_at <= at:
            raise MassTooLate
        if size > policy.four_eyes_above and (actor.ref == row.created_by or not actor.has_role(*STARTERS)):
            raise NeedsAnother(above=policy.four_eyes_above)
        row.state, row.started_at, row.started_by = MassState.RUNNING, at, actor.ref
        row.save(update_fields=["state", "started_at", "started_by"])
        _audit("mass.started", row, actor, at, size=size)
        jobs.wake(JOB)


def pause(*, notice_id: UUID, actor: Actor, at: datetime) -> None:
    """Nothing more goes until it is resumed; what is on its way at this moment arrives. Raises MassNotThere."""
    _turn(notice_id, MassState.RUNNING, MassState.PAUSED, "mass.paused", actor, at)


def resume(*, notice_id: UUID, actor: Actor, at: datetime) -> None:
    """It goes on where it stood. Raises MassNotThere."""
    _turn(
        notice_id, MassState.PAUSED, MassState.RUNNING, "mass.resumed", actor, at, then=lambda: jobs.wake(JOB)
    )


def _turn(
    notice_id: UUID,
    before: MassState,
    after: MassState,
    verb: str,
    actor: Actor,
    at: datetime,
    then: Callable[[], None] = lambda: None,
) -> None:
    if not actor.has_role(*WRITERS):
        raise MayNotSend
    with transaction.atomic():
        row = _locked(notice_id, before)
        row.state = after
        row.save(update_fields=["state"])
        _audit(verb, row, actor, at)
        then()


def stop(*, notice_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """For good: what was not handed over is not sent. A notice that never began is thrown away. Raises MassNotThere."""
    if not actor.has_role(*WRITERS):
        raise MayNotSend
    with transaction.atomic():
        row = _locked(notice_id, MassState.GATHERING, MassState.READY, MassState.RUNNING, MassState.PAUSED)
        row.state, row.ended_at, row.ended_why = MassState.STOPPED, at, reason.strip()[:300]
        row.save(update_fields=["state", "ended_at", "ended_why"])
        waiting = OutboxMessage.objects.filter(mass_id=row.id, state=OutboxState.QUEUED)
        waiting.update(state=OutboxState.EXPIRED, reason=STOPPED)
        _audit("mass.stopped", row, actor, at)
        jobs.wake(JOB)


def set_policy(
    *, four_eyes_above: int, prices: Mapping[str, int], source: str, actor: Actor, at: datetime
) -> None:
    """From now on: who must start what, and what a message costs."""
    with transaction.atomic():
        MassPolicy.objects.create(
            four_eyes_above=four_eyes_above,
            prices=dict(prices),
            source=source[:300],
            set_at=at,
            set_by=actor.ref,
        )
        company_ops.record_audit(
            actor=actor, verb="mass.policy_set", subject_type="mass_policy", subject_id="", at=at,
            facts={"four_eyes_above": four_eyes_above, **{f"price_{code}": price for code, price in prices.items()}},
        )  # fmt: skip


def _locked(notice_id: UUID, *states: MassState) -> MassNotice:
    row = MassNotice.objects.select_for_update().filter(id=notice_id).first()
    if row is None:
        raise MassUnknown
    if row.state not in states:
        raise MassNotThere
    return row


def _audit(verb: str, row: MassNotice, actor: Actor, at: datetime, **facts: object) -> None:
    company_ops.record_audit(
        actor=actor, verb=verb, subject_type="mass_notice", subject_id=str(row.id), at=at, facts=facts
    )
