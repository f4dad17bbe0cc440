"""Bank statements: one model, several readers (camt.052/.053/.054, MT940, sheets), and what makes one untrustworthy.

Pure: bytes in, statements out; no database. Public face: `reading.read`, `checking.judge`, `checking.follow`.
"""
