"""The reference page of the services, written from the declarations by `python -m` this module."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from motcua.kernel.expressions import All, Always, Any, Condition, Not, Test
from motcua.services import catalogue
from motcua.services.declaration import Action, Need, Question, Service, Step
from motcua.tariffs import reference as tariffs
from motcua.tariffs.reference import ReferenceLimit

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "services.md"

TABLE = PAGE.with_name("catalogue.md")
_TABLE_HEAD = """# The catalogue on one page

Written from the files in `src/motcua/services/declared/` and `src/motcua/tariffs/data/limits-vn.json` by
`python -m motcua.services.reference`; a test keeps it up to date. Each service in full: [services](services.md). As BPMN
2.0: `python -m motcua.services.bpmn FOLDER`, or `/dich-vu/<code>/quy-trinh.bpmn` on a company's site.

† nobody has read this number in the text itself: it comes from a secondary page, or was taken over from the rules before.
"""

_HEAD = """# Electricity services

Written from the files in `src/motcua/services/declared/` by `python -m motcua.services.reference`; a test
keeps it up to date. How to add one: [add a service](../how-to/add-a-service.md).
"""


def page(services: Iterable[Service]) -> str:
    """The whole page: a table of all versions, then each service in full."""
    every = list(services)
    rows = [
        [
            f"[{service.code}](#{_anchor(service)})",
            str(service.version),
            _period(service),
            service.name.vi,
            service.name.en,
            str(service.promise.within),
        ]
        for service in every
    ]
    parts = [_HEAD, _table(["Code", "Version", "Valid", "Tên dịch vụ", "Name", "Promise"], rows)]
    parts += [_service(service) for service in every]
    return "\n".join(parts).rstrip() + "\n"


def table_page(services: Iterable[Service], limits: Iterable[ReferenceLimit]) -> str:
    """The whole catalogue on one page, a row a version: questions, papers, fee, limit, steps."""
    told = list(limits)
    rows = [
        [
            f"[{service.code}](services.md#{_anchor(service)})",
            str(service.version),
            _period(service),
            service.name.vi,
            str(len(service.questions)),
            str(len([question for question in service.questions if question.is_known_of_customers])),
            _papers(service),
            _short_fee(service),
            str(service.promise.within)
            + "".join(f"; {more.within} ({more.code})" for more in service.promise.extended),
            _limits(service, told),
            " → ".join(step.code for step in service.steps),
        ]
        for service in services
    ]
    head = [
        "Code", "Version", "Valid", "Tên dịch vụ", "Questions", "Of these known of a proven customer", "Papers", "Fee",
        "Promise", "Limit by the rules of that time", "Steps",
    ]  # fmt: skip
    return "\n".join([_TABLE_HEAD, _table(head, rows)]).rstrip() + "\n"


def _papers(service: Service) -> str:
    return "; ".join(
        f"{paper.code}"
        + ("" if paper.need is Need.MANDATORY else f" ({paper.need.value.lower()})")
        + (f" when {condition_words(paper.when)}" if paper.when.fields() else "")
        for paper in service.papers
    ) or "none"  # fmt: skip


def _short_fee(service: Service) -> str:
    fee = service.fee
    if fee is None:
        return "free"
    items = ", ".join(
        f"{item.code} {item.amount_vnd} VND" if item.amount_vnd
        else f"{item.tariff} (dated price)" if item.tariff
        else f"{item.code} (`{fee.amount_from}`)"
        for item in fee.items
    )  # fmt: skip
    return f"{fee.kind}: {items}"


def _limits(service: Service, limits: Sequence[ReferenceLimit]) -> str:
    """The limits that hold on some day of the version, with a mark on those that nobody has read in the text."""
    last = service.valid_to or date.max
    held = [
        limit
        for limit in limits
        if limit.service == service.code
        and limit.valid_from < last
        and (limit.valid_to is None or service.valid_from < limit.valid_to)
    ]
    return "; ".join(
        f"{limit.rule_set}: {limit.within}"
        + (f" ({limit.case})" if limit.case else "")
        + ("" if limit.is_verified else " †")
        for limit in held
    ) or "none"  # fmt: skip


def write() -> None:
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    every = catalogue.current().list_all()
    PAGE.write_text(page(every), encoding="utf-8")
    TABLE.write_text(table_page(every, tariffs.limits()), encoding="utf-8")


def _service(service: Service) -> str:
    parts = [f"## {_title(service)}\n", f"{service.name.vi} – {service.name.en}\n", f"{service.summary.en}\n"]
    parts.append(f"Valid: {_period(service)}. Category: {service.category}.\n")
    if service.legal:
        parts.append("Rests on:\n")
        parts += [
            f"- {source.title} ({_days(source.valid_from, source.valid_to)}){_after(source.note)}"
            for source in service.legal
        ]
        parts.append("")
    parts.append(f"Promise: {_promise(service)}\n")
    parts.append(f"Fee: {_fee(service)}\n")
    parts.append("### " + "Questions\n")
    parts.append(_questions(service.questions))
    if service.eligibility:
        parts.append("Not possible unless:\n")
        parts += [
            f"- `{rule.question}`: {condition_words(rule.ok_when)}. {rule.refusal.en}"
            + (f" Instead: `{rule.instead_service}`." if rule.instead_service else "")
            for rule in service.eligibility
        ]
        parts.append("")
    if service.papers:
        parts.append("### Papers\n")
        parts.append(
            _table(
                ["Code", "Tên", "Need", "Given by", "When", "Sensitive"],
                [
                    [
                        f"`{paper.code}`",
                        paper.name.vi,
                        paper.need.value,
                        ", ".join(paper.give),
                        condition_words(paper.when),
                        "yes" if paper.sensitive else "",
                    ]
                    for paper in service.papers
                ],
            )
        )
    parts.append("### Steps\n")
    parts.append(
        _table(
            ["", "Code", "Tên bước", "Done by", "Target", "Whose time", "Portal", "On entering"],
            [_step_row(number, step) for number, step in enumerate(service.steps, start=1)],
        )
    )
    parts.append("### Actions\n")
    parts.append(
        _table(
            ["Step", "Action", "By", "Asks", "Leads to", "Effects", "Tells"],
            [_action_row(step, action) for step in service.steps for action in step.actions],
        )
    )
    if service.notices:
        parts.append("### Notices\n")
        parts.append(
            _table(
                ["Code", "To", "Vietnamese", "English"],
                [
                    [f"`{notice.code}`", notice.role or notice.audience.value, notice.text.vi, notice.text.en]
                    for notice in service.notices
                ],
            )
        )
    return "\n".join(parts)


def _title(service: Service) -> str:
    return f"{service.code} version {service.version}"


def _anchor(service: Service) -> str:
    return _title(service).lower().replace(" ", "-")


def _period(service: Service) -> str:
    return _days(service.valid_from, service.valid_to)


def _days(start: object, end: object) -> str:
    if start is None and end is None:
        return "no dates"
    return f"from {start}" + (f" until the day before {end}" if end else "")


def _after(note: str) -> str:
    return f": {note}" if note else ""


def _promise(service: Service) -> str:
    promise = service.promise
    parts = [f"{promise.within}"]
    parts += [
        f"{extension.within} (`{extension.code}`"
        + (f", when {condition_words(extension.when)}" if extension.when.fields() else "")
        + ")"
        for extension in promise.extended
    ]
    text = "; ".join(parts) + "."
    if promise.targets:
        text += " Own targets: " + "; ".join(
            f"`{target.code}` {target.since} to {target.until} within {target.within}"
            for target in promise.targets
        )
        text += "."
    return text


def _fee(service: Service) -> str:
    fee = service.fee
    if fee is None:
        return "none."
    items = "; ".join(
        f"{item.label.en}"
        + (
            f" {item.amount_vnd} VND"
            if item.amount_vnd
            else f" (dated price `{item.tariff}`"
            + "".join(f", x {f.times} when {condition_words(f.when)}" for f in item.factors)
            + ")"
            if item.tariff
            else f" (amount from `{fee.amount_from}`)"
        )
        + (f", when {condition_words(item.when)}" if item.when.fields() else "")
        for item in fee.items
    )
    return f"kind {fee.kind}, paid before {fee.pay_before}: {items}."


def _questions(questions: Sequence[Question]) -> str:
    return _table(
        ["Name", "Type", "Câu hỏi", "Question", "Required", "Asked when", "In chat"],
        [
            [
                f"`{question.name}`",
                _type(question),
                question.label.vi,
                question.label.en,
                "yes" if question.required else "no",
                condition_words(question.when),
                "yes" if question.ask_in_chat else "no",
            ]
            for question in questions
        ],
    )


def _type(question: Question) -> str:
    if question.options:
        return f"{question.type.value}: " + ", ".join(option.value for option in question.options)
    limits = [
        f"{name} {limit}"
        for name, limit in (("from", question.min), ("to", question.max))
        if limit is not None
    ]
    return " ".join([question.type.value, *limits, question.unit]).strip()


def _step_row(number: int, step: Step) -> list[str]:
    marks = [word for word, holds in (("settles", step.settles), ("final", step.final)) if holds]
    if step.waits_for:
        marks.append(f"waits for {step.waits_for}")
    entering = ", ".join([f"`{effect}`" for effect in step.on_enter] + list(step.notices) + marks)
    return [
        str(number),
        f"`{step.code}`",
        step.name.vi,
        step.role,
        str(step.within) if step.within else "",
        step.clock.value,
        str(step.portal_status),
        entering,
    ]


def _action_row(step: Step, action: Action) -> list[str]:
    leads = "; ".join(
        t.step + (f" when {condition_words(t.when)}" if t.when.fields() else "") for t in action.to
    )
    effects = [f"`{effect}`" for effect in action.effects]
    if action.extends_promise:
        effects.append(f"promise {action.extends_promise}")
    effects += [f"needs {name}" for name in action.requires]
    asks = [f"`{question.name}`" for question in action.inputs] + (
        ["a reason"] if action.needs_reason else []
    )
    return [
        step.code,
        f"`{action.code}`",
        step.role_of(action),
        ", ".join(asks),
        leads or "stays",
        ", ".join(effects),
        ", ".join(action.notices),
    ]


def condition_words(condition: Condition) -> str:
    if isinstance(condition, Always):
        return "" if condition.holds_always else "never"
    if isinstance(condition, Not):
        return f"not ({condition_words(condition.part)})"
    if isinstance(condition, All | Any):
        return (" and " if isinstance(condition, All) else " or ").join(
            condition_words(part) for part in condition.parts
        )
    return _test(condition)


def _test(test: Test) -> str:
    words = {
        "equals": "is",
        "not": "is not",
        "gt": "above",
        "gte": "at least",
        "lt": "below",
        "lte": "at most",
    }
    if test.operator == "present":
        return f"{test.field} is {'given' if test.value else 'missing'}"
    value = ", ".join(map(str, test.value)) if isinstance(test.value, tuple) else test.value
    if isinstance(value, bool):
        value = "yes" if value else "no"
    return f"{test.field} {words.get(test.operator, 'is one of')} {value}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += [
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    write()
