"""Conditions written as data: when a question is asked, a paper needed, a fee owed, a step taken.

    {field: poles_needed, gt: 0}
    {all: [{field: holder, equals: TENANT}, {not: {field: months, gte: 12}}]}

A condition is read once (`parse` says what is wrong and where), tells the fields it mentions without being
run, and is a pure function of the answers. A field that has no answer fulfils nothing but `not` and
`present: false`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any as Anything

Answers = Mapping[str, object]


class ExpressionError(ValueError):
    """A condition that cannot be read. `path` says where in it: "all[1].field"."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path or 'condition'}: {problem}")
        self.path = path
        self.problem = problem


@dataclass(frozen=True)
class Always:
    """No condition."""

    holds_always: bool = True

    def holds(self, answers: Answers) -> bool:
        return self.holds_always

    def fields(self) -> frozenset[str]:
        return frozenset()


@dataclass(frozen=True)
class Test:
    """One comparison of one field. A dot in the field's name goes into an answer that has parts."""

    field: str
    operator: str
    value: object

    def holds(self, answers: Answers) -> bool:
        return _OPERATORS[self.operator](_answer(answers, self.field), self.value)

    def fields(self) -> frozenset[str]:
        return frozenset((self.field.partition(".")[0],))


@dataclass(frozen=True)
class All:
    parts: tuple[Condition, ...]

    def holds(self, answers: Answers) -> bool:
        return all(part.holds(answers) for part in self.parts)

    def fields(self) -> frozenset[str]:
        return _united(self.parts)


@dataclass(frozen=True)
class Any:
    parts: tuple[Condition, ...]

    def holds(self, answers: Answers) -> bool:
        return any(part.holds(answers) for part in self.parts)

    def fields(self) -> frozenset[str]:
        return _united(self.parts)


@dataclass(frozen=True)
class Not:
    part: Condition

    def holds(self, answers: Answers) -> bool:
        return not self.part.holds(answers)

    def fields(self) -> frozenset[str]:
        return self.part.fields()


Condition = Always | Test | All | Any | Not

ALWAYS = Always()


def parse(raw: object, path: str = "") -> Condition:
    """Read a condition. None and true always hold, false never does."""
    if raw is None:
        return ALWAYS
    if isinstance(raw, bool):
        return Always(raw)
    if not isinstance(raw, Mapping):
        raise ExpressionError(path, f"a condition is a table of names and values, not {_kind(raw)}")
    if "field" in raw:
        return _parse_tests(raw, path)
    if len(raw) != 1:
        raise ExpressionError(path, "write one of all, any, not, or a field with its comparison")
    [(name, value)] = raw.items()
    here = f"{path}.{name}" if path else str(name)
    if name == "not":
        return Not(parse(value, here))
    if name not in ("all", "any"):
        raise ExpressionError(path, f"{name!r} is none of all, any, not, field")
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        raise ExpressionError(here, "a list of conditions with at least one in it")
    parts = tuple(parse(part, f"{here}[{index}]") for index, part in enumerate(value))
    return All(parts) if name == "all" else Any(parts)


def evaluate(raw: object, answers: Answers) -> bool:
    """Read a condition and apply it, for those that apply it once."""
    return parse(raw).holds(answers)


def fields_of(raw: object) -> frozenset[str]:
    """The fields a condition mentions."""
    return parse(raw).fields()


def tests_of(condition: Condition) -> Iterator[Test]:
    """Every comparison in a condition, in the order written: for checks against the declared fields."""
    if isinstance(condition, Test):
        yield condition
    elif isinstance(condition, All | Any):
        for part in condition.parts:
            yield from tests_of(part)
    elif isinstance(condition, Not):
        yield from tests_of(condition.part)


def to_plain(condition: Condition) -> object:
    """The condition as it is written."""
    if isinstance(condition, Always):
        return condition.holds_always
    if isinstance(condition, Test):
        value = list(condition.value) if isinstance(condition.value, tuple) else condition.value
        return {"field": condition.field, condition.operator: value}
    if isinstance(condition, Not):
        return {"not": to_plain(condition.part)}
    return {"all" if isinstance(condition, All) else "any": [to_plain(part) for part in condition.parts]}


