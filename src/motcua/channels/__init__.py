"""Adapters to the ways people reach us: the web chat and text messages; one file a channel.

Nouns: account (a company's settings and sealed secrets for a channel), hook (how a channel's webhook is
checked and
read, pure, used by the edge), ticket (a short-lived signature that lets a page hear one conversation live).
The
adapters register with `messaging.registry` at start. Public face: `webchat.accept`, `live`, `operations`.
"""
