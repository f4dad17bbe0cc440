"""Pure Python that every room may use: working time, money, codes, VietQR, phones, Vietnamese, results.

Nothing here knows Django, the database, the wall clock (but `clock`) or any legal number. Import the
module, not the object: `from motcua.kernel import worktime`.
"""
