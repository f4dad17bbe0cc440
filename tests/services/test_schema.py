"""The JSON Schema and the form agree on what is accepted."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from tests.services import strategies

from motcua.kernel import expressions
from motcua.services import catalogue, forms, schema

SERVICES = catalogue.current().list_all()
by_service = pytest.mark.parametrize("service", SERVICES, ids=lambda s: f"{s.code}-{s.version}")


def checker() -> FormatChecker:
    found = FormatChecker(formats=[])
    for name, test in schema.FORMATS.items():
        found.checks(name)(lambda value, test=test, name=name: _holds(name, test, value))
    return found


def _holds(name, test, value):
    return test(value) if isinstance(value, str) or name == "place" else True


def validator(service) -> Draft202012Validator:
    return Draft202012Validator(schema.json_schema(service), format_checker=checker())


@by_service
def test_is_a_valid_schema(service):
    Draft202012Validator.check_schema(schema.json_schema(service))
    for step in service.steps:
        for action in step.actions:
            Draft202012Validator.check_schema(schema.inputs_schema(action, "en"))


@by_service
def test_agrees_with_the_form_on_random_answers(service):
    judge = validator(service)

    @given(strategies.answers(service.questions) | strategies.complete(service.questions))
    @settings(
        max_examples=120,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    def agree(raw):
        checked = forms.validate(service, raw)
        accepted = judge.is_valid(raw)
        if accepted:
            assert checked.is_good, (raw, checked.problems)
        if checked.is_good:
            assert judge.is_valid(checked.clean), [
                error.message for error in judge.iter_errors(checked.clean)
            ]

    agree()


@by_service
def test_refuses_each_answer_taken_away_that_the_form_requires(service):
    judge = validator(service)

    @given(strategies.complete(service.questions), st.data())
    @settings(max_examples=30, deadline=None)
    def agree(raw, data):
        clean = forms.validate(service, raw).clean
        if not judge.is_valid(clean):
            return
        name = data.draw(st.sampled_from(sorted(clean)))
        less = {key: value for key, value in clean.items() if key != name}
        hidden_now = forms.validate(service, less).clean != less
        if not hidden_now:
            assert judge.is_valid(less) == forms.validate(service, less).is_good

    agree()


CONDITIONS = st.deferred(
    lambda: (
        st.builds(
            lambda field, op, value: {"field": field, op: value},
            st.sampled_from("abc"),
            st.sampled_from(["equals", "not"]),
            st.sampled_from(["x", "y", 1, 2, True, False]),
        )
        | st.builds(
            lambda field, op, value: {"field": field, op: value},
            st.sampled_from("abc"),
            st.sampled_from(["gt", "gte", "lt", "lte"]),
            st.integers(0, 3),
        )
        | st.builds(
            lambda field, yes: {"field": field, "present": yes}, st.sampled_from("abc"), st.booleans()
        )
        | st.builds(lambda field: {"field": field, "in": ["x", 2]}, st.sampled_from("abc"))
        | st.builds(
            lambda parts, word: {word: parts},
            st.lists(CONDITIONS, min_size=1, max_size=3),
            st.sampled_from(["all", "any"]),
        )
        | st.builds(lambda part: {"not": part}, CONDITIONS)
    )
)


@given(
    CONDITIONS,
    st.fixed_dictionaries(
        {}, optional={name: st.sampled_from(["x", "y", 1, 2, 2.5, True, False, ["x", "y"]]) for name in "abc"}
    ),
)
@settings(max_examples=200, deadline=None)
def test_a_condition_means_the_same_as_a_schema(raw, answers):
    condition = expressions.parse(raw)

    assert Draft202012Validator(schema.condition_schema(condition)).is_valid(answers) == condition.holds(
        answers
    )


def test_speaks_both_languages_and_marks_personal_answers(home_supply):
    vietnamese, english = schema.json_schema(home_supply), schema.json_schema(home_supply, "en")

    assert vietnamese["properties"]["phone"]["title"] == "Số điện thoại"
    assert english["properties"]["phone"]["title"] == "Telephone number"
    assert english["properties"]["phone"]["x-personal"] is True
    assert "x-personal" not in english["properties"]["phases"]
    assert english["additionalProperties"] is False


def test_refuses_who_is_not_eligible(home_supply):
    judge = validator(home_supply)
    good = {
        "has_meter": False, "place": {"text": "Số 12 ngõ 34 phố Tây Sơn"}, "right_to_place": "OWN",
        "full_name": "Lê An", "id_number": "001185012345", "phone": "+84901234567", "phases": "ONE",
        "visit_time": "ANY",
    }  # fmt: skip

    assert judge.is_valid(good)
    assert not judge.is_valid({**good, "has_meter": True})
    assert not judge.is_valid({**good, "right_to_place": "LEASE_SHORT"})
    assert not judge.is_valid({**good, "phone": "+84123"})
    assert not judge.is_valid({**good, "colour": "red"})
