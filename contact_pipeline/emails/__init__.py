"""Addresses: normal form, what DNS and mailboxes say, and the one verdict that follows."""
