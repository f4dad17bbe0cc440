"""Every address, for everybody, cell by cell: what `matrix.txt` says is what a real request meets.

A new address needs its row in the table. A test is one person going through all addresses; it names each wrong cell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from tools import permissions

from motcua.companies.context import using_company
from motcua.companies.roles import Role
from motcua.sandbox import gate
from motcua.web.board import handovers
from tests.permissions import addresses, asking
from tests.permissions import matrix as matrices
from tests.permissions.addresses import OUTSIDE
from tests.permissions.house import House
from tests.web import people

EDGE = "edge:"
ROWS = [row for section in matrices.read() for row in section.rows]
DJANGO = [row for row in ROWS if not row.address.startswith(EDGE)]
EVERYBODY = sorted({who for row in DJANGO for who, _word in row.expected()})
PLAIN = [row for row in DJANGO if not row.variant]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
TURNED_AWAY = {asking.NO_WAY, "forbidden", "sign-in", "not-found"}
STRENGTH = ("does", "sees", "file", "ok")
STAFF_FACES = {"desk", "counter", "field", "staff", "board", "money"}


def asked(house: House, who: str, row: matrices.Row, **more: Any) -> str:
    return meet(house, who, row, **more).word


def meet(house: House, who: str, row: matrices.Row, **more: Any) -> asking.Met:
    return asking.ask(house, who, row.method, row.address, row.variant, **more)


def may_be_kept(row: matrices.Row, met: asking.Met) -> bool:
    """Whether this is a page of staff that opened, and whose answer does not keep caches from it."""
    is_page = (
        row.method == "GET" and row.address.partition(":")[0] in STAFF_FACES and met.word in matrices.PASSES
    )
    return is_page and "no-store" not in met.response.headers.get("Cache-Control", "")


def served() -> dict[str, set[str]]:
    told: dict[str, set[str]] = defaultdict(set)
    for row in PLAIN:
        told[row.address].add(row.method)
    return told


def strongest() -> dict[str, str]:
    """For each address, somebody it opens to; nobody for what opens to none."""
    best: dict[str, tuple[int, str]] = {}
    for row in PLAIN:
        for who, word in row.expected():
            if word in STRENGTH and who != "production":
                found = (STRENGTH.index(word), who)
                best[row.address] = min(best.get(row.address, found), found)
    return {address: who for address, (_rank, who) in best.items()}


def others() -> Iterator[tuple[str, str]]:
    """Each method that the table does not name, with its address."""
    for address, methods in served().items():
        for method in METHODS:
            if method not in methods:
                yield method, address


class TestTable:
    def test_names_every_address_and_no_other(self) -> None:
        told = {row.address for row in DJANGO}

        assert {"missing": set(addresses.routes()) - (told - OUTSIDE), "unknown": told - set(addresses.routes()) - OUTSIDE} == {
            "missing": set(), "unknown": set()
        }  # fmt: skip

    def test_names_each_way_in_once(self) -> None:
        names = [row.name for row in ROWS]

        assert sorted(names) == sorted(set(names))

    def test_what_is_sent_is_done_by_somebody_or_it_says_why_not(self) -> None:
        """An act that nobody can do is no proof that others cannot."""
        acts = {row.name: {word for _who, word in row.expected()} for row in DJANGO if row.method != "GET"}
        told = {row.name for row in DJANGO if row.why}

        assert {name for name, words in acts.items() if not words & {"does", "file"}} - told == set()

    def test_every_role_has_its_column(self) -> None:
        assert set(matrices.ROLES) == {role.value for role in Role}


class TestCells:
    @pytest.mark.parametrize("who", EVERYBODY)
    def test_each_meets_what_the_table_says(
        self, house: House, who: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(gate, "is_open", lambda: who != "production")
        wrong = {}
        for row in DJANGO:
            for somebody, word in row.expected():
                if somebody != who:
                    continue
                met = meet(house, who, row)
                if met.word != word:
                    wrong[f"{row.name} for {who}"] = f"{met.word}, and the table says {word}"
                elif may_be_kept(row, met):
                    wrong[f"{row.name} for {who}"] = "a page of staff, and a cache may keep it"

        assert wrong == {}

    def test_a_post_from_another_site_is_turned_away(self, house: House) -> None:
        wrong = {}
        for row in DJANGO:
            passing = [who for who, word in row.expected() if word in matrices.PASSES and who != "production"]
            if row.method == "GET" or not passing:
                continue
            is_turned_away = asked(house, passing[0], row, token=False) == "forbidden"
            if is_turned_away != row.needs_token:
                wrong[row.name] = "needs no token" if row.needs_token else "needs a token"

        assert wrong == {}

    def test_a_host_of_nobody_has_no_pages(self, house: House) -> None:
        found = {
            row.name: met
            for row in DJANGO
            if row.method == "GET" and row.address not in OUTSIDE
            if (met := asked(house, "unknown host", row)) != "not-found"
        }

        assert found == {}


class TestMethods:
    """No address takes a method that the table does not name, and HEAD is GET without the page."""

    def test_whoever_may_come_in_finds_no_other_method(self, house: House) -> None:
        found, may = {}, strongest()
        for method, address in others():
            if address not in may:
                continue
            met = asking.ask(house, may[address], method, address)
            if met.word != asking.NO_WAY or met.written:
                found[f"{method} {address} for {may[address]}"] = (met.word, sorted(met.written))

        assert found == {}

    def test_nobody_finds_another_method(self, house: House) -> None:
        """Before or after being asked to sign in: nothing opens, nothing is written."""
        found, may = {}, strongest()
        for method, address in others():
            if method in {"PUT", "DELETE"} or address not in may:
                met = asking.ask(house, "nobody", method, address)
                if met.word not in TURNED_AWAY or met.written:
                    found[f"{method} {address}"] = (met.word, sorted(met.written))

        assert found == {}

    def test_head_tells_no_more_than_get(self, house: House) -> None:
        wrong = {}
        for row in PLAIN:
            words = dict(row.expected())
            for who in {"nobody", strongest().get(row.address, "nobody")} & set(words):
                if row.method == "GET":
                    met = asking.ask(house, who, "HEAD", row.address)
                    is_same = met.word == {"sees": "ok"}.get(words[who], words[who])
                    if not (is_same or met.word == asking.NO_WAY) or asking.content_of(met.response):
                        wrong[f"{row.address} for {who}"] = (met.word, words[who])

        assert wrong == {}


class TestAround:
    def test_the_same_name_at_another_company_is_another_person(self, company: Any) -> None:
        people.add_staff("thao", *Role)

        with using_company("NPC"):
            page = people.browser(host="npc.localhost").post(
                "/nhan-vien/dang-nhap/", {"login": "thao", "password": people.PASSWORD}
            )

        assert page.status_code == 200
        assert "chưa đúng" in page.content.decode()

    def test_a_directors_visit_to_one_company_opens_nothing_at_another(self, company: Any) -> None:
        client = people.browser(host="npc.localhost")
        client.cookies[handovers.COOKIE] = handovers.make_visit(director="director-1", company_code="HANOI")

        assert client.get("/bang/").status_code == 302

    def test_a_directors_pass_opens_the_cases_of_its_company_once_it_is_shown(self, company: Any) -> None:
        shown = handovers.make_pass(director="director-1", company_code="HANOI", question="")

        assert people.browser().get("/bang/vao/", {"p": shown}).status_code == 302
        assert people.browser(host="npc.localhost").get("/bang/vao/", {"p": shown}).status_code == 403


def test_the_reference_page_is_fresh() -> None:
    assert permissions.PAGE.read_text() == permissions.page(addresses.routes())
