"""What the Page shows before anybody writes: the button to begin, a greeting, first questions, the menu that stays."""

from __future__ import annotations

from typing import Any

from motcua.channels.accounts import Account
from motcua.channels.messenger import api
from motcua.channels.messenger.events import GET_STARTED, SAY

GREETING_LIMIT = 160
GREETING = "Xin chào {{user_first_name}}! Trợ lý tự động của %(brand)s giúp anh/chị mua điện, tra cứu hóa đơn, báo mất điện. Gõ “gặp nhân viên” để có người trả lời."
# What is tapped is said as if typed.
QUESTIONS = ("Mua điện mới", "Tra cứu hóa đơn", "Báo mất điện", "Gặp nhân viên")


def profile_of(account: Account) -> dict[str, Any]:
    """The profile as it should be."""
    greeting = (GREETING % {"brand": account.sender_name or "điện lực"})[:GREETING_LIMIT]
    says = [{"title": words, "payload": SAY + words} for words in QUESTIONS]
    actions = [{"type": "postback", **one} for one in says]
    return {
        "get_started": {"payload": GET_STARTED},
        "greeting": [{"locale": "default", "text": greeting}],
        "ice_breakers": [
            {"locale": "default", "call_to_actions": [{"question": one["title"], "payload": one["payload"]} for one in says]}
        ],
        "persistent_menu": [
            {"locale": "default", "composer_input_disabled": False, "call_to_actions": actions}
        ],
    }  # fmt: skip


def put_up(account: Account) -> None:
    """Set the Page's profile; once more changes nothing. Raises api.MetaError, outbound.NoAnswer."""
    api.call(account, api.PROFILE, body=profile_of(account))
