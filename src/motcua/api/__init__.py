"""HTTP interfaces for machines, each with its OpenAPI description: `banks/` now; portals and the public one
later.
"""
