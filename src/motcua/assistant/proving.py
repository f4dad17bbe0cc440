"""Proving who writes: a code to the phone on the contract, typed into the conversation. Codes live in `customers`.

Whether an account code or a phone is on record is never told: limits and words are the same where no code was sent.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from motcua.assistant.here import OWN_CHANNEL, Here
from motcua.assistant.state import ProofAsked, ProofEnd, ProofSeen, State
from motcua.customers import operations as customer_ops
from motcua.customers import queries as customer_queries
from motcua.customers.rules import PROOF_LIMITS
from motcua.kernel import codes, phones
from motcua.kernel.ids import parse_id
from motcua.kernel.results import Problem, Refused
from motcua.messaging import operations as messaging_ops
from motcua.supply import queries as supply_queries

PURPOSE = "CHAT"
HOUR = timedelta(hours=1)


def ask(here: Here, said: str) -> ProofAsked:
    """Send a code to the phone on the contract that an account code or a phone names; none, and the same answer, when there
    is no such phone. A problem: asked too often.
    """
    try:
        for subject, limit in ((f"chat-proof:{said}", PROOF_LIMITS.per_address_hour), (_asker(here), 10)):
            customer_ops.count_attempt(subject=subject, limit=limit, window=HOUR, at=here.at)
        phone = _phone_on_record(said)
        if not phone:
            return ProofAsked("", said)
        started = messaging_ops.send_proof_code(
            phone=phone, purpose=PURPOSE, actor=here.actor, at=here.at, language=here.language
        )
    except Refused as refusal:
        return ProofAsked("", said, Problem(refusal.code, refusal.message, refusal.facts))
    return ProofAsked(str(started.id), said)


def _asker(here: Here) -> str:
    return f"chat-proof-of:{here.conversation.channel}:{here.conversation.address}"


def _phone_on_record(said: str) -> str:
    """The mobile on the contract of the account, or the phone itself where a customer has it; empty otherwise."""
    if codes.is_account_code(codes.clean_account_code(said)):
        contract = supply_queries.find_contract(said)
        holder = (
            customer_queries.find_customer(customer_queries.survivor_id(contract.customer_id))
            if contract
            else None
        )
        phone = holder.phone if holder else ""
    else:
        phone = phones.normalise(said) or ""
        phone = phone if phone and customer_queries.list_by_phone(phone) else ""
    return phone if phone and phones.is_mobile(phone) else ""


def enter(here: Here, state: State, code: str) -> tuple[ProofSeen, UUID | None]:
    """What a typed code leads to, and whom it proved. Counts tries alike where no code was sent."""
    proof_id = parse_id(state.proof_id)
    if proof_id is None:
        return _judge_nothing(state, here.at), None
    try:
        finished = customer_ops.finish_proof(proof_id=proof_id, code=code, at=here.at)
    except Refused as refusal:
        return _refused(refusal, state), None
    named = _holder(state.proof_said)
    if named is not None and named in _survivors(finished.customer_ids):
        return _link(here, named, proof_id)
    found = _survivors(finished.customer_ids)
    if len(found) == 1 and not codes.is_account_code(codes.clean_account_code(state.proof_said)):
        return _link(here, found[0], proof_id)
    return ProofSeen(ProofEnd.SHARED), None


def choose(here: Here, state: State, account: str) -> tuple[ProofSeen, UUID | None]:
    """Which of those who share the proven phone: the holder of this account."""
    holder, proof_id = _holder(account), parse_id(state.proof_id)
    if holder is None or proof_id is None:
        return _not_of_shared(here, state)
    return _link(here, holder, proof_id)


def _not_of_shared(here: Here, state: State) -> tuple[ProofSeen, UUID | None]:
    try:
        customer_ops.count_attempt(subject=f"chat-choice:{state.proof_id}", limit=5, window=HOUR, at=here.at)
    except Refused:
        return ProofSeen(ProofEnd.USED_UP), None
    return ProofSeen(ProofEnd.SHARED), None


def _link(here: Here, customer_id: UUID, proof_id: UUID) -> tuple[ProofSeen, UUID | None]:
    """The address is the customer's from now on. In our own chat the conversation alone is: its page has its own sign-in."""
    conversation = here.conversation
    try:
        customer_ops.link_handle(
            customer_id=customer_id, proof_id=proof_id, actor=here.actor, at=here.at,
            **({} if conversation.channel == OWN_CHANNEL else {"channel": conversation.channel, "address": conversation.address}),
        )  # fmt: skip
    except customer_ops.HandleTaken:
        return ProofSeen(ProofEnd.TAKEN), None
    except Refused:  # the phone on the record is another one
        return ProofSeen(ProofEnd.SHARED), None
    return ProofSeen(ProofEnd.PROVEN), customer_id


def _holder(account: str) -> UUID | None:
    if not codes.is_account_code(codes.clean_account_code(account)):
        return None
    contract = supply_queries.find_contract(account)
    return customer_queries.survivor_id(contract.customer_id) if contract else None


def _survivors(customer_ids: tuple[UUID, ...]) -> list[UUID]:
    return list(dict.fromkeys(customer_queries.survivor_id(id) for id in customer_ids))


def _judge_nothing(state: State, at: datetime) -> ProofSeen:
    """As a real code would be judged, where none was sent."""
    state.proof_tries += 1
    left = PROOF_LIMITS.attempts - state.proof_tries
    if not state.proof_at or at - datetime.fromisoformat(state.proof_at) >= PROOF_LIMITS.life:
        return ProofSeen(ProofEnd.EXPIRED)
    return ProofSeen(ProofEnd.WRONG, left) if left > 0 else ProofSeen(ProofEnd.USED_UP)


def _refused(refusal: Refused, state: State) -> ProofSeen:
    state.proof_tries += 1
    if refusal.code == customer_ops.WrongCode.code:
        return ProofSeen(ProofEnd.WRONG, int(str(refusal.facts["left"])))
    return ProofSeen(ProofEnd.USED_UP if refusal.code == customer_ops.ProofUsedUp.code else ProofEnd.EXPIRED)
