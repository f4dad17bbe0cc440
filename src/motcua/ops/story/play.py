"""The three days, act by act, then the month after; after each act what others now see is checked from outside."""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from csv import DictReader
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from pypdf import PdfReader

from motcua.kernel.local_time import to_local
from motcua.kernel.money import format_vnd
from motcua.ops.story import days
from motcua.ops.story.browser import Browser, Different, Page
from motcua.ops.story.first_bill import FirstBill
from motcua.ops.story.people import Customer, Profile, Worker, profile

SERVICE = "NEW-LV-RES"
# What the outside world knows of the tax: 8 % until the end of 2026.
VAT_PERCENT, VAT_PERCENT_FROM_2027 = 8, 10
SIDE_BY_SIDE = 6
STAFF = ("Lê Văn Hùng", "Đỗ Quang Vinh")
MEASURES = ("received", "settled", "energised", "fully_online", "on_time", "trips")


@dataclass
class Story:
    """One customer's way, and what went wrong on it."""

    who: Profile
    customer: Customer
    steps: list[tuple[str, str]] = field(default_factory=list)
    account_code: str = ""
    failure: str = ""
    priced_on: date = date(2026, 1, 1)

    @property
    def number(self) -> str:
        return self.customer.number

    @property
    def total_vnd(self) -> int:
        percent = VAT_PERCENT if self.priced_on.year < 2027 else VAT_PERCENT_FROM_2027
        return self.who.cost_vnd + (self.who.cost_vnd * percent + 50) // 100


