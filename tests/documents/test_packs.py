"""The papers: whole in Vietnamese, literal with nasty values, the same bytes for the same data, signed over their hash."""

from __future__ import annotations

import unicodedata
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from motcua.documents import contents, operations, packs, queries, signing, storage
from motcua.documents.models import Document, Signature
from tests.documents import samples

LETTERS = "Ắ ệ ỹ đ Đ ₫ ữ ợ Nguyễn Thị Tuyết Nhung"
NASTY = [
    "#sys.inputs",
    "*x* $1$ _y_",
    "<a> @b `raw`",
    '#eval("1")',
    "\\#{}[]",
    '"; drop',
    "= heading",
    "//comment",
    "https://x.vn",
]

SELLER = {
    "company": "Tổng công ty Điện lực TP Hà Nội", "unit": "Công ty Điện lực Đống Đa", "representative": "Trần Văn Bình",
    "position": "Giám đốc", "authorisation_number": "12/UQ", "authorisation_date": "01/01/2026",
    "address": "274 Tôn Đức Thắng", "phone": "024 3851 0000", "email": "cskh@example.vn", "bank_account": "1234567890",
    "bank_name": "Ngân hàng A", "tax_code": "0100101114", "hotline": "1900 1288",
}  # fmt: skip
BUYER = {
    "name": "Nguyễn Thị Hoa", "households": "3", "household_list": ["hộ ông Bảy", "hộ bà Tám"], "representative": "Lê Văn Chín",
    "id_number": "001185012345", "id_issuer": "Cục C06", "id_date": "02/03/2021", "authorisation": "giấy ủy quyền 7/UQ",
    "address": "Số 9 Láng", "phone": "0901 234 567", "email": "hoa@example.vn",
}  # fmt: skip
TERMS = {
    "address": "Số 12 ngõ 34 Tây Sơn", "quality_point": "đầu cực ra của công tơ", "meter_place": "cột TS/12A/07",
    "reading_day": "ngày 5 hằng tháng", "payment_form": "chuyển khoản", "payment_deadline": "7 ngày",
    "notice_ways": ["tin nhắn SMS", "ứng dụng"], "purpose": "sinh hoạt", "phases": "1 pha", "capacity_kw": "5",
    "penalties": "8 % giá trị phần vi phạm",
}  # fmt: skip
CONTRACT = {
    "number": "HN26-000123-K/HĐMBĐ", "request_number": "HN26-000123-K", "place": "Hà Nội",
    "date_words": "ngày 17 tháng 11 năm 2026", "seller": SELLER, "buyer": BUYER, "terms": TERMS,
    "follow_url": "http://hanoi.localhost:8000/theo-doi/HN26-000123-K",
}  # fmt: skip


def text_of(pdf: bytes) -> str:
    text = "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    return unicodedata.normalize("NFC", " ".join(text.split()))


@pytest.mark.parametrize("name", NASTY)
def test_a_bill_shows_a_nasty_name_as_it_is(name: str) -> None:
    for paper in (packs.bill, packs.bill_notice):
        assert " ".join(name.split()) in text_of(paper({**BILL, "holder": name}))


