"""E-mail in and out: the mailbox is read (`imap`, `fetching`), what came is understood (`parsing`, `words`, `bounces`) and
put to its thread (`threads`), and what we say goes out (`composing`, `smtp`, `sending`).

No call reaches us: a job asks the mailbox. A sender's name is no proof of anything; what proves that somebody reads the
mail of an address is that they answer what we wrote there.
"""

CODE = "EMAIL"
