"""What is somebody's own: it is told once a code sent to the phone on the contract has come back. Nobody learns from the
assistant whether an account code or a phone is on record: what it says is the same either way.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from motcua.assistant import texts, wording
from motcua.assistant.own_bills import WHY, OwnBills
from motcua.assistant.state import (
    AccountSeen,
    AskProof,
    ChooseWho,
    EnterCode,
    Line,
    LookAtOwn,
    LookAtRequests,
    Mode,
    OwnSeen,
    ProofAsked,
    ProofEnd,
    ProofSeen,
    RequestsSeen,
)
from motcua.assistant.understanding import slots
from motcua.assistant.wording import ValueKind
from motcua.kernel import phones
from motcua.kernel.local_time import to_local
from motcua.kernel.money import format_vnd
from motcua.messaging.rules import Button
from motcua.services.declaration import Text

STATUS = "request_status"
ACCOUNTS = "account_code"
PAID = "payment_status"
OWED = "bill_lookup"
COMPLAINT = "COMPLAINT"
# Wishes that only a proven customer is told of.
OWN_WISHES = frozenset({OWED, PAID, ACCOUNTS, WHY})
ALL = "*"
PATIENCE = 2  # answers not understood before a person is called
LIFE = timedelta(minutes=10)  # as long as a code is good for
PAUSE = timedelta(minutes=1)
MOST_LINES, MOST_BUTTONS, MOST_PAID = 12, 3, 3
LOOKING = frozenset({Mode.WHO, Mode.CODE, Mode.ACCOUNT, Mode.NEAR, Mode.WHERE})
_ALL_WORDS = frozenset({"tat ca", "het", "tat", "ca hai", "all", "all of them", "both"})
_SIX = re.compile(r"\D*\d(?:[ .\-]?\d){5}\D*")
_NO_CODE = re.compile(
    r"\b(gui lai|chua (nhan|thay|co|den)|khong (nhan|thay|co|den)|chua ve|khong ve|resend|no code)\b"
)


class Own(OwnBills):
    """A turn that tells people what is theirs."""

    # who asks

    def ask_own(self, wish: str, account: str = "") -> None:
        """Tell it when it is proven who asks; else the way to prove it, at once when the message says by what."""
        said = {value.kind: value.value for value in wording.find_values(self.said.text)}
        state = self.state
        state.own_wish, state.own_account = wish, account or said.get(ValueKind.ACCOUNT_CODE, "")
        if self.world.is_proven:
            self.look_at_own()
        elif named := state.own_account or said.get(ValueKind.PHONE, ""):
            self.send_code(named)
        else:
            self.ask_who()

    def ask_who(self) -> None:
        if self.state.own_wish == WHY:
            self.say(texts.COMPARES_WHEN_PROVEN)
        self.say(texts.ASK_WHO)
        self.state.mode, self.state.misses = Mode.WHO, 0
        if self.world.known_phone:
            label = self.fill(texts.USE_THIS_PHONE, phone=phones.display(self.world.known_phone))
            self.offer(Button(label, "x|this-phone"))
        self._offer_other_ways()

    def _offer_other_ways(self) -> None:
        if self.state.own_wish in (OWED, PAID):
            self.offer(Button(self.tell(texts.PAY_BY_CODE), url=f"{self.world.follow_address}/thanh-toan/"))
        if self.state.own_wish == WHY and (service := self.world.service(COMPLAINT)) is not None:
            self.offer(Button(self.tell(service.name), f"s|{COMPLAINT}"))
        self.offer(self.button(texts.PERSON, "x|person"))

    def told_who(self, text: str) -> bool:
        """An account code or a phone; a clear wish for something else leaves the question."""
        said = {value.kind: value.value for value in wording.find_values(text)}
        account = said.get(ValueKind.ACCOUNT_CODE, "")
        if self.state.proof_is_shared and account:
            self.acts.append(ChooseWho(account))
        elif named := account or said.get(ValueKind.PHONE, ""):
            self.send_code(named)
        elif self.wants_something_else():
            self.state.mode = Mode.IDLE
            return False
        elif any(slot.problem for slot in slots.find_codes(text)):
            self._miss_own(texts.CODE_LENGTH)
        else:
            self._miss_own(texts.ASK_WHO_AGAIN)
        return True

    def wants_something_else(self) -> bool:
        """Later files know what is meant."""
        return False

    def _miss_own(self, text: Text) -> None:
        self.state.misses += 1
        if self.state.misses >= PATIENCE:
            self.say(texts.TOO_LATE)
            self.hand_over()
            return
        self.say(text)
        self._offer_other_ways()

    def send_code(self, said: str) -> None:
        self.state.proof_said, self.state.proof_is_shared = said, False
        self.acts.append(AskProof(said))

    def send_code_again(self) -> None:
        state = self.state
        if not state.proof_said:
            self.ask_who()
        elif state.proof_at and self.world.now - datetime.fromisoformat(state.proof_at) < PAUSE:
            self.say(texts.CODE_SOON)
            state.mode = Mode.CODE
            self._offer_ways_to_code()
        else:
            self.send_code(state.proof_said)

    def use_this_phone(self) -> None:
        self.send_code(self.world.known_phone) if self.world.known_phone else self.ask_who()

    def told_proof_asked(self, asked: ProofAsked) -> None:
        """A code is on its way, or nothing is on record: the words are the same."""
        state = self.state
        if asked.problem is not None:
            self.lines.append(self.explain(asked.problem))
            state.mode = Mode.WHO
            self._offer_other_ways()
            return
        state.proof_id, state.proof_at, state.proof_tries = asked.id, self.world.now.isoformat(), 0
        state.mode, state.misses = Mode.CODE, 0
        shown = phones.display(asked.said) if asked.said.startswith("+") else asked.said
        self.say(texts.CODE_SENT, said=shown)
        self._offer_ways_to_code()

    def _offer_ways_to_code(self) -> None:
        self.offer(
            self.button(texts.SEND_AGAIN, "x|resend"),
            self.button(texts.OTHER_NUMBER, "x|who"),
            self.button(texts.PERSON, "x|person"),
        )

    def is_code_due(self) -> bool:
        """A bare code counts while one is waited for, also after another thing was asked in between."""
        state = self.state
        if state.mode == Mode.CODE:
            return True
        asks_for_more = state.mode not in (Mode.IDLE, Mode.CHOOSE)
        waits = bool(state.proof_at) and self.world.now - datetime.fromisoformat(state.proof_at) < LIFE
        return waits and not asks_for_more and not self.world.is_proven

    def entered_code(self, text: str) -> bool:
        """The six digits of the text message, whatever stands around them."""
        if not self.is_code_due() or not _SIX.fullmatch(text):
            return False
        self.acts.append(EnterCode(re.sub(r"\D", "", text)))
        return True

    def told_of_code(self, text: str) -> bool:
        """A word about the code that is waited for."""
        values = {value.kind: value.value for value in wording.find_values(text)}
        if named := values.get(ValueKind.ACCOUNT_CODE) or values.get(ValueKind.PHONE):
            self.send_code(named)
        elif _NO_CODE.search(" ".join(wording.words(text))):
            self.say(texts.NO_CODE_HELP)
            self._offer_ways_to_code()
        elif self.wants_something_else():
            self.state.mode = Mode.IDLE
            return False
        else:
            self._miss_code(text)
        return True

    def _miss_code(self, text: str) -> None:
        self.state.misses += 1
        if self.state.misses >= PATIENCE + 1:
            self.say(texts.TOO_LATE)
            self.hand_over()
            return
        self.say(texts.CODE_DIGITS if any(letter.isdigit() for letter in text) else texts.ENTER_CODE)
        self._offer_ways_to_code()

    def told_proof_end(self, seen: ProofSeen) -> None:
        """What became of the code."""
        state = self.state
        if seen.end is ProofEnd.PROVEN:
            self.forget_proof()
            self.say(texts.PROVEN)
            self.look_at_own()
        elif seen.end is ProofEnd.SHARED:
            self.say(texts.NOT_OF_SHARED if state.proof_is_shared else texts.WHICH_OF_SHARED)
            state.proof_is_shared, state.mode = True, Mode.WHO
            self.offer(self.button(texts.PERSON, "x|person"))
        elif seen.end is ProofEnd.TAKEN:
            self.say(texts.PROOF_TAKEN)
            self.hand_over()
        else:
            words = {
                ProofEnd.WRONG: texts.WRONG_CODE,
                ProofEnd.EXPIRED: texts.CODE_EXPIRED,
                ProofEnd.USED_UP: texts.CODE_USED_UP,
            }
            state.mode = Mode.CODE
            self.say(words[seen.end], left=seen.left)
            if seen.end is not ProofEnd.WRONG:
                self.say(texts.NO_CODE_HELP)
            self._offer_ways_to_code()

    def forget_proof(self) -> None:
        state = self.state
        state.proof_id = state.proof_said = state.proof_at = ""
        state.proof_tries, state.proof_is_shared, state.mode = 0, False, Mode.IDLE

    def leave_looking(self) -> None:
        """ "thôi", "quay lại" while something was asked that belongs to no form."""
        self.state.mode, self.state.own_wish, self.state.own_account = Mode.IDLE, "", ""
        self.say(texts.LEFT_IT)
        if self.open_service is not None:
            self.go_on()
        else:
            self.offer_services()
            self.state.mode = Mode.CHOOSE

    # what is theirs

    def look_at_own(self) -> None:
        state = self.state
        state.mode = Mode.IDLE
        if state.own_wish == STATUS:
            self.acts.append(LookAtRequests())
        else:
            self.acts.append(LookAtOwn(state.own_wish or OWED, state.own_account))

    def told_account(self, text: str) -> bool:
        """One of several accounts in words; anything else is no answer to that."""
        self.state.mode = Mode.IDLE
        said = [v.value for v in wording.find_values(text) if v.kind is ValueKind.ACCOUNT_CODE]
        if said:
            self.choose_account(said[-1])
        elif wording.core(text) in _ALL_WORDS:
            self.choose_account(ALL)
        else:
            return False
        return True

    def choose_account(self, account: str) -> None:
        """A tap on one of several accounts; from an old message the wish is what is owed."""
        wish = self.state.own_wish or OWED
        if self.world.is_proven and account == ALL:
            self.state.own_wish = wish
            self.acts.append(LookAtOwn(wish, ALL))
            return
        self.ask_own(wish, account if account != ALL else "")

    def tell_own(self, seen: OwnSeen, act: LookAtOwn) -> None:
        """What stands on record; which account is asked first when there are several."""
        state = self.state
        if not seen.is_theirs:
            self.say(texts.NOT_YOURS, account=act.account)
            self._offer_other_ways()
            return
        if act.wish == ACCOUNTS:
            self._tell_accounts(seen)
        elif len(seen.accounts) > 1 and not act.account:
            self._ask_account(seen)
            return
        elif act.wish == WHY:
            self.tell_why(seen.accounts, self.tell(texts.WHY_BILL))
        else:
            self._tell_money(seen, act.wish, with_beside=act.account in ("", ALL))
        state.own_wish = state.own_account = ""
        self.back_to_question()

    def _tell_accounts(self, seen: OwnSeen) -> None:
        if not seen.accounts:
            self.say(texts.NO_ACCOUNTS)
            self.offer(self.button(texts.PERSON, "x|person"))
            return
        rows = [f"{account.code}{self._place(account)}" for account in seen.accounts]
        self.say(texts.YOUR_ACCOUNTS, accounts=("\n- " if len(rows) > 1 else "") + "\n- ".join(rows))
        self.say(texts.FROM_CONTRACTS, brand=self.world.brand)

    def _ask_account(self, seen: OwnSeen) -> None:
        self.say(texts.WHICH_ACCOUNT)
        self.state.mode = Mode.ACCOUNT
        self.offer(
            *[
                Button(f"{account.code}{self._place(account)}"[:80], f"a|{account.code}")
                for account in seen.accounts[:8]
            ],
            self.button(texts.ALL_ACCOUNTS, f"a|{ALL}"),
        )

    def _place(self, account: AccountSeen) -> str:
        return f" · {account.place}" if account.place else ""

    def _tell_money(self, seen: OwnSeen, wish: str, *, with_beside: bool) -> None:
        told = seen.accounts
        beside = seen.beside
        if not told and not (beside.owed or beside.paid):
            self.say(texts.NO_ACCOUNTS)
        for account in told:
            head = self.fill(texts.ACCOUNT_OWES, account=account.code, place=self._place(account))
            self._tell_account(head, account, wish)
        if with_beside and (beside.owed or (wish == PAID and beside.paid)):
            self._tell_account(self.tell(texts.BESIDE_OWES), beside, wish)
        self.say(texts.FROM_LEDGER, at=f"{to_local(self.world.now):%H:%M %d/%m/%Y}")
        shown = [line for account in (*told, *([beside] if with_beside else [])) for line in account.owed]
        self._offer_paying(shown, any(account.told_vnd for account in told))
        for account in told[:MOST_BUTTONS]:
            if account.bill and wish == OWED:
                self.offer_bill(account.bill)

    def _tell_account(self, head: str, account: AccountSeen, wish: str) -> None:
        if not account.may_see_money:
            self.lines.append(f"{head} {self.tell(texts.NO_MONEY_ROLE)}")
            return
        rows = [self.last_bill(account.bill)] if account.bill and wish == OWED else []
        if wish == PAID:
            rows += [self._paid_row(line) for line in account.paid[:MOST_PAID]]
            if not rows:
                head += " " + self.tell(texts.PAID_NOTHING)
        rows += [self._owed_row(line) for line in account.owed[:MOST_LINES]]
        if account.told_vnd and account.told_on:
            rows.append(
                self.fill(
                    texts.TOLD_OWED, day=f"{account.told_on:%d/%m/%Y}", amount=format_vnd(account.told_vnd)
                )
            )
        if len(account.owed) > 1:
            rows.append(self.fill(texts.OWED_TOTAL, amount=format_vnd(account.total_vnd)))
        if not account.owed and not account.told_vnd and wish != PAID:
            head += " " + self.tell(texts.OWES_NOTHING)
        self.lines.append("\n".join([head, *rows]))

    def _owed_row(self, line: Line) -> str:
        due = self.fill(texts.PAY_BY, day=_day(line.at)) if line.at else ""
        return self.fill(texts.OWED_LINE, what=line.what, amount=format_vnd(line.amount_vnd), due=due)

    def _paid_row(self, line: Line) -> str:
        return self.fill(
            texts.PAID_LINE, what=line.what, amount=format_vnd(line.amount_vnd), day=_day(line.at)
        )

    def _offer_paying(self, owed: Sequence[Line], is_told: bool) -> None:
        site = self.world.follow_address
        for line in owed[:MOST_BUTTONS]:
            label = self.fill(texts.PAY, amount=format_vnd(line.amount_vnd))
            self.offer(Button(label, url=f"{site}/thanh-toan/{line.code}/"))
        if is_told and not owed:
            self.offer(Button(self.tell(texts.PAY_BY_CODE), url=f"{site}/thanh-toan/"))
        self.offer(Button(self.tell(texts.MY_PAGE), url=f"{site}/cua-toi/"))

    # requests

    def ask_status(self, number: str = "") -> None:
        self.acts.append(LookAtRequests(number))

    def tell_requests(self, seen: RequestsSeen) -> None:
        """Where they stand; of a request that is not theirs, only where its sender may look."""
        site = self.world.follow_address
        for request in seen.requests:
            due = (
                self.fill(texts.REQUEST_DUE, due=request.due) if request.due and not request.is_closed else ""
            )
            self.say(
                texts.REQUEST_AT, number=request.number, service=self.tell(request.service), step=self.tell(request.step), due=due
            )  # fmt: skip
            self.offer(
                Button(
                    f"{self.tell(texts.FOLLOW)} {request.number}", url=f"{site}/theo-doi/{request.number}/"
                )
            )
        if seen.requests:
            self.say(texts.FROM_REQUESTS, at=f"{to_local(self.world.now):%H:%M %d/%m/%Y}")
        else:
            self.say(texts.REQUEST_PRIVATE if seen.number else texts.ASK_NUMBER, number=seen.number)
            link = f"{site}/theo-doi/{seen.number}/" if seen.number else f"{site}/theo-doi/"
            self.offer(Button(self.tell(texts.FOLLOW), url=link))
            if not self.world.is_proven:
                self.offer(self.button(texts.PROVE, "x|own-requests"))
            self.offer(self.button(texts.PERSON, "x|person"))
        self.back_to_question()

    def prove_for_requests(self) -> None:
        self.ask_own(STATUS)


def _day(at: datetime | None) -> str:
    return f"{to_local(at):%d/%m/%Y}" if at else ""
