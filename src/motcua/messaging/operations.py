"""The public face of this room for writing: one name an act, each documented where it is written."""

from motcua.messaging.conversations import (
    ELSEWHERE,
    MessageEmpty,
    append_elsewhere,
    append_in,
    append_out,
    attach,
    change_in,
    erase_conversation,
    identify,
    link,
    mark_read,
    note,
)
from motcua.messaging.inbox import (
    EventNotFound,
    drain_inbox,
    drain_sender,
    drop_parked,
    receive,
    replay_parked,
    sweep_inbox,
)
from motcua.messaging.legs import LegNotFound, open_conversation, part
from motcua.messaging.notices import Notified, notify, notify_phones
from motcua.messaging.outbox import send_due
from motcua.messaging.proofs import send_proof_code
from motcua.messaging.push import SubscriptionInvalid, end_subscription, fall_back, subscribe, unsubscribe
from motcua.messaging.queuing import OutboxNotFound, PhoneText, queue_message, retry_dead
from motcua.messaging.receipts import record_receipt
from motcua.messaging.turns import call_staff, close, queue_for_staff, release, take_over
from motcua.messaging.writing import BOT, ConversationClosed, ConversationNotFound, NotOwner

__all__ = [
    "BOT",
    "ELSEWHERE",
    "ConversationClosed",
    "ConversationNotFound",
    "EventNotFound",
    "LegNotFound",
    "MessageEmpty",
    "NotOwner",
    "Notified",
    "OutboxNotFound",
    "PhoneText",
    "SubscriptionInvalid",
    "append_elsewhere",
    "append_in",
    "append_out",
    "attach",
    "call_staff",
    "change_in",
    "close",
    "drain_inbox",
    "drain_sender",
    "drop_parked",
    "end_subscription",
    "erase_conversation",
    "fall_back",
    "identify",
    "link",
    "mark_read",
    "note",
    "notify",
    "notify_phones",
    "open_conversation",
    "part",
    "queue_for_staff",
    "queue_message",
    "receive",
    "record_receipt",
    "release",
    "replay_parked",
    "retry_dead",
    "send_due",
    "send_proof_code",
    "subscribe",
    "sweep_inbox",
    "take_over",
    "unsubscribe",
]
