"""Figures for those who decide: definitions as code, roll-ups kept by the journal, every figure open to its cases.

Nouns: figure, measure, dimension, window, contribution, roll-up.
"""
