"""Notices to many: an audience is gathered, looked at, started, and handed to the outbox a share at a time.

Nouns: a *mass notice*, its *audience* (a query of customers or accounts), its *recipients* (rows with ids, no addresses),
the company's *policy* (when a second person must start it, what a message costs). All writing goes through
`operations`; `running` is what the worker does. A recipient is a row and never a job.
"""
