"""`motcua sandbox`: the outside world apart from an installation. Stand-ins of Zalo, Messenger, an SMS centre, a mail server, a
push service, a staff issuer and a directory, with phones on which a person plays the customer.

Two processes, as the stand-ins need them: pages over WSGI, and interfaces with headers that page servers swallow over ASGI.
No database: their books are files in a home of their own, and so are their secrets.
"""
