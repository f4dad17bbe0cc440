"""Figures of money: bills and what came in for them, with and without cash, online, by bank, debt by age.

Every company sums its own ledger by days into `public` (`counting`); months of distinct payers stand beside them. `queries`
read these, and open each figure to its charges. What a figure means stands in `definitions`.
"""
