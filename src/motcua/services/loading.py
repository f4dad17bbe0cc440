"""From the text of one file to one frozen `Service`, with every error named by file and line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from motcua.kernel import hashing
from motcua.kernel.worktime import Span
from motcua.services import declaration as d
from motcua.services.marks import DeclarationError, Reader, Sheet, open_sheet

PLAIN_COPIES = "plain copies are always enough: a paper must not be asked for notarised or certified"


@dataclass(frozen=True)
class Loaded:
    """A file that was read: the service when its shape is right, and the sheet with lines and errors."""

    service: d.Service | None
    sheet: Sheet

    @property
    def errors(self) -> list[DeclarationError]:
        return self.sheet.errors


def load(content: str, file: str, find_base: Callable[[int], str | None] | None = None) -> Loaded:
    """Read a declaration. Only its shape is judged here; what it means is judged by `checking.check`.

    `find_base` gives the text of the version that a file is based on.
    """
    sheet, reader, plain = open_sheet(content, file, find_base)
    if reader is None:
        return Loaded(None, sheet)
    try:
        content_hash = _content_hash(plain)
    except (TypeError, ValueError) as problem:
        sheet.error(1, f"not plain values: {problem}")
        return Loaded(None, sheet)
    service = sheet.mark(_service(reader, file, content_hash), reader)
    reader.refuse_unknown_keys()
    return Loaded(None if sheet.errors else service, sheet)


def _content_hash(plain: object) -> str:
    """What a request that is open under this version depends on; when the version ends is not part of it."""
    content = {k: v for k, v in plain.items() if k != "valid_to"} if isinstance(plain, dict) else plain
    return hashing.fingerprint(content)


def _service(reader: Reader, file: str, content_hash: str) -> d.Service:
    return d.Service(
        code=reader.string("code"),
        version=reader.integer("version"),
        valid_from=reader.day("valid_from"),
        valid_to=reader.maybe_day("valid_to"),
        name=reader.text("name"),
        summary=reader.text("summary"),
        synonyms=reader.strings("synonyms"),
        category=reader.one_of("category", d.Category),
        icon=reader.string("icon"),
        legal=reader.each("legal", _source),
        questions=reader.each("questions", _question),
        papers=reader.each("papers", _paper),
        eligibility=reader.each("eligibility", _eligibility),
        fee=_fee(reader),
        steps=reader.each("steps", _step),
        promise=_promise(reader),
        notices=reader.each("notices", _notice),
        pages=reader.each("pages", _page),
        is_internal=reader.boolean("internal", False),
        content_hash=content_hash,
        source_file=file,
    )


def _source(reader: Reader) -> d.Source:
    return d.Source(
        title=reader.string("title"),
        valid_from=reader.maybe_day("valid_from"),
        valid_to=reader.maybe_day("valid_to"),
        note=reader.string("note", ""),
    )


def _page(reader: Reader) -> d.Page:
    return d.Page(code=reader.string("code"), title=reader.text("title"), help=reader.maybe_text("help"))


def _question(reader: Reader) -> d.Question:
    return d.Question(
        name=reader.string("name"),
        type=reader.one_of("type", d.QuestionType),
        label=reader.text("label"),
        help=reader.maybe_text("help"),
        required=reader.boolean("required", True),
        options=reader.each("options", _option),
        when=reader.condition("when"),
        min=reader.maybe_decimal("min"),
        max=reader.maybe_decimal("max"),
        pattern=reader.string("pattern", ""),
        max_length=reader.maybe_integer("max_length"),
        personal=reader.boolean("personal", False),
        page=reader.string("page", ""),
        ask_in_chat=reader.boolean("ask_in_chat", True),
        autocomplete=reader.string("autocomplete", ""),
        example=reader.string("example", ""),
        unit=reader.string("unit", ""),
        short=reader.maybe_text("short"),
        synonyms=reader.strings("synonyms"),
        known=reader.one_of("known", d.KnownAs, d.KnownAs.BY_TYPE),
    )


def _option(reader: Reader) -> d.Option:
    return d.Option(
        value=reader.string("value"),
        label=reader.text("label"),
        help=reader.maybe_text("help"),
        synonyms=reader.strings("synonyms"),
    )


def _paper(reader: Reader) -> d.Paper:
    if reader.has("notarised") or reader.has("certified"):
        reader.error(
            "notarised" if reader.has("notarised") else "certified",
            PLAIN_COPIES,
        )
        reader.boolean("notarised", False)
        reader.boolean("certified", False)
    usual = {"accepts": reader.strings("accepts")} if reader.has("accepts") else {}
    return d.Paper(
        code=reader.string("code"),
        name=reader.text("name"),
        need=reader.one_of("need", d.Need),
        give=reader.some_of("give", d.Give),
        sensitive=reader.boolean("sensitive", False),
        when=reader.condition("when"),
        help=reader.maybe_text("help"),
        **usual,
    )


def _eligibility(reader: Reader) -> d.Eligibility:
    return d.Eligibility(
        question=reader.string("question"),
        ok_when=reader.condition("ok_when", required=True),
        refusal=reader.text("refusal"),
        instead=reader.text("instead"),
        instead_service=reader.string("instead_service", ""),
    )


def _fee(parent: Reader) -> d.Fee | None:
    reader = parent.mapping("fee")
    if reader is None:
        return None
    fee = d.Fee(
        kind=reader.string("kind"),
        rule=reader.one_of("rule", d.FeeRule),
        text=reader.text("text"),
        items=reader.each("items", _fee_item),
        vat_kind=reader.string("vat_kind", "SERVICE"),
        amount_from=reader.string("amount_from", ""),
        pay_before=reader.string("pay_before", ""),
    )
    reader.refuse_unknown_keys()
    return parent.sheet.mark(fee, reader)


def _fee_item(reader: Reader) -> d.FeeItem:
    return d.FeeItem(
        code=reader.string("code"),
        label=reader.text("label"),
        amount_vnd=reader.maybe_integer("amount_vnd"),
        when=reader.condition("when"),
        tariff=reader.string("tariff", ""),
        factors=reader.each("factors", _factor),
    )


def _factor(reader: Reader) -> d.Factor:
    return d.Factor(times=reader.maybe_decimal("times") or Decimal(1), when=reader.condition("when"))


def _step(reader: Reader) -> d.Step:
    return d.Step(
        code=reader.string("code"),
        name=reader.text("name"),
        role=reader.string("role"),
        clock=reader.one_of("clock", d.WhoseTime),
        status=reader.text("status"),
        portal_status=reader.integer("portal_status"),
        within=reader.maybe_span("within"),
        actions=reader.each("actions", _action),
        waits_for=reader.string("waits_for", "") or None,
        settles=reader.boolean("settles", False),
        on_enter=reader.strings("on_enter"),
        notices=reader.strings("notices"),
        final=reader.boolean("final", False),
        allows_reject=reader.boolean("allows_reject", True),
        allows_cancel=reader.boolean("allows_cancel", True),
    )


def _action(reader: Reader) -> d.Action:
    return d.Action(
        code=reader.string("code"),
        label=reader.text("label"),
        inputs=reader.each("inputs", _question),
        to=reader.each("to", _transition),
        effects=reader.strings("effects"),
        notices=reader.strings("notices"),
        role=reader.string("role", ""),
        when=reader.condition("when"),
        requires=reader.strings("requires"),
        needs_reason=reader.boolean("needs_reason", False),
        style=reader.one_of("style", d.Style, d.Style.PRIMARY),
        extends_promise=reader.string("extends_promise", "") or None,
    )


def _transition(reader: Reader) -> d.Transition:
    return d.Transition(step=reader.string("step"), when=reader.condition("when"))


def _notice(reader: Reader) -> d.Notice:
    return d.Notice(
        code=reader.string("code"),
        audience=reader.one_of("audience", d.Audience, d.Audience.CUSTOMER),
        text=reader.text("text"),
        role=reader.string("role", ""),
    )


def _promise(parent: Reader) -> d.Promise:
    reader = parent.mapping("promise")
    if reader is None:
        if not parent.has("promise"):
            parent.sheet.error(parent.line, "the promise to the customer is missing")
        return d.Promise(within=Span(0, "day"), text=d.Text("", ""))
    promise = d.Promise(
        within=reader.span("within"),
        text=reader.text("text"),
        extended=reader.each("extended", _extension),
        targets=reader.each("targets", _target),
    )
    reader.refuse_unknown_keys()
    return parent.sheet.mark(promise, reader)


def _extension(reader: Reader) -> d.Extension:
    return d.Extension(
        code=reader.string("code"),
        within=reader.span("within"),
        text=reader.text("text"),
        when=reader.condition("when"),
    )


def _target(reader: Reader) -> d.Target:
    return d.Target(
        code=reader.string("code"),
        since=reader.string("since"),
        until=reader.string("until"),
        within=reader.span("within"),
        text=reader.text("text"),
    )
