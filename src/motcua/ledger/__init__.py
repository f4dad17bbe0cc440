"""What is owed and what was paid, in double entry.

Nouns: account, ledger transaction (immutable), posting (immutable), charge (what a customer owes), customer
credit
(account 3387), suspense (account 3388). A correction is a reversal, never a change. Public face: `operations`
(raise, settle, cancel, receive, transfer, reverse), `queries`, `registry.on_charge_paid`.
"""
