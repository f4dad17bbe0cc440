"""How a file of an older system becomes rows: files, columns, cleaning, staging. Used by
`ops.import_customers`.
"""
