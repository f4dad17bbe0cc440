"""Conditions written as data."""

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.kernel import expressions
from motcua.kernel.expressions import ExpressionError, evaluate, fields_of, parse

FIELDS = st.sampled_from(["a", "b", "c"])
VALUES = st.integers(-3, 3) | st.sampled_from(["", "x", "y"]) | st.booleans()
TESTS = st.one_of(
    st.builds(lambda f, o, v: {"field": f, o: v}, FIELDS, st.sampled_from(["equals", "not"]), VALUES),
    st.builds(
        lambda f, o, v: {"field": f, o: v},
        FIELDS,
        st.sampled_from(["gt", "gte", "lt", "lte"]),
        st.integers(-3, 3),
    ),
    st.builds(lambda f, v: {"field": f, "in": v}, FIELDS, st.lists(VALUES, min_size=1, max_size=3)),
    st.builds(lambda f, v: {"field": f, "present": v}, FIELDS, st.booleans()),
)
CONDITIONS = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda part: {"not": part}, inner),
    ),
)
ANSWERS = st.dictionaries(FIELDS, VALUES | st.none() | st.lists(VALUES, max_size=2))


class TestComparisons:
    @pytest.mark.parametrize(
        ("condition", "answers", "holds"),
        [
            ({"field": "kind", "equals": "HOME"}, {"kind": "HOME"}, True),
            ({"field": "kind", "equals": "HOME"}, {"kind": "SHOP"}, False),
            ({"field": "kind", "equals": "HOME"}, {}, False),
            ({"field": "kind", "not": "HOME"}, {"kind": "SHOP"}, True),
            ({"field": "kind", "not": "HOME"}, {}, True),
            ({"field": "kind", "in": ["A", "B"]}, {"kind": "B"}, True),
            ({"field": "kind", "in": ["A", "B"]}, {}, False),
            ({"field": "uses", "equals": "LIGHT"}, {"uses": ["LIGHT", "PUMP"]}, True),
            ({"field": "uses", "in": ["PUMP", "OVEN"]}, {"uses": ["LIGHT", "PUMP"]}, True),
            ({"field": "uses", "equals": "OVEN"}, {"uses": ["LIGHT", "PUMP"]}, False),
            ({"field": "poles", "gt": 0}, {"poles": 1}, True),
            ({"field": "poles", "gt": 0}, {"poles": 0}, False),
            ({"field": "poles", "gte": 2, "lt": 5}, {"poles": 4}, True),
            ({"field": "poles", "gte": 2, "lt": 5}, {"poles": 5}, False),
            ({"field": "poles", "lte": 5}, {"poles": 5}, True),
            ({"field": "poles", "gt": 0}, {}, False),
            ({"field": "poles", "gt": 0}, {"poles": "many"}, False),
            ({"field": "poles", "gt": 0}, {"poles": True}, False),
            ({"field": "kw", "gte": 40}, {"kw": Decimal("39.9")}, False),
            ({"field": "kw", "equals": 3.5}, {"kw": Decimal("3.50")}, True),
            ({"field": "born", "lt": "2008-01-01"}, {"born": date(2007, 12, 31)}, True),
            ({"field": "born", "lt": date(2008, 1, 1)}, {"born": "2008-01-02"}, False),
            ({"field": "shared", "equals": True}, {"shared": True}, True),
            ({"field": "shared", "equals": True}, {"shared": 1}, False),
            ({"field": "shared", "equals": 1}, {"shared": True}, False),
            ({"field": "note", "present": True}, {"note": "  "}, False),
            ({"field": "note", "present": True}, {"note": 0}, True),
            ({"field": "note", "present": False}, {"note": []}, True),
            ({"field": "place.commune", "equals": "Yên Hòa"}, {"place": {"commune": "Yên Hòa"}}, True),
            ({"field": "place.commune", "present": True}, {"place": "somewhere"}, False),
            ({"all": [{"field": "a", "equals": 1}, {"field": "b", "equals": 2}]}, {"a": 1, "b": 2}, True),
            ({"all": [{"field": "a", "equals": 1}, {"field": "b", "equals": 2}]}, {"a": 1}, False),
            ({"any": [{"field": "a", "equals": 1}, {"field": "b", "equals": 2}]}, {"b": 2}, True),
            ({"any": [{"field": "a", "equals": 1}, {"field": "b", "equals": 2}]}, {}, False),
            ({"not": {"field": "a", "equals": 1}}, {}, True),
            (None, {}, True),
            (True, {}, True),
            (False, {}, False),
        ],
    )
    def test_holds(self, condition, answers, holds):
        assert evaluate(condition, answers) is holds


class TestReading:
    @pytest.mark.parametrize(
        ("raw", "path"),
        [
            ("always", ""),
            ({}, ""),
            ({"field": "a"}, ""),
            ({"field": 5, "equals": 1}, "field"),
            ({"field": "", "equals": 1}, "field"),
            ({"field": "a", "is": 1}, "is"),
            ({"field": "a", "in": "HOME"}, "in"),
            ({"field": "a", "in": []}, "in"),
            ({"field": "a", "present": "yes"}, "present"),
            ({"field": "a", "gt": None}, "gt"),
            ({"field": "a", "gt": True}, "gt"),
            ({"field": "a", "equals": [1]}, "equals"),
            ({"none": []}, ""),
            ({"all": []}, "all"),
            ({"all": {"field": "a", "equals": 1}}, "all"),
            ({"all": [], "any": []}, ""),
            ({"any": [{"field": "a", "equals": 1}, {"not": {"field": "b", "like": 1}}]}, "any[1].not.like"),
        ],
    )
    def test_says_where_it_cannot(self, raw, path):
        with pytest.raises(ExpressionError) as found:
            parse(raw)
        assert found.value.path == path

    def test_lists_the_fields_mentioned(self):
        raw = {"any": [{"field": "a", "equals": 1}, {"not": {"all": [{"field": "place.x", "gt": 2}]}}]}

        assert fields_of(raw) == {"a", "place"}
        assert [test.field for test in expressions.tests_of(parse(raw))] == ["a", "place.x"]
        assert fields_of(None) == frozenset()


class TestLaws:
    @given(CONDITIONS, ANSWERS)
    def test_not_is_the_opposite(self, raw, answers):
        assert evaluate({"not": raw}, answers) is not evaluate(raw, answers)

    @given(st.lists(CONDITIONS, min_size=1, max_size=4), ANSWERS)
    def test_all_and_any_are_what_they_say(self, parts, answers):
        each = [evaluate(part, answers) for part in parts]

        assert evaluate({"all": parts}, answers) is all(each)
        assert evaluate({"any": parts}, answers) is any(each)

    @given(CONDITIONS, ANSWERS, VALUES)
    def test_depends_on_no_field_it_does_not_mention(self, raw, answers, value):
        others = {"a", "b", "c"} - fields_of(raw)

        assert evaluate(raw, answers | dict.fromkeys(others, value)) is evaluate(raw, answers)

    @given(CONDITIONS, ANSWERS)
    def test_survives_being_written_as_json(self, raw, answers):
        again = json.loads(json.dumps(expressions.to_plain(parse(raw))))

        assert parse(again) == parse(raw)
        assert evaluate(again, answers) is evaluate(raw, answers)
