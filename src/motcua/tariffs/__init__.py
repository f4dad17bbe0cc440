"""What is charged, since when, and by which text: electricity, VAT rates and fees, for the whole country.

Nouns: a dated rate (a share, such as VAT on a kind of supply), a fee item (an amount for one thing, such as
a metre of cable or a reconnection). Each row holds from a day to before another and names its source; no
two rows of one kind hold on the same day. Public face: `queries.vat_rate`, `queries.fee_vnd`,
`queries.price_book` (everything that rating looks up, as plain values), `operations.load_reference_data`,
`operations.set_rate`, `operations.set_fee`, `operations.set_decision`.
"""
