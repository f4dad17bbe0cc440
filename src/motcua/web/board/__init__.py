"""The board of a company and of the group: figures with their definitions, each open to its cases."""
