"""Requests: what a customer asked for, from the first word to settled, under the declaration it began with.

Nouns: draft, request, number, step, action, entry (of the journal), effect, requirement, facts.
`operations.submit` and `operations.advance` are the only ways in and on. The row is what `rules.apply` makes of the
journal; upper rooms hook in through `registry`.
"""
