"""The envelope, and the machine that decides how far a message has come."""

from __future__ import annotations

import itertools
import re
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from motcua.billing.einvoice import messages, parsing, schema, signing, states
from motcua.billing.einvoice.messages import (
    NoticeItem,
    NoticeResult,
    Receipt,
    Result,
    SummaryHead,
    SummaryRow,
)
from motcua.billing.models.invoices import MessageState as S
from motcua.ops import main
from tests.billing.invoice_house import AT, TAX_CODE, authority, key, signed

MINE = messages.new_mtdiep(TAX_CODE)
SIGNER = signing.Signer(key())


def received(kind: str, body: str, *, answers: str = MINE) -> messages.Envelope:
    told = messages.envelope(
        version="2.1.0", kind=kind, mtdiep=messages.new_mtdiep("0100109106"), tax_code=TAX_CODE,
        documents=[body.encode()], answers=answers, sender="TCT", receiver="V0100101114019",
    )  # fmt: skip
    return messages.read(told)


def receipt(state: int, more: str = "") -> messages.Envelope:
    return received("999", f"<TBao><MTDiep>{MINE}</MTDiep><TTTNhan>{state}</TTTNhan>{more}</TBao>")


def result(verdict: str, more: str = "") -> messages.Envelope:
    return received("204", f"<TBao><DLTBao><LTBao>{verdict}</LTBao>{more}</DLTBao></TBao>")


WRONG = (
    "<LHDKMa><DSHDon><HDon><KHMSHDon>1</KHMSHDon><KHHDon>K25TTD</KHHDon><SHDon>123</SHDon>"
    "<DSLDo><LDo><MLoi>01</MLoi><MTLoi>Sai</MTLoi></LDo></DSLDo></HDon></DSHDon></LHDKMa>"
)
GOOD, BAD = Receipt(True, []), Receipt(False, [])
VALID, SOME, NONE = Result("2", [], {}), Result("3", [], {("1", "K25TTD", 1): []}), Result("9", [], {})
HEARD = (GOOD, BAD, VALID, SOME, NONE, states.Unreadable(), NoticeResult({("1", "K", 1): True}, {}, []))
RANK = {
    S.READY: 0,
    S.SENDING: 0,
    S.SENT: 0,
    S.DEAD: 0,
    S.RECEIVED: 1,
    S.ACCEPTED: 2,
    S.PARTLY: 2,
    S.REFUSED: 2,
}


class TestNames:
    @pytest.mark.parametrize("tax_code", ["0101304000", "0100101114-019"])
    def test_ours_follow_the_pattern(self, tax_code):
        name = messages.new_mtdiep(tax_code, UUID(int=1))
        assert re.fullmatch(r"[VK](\d{10}|\d{13})[0-9A-F]{32}", name)
        assert name.endswith("0" * 31 + "1")

    @pytest.mark.parametrize("tax_code", ["", "012345678901", "01013040001"])
    def test_others_have_none(self, tax_code):
        with pytest.raises(ValueError):
            messages.new_mtdiep(tax_code)

    @pytest.mark.parametrize(
        "name",
        [MINE.lower(), MINE[:-1], "X" + MINE[1:], MINE + "0", MINE.replace("V", "V-"), ""],
        ids=["small letters", "too short", "another beginning", "too long", "a dash", "nothing"],
    )
    def test_what_is_misshapen_does_not_fit(self, name):
        assert not messages.MTDIEP.match(name)


class TestWhatWeSend:
    def test_invoices_go_in_byte_for_byte(self):
        told = messages.envelope(
            version="2.1.0", kind="203", mtdiep=MINE, tax_code=TAX_CODE, documents=[signed(), signed()]
        )
        assert told.count(signed()) == 2
        assert parsing.parse(told).findtext("TTChung/SLuong") == "2"

    def test_a_table_and_a_notice_follow_the_format(self):
        head = SummaryHead("2.1.0", 7, "N", "05/10/2025", 2, date(2025, 10, 6), "CÔNG TY ĐIỆN LỰC", TAX_CODE)
        row = SummaryRow(
            "1", "K25TTD", 123, date(2025, 10, 5), "Nguyễn <A> & Con", "", "PD01000000001", 300, 739_500, Decimal("0.08"),
            59_160, 798_660, 3, ("1", "K25TTD", 122), "Sai chỉ số",
        )  # fmt: skip
        table = messages.write_summary(head, [row], signer=SIGNER, at=AT)
        notice = messages.write_notice(
            version="2.1.0", items=[NoticeItem("1", "K25TTD", 123, date(2025, 10, 5), 1, "Nhầm")], number="1", name="CÔNG TY",
            tax_code=TAX_CODE, office=("10100", "Cục Thuế"), place="Hà Nội", signer=SIGNER, at=AT,
        )  # fmt: skip
        for kind, document in (("400", table), ("300", notice)):
            told = messages.envelope(
                version="2.1.0", kind=kind, mtdiep=MINE, tax_code=TAX_CODE, documents=[document]
            )
            messages.check(told, version="2.1.0", kind=kind)
            with pytest.raises(schema.Misshapen):
                messages.check(told.replace(b"<MST>", b"<MST>x"), version="2.1.0", kind=kind)


