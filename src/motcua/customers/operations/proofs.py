"""Codes that prove an address is in somebody's hands; code words for those without a phone."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.utils.crypto import salted_hmac

from motcua.customers import queries, rules
from motcua.customers.models import AttemptCount, Customer, CustomerStatus, Handle, HandleProof, ProofCode
from motcua.customers.operations.people import lock_text
from motcua.customers.rules import PROOF_LIMITS
from motcua.kernel import access_codes, ids, phones
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound, Refused, gettext_noop


class PhoneInvalid(Refused):
    code = "PHONE_INVALID"
    message = gettext_noop("Số điện thoại chưa đúng. Số di động có 10 chữ số, ví dụ 0901 234 567.")


class PhoneCannotReceive(Refused):
    code = "PHONE_CANNOT_RECEIVE"
    message = gettext_noop(
        "Số máy bàn không nhận được tin nhắn. Hãy dùng số di động, hoặc chọn từ khóa thay cho mã."
    )


class ProofTooOften(Refused):
    code = "PROOF_TOO_OFTEN"
    message = gettext_noop("Vừa có mã gửi đến số này. Hãy chờ %(seconds)s giây rồi yêu cầu mã mới.")


class ProofUnknown(NotFound):
    code = "PROOF_UNKNOWN"
    message = gettext_noop("Không tìm thấy mã đã gửi. Hãy yêu cầu mã mới.")


class ProofExpired(Refused):
    code = "PROOF_EXPIRED"
    message = gettext_noop("Mã đã hết hạn. Hãy yêu cầu mã mới.")


class ProofUsedUp(Refused):
    code = "PROOF_USED_UP"
    message = gettext_noop("Đã nhập sai quá số lần cho phép. Hãy yêu cầu mã mới.")


class WrongCode(Refused):
    code = "WRONG_CODE"
    message = gettext_noop("Mã chưa đúng. Bạn còn %(left)s lần nhập.")


class TooManyAttempts(Refused):
    code = "TOO_MANY_ATTEMPTS"
    message = gettext_noop("Đã thử quá nhiều lần. Hãy chờ %(minutes)s phút rồi thử lại.")


@dataclass(frozen=True)
class ProofStarted:
    """`code_to_send` goes into the outbox of the caller and is stored nowhere in clear. It is empty where the same asker
    asked again within `seconds_to_wait` of the code that is on its way: nothing is to be sent.
    """

    id: UUID
    channel: str
    address: str
    code_to_send: str = field(repr=False)
    expires_at: datetime
    seconds_to_wait: int = 0

    @property
    def is_new(self) -> bool:
        return bool(self.code_to_send)


@dataclass(frozen=True)
class ProofFinished:
    """The address is proven. `customer_ids` are the active customers with this number on record: none, one,
    several.
    """

    id: UUID
    purpose: str
    channel: str
    phone: str
    customer_ids: tuple[UUID, ...]


def start_proof(
    *,
    phone: str,
    purpose: str,
    actor: Actor,
    at: datetime,
    form_key: str = "",
    channel: str = "SMS",
    rng: random.Random | None = None,
) -> ProofStarted:
    """A new six-digit code for the number; codes sent before for this purpose end. Whoever asks twice within a minute
    (a second press, a page that got no answer), as the same actor or with the same form, gets the proof that was begun
    and no code.

    Raises PhoneInvalid, PhoneCannotReceive, ProofTooOften (a minute between codes, five an hour and ten a day
    to one number, ten an hour for one asker). Lock: one advisory lock per number.
    """
    address = phones.normalise(phone)
    if address is None:
        raise PhoneInvalid(field="phone")
    if channel == "SMS" and not phones.is_mobile(address):
        raise PhoneCannotReceive(field="phone")
    with transaction.atomic():
        lock_text(f"proof:{address}")
        begun = _begun_just_now(channel, address, purpose, actor, form_key, at)
        if begun is not None:
            return begun
        _refuse_too_often(channel, address, actor, at)
        ProofCode.objects.filter(
            channel=channel, address=address, purpose=purpose, used_at__isnull=True, replaced_at__isnull=True
        ).update(replaced_at=at)
        code = access_codes.digit_code(6, rng)
        id = ids.new_id(at)
        proof = ProofCode.objects.create(
            id=id,
            purpose=purpose,
            channel=channel,
            address=address,
            code_hash=_hash(id, code),
            asked_by=actor.ref,
            form_key=form_key,
            created_at=at,
            expires_at=at + PROOF_LIMITS.life,
        )
    return ProofStarted(proof.id, channel, address, code, proof.expires_at)


def _begun_just_now(
    channel: str, address: str, purpose: str, actor: Actor, form_key: str, at: datetime
) -> ProofStarted | None:
    # Nobody in particular is not the same asker twice: another person's proof is not given away.
    same_actor = Q(asked_by=actor.ref) if actor.id else Q(pk__in=[])
    same_form = Q(form_key=form_key) if form_key else Q(pk__in=[])
    proof = ProofCode.objects.filter(
        same_actor | same_form, channel=channel, address=address, purpose=purpose, used_at__isnull=True, replaced_at__isnull=True,
        attempts__lt=PROOF_LIMITS.attempts, created_at__gt=at - PROOF_LIMITS.pause, created_at__lte=at,
    ).first()  # fmt: skip
    if proof is None:
        return None
    wait = rules.seconds_to_wait([proof.created_at], at)
    return ProofStarted(proof.id, channel, address, "", proof.expires_at, wait)


def finish_proof(*, proof_id: UUID, code: str, at: datetime) -> ProofFinished:
    """Check the code. Right: the number is proven, and linked when exactly one customer has it on record.

    Raises ProofUnknown, ProofExpired, ProofUsedUp, WrongCode. A wrong try is counted and committed before it
    is refused: do not call this inside a transaction that the refusal rolls back. Locks the code's row.
    """
    with transaction.atomic():
        proof = ProofCode.objects.select_for_update().filter(id=proof_id).first()
        refusal = _judge(proof, code, at)
        if refusal is None:
            assert proof is not None
            proof.used_at = at
            proof.save(update_fields=["used_at"])
            return _prove(proof, at)
    raise refusal


def _judge(proof: ProofCode | None, code: str, at: datetime) -> Refused | None:
    """None when the code is right; counts the try when it is wrong."""
    if proof is None or proof.used_at is not None:
        return ProofUnknown(field="code")
    if proof.replaced_at is not None or at >= proof.expires_at:
        return ProofExpired(field="code")
    if proof.attempts >= PROOF_LIMITS.attempts:
        return ProofUsedUp(field="code")
    digits = "".join(letter for letter in code if letter.isdigit())
    if access_codes.same_code(_hash(proof.id, digits), proof.code_hash):
        return None
    proof.attempts += 1
    proof.save(update_fields=["attempts"])
    left = PROOF_LIMITS.attempts - proof.attempts
    return WrongCode(field="code", left=left) if left else ProofUsedUp(field="code")


def _prove(proof: ProofCode, at: datetime) -> ProofFinished:
    on_record = tuple(
        Customer.objects.filter(phone=proof.address, status=CustomerStatus.ACTIVE)
        .order_by("id")
        .values_list("id", flat=True)
    )
    owner = on_record[0] if len(on_record) == 1 else None
    handle, is_new = Handle.objects.get_or_create(
        channel=proof.channel,
        address=proof.address,
        defaults={
            "customer_id": owner,
            "linked_at": at if owner else None,
            "proof": HandleProof.CODE,
            "proof_code_id": proof.id,
            "proven_by": proof.asked_by,
            "proven_at": at,
            "created_at": at,
        },
    )
    if not is_new:
        handle.proof, handle.proof_code_id, handle.reason = HandleProof.CODE, proof.id, ""
        handle.proven_by, handle.proven_at = proof.asked_by, at
        if handle.customer_id is None and owner:
            handle.customer_id, handle.linked_at = owner, at
        handle.save()
    linked = (queries.survivor_id(handle.customer_id),) if handle.customer_id else ()
    return ProofFinished(
        proof.id, proof.purpose, proof.channel, proof.address, tuple(dict.fromkeys((*linked, *on_record)))
    )


def _refuse_too_often(channel: str, address: str, actor: Actor, at: datetime) -> None:
    day_ago, hour_ago = at - timedelta(days=1), at - timedelta(hours=1)
    sent = list(
        ProofCode.objects.filter(channel=channel, address=address, created_at__gt=day_ago)
        .order_by("-created_at")
        .values_list("created_at", flat=True)[: PROOF_LIMITS.per_address_day]
    )
    if wait := rules.seconds_to_wait(sent, at):
        raise ProofTooOften(field="phone", seconds=wait)
    asked = ProofCode.objects.filter(asked_by=actor.ref, created_at__gt=hour_ago).order_by("-created_at")
    # staff send codes to the customers before them, one after another
    if actor.id and not actor.is_staff() and asked.count() >= PROOF_LIMITS.per_asker_hour:
        oldest = asked[PROOF_LIMITS.per_asker_hour - 1].created_at
        raise ProofTooOften(
            field="phone", seconds=int((oldest + timedelta(hours=1) - at).total_seconds()) + 1
        )


def _hash(proof_id: UUID, code: str) -> str:
    """Keyed, so that the table alone does not give the million codes away."""
    return salted_hmac(f"motcua.customers.proof:{proof_id}", code, algorithm="sha256").hexdigest()


def _code_word_key() -> bytes:
    return salted_hmac("motcua.customers.code-word", "", algorithm="sha256").digest()


def new_code_word(rng: random.Random | None = None) -> str:
    """Two Vietnamese words for somebody without a phone; the request keeps `hash_code_word` of them."""
    return access_codes.spoken_code_word(rng)


def hash_code_word(words: str) -> str:
    """What to store of a code word."""
    return rules.hash_code_word(words, _code_word_key())


def check_code_word(*, subject: str, said: str, stored_hash: str, at: datetime) -> bool:
    """True when the words are right. Counts tries per `subject` (a request's id): ten an hour, then
    TooManyAttempts.

    The count is committed by itself: do not call this inside a transaction that a refusal rolls back.
    """
    count_attempt(subject=f"code-word:{subject}", limit=10, window=timedelta(hours=1), at=at)
    if not rules.is_code_word(said, stored_hash, _code_word_key()):
        return False
    forget_attempts(subject=f"code-word:{subject}")
    return True


def count_attempt(*, subject: str, limit: int, window: timedelta, at: datetime) -> int:
    """Count a try of a secret; how many are left. Raises TooManyAttempts past the limit within the window."""
    values: dict[str, Any] = {"key": hashlib.sha256(subject.encode()).hexdigest(), "at": at, "window": window}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO customers_attemptcount AS c (subject, window_start, attempts)
            VALUES (%(key)s, %(at)s, 1)
            ON CONFLICT (subject) DO UPDATE SET
                attempts = CASE WHEN c.window_start + %(window)s <= %(at)s THEN 1 ELSE c.attempts + 1 END,
                window_start =
                    CASE WHEN c.window_start + %(window)s <= %(at)s THEN %(at)s ELSE c.window_start END
            RETURNING attempts, window_start
            """,
            values,
        )
        attempts, window_start = cursor.fetchone()
    if attempts > limit:
        left = max(timedelta(minutes=1), window_start + window - at)
        raise TooManyAttempts(minutes=-int(-left.total_seconds() // 60))
    return int(limit - attempts)


def forget_attempts(*, subject: str) -> None:
    """The secret was right: its failed tries no longer count."""
    AttemptCount.objects.filter(subject=hashlib.sha256(subject.encode()).hexdigest()).delete()
