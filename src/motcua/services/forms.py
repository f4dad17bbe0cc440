"""The form of a service: its pages, the questions that are asked, and the judgement on the answers.

Nothing typed is lost: the caller keeps the raw answers; `validate` gives the clean values of the good ones
and plain words for the others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from motcua.kernel.results import Invalid, Problem, gettext_noop
from motcua.services import values
from motcua.services.declaration import Action, Eligibility, Question, Service, Text

Answers = Mapping[str, object]
REQUIRED = Problem("REQUIRED", gettext_noop("Vui lòng trả lời câu này."))
NOT_ELIGIBLE = "NOT_ELIGIBLE"


class Checked(NamedTuple):
    """The clean values of the good answers, and the problems of the others by question."""

    clean: dict[str, object]
    problems: dict[str, list[Problem]]

    @property
    def is_good(self) -> bool:
        return not self.problems

    def or_refuse(self) -> dict[str, object]:
        """The clean values; raises Invalid when there are problems."""
        if self.problems:
            raise Invalid(self.problems)
        return self.clean


@dataclass(frozen=True)
class FormPage:
    """One page of the form: one thing to think about, in one or several questions."""

    code: str
    title: Text
    help: Text | None
    questions: tuple[Question, ...]


def validate(service: Service, answers: Answers, lang: str = "vi", *, partial: bool = False) -> Checked:
    """Judge the customer's answers. Hidden questions are left out; `partial` forgives what is still missing.

    An answer that makes the service impossible for this customer is a problem with code NOT_ELIGIBLE, whose
    facts name the service to take instead, if any.
    """
    checked = _check(service.questions, answers, {}, partial=partial)
    for rule in list_refusals(service, checked.clean):
        message = f"{rule.refusal.get(lang)} {rule.instead.get(lang)}".replace("%", "%%")
        problem = Problem(NOT_ELIGIBLE, message, {"instead_service": rule.instead_service})
        checked.problems.setdefault(rule.question, []).append(problem)
    return checked


def validate_page(service: Service, page: str, answers: Answers, lang: str = "vi") -> Checked:
    """Judge one page, given all answers so far; the clean values are those of this page alone."""
    everything = validate(service, answers, lang, partial=True)
    here = next((found for found in pages(service, answers) if found.code == page), None)
    names = [question.name for question in here.questions] if here else []
    missing = validate(service, answers, lang).problems
    problems = {name: missing[name] for name in names if name in missing}
    return Checked({name: everything.clean[name] for name in names if name in everything.clean}, problems)


def validate_inputs(action: Action, inputs: Answers, facts: Answers) -> Checked:
    """Judge the inputs of an action. Conditions see what is known so far and the inputs before them."""
    own = {question.name for question in action.inputs}
    return _check(action.inputs, inputs, {name: fact for name, fact in facts.items() if name not in own})


def list_refusals(service: Service, clean: Answers) -> list[Eligibility]:
    """The eligibility rules that the answers given so far do not meet."""
    return [rule for rule in service.eligibility if rule.question in clean and not rule.ok_when.holds(clean)]


def visible_questions(service: Service, answers: Answers) -> tuple[Question, ...]:
    """The questions to ask, given the answers so far (raw or clean)."""
    clean = _check(service.questions, answers, {}, partial=True).clean
    return tuple(
        question for question in service.questions if question.when.holds(_before(service, question, clean))
    )


def visible_inputs(action: Action, inputs: Answers, facts: Answers) -> tuple[Question, ...]:
    """The inputs of an action to ask, given those typed so far."""
    own = {question.name for question in action.inputs}
    known = {name: fact for name, fact in facts.items() if name not in own}
    known |= validate_inputs(action, inputs, facts).clean
    return tuple(question for question in action.inputs if question.when.holds(known))


def pages(service: Service, answers: Answers) -> tuple[FormPage, ...]:
    """The pages with something to ask, in order; a question without a page has one of its own."""
    declared = {page.code: page for page in service.pages}
    grouped: dict[str, list[Question]] = {}
    for question in visible_questions(service, answers):
        grouped.setdefault(question.page or question.name, []).append(question)
    found = []
    for code, questions in grouped.items():
        page = declared.get(code)
        title = page.title if page else questions[0].label
        found.append(FormPage(code, title, page.help if page else None, tuple(questions)))
    return tuple(found)


def find_page(service: Service, answers: Answers, code: str) -> FormPage | None:
    return next((page for page in pages(service, answers) if page.code == code), None)


def next_page(
    service: Service, answers: Answers, code: str, settled: Collection[str] = ()
) -> FormPage | None:
    """The page after this one; None means review and send. Pages whose questions are all settled are passed over."""
    found = pages(service, answers)
    order = [page.code for page in found]
    at = order.index(code) + 1 if code in order else 0
    for page in found[at:]:
        if not {question.name for question in page.questions} <= set(settled):
            return page
    return None


def first_open_page(service: Service, answers: Answers) -> FormPage | None:
    """The first page on which something is missing or wrong: where a saved form is taken up again."""
    problems = validate(service, answers).problems
    for page in pages(service, answers):
        if any(question.name in problems for question in page.questions):
            return page
    return None


@dataclass(frozen=True)
class ReviewLine:
    """One answer in words, for the review page, the slip and the summary in the chat."""

    number: int
    question: Question
    label: Text
    value: object
    shown: str
    page: str


def review(
    service: Service, answers: Answers, lang: str = "vi", *, masked: bool = False
) -> tuple[ReviewLine, ...]:
    """The answers in words, numbered from 1, without the questions that were left open."""
    clean = validate(service, answers, lang, partial=True).clean
    given = [question for question in service.questions if question.name in clean]
    return tuple(
        ReviewLine(
            number=number,
            question=question,
            label=question.short_label,
            value=clean[question.name],
            shown=values.show(question, clean[question.name], lang, masked=masked),
            page=question.page or question.name,
        )
        for number, question in enumerate(given, start=1)
    )


def _check(
    questions: Iterable[Question], answers: Answers, facts: Answers, *, partial: bool = False
) -> Checked:
    clean: dict[str, object] = {}
    problems: dict[str, list[Problem]] = {}
    known = dict(facts)
    for question in questions:
        if not question.when.holds(known):
            continue
        found = values.read(question, answers.get(question.name))
        if found.problem is not None:
            problems[question.name] = [found.problem]
        elif found.value is not None:
            clean[question.name] = known[question.name] = found.value
        elif question.required and not partial:
            problems[question.name] = [REQUIRED]
    return Checked(clean, problems)


def _before(service: Service, question: Question, clean: Answers) -> dict[str, object]:
    """The clean answers to the questions that come before this one."""
    names = [other.name for other in service.questions]
    return {name: clean[name] for name in names[: names.index(question.name)] if name in clean}