def _parse_tests(raw: Mapping[object, object], path: str) -> Condition:
    name = raw["field"]
    if not isinstance(name, str) or not name:
        raise ExpressionError(f"{path}.field" if path else "field", "the name of a field")
    tests = [
        Test(
            name,
            str(operator),
            _operand(str(operator), value, f"{path}.{operator}" if path else str(operator)),
        )
        for operator, value in raw.items()
        if operator != "field"
    ]
    if not tests:
        raise ExpressionError(path, f"compare {name!r} with one of {', '.join(_OPERATORS)}")
    return tests[0] if len(tests) == 1 else All(tuple(tests))


def _operand(operator: str, value: object, path: str) -> object:
    if operator not in _OPERATORS:
        raise ExpressionError(path, f"not a comparison; there are {', '.join(_OPERATORS)}")
    if operator == "in":
        if not isinstance(value, Sequence) or isinstance(value, str) or not value:
            raise ExpressionError(path, "a list of values with at least one in it")
        return tuple(value)
    if operator == "present":
        if not isinstance(value, bool):
            raise ExpressionError(path, "true or false")
        return value
    if operator in _ORDERED and (isinstance(value, bool) or not isinstance(value, _ORDERABLE)):
        raise ExpressionError(path, f"a number, a date or a text, not {_kind(value)}")
    if isinstance(value, Mapping) or (isinstance(value, Sequence) and not isinstance(value, str)):
        raise ExpressionError(path, "a single value")
    return value


def _answer(answers: Answers, name: str) -> object:
    found: object = answers
    for part in name.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(part)
    return found


def _is_present(answer: object) -> bool:
    if answer is None:
        return False
    if isinstance(answer, str):
        return bool(answer.strip())
    return not (isinstance(answer, Sequence | Mapping | set | frozenset) and not answer)


def _equals(answer: object, value: object) -> bool:
    """Equal values; an answer of several choices equals a value that is one of them. True is not 1."""
    if isinstance(answer, list | tuple | set | frozenset):
        return any(_equals(choice, value) for choice in answer)
    if isinstance(answer, bool) or isinstance(value, bool):
        return answer is value
    return _alike(answer) == _alike(value)


def _ordered(compare: Callable[[Anything, Anything], bool]) -> Callable[[object, object], bool]:
    def test(answer: object, value: object) -> bool:
        if answer is None or isinstance(answer, bool):
            return False
        left, right = _alike(answer), _alike(value)
        if isinstance(right, Decimal) and isinstance(left, str):
            return False
        try:
            return bool(compare(left, right))
        except TypeError:
            return False

    return test


def _alike(value: object) -> object:
    """Numbers of all kinds as decimals, days as ISO text: they compare with what JSON makes of them."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(str(value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def _united(parts: tuple[Condition, ...]) -> frozenset[str]:
    return frozenset[str]().union(*(part.fields() for part in parts))


def _kind(value: object) -> str:
    return "nothing" if value is None else f"{type(value).__name__} {value!r}"


_ORDERABLE = (int, float, Decimal, str, date)
_ORDERED = ("gt", "gte", "lt", "lte")
_OPERATORS: Mapping[str, Callable[[object, object], bool]] = {
    "equals": _equals,
    "not": lambda answer, value: not _equals(answer, value),
    "in": lambda answer, values: any(_equals(answer, value) for value in _values(values)),
    "gt": _ordered(lambda a, b: a > b),
    "gte": _ordered(lambda a, b: a >= b),
    "lt": _ordered(lambda a, b: a < b),
    "lte": _ordered(lambda a, b: a <= b),
    "present": lambda answer, value: _is_present(answer) is value,
}


def _values(values: object) -> tuple[object, ...]:
    return values if isinstance(values, tuple) else (values,)
