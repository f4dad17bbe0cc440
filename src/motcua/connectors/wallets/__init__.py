"""Wallets and payment gateways: their wire formats on one side, `payments.operations.online` on the other.

A file each provider (`vnpay`, `momo`, `zalopay`): pure, signatures and texts alone. `paying` begins attempts, takes
calls, asks; `codes` says what a provider's number means, from a table.
"""
