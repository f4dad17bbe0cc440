"""Who is here and who types: for whom it is told, and when it is over by itself."""

from uuid import uuid4

import pytest

from motcua.channels import live
from motcua.channels.live import DeskTicket, Ticket
from motcua.edge.board import BURST, HERE_SECONDS, MOST_A_SECOND, TYPING_SECONDS, Board, Throttle
from motcua.messaging import signs
from motcua.messaging.signs import Sign

TALK = uuid4()
KEY = ("HANOI", str(TALK))
LAN = Ticket(TALK, live.STAFF, "s-lan", "Lan")
MINH = Ticket(TALK, live.STAFF, "s-minh", "Minh")
CUSTOMER = Ticket(TALK, live.CUSTOMER)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def board(clock):
    return Board(clock)


def says(board, ticket, what, seq=0):
    side = signs.STAFF if ticket.scope == live.STAFF else signs.CUSTOMER
    board.hear(Sign(*KEY, what, side, ticket.who, ticket.name, seq))


class TestBoard:
    def test_staff_see_which_colleagues_are_there_and_not_themselves(self, board):
        says(board, LAN, signs.HERE)
        says(board, MINH, signs.HERE)

        assert board.view(KEY, LAN)["colleagues"] == [{"name": "Minh", "typing": False}]
        assert board.view(KEY, MINH)["colleagues"] == [{"name": "Lan", "typing": False}]

    def test_a_customer_learns_that_somebody_writes_and_nothing_of_who_is_there(self, board):
        says(board, LAN, signs.HERE)
        says(board, LAN, signs.TYPING)

        assert board.view(KEY, CUSTOMER) == {"typing": True, "read": 0}

    def test_a_note_between_colleagues_is_typing_for_them_alone(self, board):
        says(board, LAN, signs.NOTING)

        assert board.view(KEY, CUSTOMER)["typing"] is False
        assert board.view(KEY, MINH)["colleagues"] == [{"name": "Lan", "typing": True}]

    def test_the_customers_typing_is_seen_at_the_desk_and_not_by_themselves(self, board):
        says(board, CUSTOMER, signs.TYPING)

        assert board.view(KEY, LAN)["typing"] is True
        assert board.view(KEY, CUSTOMER)["typing"] is False

    def test_typing_is_over_by_itself_and_so_is_being_here(self, board, clock):
        says(board, LAN, signs.HERE)
        says(board, LAN, signs.TYPING)
        assert board.changes_in(KEY) == pytest.approx(TYPING_SECONDS)

        clock.now += TYPING_SECONDS
        typing = board.view(KEY, MINH)["colleagues"]
        clock.now += HERE_SECONDS

        assert typing == [{"name": "Lan", "typing": False}]
        assert board.view(KEY, MINH)["colleagues"] == []
        assert board.changes_in(KEY) is None

    def test_who_stops_or_leaves_is_gone_at_once(self, board):
        says(board, CUSTOMER, signs.TYPING)
        says(board, CUSTOMER, signs.QUIET)
        says(board, MINH, signs.HERE)
        says(board, MINH, signs.GONE)

        assert board.view(KEY, LAN) == {"typing": False, "read": 0, "colleagues": []}

    def test_read_marks_go_to_the_other_side_and_never_fall(self, board):
        says(board, LAN, signs.READ, seq=7)
        says(board, LAN, signs.READ, seq=5)

        assert board.view(KEY, CUSTOMER)["read"] == 7
        assert board.view(KEY, MINH)["read"] == 0

    def test_a_change_of_what_stands_there_is_counted_for_both_sides(self, board):
        says(board, CUSTOMER, signs.CHANGED)
        says(board, LAN, signs.CHANGED)

        assert board.view(KEY, CUSTOMER)["changed"] == 2
        assert board.view(KEY, MINH)["changed"] == 2

    def test_nothing_is_kept_of_a_conversation_nobody_listens_to(self, board):
        says(board, LAN, signs.HERE)
        board.forget(KEY)

        assert board.view(KEY, MINH) == {}


class TestThrottle:
    def test_lets_a_few_through_and_then_one_in_two_seconds(self, clock):
        throttle = Throttle(clock)

        passed = [throttle.allows("a") for _ in range(10)]
        clock.now += 2
        later = [throttle.allows("a") for _ in range(3)]

        assert passed.count(True) == BURST
        assert later == [True, False, False]
        assert throttle.allows("b")

    def test_all_together_have_a_limit_too(self, clock):
        throttle = Throttle(clock)

        assert sum(throttle.allows(number) for number in range(1000)) == MOST_A_SECOND


class TestWire:
    def test_a_sign_reads_back_as_it_was_told(self):
        told = Sign("HANOI", str(TALK), signs.TYPING, signs.STAFF, "s:1", 'Lê "Lan": Anh', 3)

        assert signs.read_sign(told.as_text()) == told

    @pytest.mark.parametrize("text", ["", "{}", "[1,2]", '["a","b","c","d","e","f","x"]', "null"])
    def test_what_is_no_sign_is_none(self, text):
        assert signs.read_sign(text) is None

    def test_news_of_an_older_house_are_understood(self):
        assert signs.read_news("HANOI:abc:7") == signs.News("HANOI", "abc")
        assert signs.read_news("HANOI:abc:7:PD0100:STAFF:s1:1") == signs.News(
            "HANOI", "abc", "PD0100", "s1", True
        )


class TestDeskTicket:
    @pytest.mark.parametrize(
        ("unit", "staff", "is_heard"),
        [
            ("PD0100", "", True),
            ("", "", True),
            ("PD0200", "", False),
            ("PD0200", "me", True),
            ("PD0200", "x", False),
        ],
    )
    def test_is_about_ones_own_and_the_units_ones_own(self, unit, staff, is_heard):
        assert DeskTicket("me", frozenset({"PD0100"})).is_about(unit_code=unit, staff_id=staff) is is_heard

    def test_of_every_unit_is_about_all(self):
        assert DeskTicket("me", None).is_about(unit_code="PD0900", staff_id="x")