class TestContractPack:
    def test_holds_every_field(self) -> None:
        text = text_of(packs.contract_pack(CONTRACT))

        for part in (SELLER, BUYER, TERMS):
            for value in part.values():
                for wanted in value if isinstance(value, list) else [value]:
                    assert wanted in text or wanted.upper() in text, wanted
        for words in (
            "Hai bên thống nhất",
            "02 bản",
            "thương lượng, hòa giải",
            "trọng tài hoặc tòa án",
            "PHỤ LỤC",
        ):
            assert words in text

    def test_has_all_vietnamese_letters(self) -> None:
        assert LETTERS in text_of(packs.contract_pack({**CONTRACT, "buyer": {"name": LETTERS}}))

    @pytest.mark.parametrize("name", NASTY)
    def test_shows_a_nasty_name_as_it_is(self, name: str) -> None:
        assert name in text_of(packs.contract_pack({**CONTRACT, "buyer": {"name": name}}))

    def test_gives_the_same_bytes_for_the_same_data(self) -> None:
        assert packs.contract_pack(CONTRACT) == packs.contract_pack(dict(reversed(CONTRACT.items())))
        assert packs.contract_pack(CONTRACT) != packs.contract_pack({**CONTRACT, "number": "x"})

    def test_leaves_dotted_lines_for_what_is_missing(self) -> None:
        assert "HỢP ĐỒNG MUA BÁN ĐIỆN" in text_of(packs.contract_pack({}))

    def test_names_the_law_of_its_day(self) -> None:
        import json
        from datetime import date
        from pathlib import Path

        rows = json.loads((Path(packs.__file__).parent / "data" / "contract_basis.json").read_text())

        assert any("28/2004" in line for line in packs.basis(rows, date(2018, 12, 1)))
        assert not any("28/2004" in line for line in packs.basis(rows, date(2025, 2, 1)))
        assert any("61/2024" in line for line in packs.basis(rows, date(2026, 11, 16)))


class TestOtherPapers:
    def test_the_slip_holds_number_promise_and_a_code_to_follow_it(self) -> None:
        pdf = packs.slip(
            {**CONTRACT, "company": SELLER["company"], "service": "Mua điện sinh hoạt", "customer": LETTERS,
             "due_at": "17:00 23/11/2026", "code_word": "sông hồng 7", "papers": [{"name": "Căn cước", "state": "đã tra cứu"}],
             "answers": [{"label": "Loại điện", "value": "*1 pha*"}], "steps": ["Tiếp nhận", "Ký hợp đồng"],
             "due_lines": ["17/11: ngày làm việc 1"]}
        )  # fmt: skip

        text = text_of(pdf)

        for words in (
            "PHIẾU TIẾP NHẬN",
            "HN26-000123-K",
            LETTERS,
            "17:00 23/11/2026",
            "sông hồng 7",
            "*1 pha*",
            "theo-doi",
        ):
            assert words in text

    def test_all_of_a_day_in_one_job(self) -> None:
        checklist = {
            "request_number": "HN26-000123-K",
            "customer": "Hoa",
            "window": "08:00–12:00",
            "code": "473 918",
        }
        pdf = packs.print_job(
            [{"checklist": checklist, "contract": CONTRACT}, {"checklist": {**checklist, "request_number": "B"}}],
            title="Lịch công tác 17/11/2026", head=SELLER,
        )  # fmt: skip

        text = text_of(pdf)

        assert len(PdfReader(BytesIO(pdf)).pages) == 1 + 1 + 2 * 3 + 1
        assert text.count("HỢP ĐỒNG MUA BÁN ĐIỆN") == 2
        assert text.count("473 918") == 2

    def test_a_hundred_pages_take_a_second_not_a_minute(self) -> None:
        import time

        packs.contract_pack(CONTRACT)
        before = time.monotonic()

        for number in range(20):
            packs.contract_pack({**CONTRACT, "number": str(number)})

        assert time.monotonic() - before < 40


