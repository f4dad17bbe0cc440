"""What follows a dossier: papers, supplements, withdrawal, status, fees, results."""
# ruff: noqa: F811 - fixtures are arguments

from __future__ import annotations

import pytest

from motcua.connectors.models import PortalFile
from motcua.documents import operations as document_ops
from motcua.documents import queries as document_queries
from motcua.kernel.hashing import sha256_hex
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from tests.api.portal_house import (  # noqa: F401 - fixtures among them
    NUMBER,
    SYSTEM,
    _portal,
    add_portal,
    attach,
    business,
    call,
    dossier,
    portal_clock,
    sent,
)
from tests.documents import samples
from tests.requests.conftest import pay


class TestPapers:
    def test_a_file_is_stored_as_the_paper_and_journaled(self, call, sent):
        answer = attach(call)

        assert answer.status_code == 200
        assert answer.json()["paper"] == "PLACE_RIGHT"
        assert answer.json()["sha256"] == sha256_hex(samples.jpeg())
        (document,) = document_queries.list_documents("request", sent.id)
        assert document.kind == "PLACE_RIGHT"
        assert request_queries.list_entries(sent.id)[-1].name == "paper.added"

    def test_the_same_file_again_is_one_paper(self, call, sent):
        first, again = attach(call), attach(call)

        assert first.content == again.content
        assert len(document_queries.list_documents("request", sent.id)) == 1
        names = [entry.name for entry in request_queries.list_entries(sent.id)]
        assert names.count("paper.added") == 1

    def test_the_same_id_with_other_bytes_or_as_another_paper_is_a_conflict(self, call, sent):
        attach(call)
        for answer in (attach(call, content=samples.jpeg(80)), attach(call, paper="GT_DINH_DANH")):
            assert (answer.status_code, answer.json()["code"]) == (409, "FILE_DIFFERS")
        assert PortalFile.objects.count() == 1

    def test_a_file_larger_than_a_form_may_be_comes_through(self, call, sent, settings):
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
        assert attach(call).status_code == 200

    def test_before_its_dossier_it_is_not_found_and_may_come_again(self, call, dossier):
        assert attach(call).status_code == 404
        call("POST", "dossiers", dossier())
        assert attach(call).status_code == 200

    @pytest.mark.parametrize(
        ("paper", "content", "code"),
        [
            ("NOPE", None, "PAPER_UNKNOWN"),
            ("GT_CHO_O", b"hello", "FILE_KIND_UNKNOWN"),
            ("GT_CHO_O", b"", "FILE_EMPTY"),
        ],
    )
    def test_refuses_what_is_no_paper(self, call, sent, paper, content, code):
        answer = attach(call, paper=paper, content=content)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert document_queries.list_documents("request", sent.id) == []

    def test_the_last_paper_that_was_asked_for_lets_work_go_on(self, call, sent, business, at):
        request_ops.ask_papers(
            request_id=sent.id,
            papers=["PLACE_RIGHT", "IDENTITY"],
            reason="Ảnh mờ.",
            actor=business,
            at=at,
            key="ask",
        )
        waiting = call("GET", f"dossiers/{NUMBER}").json()
        attach(call)
        half = call("GET", f"dossiers/{NUMBER}").json()
        attach(call, "f2", "GT_DINH_DANH")
        done = call("GET", f"dossiers/{NUMBER}").json()

        assert [(row["paper"], row["reason"]) for row in waiting["papers_asked"]] == [
            ("PLACE_RIGHT", "Ảnh mờ."), ("IDENTITY", "Ảnh mờ."),
        ]  # fmt: skip
        assert (waiting["status"], half["status"], done["status"]) == (5, 5, 2)
        assert [row["paper"] for row in half["papers_asked"]] == ["IDENTITY"]
        assert waiting["seq"] < half["seq"] < done["seq"]


class TestSupplement:
    def more(self, call, **changes):
        return call(
            "POST", f"dossiers/{NUMBER}/supplement", {"supplement_id": "s1", "file_ids": ["f1"], **changes}
        )

    def test_says_which_files_never_came(self, call, sent):
        answer = self.more(call, file_ids=["f1", "f2"])
        assert (answer.status_code, answer.json()["code"]) == (409, "FILES_MISSING")
        assert "f1, f2" in answer.json()["message"]

    def test_keeps_the_remark_once(self, call, sent):
        attach(call)
        answers = [self.more(call, remark="Sổ đỏ đứng tên mẹ tôi.") for _ in range(2)]

        assert [answer.status_code for answer in answers] == [200, 200]
        assert [note.text for note in request_queries.list_notes(sent.id)] == ["Sổ đỏ đứng tên mẹ tôi."]


