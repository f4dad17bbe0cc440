"""The stand-in mail server, and an assistant that says only that it was asked."""

import pytest

from motcua.messaging import operations, registry
from tests.channels.mail_house import mail_house

__all__ = ["mail_house"]


@pytest.fixture
def house(company, mail_house):  # noqa: F811
    return mail_house


@pytest.fixture
def echo(monkeypatch):
    """The assistant is asked, and says that it was."""
    asked = []

    def answer(conversation_id, at):
        asked.append(conversation_id)
        operations.append_out(
            conversation_id=conversation_id,
            text=f"Trả lời {len(asked)}",
            author=operations.BOT,
            key=f"a{len(asked)}",
            at=at,
        )

    monkeypatch.setattr(registry, "_responders", [answer])
    return asked
