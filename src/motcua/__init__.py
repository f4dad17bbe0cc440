"""Motcua: one door between an electricity company and its customers."""
