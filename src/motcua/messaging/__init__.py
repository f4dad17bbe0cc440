"""Words to and from customers: conversations, their messages, what came in, what must go out.

Nouns: conversation (one thread with one address on one channel, owned by the bot, the queue or a member of
staff),
message (a numbered line of it), inbox event (what a channel handed us, stored before it is answered), outbox
message
(what must reach an address, tried until it does or is given up). Channels plug in through `registry`; the
assistant
answers through it too. Public face: `operations`, `queries`, `access`, `templates`.
"""
