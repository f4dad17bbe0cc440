"""Adapters to systems of others: banks now; wallets, e-invoice, portals and meters with the issues to come.

One file a system, each translating between its wire and the operations of a room below. They know no other
adapter.
"""
