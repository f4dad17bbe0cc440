"""From kilowatt-hours to money: what a customer owes for a period, line by line, by the dated prices of `tariffs`.

Nouns: case (who used how much, between which readings), line (kilowatt-hours at one price), bill (lines, reactive
power, VAT, total), quote (a case told and a bill answered as plain values). Public face: `rules.rating`,
`rules.quoting`, `rules.use`, `rules.rebilling` (pure), `set_rating` (the same over a whole table).
"""
