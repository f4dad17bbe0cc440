"""The month after the lamp was lit: the meter is read, the bill comes to the customer's phone, explained to the dong, is paid at a
bank by its QR code, has its e-invoice, and the board counts it.

One sheet of readings and one bill run serve all stories; the pages limit codes and tries of one address an hour, so only the
first `MOST` customers look at their bill and pay.
"""

from __future__ import annotations

import csv
import io
import json
import re
import time
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from motcua.customers.rules import PROOF_LIMITS
from motcua.kernel.local_time import to_local
from motcua.kernel.money import format_number
from motcua.ops.story import days
from motcua.ops.story.browser import Browser, Different

if TYPE_CHECKING:
    from motcua.ops.story.play import Play, Story

MOST = 8
READING_DAY = 5
LEAST_DAYS = 20
PATIENCE = 240.0
TRIES = 3
COUNTED = ("hóa đơn phát hành", "hóa đơn thanh toán đủ", "tiền điện phát hành", "tiền điện thu được")


def reading_day(after: date) -> date:
    """The first usual reading day that lies far enough behind."""
    day = after + timedelta(days=LEAST_DAYS)
    while day.day != READING_DAY:
        day += timedelta(days=1)
    return day


def kwh_of(story: Story) -> int:
    """What the meter has counted since it was hung at nought."""
    return 60 + story.who.number * 37 % 400


class FirstBill:
    """The acts of the month after; each is checked from outside."""

    def __init__(self, play: Play, lit_on: date) -> None:
        self.play, self.lit_on = play, lit_on
        self.day = reading_day(lit_on)
        self.bills: dict[str, dict[str, Any]] = {}

    @property
    def stories(self) -> list[Story]:
        return [story for story in self.play.stories if not story.failure]

    def run(self) -> None:
        """Read, bill, look, pay, and compare the board."""
        self.play.set_clock(days.morning_of(self.day))
        before = self._figures()
        self._read()
        self._bill()
        chosen = self.stories[:MOST]
        self.play.act("reads the bill, explained", self._look, chosen)
        self.play.act("pays the bill at the bank", self._pay, chosen)
        self.play.act("has the e-invoice", self._invoice, chosen)
        self._compare(before, [story for story in chosen if not story.failure])

    # staff

    def _read(self) -> None:
        """The reading book comes back from the round as a sheet."""
        begun, kept = time.monotonic(), io.StringIO()
        writer = csv.writer(kept)
        writer.writerow(["Mã khách hàng", "Ngày ghi", "KT"])
        for story in self.stories:
            writer.writerow([story.account_code, f"{self.day:%d/%m/%Y} 08:00", kwh_of(story)])
        browser = self.play.worker("ketoan").browser
        page = browser.get("/tien/ghi-chi-so/")
        form = page.form(having="nguon")
        after = browser.submit(
            page, form, files={"tep": ("chi-so.csv", kept.getvalue().encode(), "text/csv")}, viec="nhap", nguon="SHEET"
        )  # fmt: skip
        if after.status >= 400 or "Đã nhập" not in after.text:
            raise Different(f"the readings were not taken ({after.status}): {after.text[:700]!r}")
        self._tell("meters are read", f"{len(self.stories)} readings", begun)

    def _bill(self) -> None:
        begun = time.monotonic()
        browser = self.play.worker("ketoan").browser
        page = browser.get("/tien/phien-tinh/")
        after = browser.submit(
            page, page.form(action="/tien/phien-tinh/", having="day"), day=f"{self.day:%d/%m/%Y}", viec="lap"
        )
        if after.status >= 400 or "/tien/phien-tinh/" not in after.url:
            raise Different(f"the bill run would not start ({after.status}): {after.text[:700]!r}")
        until = time.monotonic() + PATIENCE
        while "đang lập" in after.text:
            if time.monotonic() > until:
                raise Different(f"the bill run never came to an end: {after.text[:700]!r}")
            time.sleep(0.5)
            after = browser.get(after.url)
        self._tell("bills are made", f"{self.day:%d/%m/%Y}", begun)

    # the customer

    def _look(self, story: Story, seat: int) -> str:
        """The text message tells of it; the page explains it; anybody's quote comes to the same."""
        told = self._text_of_the_bill(story)
        browser = story.customer.browser
        _sign_in(browser, story.who.phone)
        listed = browser.get("/hoa-don/")
        link = next((href for href, _ in listed.links if re.search(r"/hoa-don/[0-9a-f-]{36}/$", href)), "")
        if not link:
            raise Different(f"{story.number}: My page lists no bill: {listed.text[:600]!r}")
        page = browser.get(link)
        asked = {
            "group": "HOME",
            "from": self.lit_on.isoformat(),
            "to": self.day.isoformat(),
            "kwh": kwh_of(story),
        }
        status, quote = browser.post_json("/api/public/quote", asked)
        if status != 200:
            raise Different(f"the quote was refused ({status}): {quote}")
        total = format_number(quote["total_vnd"])
        for words in (story.account_code, f"{kwh_of(story)} kWh", total):
            page.must_say(words)
        if total not in told.replace(",", "."):
            raise Different(f"{story.number}: the message says another amount than {total}: {told!r}")
        self.bills[story.number] = {"page": link, "total_vnd": quote["total_vnd"]}
        return f"{kwh_of(story)} kWh, {total}"

    def _text_of_the_bill(self, story: Story) -> str:
        until = time.monotonic() + PATIENCE
        while True:
            texts = _texts(story.customer.browser, story.who.phone)
            found = next((text for text in texts if story.account_code in text and "kWh" in text), "")
            if found:
                return found
            if time.monotonic() > until:
                raise Different(f"{story.number}: no message tells of the bill: {texts[-3:]!r}")
            time.sleep(0.5)

    def _pay(self, story: Story, seat: int) -> str:
        browser, bill = story.customer.browser, self.bills[story.number]
        page = browser.get(bill["page"])
        link = next((href for href, _ in page.links if "/thanh-toan/TD" in href), "")
        if not link:
            raise Different(f"{story.number}: the bill offers no way to pay: {page.text[:600]!r}")
        pay = browser.get(link)
        qr = pay.data.get("data-qr", "")
        status, told = browser.post_json("/sandbox/bank/pay", {"qr": qr})
        if status != 202:
            raise Different(f"the bank would not pay {story.number}'s bill ({status}): {told}")
        until = time.monotonic() + PATIENCE
        while browser.get(bill["page"]).data.get("data-bill-state") != "PAID":
            if time.monotonic() > until:
                raise Different(
                    f"{story.number}: the bill is not paid: {browser.get(bill['page']).text[:400]!r}"
                )
            time.sleep(0.3)
        return str(pay.data.get("data-payment-code", ""))

    def _invoice(self, story: Story, seat: int) -> str:
        """Signed and numbered; what the customer reads of it stands under the bill."""
        until = time.monotonic() + PATIENCE
        while True:
            page = story.customer.browser.get(self.bills[story.number]["page"])
            if number := page.data.get("data-invoice", ""):
                return number
            if time.monotonic() > until:
                raise Different(f"{story.number}: the bill shows no e-invoice: {page.text[-600:]!r}")
            time.sleep(1)

    # the board

    def _figures(self) -> dict[str, int]:
        path = f"/bang/tien/so-lieu.csv?thang={self.day:%Y-%m}&theo=unit_code"
        page = self.play.worker("ketoan").browser.get(path)
        rows = list(csv.DictReader(io.StringIO(page.content.decode("utf-8-sig"))))
        return {name: sum(int(row[name]) for row in rows) for name in COUNTED}

    def _compare(self, before: dict[str, int], paid: list[Story]) -> None:
        """The board of money counts each bill once when it is issued and once when it is paid."""
        begun = time.monotonic()
        bills, payments, _billed, collected = COUNTED
        wanted = {
            payments: len(paid),
            collected: sum(self.bills[story.number]["total_vnd"] for story in paid),
        }
        until = time.monotonic() + PATIENCE * 2
        while True:
            after = self._figures()
            grown = {name: after[name] - before[name] for name in COUNTED}
            is_right = all(grown[name] == value for name, value in wanted.items()) and grown[bills] >= len(
                self.stories
            )
            if is_right or time.monotonic() > until:
                break
            time.sleep(1)
        if not is_right:
            raise Different(f"the board of money grew by {grown} instead of {wanted}")
        self._tell(
            "the board of money", ", ".join(f"{name} +{value}" for name, value in grown.items()), begun
        )

    def _tell(self, title: str, note: str, begun: float) -> None:
        at = to_local(self.play.clock_at).strftime("%a %d/%m %H:%M") if self.play.clock_at else ""
        self.play.say(f"  {at}  {title:<32} {note}  ({time.monotonic() - begun:.1f} s)")