class TestSigning:
    @pytest.fixture
    def contract(self, company: Any, crew: Any, at: Any) -> Any:
        return self.prepare(CONTRACT, crew, at)

    @staticmethod
    def prepare(data: Any, actor: Any, at: Any) -> Any:
        return signing.prepare_contract(
            data=data, subject_type="request", subject_id="r-1", actor=actor, at=at
        )

    @staticmethod
    def sign(document: Any, kind: str, name: str, actor: Any, at: Any, **given: Any) -> Any:
        given.setdefault("strokes", samples.strokes(shift=sum(map(ord, name)) % 50))
        return signing.sign(
            document_id=document.id, signer_kind=kind, signer_name=name, actor=actor, at=at, **given
        )

    def sign_all(self, document: Any, crew: Any, at: Any) -> None:
        self.sign(document, "CUSTOMER", "Nguyễn Thị Hoa", crew, at)
        self.sign(document, "STAFF", "Hùng", crew, at)
        self.sign(document, "STAFF", "Dũng", crew, at)

    def test_needs_the_customer_and_two_staff(self, contract: Any, crew: Any, at: Any) -> None:
        self.sign(contract, "CUSTOMER", "Nguyễn Thị Hoa", crew, at)
        self.sign(contract, "STAFF", "Hùng", crew, at)
        self.sign(contract, "STAFF", "Hùng", crew, at)
        assert not queries.is_signed(contract.id)
        with pytest.raises(signing.NotFullySigned):
            signing.signed_copy(document_id=contract.id, actor=crew, at=at)

        self.sign(contract, "STAFF", "Dũng", crew, at)

        assert queries.is_signed(contract.id)
        assert [found.sha256 for found in queries.list_signatures(contract.id)] == [contract.sha256] * 3

    def test_the_signed_copy_shows_names_time_and_hash(self, contract: Any, crew: Any, at: Any) -> None:
        self.sign_all(contract, crew, at)

        copy = signing.signed_copy(document_id=contract.id, actor=crew, at=at)
        pdf = operations.open_document(document_id=copy.id, actor=crew, at=at, purpose="test")

        text = text_of(pdf)
        assert contract.sha256 in text.replace(" ", "")
        for words in ("Nguyễn Thị Hoa", "Hùng", "Dũng", "09:00 ngày 16/11/2026", CONTRACT["number"]):
            assert words in text
        assert len([image for page in PdfReader(BytesIO(pdf)).pages for image in page.images]) == 3
        assert signing.signed_copy(document_id=contract.id, actor=crew, at=at) == copy

    def test_a_changed_file_makes_every_signature_invalid(
        self, contract: Any, crew: Any, at: Any, folder: storage.FolderStorage
    ) -> None:
        self.sign_all(contract, crew, at)
        assert [check.is_valid for check in signing.verify(contract.id)] == [True] * 3
        from motcua.documents import sealing

        file_id = str(Document.objects.get(id=contract.id).file_id)
        folder.put("HANOI", file_id, sealing.seal(b"another contract", company="HANOI", file_id=file_id))

        assert [check.is_valid for check in signing.verify(contract.id)] == [False] * 3
        with pytest.raises(signing.DocumentChanged):
            self.sign(contract, "STAFF", "Người thứ tư", crew, at)
        folder.delete("HANOI", file_id)
        assert [check.is_valid for check in signing.verify(contract.id)] == [False] * 3

    def test_a_contract_made_anew_must_be_signed_anew(self, contract: Any, crew: Any, at: Any) -> None:
        self.sign_all(contract, crew, at)

        again = self.prepare({**CONTRACT, "buyer": {**BUYER, "name": "Nguyễn Thị Hoà"}}, crew, at)

        assert not queries.is_signed(again.id)
        assert queries.find_latest("request", "r-1", "CONTRACT") == again
        with pytest.raises(signing.DocumentReplaced):
            self.sign(contract, "STAFF", "Người thứ tư", crew, at)
        assert self.prepare({**CONTRACT, "buyer": {**BUYER, "name": "Nguyễn Thị Hoà"}}, crew, at) == again

    def test_a_name_put_back_is_a_third_contract_not_the_first(
        self, contract: Any, crew: Any, at: Any
    ) -> None:
        self.sign_all(contract, crew, at)
        self.prepare({**CONTRACT, "place": "Huế"}, crew, at)

        third = self.prepare(CONTRACT, crew, at)

        assert third.id != contract.id
        assert third.sha256 == contract.sha256
        assert not queries.is_signed(third.id)

    def test_refuses_an_empty_canvas_and_a_name_missing(self, contract: Any, crew: Any, at: Any) -> None:
        for strokes in (None, b"", samples.strokes(empty=True)):
            with pytest.raises(signing.SignatureMissing):
                self.sign(contract, "CUSTOMER", "Hoa", crew, at, strokes=strokes)
        with pytest.raises(signing.SignerNameMissing):
            self.sign(contract, "CUSTOMER", "  ", crew, at)
        with pytest.raises(contents.FileKindUnknown):
            self.sign(contract, "CUSTOMER", "Hoa", crew, at, strokes=samples.jpeg())
        assert Signature.objects.count() == 0

    def test_may_be_typed_where_drawing_is_not_possible(self, contract: Any, crew: Any, at: Any) -> None:
        with pytest.raises(signing.SignatureMissing):
            self.sign(contract, "CUSTOMER", "Nguyễn Thị Hoa", crew, at, strokes=None, typed_name="Hoa")
        typed = self.sign(
            contract, "CUSTOMER", "Nguyễn Thị Hoa", crew, at, strokes=None, typed_name="nguyễn thị  hoa"
        )
        self.sign(contract, "STAFF", "Hùng", crew, at)
        self.sign(contract, "STAFF", "Dũng", crew, at)

        copy = signing.signed_copy(document_id=contract.id, actor=crew, at=at)

        assert typed.method == "TYPED"
        text = text_of(operations.read_for_machine(copy.id))
        assert "xác nhận bằng cách gõ họ tên" in text

    def test_signatures_are_never_changed(self, contract: Any, crew: Any, at: Any) -> None:
        from django.db import DatabaseError, transaction

        self.sign(contract, "CUSTOMER", "Hoa", crew, at)

        with pytest.raises(DatabaseError), transaction.atomic():
            Signature.objects.update(sha256="0" * 64)
        with pytest.raises(DatabaseError), transaction.atomic():
            Signature.objects.all().delete()


