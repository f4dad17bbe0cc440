"""Conversations found by their words, only by who may see them; words said at the same time are never lost."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction

from motcua.kernel.actors import Actor
from motcua.messaging import operations
from motcua.messaging.models import Conversation, TalkToFind
from motcua.messaging.talk import finding

LAN = Actor.staff("11111111-1111-7111-8111-111111111111", "Lan", ["INTAKE"], ["PD0100"])


def talk(at, *said, unit="PD0100", channel="WEBCHAT", address="", **more):
    opened = operations.open_conversation(
        channel=channel, address=address or uuid4().hex, at=at, unit_code=unit, **more
    )
    for number, text in enumerate(said):
        operations.append_in(conversation_id=opened.id, text=text, client_msg_id=f"m{number}", at=at)
    return opened.id


def find(text, units=("PD0100",), staff="me", **more):
    finding.catch_up(limit=1000)
    return finding.find_ids(text, unit_codes=units, staff_id=staff, **more)


class TestFinding:
    def test_by_words_without_marks_the_last_one_unfinished(self, company, at):
        wanted = talk(at, "Đèn nhấp nháy ở phố Tây Sơn", "công tơ kêu to")
        talk(at, "giá điện bậc một")

        assert find("nhap nhay") == [wanted]
        assert find("Tây Sơn cong t") == [wanted]
        assert find("nháy bậc") == []

    def test_a_number_goes_on_from_four_signs_a_syllable_from_the_first(self, company, at):
        wanted = talk(at, "số công tơ 18204477")

        assert find("cong to 1820") == [wanted]
        assert find("cong to 18") == []
        assert find("so c") == [wanted]

    def test_newest_first_and_no_more_than_asked(self, company, at):
        ids = [talk(at + timedelta(minutes=n), f"mất điện lần {n}") for n in range(5)]

        assert find("mat dien", limit=3) == [ids[4], ids[3], ids[2]]

    def test_only_of_ones_units_of_no_unit_yet_and_ones_own(self, company, at):
        mine, nobodys, others, answered = (
            talk(at, "chập cháy", unit=unit) for unit in ("PD0100", "", "PD0200", "PD0200")
        )
        operations.take_over(conversation_id=answered, actor=LAN, at=at)

        assert set(find("chap chay", staff=LAN.id)) == {mine, nobodys, answered}
        assert set(find("chap chay", units=("PD0200",), staff="x")) == {others, answered, nobodys}
        assert len(find("chap chay", units=(), staff="x")) == 4

    def test_where_it_belongs_now_counts_and_not_where_it_did(self, company, at):
        moved = talk(at, "cột điện nghiêng", unit="PD0100")
        find("cot dien")
        operations.link(conversation_id=moved, unit_code="PD0200")

        before_the_job = finding.find_ids("cot dien", unit_codes=["PD0100"], staff_id="x")

        assert before_the_job == []
        assert find("cot dien", units=("PD0200",)) == [moved]

    def test_by_the_end_of_a_phone_and_a_whole_number(self, company, at):
        by_text = talk(at, "kiểm tra giúp tôi", channel="SMS", address="84901234567")
        said = talk(at, "gọi tôi số 0912345678 nhé")

        assert find("4567") == [by_text]
        assert find("0901 234 567") == [by_text]
        assert find("0912 345 678") == [said]

    def test_by_customer_and_by_request(self, company, at):
        customer, request = uuid4(), uuid4()
        of_customer, of_request, hidden = (talk(at, unit=unit) for unit in ("PD0100", "PD0100", "PD0200"))
        Conversation.objects.filter(id=of_customer).update(customer_id=customer)
        operations.link(conversation_id=of_request, request_id=request)
        operations.link(conversation_id=hidden, request_id=request)

        assert find("", customer_ids=[customer]) == [of_customer]
        assert find("", request_ids=[request]) == [of_request]

    def test_what_is_erased_is_found_no_more(self, company, at):
        gone = talk(at, "bí mật của tôi")
        assert find("bi mat") == [gone]

        operations.erase_conversation(conversation_id=gone)

        assert finding.find_ids("bi mat", unit_codes=(), staff_id="x") == []
        assert find("bi mat") == []

    @pytest.mark.parametrize("text", ["'", "a & | !", "''); DROP TABLE x", "\\", ":*", "🙂", " ", "%_"])
    def test_takes_no_text_for_a_question_of_its_own(self, company, at, text):
        talk(at, "xin chào")

        assert find(text) == []


class TestCatchingUp:
    def test_what_is_said_while_words_are_written_waits_anew(self, committed_company, at, race):
        opened = talk(at, "một")
        finding.catch_up(limit=10)
        said, written = threading.Event(), threading.Event()

        def say():
            with transaction.atomic():
                operations.append_in(conversation_id=opened, text="quả chuối", client_msg_id="z", at=at)
                said.set()
                written.wait(30)

        def write():
            assert said.wait(60)
            try:
                return finding.catch_up(limit=10)
            finally:
                written.set()

        talk(at, "khác")  # something for the writer to do meanwhile
        results = race(say, write)

        assert not any(isinstance(result, Exception) for result in results)
        assert TalkToFind.objects.filter(conversation_id=opened).exists()
        assert find("qua chuoi") == [opened]

    def test_never_stands_in_the_way_of_who_says_something(self, committed_company, at, race):
        """Who says something holds the conversation first and comes to its mark later: neither waits for the other."""
        opened = talk(at, "xin chào")
        held, tried = threading.Event(), threading.Event()

        def say():
            with transaction.atomic():
                Conversation.objects.select_for_update().get(id=opened)
                held.set()
                tried.wait(5)
                operations.append_in(conversation_id=opened, text="quả chuối", client_msg_id="z", at=at)

        def write():
            assert held.wait(60)
            try:
                return finding.catch_up(limit=10)
            finally:
                tried.set()

        results = race(say, write)

        assert results == [None, 0]
        assert find("qua chuoi") == [opened]
