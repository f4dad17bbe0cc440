"""The electricity services: each declared once, in one dated file, and all that is derived from the file.

Nouns: a *service* has *questions*, *papers*, *eligibility*, a *fee*, *steps* with *actions*, *notices* and a
*promise*. `catalogue` finds services, `flow` walks their steps, `forms` and `dialogue` ask their questions,
`schema`, `picture`, `slip`, `search` and `reference` show them. Nothing here knows a service by name.
"""