def _texts(browser: Browser, phone: str) -> list[str]:
    told = json.loads(browser.get(f"/sandbox/sms/inbox.json?phone={phone}").content)
    return [text["text"] if isinstance(text, dict) else str(text) for text in told["texts"]]


def _sign_in(browser: Browser, phone: str) -> None:
    """A code to the phone, read there. Where a killed part swallowed the answer to the right code, another one is asked for
    when the pause is over, as a person would.
    """
    for _try in range(TRIES if browser.retry else 1):
        refused = _enter_by_code(browser, phone)
        if not refused:
            return
        if browser.retry:
            time.sleep(PROOF_LIMITS.pause.total_seconds() + 1)
    raise Different(f"the code was refused: {refused!r}")


def _enter_by_code(browser: Browser, phone: str) -> str:
    """Why the page took the code for wrong; empty when signed in."""
    known = set(_texts(browser, phone))
    page = browser.get("/cua-toi/")
    if not any(form.has("phone") for form in page.forms):
        return ""
    sent = browser.submit(page, page.form(action="/cua-toi/gui-ma/", having="phone"), phone=phone)
    form = sent.form(action="/cua-toi/nhap-ma/", having="proof")
    until = time.monotonic() + PATIENCE
    while True:
        fresh = [text for text in _texts(browser, phone) if text not in known]
        code = next((found[1] for text in fresh if (found := re.search(r"xac thuc\D+(\d{6})\b", text))), "")
        if code:
            break
        if time.monotonic() > until:
            raise Different(f"no code came to {phone}: {fresh!r}")
        time.sleep(0.3)
    field = next(name for name in form.values if name not in {"proof", "phone", "ve", "csrfmiddlewaretoken"})
    form.values[field] = [code]
    after = browser.submit(sent, form)
    return after.text[:400] if after.status >= 400 else ""
