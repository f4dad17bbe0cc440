"""Crews and their visits: windows with capacity, who goes where in which order, what came of it, and the papers taken along.

Nouns: crew, member, slot (half a day of a unit with its capacity), visit, window.
A visit's journal is append-only; its row is what `rules.apply` makes of it.
Public face: `operations`, `contracts`, `queries`, `access`. The effects `book_visit`, `prepare_pack`, `connect_supply`,
`change_capacity` and `cancel_open_work` of declared services are registered by `effects`.
"""
