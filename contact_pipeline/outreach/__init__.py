"""Outreach: what comes back of the mail that was sent, and what it means for the address it was sent to."""
