"""The small front for machines: webhooks in, live streams out. It checks, stores, answers; no business rules.

An ASGI application of its own (`motcua.edge.app:app`, the port after the pages'), without Django's request
cycle: its
own connections, the company chosen by host, waiting webhooks of a company committed together, one LISTEN
connection
for all open streams.
"""
