"""`motcua qr`: what is printed for each vector, and what is refused with which words."""

import io
import json

import pytest
from tests.kernel.vietqr_vectors import VECTORS

from motcua.kernel import vietqr
from motcua.ops.main import main


@pytest.fixture
def run(capsys, monkeypatch):
    def call(*arguments, said=""):
        monkeypatch.setattr("sys.stdin", io.StringIO(said))
        code = main(["qr", *arguments])
        return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return call


class TestDecode:
    def test_each_good_vector_is_told_and_written_anew(self, run):
        texts = [text for name, text in VECTORS.items() if name != "1"]
        code, told = run("decode", *texts)

        assert code == 0
        assert [line["encoded_again"] for line in told] == [text[:-4] + text[-4:].upper() for text in texts]

    def test_the_official_malformed_sample_is_named(self, run):
        code, [told] = run("decode", VECTORS["1"])

        assert (code, told["error"], told["where"]) == (1, "TEMPLATE_BROKEN", "38.01.8")
        assert "NAPAS's QR Format v1.0" in told["message"]
        assert "38.01.01 of length 12" in told["message"]

    def test_the_printed_bill_is_looked_up_and_not_transferred(self, run):
        code, [told] = run("decode", VECTORS["8"])

        assert code == 0
        assert told["tax_code"] == "0100101114-019"
        assert told["customer_code"] == "PD00000000000"
        assert told["purpose"] == "TT tien dien"
        assert told["corporation"] == "HANOI"
        assert told["payable_by_transfer"] is False
        assert "amount_vnd" not in told

    def test_lines_of_the_standard_input_each_get_their_answer(self, run):
        code, told = run("decode", said=f"{VECTORS['3']}\n\nnonsense\n{VECTORS['13']}\n")

        assert code == 1
        assert told[0]["amount_vnd"] == 180_000
        assert told[1]["error"] == "BAD_NAME"
        assert (told[2]["lengths_count"], told[2]["purpose"]) == ("bytes", "Thanh toán hóa đơn")

    def test_lenient_tells_as_a_warning_what_strict_refuses(self, run):
        wrong = VECTORS["3"][:-4] + "0000"

        assert run("decode", wrong)[1][0]["error"] == "CRC_WRONG"
        code, [told] = run("decode", "--lenient", wrong)
        assert (code, told["warnings"][0]["reason"]) == (0, "CRC_WRONG")


class TestEncode:
    GOOD = ("encode", "--bin", "970436", "--account", "0011001234567")

    def test_a_bill_of_our_own(self, run):
        code, [told] = run(
            *self.GOOD, "--amount", "1012300", "--bill-number", "TD202509000123",
            "--customer-code", "PE06000012345", "--purpose", "TT tiền điện",
        )  # fmt: skip

        assert (code, told["text"]) == (0, VECTORS["22"])
        assert (told["initiation"], told["corporation"]) == ("dynamic", "HCMC")

    @pytest.mark.parametrize("amount", ["0", "-5", "50 000", "12.5", "500000000", ""])
    def test_refuses_amounts(self, run, amount):
        code, [told] = run(*self.GOOD, f"--amount={amount}")

        assert (code, told["error"], told["where"]) == (1, "AMOUNT", "54")

    def test_a_static_code_has_no_amount(self, run):
        _, [told] = run(*self.GOOD)

        assert (told["initiation"], "amount_vnd" in told) == ("static", False)

    def test_refuses_too_long_a_purpose_and_account(self, run):
        assert run(*self.GOOD, "--purpose", "x" * 26)[1][0]["where"] == "62.08"
        assert run("encode", "--bin", "970436", "--account", "1" * 20)[1][0]["where"] == "38.01.01"

    def test_cases_of_json_are_refused_one_by_one(self, run):
        cases = [
            {"bin": "970436", "account": "1", "amount": 12.5},
            {"bin": "970436", "account": "1", "amount": 500},
            {"bin": "970436"},
            {"bin": "970436", "account": "1", "colour": "red"},
            [1],
            {"bin": 970436, "account": "1"},
        ]
        code, told = run("encode", said="\n".join(json.dumps(case) for case in cases))

        assert code == 1
        assert [line.get("error") for line in told] == [
            "AMOUNT", None, "FIELD_MISSING", "UNKNOWN_FIELD", "MALFORMED", "MALFORMED",
        ]  # fmt: skip

    def test_a_printed_bill(self, run):
        code, [told] = run(
            "encode", "--tax-code", "0100101114-019", "--customer-code", "PD01000012345",
            "--merchant-name", "EVN Điện lực Thanh Xuân", "--city", "Hà Nội",
        )  # fmt: skip

        assert code == 0
        assert vietqr.decode(told["text"]).merchant_code == "0100101114-019"
        assert told["payable_by_transfer"] is False
        assert (told["merchant_name"], told["city"]) == ("EVN Dien luc Thanh Xuan", "Ha Noi")

    def test_draws_it(self, run, tmp_path):
        run(*self.GOOD, "--svg", str(tmp_path / "code.svg"))

        assert "<svg" in (tmp_path / "code.svg").read_text()


@pytest.mark.parametrize("name", ["3", "8", "13", "22", "23"])
def test_every_change_of_one_character_is_caught(name):
    """All places, all printable letters: not a sample of them."""
    text = VECTORS[name]
    passed = []
    for place, was in enumerate(text):
        for letter in map(chr, range(32, 127)):
            if letter.upper() == was.upper() and place >= len(text) - 4:  # a CRC may be in small letters
                continue
            if letter == was or (place in (0, len(text) - 1) and letter == " "):
                continue
            try:
                vietqr.decode(text[:place] + letter + text[place + 1 :])
            except vietqr.QrError:
                continue
            passed.append((place, letter))
    assert passed == []
