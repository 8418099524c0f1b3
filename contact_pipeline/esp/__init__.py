"""Senders in step: who may be written to goes to e-mail service providers, who is closed there is closed here."""
