"""JSON Schema 2020-12 of a service's answers, for those who send requests by API.

It describes the stored form of the answers: telephone numbers in international form, dates as ISO. What a
schema cannot say (is it a possible telephone number?) stands in a named `format`, with its test in FORMATS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal

from motcua.kernel import phones, vietnamese
from motcua.kernel.expressions import All, Always, Any, Condition, Not, Test
from motcua.services import values
from motcua.services.declaration import Action, Question, QuestionType, Service

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, object]

_PLACE_STRINGS = ("province_code", "district", "commune", "hamlet", "detail", "pole_number")


def json_schema(service: Service, lang: str = "vi") -> Schema:
    """The schema of the answers to all questions of a service."""
    schema: Schema = {
        "$schema": DIALECT,
        "$id": f"urn:motcua:service:{service.code}:{service.version}",
        "title": service.name.get(lang),
        "description": service.summary.get(lang),
        **_object(service.questions, lang),
    }
    rules = list(schema.get("allOf", []))  # type: ignore[call-overload]
    for rule in service.eligibility:
        rules.append(
            {
                "if": {"required": [rule.question]},
                "then": condition_schema(rule.ok_when),
                "$comment": rule.refusal.get(lang),
            }
        )
    return {**schema, "allOf": rules} if rules else schema


def inputs_schema(action: Action, lang: str = "vi") -> Schema:
    """The schema of an action's inputs, as far as their conditions depend on each other alone."""
    return {"$schema": DIALECT, "title": action.label.get(lang), **_object(action.inputs, lang)}


def _object(questions: tuple[Question, ...], lang: str) -> Schema:
    names = {question.name for question in questions}
    required = [question.name for question in questions if question.required and not question.when.fields()]
    rules: list[Schema] = []
    for question in questions:
        if not question.when.fields() or not question.when.fields() <= names:
            continue
        asked: Schema = {"required": [question.name]}
        rule: Schema = {"if": condition_schema(question.when), "else": {"not": asked}}
        rules.append({**rule, "then": asked} if question.required else rule)
    schema: Schema = {
        "type": "object",
        "properties": {question.name: question_schema(question, lang) for question in questions},
        "required": required,
        "additionalProperties": False,
    }
    return {**schema, "allOf": rules} if rules else schema


def question_schema(question: Question, lang: str = "vi") -> Schema:
    """The schema of one answer."""
    schema = {"title": question.label.get(lang), **_BUILDERS[question.type](question, lang)}
    if question.help:
        schema["description"] = question.help.get(lang)
    if question.personal:
        schema["x-personal"] = True
    if question.is_known_of_customers:
        schema["x-known-of-proven-customers"] = True
    return schema


def _string(question: Question, lang: str) -> Schema:
    schema: Schema = {"type": "string", "format": "visible-text", "maxLength": values.limit_of(question)}
    if question.pattern:
        schema["pattern"] = f"^(?:{question.pattern})$"
    if question.example:
        schema["examples"] = [question.example]
    return schema


def _integer(question: Question, lang: str) -> Schema:
    return {"type": "integer", **_range(question)}


def _decimal(question: Question, lang: str) -> Schema:
    return {"type": "number", **_range(question)}


def _range(question: Question) -> Schema:
    limits: Schema = {
        "minimum": _number(question.min if question.min is not None else Decimal(-(2**53 - 1))),
        "maximum": _number(question.max if question.max is not None else Decimal(2**53 - 1)),
    }
    return {**limits, "x-unit": question.unit} if question.unit else limits