class Play:
    """All stories of one command, side by side, under one clock."""

    def __init__(
        self, *, host: str, port: int, count: int, password: str, first: int = 0, patient: bool = False,
        say: Callable[[str], None] = print,
    ) -> None:  # fmt: skip
        self.host, self.port, self.password, self.patient, self.say = host, port, password, patient, say
        self.stories = [
            Story(profile(n), Customer(self._browser(), profile(n))) for n in range(first, first + count)
        ]
        self._browsers: list[Browser] = [story.customer.browser for story in self.stories]
        self._staff: dict[tuple[str, int], Worker] = {}
        self.begun = time.monotonic()
        self.clock_at: datetime | None = None

    def _browser(self) -> Browser:
        return Browser(host=self.host, port=self.port, retry=self.patient)

    # the clock

    def now(self) -> datetime:
        told = json.loads(self._browser().get("/sandbox/clock").content)
        if not told["settable"]:
            raise Different(
                "this server's clock cannot be set; the story needs a demonstration (MOTCUA_CLOCK)"
            )
        return datetime.fromisoformat(told["now"])

    def set_clock(self, at: datetime) -> None:
        status, told = self._browser().post_json("/sandbox/clock", {"at": at.isoformat()})
        if status != 200:
            raise Different(f"the clock cannot be set ({status}): {told}")
        self.clock_at = at

    # staff: one browser for each thread, signed in once

    def worker(self, username: str, seat: int = 0) -> Worker:
        key = (username, seat)
        if key not in self._staff:
            browser = self._browser()
            self._browsers.append(browser)
            self._staff[key] = Worker(browser, username, self.password)
        return self._staff[key]

    # playing

    def run(self) -> None:
        """Play the three days. Stories that fail are named, the others go on."""
        begin = days.first_morning(self.now())
        self.set_clock(begin)
        before = self._figures()
        self.act("asks in the web chat", self._ask)
        self.act("is checked and given a price", self._check)
        self.act("pays at the bank", self._pay)
        day_one = days.next_working(to_local(begin).date())
        self.set_clock(days.morning_of(day_one))
        self.act("is visited and signs", self._sign)
        day_two = days.next_working(day_one)
        self.set_clock(days.morning_of(day_two))
        self.act("has light", self._light)
        self.act("rates", self._rate)
        self._compare(before)
        FirstBill(self, day_two).run()

    def act(self, title: str, act: Callable[[Story, int], str], among: Sequence[Story] | None = None) -> None:
        """Each of the stories that still goes on, side by side."""
        playing = [story for story in among or self.stories if not story.failure]
        begun = time.monotonic()

        def one(place: int) -> None:
            story = playing[place]
            try:
                story.steps.append((title, act(story, place % SIDE_BY_SIDE)))
            except Different as different:
                story.failure = f"{title}: {different}"

        def sit(places: Iterable[int]) -> None:
            for place in places:
                one(place)

        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            # Each seat is one thread's own: its stories one after the other, on its own signed-in browsers.
            seats = [
                range(seat, len(playing), SIDE_BY_SIDE) for seat in range(min(SIDE_BY_SIDE, len(playing)))
            ]
            list(pool.map(sit, seats))
        took = time.monotonic() - begun
        at = to_local(self.clock_at).strftime("%a %d/%m %H:%M") if self.clock_at else ""
        failed = sum(1 for story in playing if story.failure)
        note = (
            playing[0].steps[-1][1]
            if len(playing) == 1 and not failed
            else f"{len(playing) - failed} of {len(playing)}"
        )
        self.say(f"  {at}  {title:<32} {note}  ({took:.1f} s)")

    # day 0

    def _ask(self, story: Story, seat: int) -> str:
        number = story.customer.ask_in_chat()
        page = story.customer.wait_until("CHECK")
        page.must_say(number)
        return number

    def _check(self, story: Story, seat: int) -> str:
        story.priced_on = to_local(self.clock_at or self.now()).date()
        worker = self.worker("kinhdoanh", seat)
        worker.act(
            f"/ban-viec/yeu-cau/{story.number}/", "/buoc/accept/",
            needs_survey="false", cost_vnd=story.who.cost_vnd, cost_note="15 m cáp và phụ kiện",
        )  # fmt: skip
        story.customer.wait_until("PAY").must_say(_money(story.total_vnd))
        return _money(story.total_vnd)

    def _pay(self, story: Story, seat: int) -> str:
        page = story.customer.pay_page()
        code, qr = page.data.get("data-payment-code", ""), page.data.get("data-qr", "")
        if int(page.data.get("data-amount", 0)) != story.total_vnd or not qr:
            raise Different(
                f"{story.number}: the pay page asks {page.data.get('data-amount')} instead of {story.total_vnd}"
            )
        status, told = story.customer.browser.post_json("/sandbox/bank/pay", {"qr": qr})
        if status != 202:
            raise Different(f"the bank would not pay {story.number} ({status}): {told}")
        page = story.customer.wait_until("SIGN")
        page.must_say("Tổ công tác sẽ đến")
        if int(story.customer.pay_page().data.get("data-amount", -1)) != 0:
            raise Different(f"{story.number}: something is still owed after paying")
        return code

    # day 1

    def _visit_of(self, worker: Worker, number: str) -> str:
        """The address of the visit of this request on the crew's page of today."""
        page = worker.browser.get("/hien-truong/")
        for path, found in re.findall(
            r'href="(/hien-truong/[0-9a-f-]{36}/)"(?:(?!</li>).)*?<span class="meta">([^<]+)</span>',
            page.html,
            re.S,
        ):
            if found.strip() == number and _is_ahead(page, path):
                return str(path)
        raise Different(f"{number} is not on the crew's page of today: {page.text[:500]!r}")

    def _sign(self, story: Story, seat: int) -> str:
        crew = self.worker("thicong", seat)
        visit = self._visit_of(crew, story.number)
        page = crew.browser.get(visit)
        code = re.sub(r"\s", "", page.text)
        shown = re.search(r"Mã của tổ: <b>([^<]+)</b>", story.customer.follow().html)
        if shown is None or re.sub(r"\s", "", shown[1]) not in code:
            raise Different(f"{story.number}: customer and crew do not see the same code")
        crew.act(visit + "giay-to/", "/giay-to/", seen_IDENTITY="yes")
        page = crew.browser.get(visit + "ky/")
        form = page.form(action="/ky/", having="sha256")
        values: dict[str, Any] = {}
        signers = [name.removesuffix("_typed") for name in form.values if name.endswith("_typed")]
        for prefix, name in zip(signers, (story.who.full_name, *STAFF), strict=True):
            values |= {f"{prefix}_typed": name, f"{prefix}_confirmed": "yes"}
        after = crew.browser.submit(page, form, **values)
        if after.status >= 400:
            raise Different(f"{story.number}: the signatures were refused: {after.text[:600]!r}")
        page = story.customer.wait_until("INSTALL")
        self._read_contract(story, page)
        return "signed by customer and two staff"

    def _read_contract(self, story: Story, page: Page) -> None:
        """The contract that the customer can now open says who signed it."""
        links = [href for href, label in page.links if "/tai-lieu/" in href and "Hợp đồng" in label]
        if not links:
            raise Different(f"{story.number}: the follow page offers no contract")
        pdf = story.customer.browser.get(links[0])
        text = " ".join(
            "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(pdf.content)).pages).split()
        )
        if story.who.full_name not in text:
            raise Different(f"{story.number}: the contract does not name {story.who.full_name}")

    # day 2

    def _light(self, story: Story, seat: int) -> str:
        crew = self.worker("thicong", seat)
        visit = self._visit_of(crew, story.number)
        self._install(crew, visit, story)
        crew.act(visit + "viec/energised/", "/viec/energised/")
        page = story.customer.wait_until("RATE", "SETTLED")
        story.account_code = page.data.get("data-account-code", "")
        found = re.search(r"<dd data-account-code>([^<]+)</dd>", page.html)
        if found is None or len(found[1].strip()) != 13:
            raise Different(f"{story.number}: the follow page shows no account code: {page.text[:500]!r}")
        story.account_code = found[1].strip()
        return f"account {story.account_code}"

    def _install(self, crew: Worker, visit: str, story: Story) -> None:
        """Hang a meter of the unit's stock; when another crew took the serial first, the next one."""
        refusal = ""
        for attempt in range(12):
            page = crew.browser.get(visit + "viec/installed/")
            if "/viec/installed/" not in page.url:
                return  # done by an answer that got lost
            offered = re.findall(r'<option value="([^"]+)">', page.html)
            if not offered:
                raise Different(f"{story.number}: the unit has no meter in stock")
            form = page.form(action="/viec/installed/", having="meter_serial")
            serial = offered[(story.who.number // 10 + attempt * 7) % len(offered)]
            after = crew.browser.submit(
                page, form, meter_serial=serial, first_reading="0", seals=f"HN {story.who.number:05d}"
            )
            if after.status < 400:
                return
            refusal = after.text
        raise Different(f"{story.number}: no meter could be hung: {refusal[:500]!r}")

    def _rate(self, story: Story, seat: int) -> str:
        page = story.customer.browser.get(f"/theo-doi/{story.number}/viec/rate/")
        score = 5 - story.who.number % 2
        story.customer.browser.submit(page, page.form(action="/viec/rate/", having="score"), score=score)
        return f"{score} of 5"

    # the board

    def _figures(self) -> dict[str, int]:
        """Sums of the year for the service, from the board's own CSV."""
        supervisor = self.worker("giamsat")
        page = supervisor.browser.get(f"/bang/so-lieu.csv?theo=service_code&ky=nam&service_code={SERVICE}")
        rows = list(DictReader(io.StringIO(page.content.decode("utf-8-sig"))))
        return {name: sum(int(row[name]) for row in rows) for name in MEASURES}

    def _compare(self, before: dict[str, int]) -> None:
        """The board counts each of ours once: received, settled, lit, fully online, on time, no trip."""
        done = sum(1 for story in self.stories if not story.failure)
        wanted = {
            "received": done,
            "settled": done,
            "energised": done,
            "fully_online": done,
            "on_time": done,
            "trips": 0,
        }
        until = time.monotonic() + 30
        while True:
            after = self._figures()
            grown = {name: after[name] - before[name] for name in MEASURES}
            if grown == wanted or time.monotonic() > until:
                break
            time.sleep(0.5)
        if grown != wanted and done == len(self.stories):
            raise Different(f"the board grew by {grown} instead of {wanted}")
        self.say(f"  board: {', '.join(f'{name} +{value}' for name, value in grown.items())}")

    # what it took

    def timings(self) -> list[float]:
        return sorted(second for browser in self._browsers for second in browser.timings)

    def close(self) -> None:
        for browser in self._browsers:
            browser.close()


def _is_ahead(page: Page, path: str) -> bool:
    """Whether the line of this visit is one still to be done."""
    line = page.html[page.html.index(path) :].partition("</li>")[0]
    return "Đã xong" not in line and "Đã hủy" not in line and "Không gặp khách" not in line


def _money(vnd: int) -> str:
    return format_vnd(vnd).rpartition(" ")[0]
