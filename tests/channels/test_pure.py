from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.channels import accounts, credentials, hooks, live, operations
from motcua.channels.calls import Call, Verdict
from motcua.kernel.actors import Actor


def read_sms(body):
    return hooks.read_sms(Call({}, body, [], {}, datetime(2026, 11, 16, tzinfo=UTC)), Verdict(True))


class TestCredentials:
    def test_sealed_text_opens_with_its_key_alone(self):
        sealed = credentials.seal({"api_key": "k"}, "secret")

        assert "k" not in sealed.lower() or "api_key" not in sealed
        assert credentials.unseal(sealed, "secret") == {"api_key": "k"}
        with pytest.raises(credentials.CannotOpen):
            credentials.unseal(sealed, "other")

    def test_two_secrets_may_sign_while_one_is_replaced(self):
        assert credentials.is_signed(b"x", credentials.sign(b"x", "old"), ["new", "old"])
        assert credentials.is_signed(b"x", "sha256=" + credentials.sign(b"x", "new").upper(), ["new", "old"])
        assert not credentials.is_signed(b"x", credentials.sign(b"y", "new"), ["new", "old"])
        assert not credentials.is_signed(b"x", "", ["new"])
        assert not credentials.is_signed(b"x", credentials.sign(b"x", "new"), [])

    def test_each_company_has_a_secret_of_its_own(self):
        assert credentials.stand_in_secret("s", "HANOI", "SMS") != credentials.stand_in_secret(
            "s", "NPC", "SMS"
        )


class TestHooks:
    @given(st.binary(max_size=200))
    def test_any_body_can_be_stored(self, body):
        for row in read_sms(body):
            assert row.event_id and len(row.sender) <= 120

    def test_same_body_has_the_same_id_and_receipts_of_a_message_one_sender(self):
        body = b'[{"type":"receipt","request_id":"a","status":"x"},{"type":"receipt","request_id":"a","status":"y"}]'
        first, second = read_sms(body)

        assert read_sms(body) == [first, second]
        assert first.event_id != second.event_id
        assert first.sender == second.sender == "receipt:a"


class TestTickets:
    def test_a_ticket_is_for_one_conversation_of_one_company(self):
        from uuid import uuid4

        conversation = uuid4()
        ticket = live.make_ticket(company_code="HANOI", conversation_id=conversation, scope=live.STAFF)

        assert live.read_ticket(ticket, company_code="HANOI") == live.Ticket(conversation, "staff")
        assert live.read_ticket(ticket, company_code="NPC") is None
        assert live.read_ticket(ticket[:-2], company_code="HANOI") is None
        assert live.read_ticket(ticket, company_code="HANOI", life_seconds=-1) is None


@pytest.mark.usefixtures("company")
class TestAccounts:
    def test_without_an_account_a_demo_uses_the_stand_in(self):
        accounts.forget()
        found = accounts.find_account("SMS")

        assert found.base_url.endswith("/sandbox/sms")
        assert found.host == "hanoi.localhost"
        assert found.keys["secret_key"] not in repr(found)

    def test_with_an_account_its_keys_are_unsealed(self, at):
        operations.set_account(
            channel="SMS", base_url="https://rest.example/api", sender_name="EVNHANOI", keys={"api_key": "k"}, hook_secrets=["a", "b"],
            actor=Actor.staff("1", "Lan", ["ADMIN"], []), at=at,
        )  # fmt: skip
        found = accounts.find_account("SMS")

        assert (found.base_url, found.keys, found.host) == ("https://rest.example/api", {"api_key": "k"}, "")
        accounts.forget()

    def test_switched_off_is_none(self, at):
        operations.set_account(
            channel="SMS", base_url="https://rest.example", sender_name="", keys={}, hook_secrets=[],
            actor=Actor.staff("1", "Lan", ["ADMIN"], []), at=at, is_enabled=False,
        )  # fmt: skip
        assert accounts.find_account("SMS") is None
        accounts.forget()