class TestWhatWeHear:
    def test_a_receipt_that_is_an_error(self):
        heard = messages.read_receipt(
            receipt(1, "<DSLDo><LDo><MLoi>07</MLoi><MTa>Chữ ký sai</MTa></LDo></DSLDo>")
        )
        assert not heard.is_good
        step = states.step(S.SENT, heard)
        assert (step.state, step.reason) == (S.REFUSED, "07: Chữ ký sai")

    def test_some_invoices_are_wrong(self):
        heard = messages.read_result(result("3", WRONG))
        assert {key: [str(one) for one in faults] for key, faults in heard.wrong.items()} == {
            ("1", "K25TTD", 123): ["01: Sai"]
        }
        assert states.step(S.RECEIVED, heard).state == S.PARTLY

    @pytest.mark.parametrize(
        ("verdict", "state"),
        [("2", S.ACCEPTED), ("4", S.REFUSED), ("9", S.REFUSED), ("1", S.REFUSED), ("3", S.REFUSED)],
    )
    def test_verdicts(self, verdict, state):
        assert states.step(S.RECEIVED, messages.read_result(result(verdict))).state == state

    @pytest.mark.parametrize(
        "content", [b"", b"<TDiep/>", b"<!DOCTYPE x><TDiep/>", b"<HDon/>", b"<TDiep><TTChung/></TDiep" * 2]
    )
    def test_what_is_no_message_is_said(self, content):
        with pytest.raises(parsing.Unreadable):
            messages.read(content)


class TestTheMachine:
    def test_ranks_never_fall_whatever_comes(self):
        for state, heard in itertools.product(S, HEARD):
            step = states.step(state, heard)
            assert step is None or RANK[step.state] > RANK[state]

    @pytest.mark.parametrize("told", list(itertools.permutations((GOOD, GOOD, VALID, VALID), 4))[:12])
    def test_any_order_and_any_doubling_ends_the_same(self, told):
        state = S.SENT
        for heard in told:
            step = states.step(state, heard)
            state = step.state if step else state
        assert state == S.ACCEPTED

    def test_what_was_given_up_still_hears(self):
        assert states.step(S.DEAD, GOOD).state == S.RECEIVED
        assert states.step(S.DEAD, VALID).state == S.ACCEPTED

    def test_a_second_verdict_that_differs_changes_nothing(self):
        assert states.step(S.ACCEPTED, NONE) is None
        assert states.step(S.REFUSED, VALID) is None


class TestTheCommand:
    @pytest.fixture
    def files(self, tmp_path):
        (tmp_path / "ca.pem").write_bytes(authority().pem())
        (tmp_path / "good.xml").write_bytes(signed())
        (tmp_path / "bad.xml").write_bytes(signed().replace(b"99200", b"99300"))
        return tmp_path

    def test_it_tells_good_from_bad_with_the_reason(self, files, capsys):
        trust = ["--trust", str(files / "ca.pem")]
        assert main.main(["invoice", "verify", str(files / "good.xml"), *trust]) == 0
        assert main.main(["invoice", "verify", str(files / "good.xml"), str(files / "bad.xml"), *trust]) == 1
        out = capsys.readouterr().out
        assert "bad.xml: NOT GOOD" in out and "INVALID_DIGEST" in out

    def test_without_authorities_nobody_is_trusted(self, files, capsys):
        assert main.main(["--home", str(files), "invoice", "verify", str(files / "good.xml"), "--json"]) == 1
        assert '"code": "CHAIN_UNTRUSTED"' in capsys.readouterr().out

    def test_what_is_not_there_is_one_sentence(self, files, capsys):
        assert main.main(["invoice", "verify", str(files / "none.xml")]) == 2
        assert "none.xml" in capsys.readouterr().err

    def test_the_schema_is_printed(self, capsys):
        assert main.main(["invoice", "schema", "--version", "2.0.1", "--kind", "400"]) == 0
        assert 'name="BTHDLieu"' in capsys.readouterr().out
        assert main.main(["invoice", "schema", "--version", "9"]) == 2