class TestWithdrawal:
    def test_is_once_whatever_the_words(self, call, sent):
        answers = [
            call("POST", f"dossiers/{NUMBER}/withdrawal", {"reason": reason})
            for reason in ("Thôi", "Thôi", "")
        ]

        assert [(a.status_code, a.json()["status"]) for a in answers] == [(200, 7)] * 3
        names = [entry.name for entry in request_queries.list_entries(sent.id)]
        assert names.count("request.cancelled") == 1

    def test_after_another_end_is_a_conflict(self, call, sent, business, at):
        request_ops.reject(request_id=sent.id, reason="Ngoài lưới.", actor=business, at=at, key="no")
        answer = call("POST", f"dossiers/{NUMBER}/withdrawal", {})
        assert (answer.status_code, answer.json()["code"]) == (409, "ALREADY_CLOSED")


class TestStatusFeesResults:
    def test_history_grows_and_fees_carry_code_and_qr(self, call, sent, business, at):
        request_ops.advance(
            request_id=sent.id, action="accept", inputs={"needs_survey": False, "cost_vnd": 450_000, "cost_note": "15 m cáp"},
            actor=business, at=at, key="accept",
        )  # fmt: skip
        told = call("GET", f"dossiers/{NUMBER}").json()
        (fee,) = call("GET", f"dossiers/{NUMBER}/fees").json()

        assert told["status"] == 6
        assert [moment["status"] for moment in told["history"]] == [1, 2, 6]
        assert told["fees"] == [fee]
        assert (fee["state"], fee["net_vnd"], fee["total_vnd"]) == ("OPEN", 450_000, 486_000)
        assert fee["payment_code"] in fee["qr_text"]

        pay(sent.id, at)
        (paid,) = call("GET", f"dossiers/{NUMBER}/fees").json()
        assert (paid["state"], paid["remaining_vnd"], paid["payment_code"], paid["qr_text"]) == (
            "PAID",
            0,
            "",
            "",
        )
        assert paid["paid_at"]

    def test_results_are_listed_and_opened_and_papers_of_the_citizen_are_not(self, call, sent, at):
        attach(call)
        made = document_ops.store_made(
            content=samples.pdf(), mime="application/pdf", name="hd.pdf", kind="CONTRACT_SIGNED",
            subject_type="request", subject_id=sent.id, actor=SYSTEM, at=at,
        )  # fmt: skip
        (listed,) = call("GET", f"dossiers/{NUMBER}/results").json()
        answer = call("GET", f"dossiers/{NUMBER}/results/{listed['document_id']}")

        assert listed["document_id"] == str(made.id)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
        assert sha256_hex(answer.content) == listed["sha256"]
        assert [row.actor for row in document_queries.list_accesses(made.id)] == ["partner:DVC-HN"]
        paper = next(
            d for d in document_queries.list_documents("request", sent.id) if d.kind == "PLACE_RIGHT"
        )
        assert call("GET", f"dossiers/{NUMBER}/results/{paper.id}").status_code == 404

    def test_a_dossier_of_another_portal_is_not_found(self, call, sent, add_portal):
        add_portal(code="DVC-QN", agency="H49", secret="q" * 40)
        for name in ("", "/fees", "/results"):
            answer = call(
                "GET", f"dossiers/{NUMBER}{name}", portal="DVC-QN", partner="DVC-QN", secret="q" * 40
            )
            assert (answer.status_code, answer.json()["code"]) == (404, "DOSSIER_UNKNOWN")

    def test_procedures_name_the_forms(self, call):
        told = call("GET", "procedures").json()

        assert told["provinces"] == "NEW_34"
        home = next(row for row in told["procedures"] if row["service"] == "NEW-LV-RES")
        assert home["procedure"] == "1.008801"
        fields = {row["name"]: row for row in home["fields"]}
        assert (fields["QuyenSuDung"]["question"], fields["QuyenSuDung"]["values"]) == (
            "right_to_place", ["1", "2", "3", "4"],
        )  # fmt: skip
        assert fields["PhuongXa"]["part"] == "commune"
        assert fields["ChuHoSo"]["required"] is True
        assert fields["DaCoCongTo"]["required"] is False
        assert "GT_CHO_O" in {row["paper"] for row in home["papers"]}
