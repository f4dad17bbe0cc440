"""The counter, derived from the declarations: whole forms on one page, for the counter, the telephone and the
desk of an administration centre. Nothing here knows a service.
"""
