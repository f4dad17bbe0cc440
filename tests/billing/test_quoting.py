"""What a quote refuses, by the field's name; the stop and reconnect fee; the command over its lines."""

import io
import json
from datetime import date

import pytest

from motcua.billing.rules import quoting
from motcua.kernel.results import Refused
from motcua.ops import main
from motcua.ops import quote as command
from motcua.tariffs import energy

BOOK = energy.price_book()
TODAY = date(2026, 11, 16)
GOOD = {"group": "HOME", "from": "2026-03-15", "to": "2026-04-15", "kwh": 75}
SHOP = {"group": "BUSINESS", "voltage": "LT_6KV", "from": "2026-03-15", "to": "2026-04-15"}
HOURS = {"normal": 1, "off_peak": 2, "peak": 3}


class TestRefusals:
    @pytest.mark.parametrize(
        ("told", "code", "field"),
        [
            ({"power": 1}, "UNKNOWN_FIELD", "power"),
            ({"kw": 1}, "CONTRADICTION", "kw"),
            ({"group": None}, "FIELD_MISSING", "group"),
            ({"group": "HOUSE"}, "FIELD_WRONG", "group"),
            ({"group": 7}, "FIELD_WRONG", "group"),
            ({"from": None}, "FIELD_MISSING", "from"),
            ({"from": "15/03/2026"}, "FIELD_WRONG", "from"),
            ({"from": "2026-02-30"}, "FIELD_WRONG", "from"),
            ({"from": "20260301"}, "FIELD_WRONG", "from"),
            ({"from": "2026-W10-1"}, "FIELD_WRONG", "from"),
            ({"to": None}, "FIELD_MISSING", "to"),
            ({"to": 20260415}, "FIELD_WRONG", "to"),
            ({"to": "2026-03-15"}, "CONTRADICTION", "to"),
            ({"to": "2026-03-01"}, "CONTRADICTION", "to"),
            ({"kwh": None}, "FIELD_MISSING", "kwh"),
            ({"kwh": -1}, "FIELD_WRONG", "kwh"),
            ({"kwh": 1.5}, "FIELD_WRONG", "kwh"),
            ({"kwh": "75"}, "FIELD_WRONG", "kwh"),
            ({"kwh": True}, "FIELD_WRONG", "kwh"),
            ({"kwh": 10**12}, "FIELD_WRONG", "kwh"),
            ({"kwh": float("nan")}, "FIELD_WRONG", "kwh"),
            ({"kwh": float("inf")}, "FIELD_WRONG", "kwh"),
            ({"registers": HOURS}, "CONTRADICTION", "registers"),
            ({"registers": HOURS, "kwh": None}, "CONTRADICTION", "registers"),
            ({"quotas": 0}, "FIELD_WRONG", "quotas"),
            ({"quotas": -1}, "FIELD_WRONG", "quotas"),
            ({"quotas": 0.333}, "FIELD_WRONG", "quotas"),
            ({"quotas": "2"}, "FIELD_WRONG", "quotas"),
            ({"quotas": 1, "tenants": 4}, "CONTRADICTION", "tenants"),
            ({"tenants": 1.5}, "FIELD_WRONG", "tenants"),
            ({"tenants": "many"}, "FIELD_WRONG", "tenants"),
            ({"cosphi": 1.01}, "FIELD_WRONG", "cosphi"),
            ({"cosphi": "0.9"}, "FIELD_WRONG", "cosphi"),
            ({"area": "MOON"}, "FIELD_WRONG", "area"),
            ({"billing_month": "2026-13"}, "FIELD_WRONG", "billing_month"),
            ({"billing_month": "2026-04-01"}, "FIELD_WRONG", "billing_month"),
            ({"norm_rounding": "UP"}, "FIELD_WRONG", "norm_rounding"),
            ({"voltage": "380V"}, "FIELD_WRONG", "voltage"),
            ({"km": 3}, "CONTRADICTION", "km"),
            ({"mountain": True}, "CONTRADICTION", "mountain"),
            ({"fee": "RECONNECT"}, "FIELD_WRONG", "fee"),
            ({"fee": "STOP_RECONNECT"}, "CONTRADICTION", "kwh"),
            ({"from": "2015-03-15", "to": "2015-04-15"}, "NO_PRICE", "from"),
            ({"group": "WHOLESALE_RURAL", "tenants": 4}, "CONTRADICTION", "tenants"),
        ],
    )
    def test_of_a_home_name_the_field(self, told, code, field):
        with pytest.raises(Refused) as found:
            quoting.quote(GOOD | told, BOOK, TODAY)

        assert (found.value.code, found.value.field) == (code, field)

    @pytest.mark.parametrize(
        ("told", "code", "field"),
        [
            ({"kwh": 1, "voltage": None}, "FIELD_MISSING", "voltage"),
            ({"kwh": 1, "voltage": "GE_6KV"}, "CONTRADICTION", "voltage"),
            ({"kwh": 1, "quotas": 2}, "CONTRADICTION", "quotas"),
            ({"kwh": 1, "tenants": 0}, "CONTRADICTION", "tenants"),
            ({"registers": [1, 2, 3]}, "FIELD_WRONG", "registers"),
            ({"registers": {"normal": 1, "peak": 1}}, "FIELD_MISSING", "registers.off_peak"),
            ({"registers": HOURS | {"night": 1}}, "UNKNOWN_FIELD", "registers.night"),
            ({"registers": HOURS | {"peak": -1}}, "FIELD_WRONG", "registers.peak"),
            ({"registers": HOURS, "group": "HOSPITAL_SCHOOL"}, "CONTRADICTION", "registers"),
        ],
    )
    def test_of_a_shop_name_the_field(self, told, code, field):
        with pytest.raises(Refused) as found:
            quoting.quote(SHOP | told, BOOK, TODAY)

        assert (found.value.code, found.value.field) == (code, field)

    @pytest.mark.parametrize("told", [None, [], "x", 3])
    def test_what_is_no_case(self, told):
        with pytest.raises(Refused):
            quoting.quote(told, BOOK, TODAY)