BILL = {
    "company": SELLER["company"], "account_code": "PD01000000001", "month": "tháng 11/2026", "holder": "Nguyễn Thị Hoa", "kwh": "345 kWh",
    "readings": [{"serial": "26", "name": "Một giá", "previous": "1", "current": "346", "factor": "1", "kwh": "345"}],
    "lines": [{"name": "Bậc 1", "note": "", "kwh": "52", "price": "1.984", "amount": "103.168"}], "subtotal": "890.250",
    "vat_percent": "8", "vat": "71.220", "total": "961.470", "remaining": "961.470 đ", "remaining_words": "Chín trăm", "qr_text": "00020101",
    "year": [{"month": "11/2026", "kwh": "345", "share": 100, "now": True}, {"month": "10/2026", "kwh": "0", "share": 0, "now": False}],
}  # fmt: skip
PAPERS = {
    "contract": lambda: packs.contract_pack(CONTRACT),
    "slip": lambda: packs.slip({
        "request_number": "HN26-000123-K", "customer": "Nguyễn Thị Hoa", "company": SELLER["company"],
        "answers": [{"label": "Số pha", "value": "1 pha"}], "papers": [{"name": "Căn cước", "state": "đã nhận"}],
        "steps": ["Tiếp nhận"], "follow_url": "http://hanoi.localhost:8000/theo-doi/HN26-000123-K",
    }),
    "receipt": lambda: packs.receipt({"number": "PT26-000001", "company": SELLER["company"], "amount": "1.080.000 đ"}),
    "bill": lambda: packs.bill(BILL),
    "bill_notice": lambda: packs.bill_notice(BILL),
    "checklist": lambda: packs.checklist({"request_number": "HN26-000123-K", "company": SELLER["company"]}),
}  # fmt: skip


@pytest.mark.parametrize("paper", PAPERS)
def test_every_paper_can_be_read_aloud(paper: str) -> None:
    """PDF/UA: tagged, in a language, under a title that readers show."""
    found = PdfReader(BytesIO(PAPERS[paper]()))
    root: Any = found.trailer["/Root"]

    assert root["/MarkInfo"]["/Marked"].value
    assert root["/Lang"] == "vi-VN"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value
    assert found.metadata is not None and found.metadata.title
    kinds = _kinds(root["/StructTreeRoot"])
    assert "/H1" in kinds
    assert {"/P", "/Table", "/TR"} & kinds


def _kinds(node: Any) -> set[str]:
    """What the tagged parts are: headings, paragraphs, tables."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        return set().union(*(_kinds(child) for child in node)) if node else set()
    if not isinstance(node, dict):
        return set()
    own = {str(node["/S"])} if "/S" in node else set()
    return own | (_kinds(node["/K"]) if "/K" in node else set())
