"""Plausible answers and inputs for any declared service, and every way through its steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from motcua.kernel.expressions import tests_of
from motcua.services import flow, forms
from motcua.services.declaration import SYSTEM, Action, Question, QuestionType, Service, Step

ACCOUNT = "PD04000000001"
_PLAIN: Mapping[QuestionType, object] = {
    QuestionType.TEXT: "Ghi chú",
    QuestionType.LONG_TEXT: "Đã làm xong như đã hẹn.",
    QuestionType.PERSON_NAME: "Trần Văn An",
    QuestionType.PHONE: "+84907654321",
    QuestionType.EMAIL: "an@example.org",
    QuestionType.ID_NUMBER: "001085099999",
    QuestionType.YES_NO: False,
    QuestionType.DATE: "2027-12-31",
    QuestionType.MOMENT: None,
    QuestionType.PLACE: {
        "text": "Số 12 ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội",
        "neighbour_account_code": ACCOUNT,
    },
    QuestionType.ACCOUNT_CODE: ACCOUNT,
}


def plain_value(question: Question) -> object:
    """One value that the form takes."""
    if question.options:
        first = question.options[0].value
        return [option.value for option in question.options] if question.type is QuestionType.MULTI else first
    if question.type in (QuestionType.INTEGER, QuestionType.DECIMAL):
        return max(int(question.min or 0), min(500, int(question.max if question.max is not None else 500)))
    if question.pattern:
        return question.example
    return _PLAIN[question.type]


def answers_of(service: Service, **chosen: object) -> dict[str, Any]:
    """Answers with which the service is possible, as short as may be."""
    allowed = {rule.question: test for rule in service.eligibility for test in tests_of(rule.ok_when)}
    answers: dict[str, Any] = {}
    for question in service.questions:
        if question not in forms.visible_questions(service, answers):
            continue
        value = chosen.get(question.name, plain_value(question))
        test = allowed.get(question.name)
        if question.name not in chosen and test is not None and not test.holds({question.name: value}):
            if test.operator == "equals":
                value = test.value
            elif test.operator in ("lt", "lte", "gt", "gte"):
                value = 15 if test.operator.startswith("l") else 60
        if question.required or question.name in chosen:
            answers[question.name] = value
    assert forms.validate(service, answers).is_good, forms.validate(service, answers).problems
    return answers


def list_ways(action: Action, facts: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Inputs that make the action lead to each step it can lead to, one set for each."""
    if not action.to:
        yield "", inputs_of(action, facts, {})
        return
    seen: set[str] = set()
    for wish in _wishes(action):
        inputs = inputs_of(action, facts, wish)
        for transition in action.to:
            if transition.when.holds({**facts, **inputs}):
                if transition.step not in seen:
                    seen.add(transition.step)
                    yield transition.step, inputs
                break


def _wishes(action: Action) -> Iterator[dict[str, Any]]:
    """What to try for the inputs that transitions ask about."""
    asked = {test.field for t in action.to for test in tests_of(t.when)}
    names = [question.name for question in action.inputs if question.name in asked]
    yield {}
    values: dict[str, tuple[object, ...]] = {}
    for question in action.inputs:
        if question.name in names:
            if question.type is QuestionType.YES_NO:
                values[question.name] = (True, False)
            elif question.options:
                values[question.name] = tuple(option.value for option in question.options)
            else:
                values[question.name] = (0, 450000)
    combined: list[dict[str, Any]] = [{}]
    for name, options in values.items():
        combined = [{**wish, name: value} for wish in combined for value in options]
    yield from combined


def inputs_of(action: Action, facts: Mapping[str, Any], wish: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs that the form takes: those wished for, the required ones, nothing else."""
    inputs: dict[str, Any] = {}
    for question in action.inputs:
        if question not in forms.visible_inputs(action, inputs, facts):
            continue
        if question.name in wish or question.required:
            value = wish.get(question.name, plain_value(question))
            if value is not None:
                inputs[question.name] = value
    checked = forms.validate_inputs(action, inputs, facts)
    assert checked.is_good, (action.code, inputs, checked.problems)
    return inputs


Way = tuple[tuple[str, str, str], ...]  # step, action, the step it leads to


def list_paths(service: Service, answers: Mapping[str, Any]) -> list[list[tuple[str, dict[str, Any], str]]]:
    """Every way from the first step to a final one that takes no edge twice: (action, inputs, next step)."""
    paths: list[list[tuple[str, dict[str, Any], str]]] = []

    def walk(
        step: Step,
        facts: Mapping[str, Any],
        done: list[tuple[str, dict[str, Any], str]],
        edges: frozenset[tuple[str, str, str]],
    ) -> None:
        if step.final:
            paths.append(done)
            return
        offered = (
            [step.system_action()]
            if step.role == SYSTEM or step.waits_for
            else [action for action in flow.list_actions(step, facts) if action.to]
        )
        for action in offered:
            assert action is not None
            for target, inputs in list_ways(action, facts):
                edge = (step.code, action.code, target)
                if edge not in edges:
                    walk(
                        service.step(target),
                        {**facts, **inputs},
                        [*done, (action.code, inputs, target)],
                        edges | {edge},
                    )

    walk(service.first_step, dict(answers), [], frozenset())
    return paths
