"""Keys of banks: two kinds, two at once, used once, limited; and answers that are signed too."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from motcua.api.banks import signed
from motcua.config.env import Env
from motcua.connectors import signed_calls
from motcua.kernel import hashing
from motcua.payments import operations as payment_ops
from motcua.payments import partner_queries
from motcua.payments.models import PartnerCall, PartnerKey, PartnerMinute, PartnerNonce
from tests.api.conftest import BANK, PARTNER, SECRET, SYSTEM

OURS = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = OURS.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
NEW = "n" * 40
_nonces = itertools.count()


@pytest.fixture(autouse=True)
def _bank(company, add_bank):
    add_bank()


@pytest.fixture
def ask(call):
    def make(**given):
        return call("pay-status", {"txn_id": "F"}, **given)

    return make


def nonce() -> str:
    return f"nonce-{next(_nonces):06d}"


def is_let_in(answer) -> bool:
    return answer.status_code == 200


class TestEd25519:
    @pytest.fixture(autouse=True)
    def _key(self, at):
        payment_ops.add_public_key(code=PARTNER, public_key=PUBLIC, actor=SYSTEM, at=at)

    def test_a_call_and_its_answer(self, ask):
        answer = ask(secret=OURS, nonce="nonce-0001", request_id="r1")
        assert is_let_in(answer)
        text = signed_calls.text_of_answer(
            path=f"/api/banks/{BANK}/pay-status", request_id="r1", nonce="nonce-0001",
            timestamp=answer["X-Timestamp"], status=200, body=answer.content,
        )  # fmt: skip
        (key,) = [key for key in partner_queries.list_keys(PARTNER) if key.kind == "ED25519"]
        assert signed_calls.is_signed_with(answer["X-Signature"], text, public_key=key.our_public_key)
        assert not signed_calls.is_signed_with(
            answer["X-Signature"], text + b" ", public_key=key.our_public_key
        )
        assert key.our_public_key != PUBLIC

    def test_another_key_is_not_let_in(self, ask):
        assert ask(secret=Ed25519PrivateKey.generate(), nonce=nonce()).status_code == 401

    def test_a_nonce_is_needed(self, ask):
        assert ask(secret=OURS).status_code == 401

    def test_a_secret_stays_good_beside_it(self, ask):
        assert is_let_in(ask(secret=SECRET))

    @pytest.mark.parametrize("text", ["", "00", "zz" * 32, PUBLIC + "00"])
    def test_what_is_no_key_is_refused(self, text, at):
        with pytest.raises((payment_ops.KeyInvalid, payment_ops.KeysTooMany)):
            payment_ops.add_public_key(code=PARTNER, public_key=text, actor=SYSTEM, at=at)


class TestRotation:
    def test_two_keys_are_good_for_a_while(self, ask, at, bank_clock):
        old = partner_queries.list_keys(PARTNER)[0].id
        payment_ops.add_secret_key(
            code=PARTNER, secret=NEW, actor=SYSTEM, at=at, valid_from=at + timedelta(days=1)
        )
        payment_ops.end_key(code=PARTNER, key_id=old, actor=SYSTEM, at=at, valid_to=at + timedelta(days=2))
        seen = []
        for _ in range(3):
            seen.append((is_let_in(ask(secret=SECRET)), is_let_in(ask(secret=NEW, nonce=nonce()))))
            bank_clock.advance(timedelta(days=1))
        assert seen == [(True, False), (True, True), (False, True)]

    def test_never_three(self, at):
        payment_ops.add_secret_key(code=PARTNER, secret=NEW, actor=SYSTEM, at=at)
        with pytest.raises(payment_ops.KeysTooMany):
            payment_ops.add_secret_key(code=PARTNER, secret="m" * 40, actor=SYSTEM, at=at)
        payment_ops.end_key(
            code=PARTNER, key_id=partner_queries.list_keys(PARTNER)[0].id, actor=SYSTEM, at=at
        )
        payment_ops.add_secret_key(code=PARTNER, secret="m" * 40, actor=SYSTEM, at=at + timedelta(seconds=1))

    def test_a_key_that_became_known_ends_at_once_with_all_others(self, ask, at):
        payment_ops.add_public_key(code=PARTNER, public_key=PUBLIC, actor=SYSTEM, at=at)
        payment_ops.change_partner_secret(code=PARTNER, secret=NEW, actor=SYSTEM, at=at)
        assert [is_let_in(ask(secret=key, nonce=nonce())) for key in (SECRET, OURS, NEW)] == [
            False,
            False,
            True,
        ]

    def test_a_key_cannot_be_ended_twice(self, at):
        key = partner_queries.list_keys(PARTNER)[0].id
        payment_ops.end_key(code=PARTNER, key_id=key, actor=SYSTEM, at=at)
        with pytest.raises(payment_ops.KeyUnknown):
            payment_ops.end_key(code=PARTNER, key_id=key, actor=SYSTEM, at=at)


class TestNonces:
    def test_a_replayed_call_is_turned_away(self, ask):
        assert is_let_in(ask(nonce="nonce-0001", request_id="r1"))
        again = ask(nonce="nonce-0001", request_id="r1")
        assert (again.status_code, again.json()["code"]) == (401, "97")
        assert PartnerCall.objects.filter(reason="").count() == 2

    def test_another_bank_may_use_the_same(self, ask, add_bank):
        add_bank(code="NHB", bank="ACB", secret="b" * 40)
        assert is_let_in(ask(nonce="nonce-0001"))
        assert is_let_in(ask(nonce="nonce-0001", bank="ACB", partner="NHB", secret="b" * 40))

    @pytest.mark.parametrize("text", ["short", "x" * 65, "has space", "a/b/c/d/e"])
    def test_what_is_no_nonce(self, ask, text):
        assert ask(nonce=text).status_code == 401

    def test_taken_away_or_put_on_it_breaks_the_signature(self, ask):
        assert ask(nonce="nonce-0001", headers={"X-Nonce": ""}).status_code == 401
        assert ask(headers={"X-Nonce": "nonce-0001"}).status_code == 401
        assert PartnerNonce.objects.count() == 0

    def test_a_bank_that_must_bring_one(self, ask, add_bank):
        add_bank(code="NHB", bank="ACB", secret="b" * 40, needs_nonce=True)
        other = {"bank": "ACB", "partner": "NHB", "secret": "b" * 40}
        assert [is_let_in(ask(**other)), is_let_in(ask(**other, nonce=nonce()))] == [False, True]

    def test_old_ones_are_forgotten(self, ask, at):
        ask(nonce=nonce())
        payment_ops.forget_old(at=at + timedelta(minutes=14))
        assert PartnerNonce.objects.count() == 1
        payment_ops.forget_old(at=at + timedelta(minutes=16))
        assert PartnerNonce.objects.count() == 0
        payment_ops.forget_old(at=at + timedelta(days=36))
        assert (PartnerMinute.objects.count(), PartnerCall.objects.count()) == (0, 0)


class TestAnswers:
    def test_are_signed_with_the_secret_of_the_call(self, call):
        answer = call("inquiry", {"payment_code": "x"}, request_id="r1", nonce="nonce-0001")
        assert answer.status_code == 404
        text = signed_calls.text_of_answer(
            path=f"/api/banks/{BANK}/inquiry", request_id="r1", nonce="nonce-0001",
            timestamp=answer["X-Timestamp"], status=404, body=answer.content,
        )  # fmt: skip
        assert answer["X-Signature"] == signed_calls.sign_text(SECRET, text)
        assert hashing.sha256_hex(answer.content).encode() in text

    def test_to_nobody_we_know_are_not_signed(self, ask):
        assert "X-Signature" not in ask(secret="x" * 40)


class TestLimits:
    def test_too_many_calls_a_minute_are_told_to_come_later(self, ask, at, bank_clock):
        payment_ops.limit_partner(code=PARTNER, calls_per_minute=2, actor=SYSTEM, at=at)
        answers = [ask() for _ in range(4)]
        assert [one.status_code for one in answers] == [200, 200, 429, 429]
        assert (answers[2].json()["code"], answers[2]["Retry-After"]) == ("96", "60")
        bank_clock.advance(timedelta(minutes=1))
        assert is_let_in(ask())

    def test_whoever_cannot_sign_uses_up_no_limit(self, ask, at):
        payment_ops.limit_partner(code=PARTNER, calls_per_minute=1, actor=SYSTEM, at=at)
        for _ in range(3):
            ask(secret="x" * 40)
        assert is_let_in(ask())

    @pytest.mark.parametrize("calls", [0, -1, 1_000_001])
    def test_what_is_no_limit(self, at, calls):
        with pytest.raises(payment_ops.LimitInvalid):
            payment_ops.limit_partner(code=PARTNER, calls_per_minute=calls, actor=SYSTEM, at=at)


class TestSandboxKeys:
    def test_open_nothing_in_production(self, ask, add_bank, monkeypatch):
        add_bank(code="NHB", bank="ACB", secret="b" * 40, is_sandbox=True)
        other = {"bank": "ACB", "partner": "NHB", "secret": "b" * 40}
        assert is_let_in(ask(**other))
        monkeypatch.setattr(signed, "ENV", type("E", (), {"production": True}))
        assert [is_let_in(ask(**other)), is_let_in(ask())] == [False, True]
        assert "production" in Env.__dataclass_fields__


def test_what_was_called_is_noted_with_its_code(ask, call, at):
    ask()
    call("inquiry", {"payment_code": "x"}, request_id="r7")
    ask(secret="x" * 40)
    rows = [(one.call, one.code, one.reason) for one in partner_queries.list_calls(PARTNER)]
    assert rows == [("pay-status", "97", "signature-wrong"), ("inquiry", "01", ""), ("pay-status", "00", "")]
    count = partner_queries.count_calls([PARTNER], since=at - timedelta(hours=1))[PARTNER]
    assert (count.calls, count.failed, count.last_at) == (3, 1, at)


def test_refusals_are_noted_but_not_without_end(ask, monkeypatch):
    from motcua.payments.operations import admission

    monkeypatch.setattr(admission, "REFUSALS_NOTED_A_MINUTE", 3)
    for _ in range(6):
        ask(secret="x" * 40)
    assert PartnerCall.objects.count() == 3


def test_no_secret_stands_readable(at):
    payment_ops.add_secret_key(code=PARTNER, secret=NEW, actor=SYSTEM, at=at)
    assert all(NEW.encode() not in bytes(key.secret_sealed) for key in PartnerKey.objects.all())
