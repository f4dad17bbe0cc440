"""The wire to the tax authority, or to the provider in between: messages out, answers in. No rule of invoices is here."""