class TestTheFee:
    @pytest.mark.parametrize(
        ("told", "subtotal", "total"),
        [
            ({"group": "HOME"}, 98_000, 105_840),
            ({"group": "HOME", "km": 60, "mountain": True}, 98_000, 105_840),
            ({"group": "BUSINESS", "voltage": "LT_6KV", "km": 5}, 98_000, 105_840),
            ({"group": "BUSINESS", "voltage": "LT_6KV", "km": 5.1}, 111_720, 120_658),
            ({"voltage": "LT_6KV", "km": 12, "mountain": True}, 144_256, 155_796),
            ({"group": "PRODUCTION", "voltage": "KV22_110", "km": 51}, 392_700, 424_116),
            ({"group": "PRODUCTION", "voltage": "GE_110KV", "mountain": True}, 389_850, 421_038),
            ({"group": "HOME", "to": "2018-12-03"}, 81_000, 89_100),
            ({"group": "HOME", "to": "2027-01-01"}, 98_000, 107_800),
        ],
    )
    def test_of_stop_and_reconnect(self, told, subtotal, total):
        answer = quoting.quote({"fee": "STOP_RECONNECT", **told}, BOOK, TODAY)

        assert (answer["subtotal_vnd"], answer["total_vnd"], answer["active_vnd"]) == (subtotal, total, 0)
        assert answer["lines"][0]["amount_vnd"] == subtotal

    @pytest.mark.parametrize(
        ("told", "field"),
        [({"voltage": "GE_22KV"}, "voltage"), ({"mountain": "yes"}, "mountain"), ({"km": -1}, "km"), ({"to": "2001-01-01"}, "to")],
    )  # fmt: skip
    def test_refuses_by_field(self, told, field):
        with pytest.raises(Refused) as found:
            quoting.quote({"fee": "STOP_RECONNECT", **told}, BOOK, TODAY)

        assert found.value.field == field


class TestTheCommand:
    @pytest.fixture
    def run(self, monkeypatch, capsys, tmp_path):
        def run(text, *more):
            monkeypatch.setenv("MOTCUA_HOME", str(tmp_path / "home"))
            monkeypatch.delenv("DATABASE_URL", raising=False)
            monkeypatch.setattr("sys.stdin", io.StringIO(text))
            code = main.main(["quote", *more])
            return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

        return run

    def test_answers_line_by_line_and_names_what_it_refuses(self, run):
        bad = json.dumps(GOOD | {"kwh": -1})

        code, answers = run(
            f"{json.dumps(GOOD)}\n\n{bad}\nnonsense\n{json.dumps(SHOP | {'registers': HOURS})}"
        )

        assert code == 1
        assert answers[0] == quoting.quote(GOOD, BOOK, TODAY)
        assert set(answers[0]) == {
            "lines", "active_vnd", "reactive_vnd", "subtotal_vnd", "vat_rate", "vat_vnd", "total_vnd",
        }  # fmt: skip
        assert [(a.get("error"), a.get("field")) for a in answers[1:]] == [
            ("FIELD_WRONG", "kwh"), ("MALFORMED", ""), (None, None),
        ]  # fmt: skip

    def test_takes_one_case_over_several_lines(self, run):
        code, answers = run(json.dumps(GOOD, indent=2), "--shipped")

        assert (code, [answer["total_vnd"] for answer in answers]) == (0, [162_486])

    def test_says_nothing_to_nothing(self, run):
        assert run("") == (0, [])

    def test_refuses_a_field_said_twice(self):
        text = json.dumps(GOOD)[:-1] + ', "kwh": 76}'

        assert command.answer_to(text, BOOK, TODAY)["field"] == "kwh"
