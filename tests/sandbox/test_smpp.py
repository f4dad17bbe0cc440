"""The phone on a carrier's line: its page and its JSON; the line itself is tried in tests/channels/test_smpp.py."""

import pytest
from tests.channels.chat_house import live_at

from motcua.channels.smpp import alphabet, pdu
from motcua.channels.smpp.pdu import Pdu
from motcua.sandbox import gate, smpp


@pytest.fixture(autouse=True)
def own_store(tmp_path, monkeypatch):
    live_at(tmp_path, monkeypatch)


def arrive(at, text, piece=None):
    message = Pdu(pdu.SUBMIT_SM, fields={
        "source_addr": "EVNHANOI", "destination_addr": "84901234567", "data_coding": alphabet.code(text).coding,
    })  # fmt: skip
    with smpp.STORE.open() as opened:
        smpp.keep(opened, company="HANOI", message=message, piece=piece, text=text, at=at)


class TestPhone:
    def test_shows_what_came_and_what_it_cost(self, hanoi, at):
        arrive(at, "Ma cua ban la 123456")
        arrive(at, "Quý khách có hẹn lúc 8 giờ")
        page = hanoi.get("/sandbox/smpp/?phone=0901234567").content.decode()
        assert "Ma cua ban la 123456" in page and "EVNHANOI" in page and page.count("có dấu") == 1

    def test_segments_are_one_message_once_all_are_there(self, hanoi, at):
        arrive(at, "dau ", alphabet.Piece(9, 2, 1))
        assert hanoi.get("/sandbox/smpp/inbox.json?phone=0901234567").json()["texts"] == []
        arrive(at, "cuoi", alphabet.Piece(9, 2, 2))
        [text] = hanoi.get("/sandbox/smpp/inbox.json?phone=0901234567").json()["texts"]
        assert (text["text"], text["segments"]) == ("dau cuoi", 2)

    def test_what_a_person_writes_is_owed_to_the_company(self, hanoi):
        hanoi.post("/sandbox/smpp/reply", {"phone": "0901234567", "text": "cảm ơn " * 12})
        owed = smpp.list_owed("HANOI")
        assert [one.message.text("source_addr") for one in owed] == ["84901234567"] * 2
        assert smpp.list_owed("HANOI") == []  # they are on their way
        smpp.release([owed[0].serial])
        assert [one.serial for one in smpp.list_owed("HANOI")] == [owed[0].serial]

    def test_says_what_is_wrong_with_a_number(self, hanoi):
        assert hanoi.get("/sandbox/smpp/?phone=12").status_code == 422
        assert hanoi.get("/sandbox/smpp/inbox.json?phone=12").status_code == 422

    def test_faults_are_planned_and_forgotten(self, hanoi):
        hanoi.post(
            "/sandbox/smpp/faults", {"phone": "0901234567", "faults": ["THROTTLED", "CUT_AFTER", "NONE"]}
        )
        assert smpp.STORE.list_planned() == [smpp.Fault.THROTTLED, smpp.Fault.CUT_AFTER]
        hanoi.post("/sandbox/smpp/faults", {"phone": "0901234567", "forget": "1"})
        assert smpp.STORE.list_planned() == []

    def test_is_not_there_outside_a_demo(self, hanoi, monkeypatch):
        monkeypatch.setattr(gate, "is_open", lambda: False)
        assert hanoi.get("/sandbox/smpp/").status_code == 404
