"""Database back-end: the company's schema and its role are set together, in one statement."""
