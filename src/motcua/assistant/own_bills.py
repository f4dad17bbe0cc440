"""What a bill says, told to who has proven that it is theirs: the last one, and why it is more or less than before."""

from __future__ import annotations

from motcua.assistant import texts
from motcua.assistant.finding_out import FindingOut
from motcua.assistant.state import AccountSeen, BillSeen
from motcua.kernel.money import format_vnd
from motcua.messaging.rules import Button

WHY = "bill_high"
HELP = ("COMPLAINT", "METER-CHECK")  # what to ask for when a bill looks wrong
MOST_BILLS = 3


class OwnBills(FindingOut):
    """A turn that tells people of their bills."""

    def last_bill(self, bill: BillSeen) -> str:
        """The newest bill in a line: the month, what was used, the amount, where it stands."""
        amount = f", {format_vnd(bill.total_vnd)}" if bill.total_vnd is not None else ""
        state = f", {bill.standing}" if bill.standing else ""
        return self.fill(texts.LAST_BILL, month=bill.month, kwh=f"{bill.kwh} kWh", amount=amount, state=state)

    def offer_bill(self, bill: BillSeen) -> None:
        label = self.fill(texts.SEE_BILL, month=bill.month)
        self.offer(Button(label, url=f"{self.world.follow_address}/hoa-don/{bill.id}/"))

    def tell_why(self, accounts: tuple[AccountSeen, ...], head: str) -> None:
        """How the newest bill of each account differs from before; what to do when it looks wrong."""
        told = [account for account in accounts if account.bill is not None]
        if not told:
            self.say(texts.NO_BILL_YET)
        for account in told[:MOST_BILLS]:
            bill = account.bill
            assert bill is not None
            place = f" · {account.place}" if account.place else ""
            rows = [f"{head} {account.code}{place}", self.last_bill(bill), *bill.why]
            if not bill.why:
                rows.append(self.tell(texts.NOTHING_TO_COMPARE))
            self.lines.append("\n".join(rows))
            self.offer_bill(bill)
        self._offer_help()

    def _offer_help(self) -> None:
        for code in HELP:
            service = self.world.service(code)
            if service is not None:
                self.offer(Button(self.tell(service.name), f"s|{code}"))