def _number(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def _choice(question: Question, lang: str) -> Schema:
    return {
        "type": "string",
        "enum": [option.value for option in question.options],
        "x-labels": {option.value: option.label.get(lang) for option in question.options},
    }


def _multi(question: Question, lang: str) -> Schema:
    return {"type": "array", "items": _choice(question, lang), "minItems": 1, "uniqueItems": True}


def _place(question: Question, lang: str) -> Schema:
    part = {"type": "string", "format": "visible-text", "maxLength": values.PLACE_PART_LENGTH}
    parts: Schema = {
        "text": {"type": "string", "format": "visible-text", "maxLength": values.PLACE_TEXT_LENGTH},
        **dict.fromkeys(_PLACE_STRINGS, part),
        "neighbour_account_code": {"type": "string", "pattern": values.ACCOUNT_CODE},
    }
    for name, (low, high) in (("lat", values.LATITUDES), ("lon", values.LONGITUDES)):
        parts[name] = {"type": "number", "minimum": low, "maximum": high}
    schema: Schema = {
        "type": "object",
        "format": "place",
        "required": ["text"],
        "properties": parts,
        "additionalProperties": False,
        "dependentRequired": {"lat": ["lon"], "lon": ["lat"]},
    }
    return schema


_BUILDERS: Mapping[QuestionType, Callable[[Question, str], Schema]] = {
    QuestionType.TEXT: _string,
    QuestionType.LONG_TEXT: _string,
    QuestionType.PERSON_NAME: lambda question, lang: {**_string(question, lang), "format": "person-name"},
    QuestionType.PHONE: lambda question, lang: {
        "type": "string",
        "format": "e164-phone",
        "pattern": r"^\+[1-9][0-9]{6,14}$",
        "examples": ["+84901234567"],
    },
    QuestionType.EMAIL: lambda question, lang: {
        "type": "string",
        "pattern": values.EMAIL,
        "maxLength": values.EMAIL_LENGTH,
    },
    QuestionType.ID_NUMBER: lambda question, lang: {"type": "string", "pattern": values.ID_NUMBER},
    QuestionType.INTEGER: _integer,
    QuestionType.DECIMAL: _decimal,
    QuestionType.CHOICE: _choice,
    QuestionType.MULTI: _multi,
    QuestionType.YES_NO: lambda question, lang: {"type": "boolean"},
    QuestionType.DATE: lambda question, lang: {"type": "string", "format": "calendar-date"},
    QuestionType.MOMENT: lambda question, lang: {
        "type": "string",
        "format": "local-moment",
        "pattern": values.MOMENT,
    },
    QuestionType.PLACE: _place,
    QuestionType.ACCOUNT_CODE: lambda question, lang: {"type": "string", "pattern": values.ACCOUNT_CODE},
}


# conditions


def condition_schema(condition: Condition) -> Schema:
    """A condition as a schema that an object of answers meets exactly when the condition holds."""
    if isinstance(condition, Always):
        return {} if condition.holds_always else {"not": {}}
    if isinstance(condition, Not):
        return {"not": condition_schema(condition.part)}
    if isinstance(condition, All | Any):
        word = "allOf" if isinstance(condition, All) else "anyOf"
        return {word: [condition_schema(part) for part in condition.parts]}
    return _test_schema(condition)


def is_expressible(condition: Condition) -> bool:
    """False when a schema cannot say it: an order of texts or days."""
    if isinstance(condition, Test):
        return condition.operator in ("equals", "not", "in", "present") or not isinstance(
            condition.value, str | date
        )
    if isinstance(condition, All | Any):
        return all(is_expressible(part) for part in condition.parts)
    return is_expressible(condition.part) if isinstance(condition, Not) else True


def _test_schema(test: Test) -> Schema:
    value = test.value
    if test.operator == "present":
        wanted = _at(test.field, {})
        return wanted if value else {"not": wanted}
    if test.operator == "not":
        return {"not": _at(test.field, _has(value))}
    if test.operator == "equals":
        return _at(test.field, _has(value))
    if test.operator == "in":
        options = value if isinstance(value, tuple) else (value,)
        return _at(test.field, {"anyOf": [_has(option) for option in options]})
    return _at(test.field, {"type": "number", _LIMITS[test.operator]: _plain(value)})


_LIMITS = {"gt": "exclusiveMinimum", "gte": "minimum", "lt": "exclusiveMaximum", "lte": "maximum"}


def _has(value: object) -> Schema:
    """The value itself, or a list of choices that contains it."""
    wanted = {"const": _plain(value)}
    return {"anyOf": [wanted, {"type": "array", "contains": wanted}]}


def _at(path: str, schema: Schema) -> Schema:
    name, _, rest = path.partition(".")
    return {"required": [name], "properties": {name: _at(rest, schema) if rest else schema}}


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return _number(value)
    return value.isoformat() if isinstance(value, date | datetime) else value


# formats


def _is_visible(text: str) -> bool:
    return bool(vietnamese.clean(text))


def _reads(kind: QuestionType) -> Callable[[str], bool]:
    def test(text: str) -> bool:
        found = values.read(Question("value", kind, values.YES), text)
        return found.problem is None and found.value is not None

    return test


def _is_place(place: object) -> bool:
    if not isinstance(place, Mapping):
        return True
    found = values.read(Question("place", QuestionType.PLACE, values.YES), place)
    return found.problem is None and found.value is not None


# What each named format of ours means; strings, but for a place, which is an object.
FORMATS: Mapping[str, Callable[..., bool]] = {
    "visible-text": _is_visible,
    "person-name": _reads(QuestionType.PERSON_NAME),
    "e164-phone": lambda text: phones.normalise(text) is not None,
    "calendar-date": _reads(QuestionType.DATE),
    "local-moment": _reads(QuestionType.MOMENT),
    "place": _is_place,
}
