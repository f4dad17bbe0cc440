"""Debt: notices, the announcement, the stop, the reconnection; by the company's dated policy, and undone by any payment.

Public face: `rules` (pure), `operations`, `queries`. What the law and practice say is data: `policies.json`.
"""
