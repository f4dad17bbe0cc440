"""What the steps of declared services have a crew do; to import this is to register it."""

from motcua.fieldwork.effects import closing, papers, supply, visits

__all__ = ["closing", "papers", "supply", "visits"]
