"""Payments that come in: the bank's notices, matching them to charges, money that matches nothing.

Nouns: partner (a bank that calls us), notification (its notice, stored before anything else), payment (a
booked
notice), allocation (where its money went), suspense case (money a person must place). Public face:
`operations`
(`record_bank_notification`, `process_notification`, `resolve_case`), `queries` (`payment_view`), `access`.
"""
