"""E-invoices: from a bill to a numbered, signed document that the tax authority knows of.

Nouns: draft (what an invoice will say), invoice (its number and state), content (the signed bytes, never written
twice), series (a company's numbers of a year), message (what goes to the tax authority, keyed on its MTDiep) and answer.
Public face: `operations`, `queries`, `verifying.verify`. The pure parts know no database: `schema`, `document`,
`signing`, `verifying`, `messages`, `states`.
"""
