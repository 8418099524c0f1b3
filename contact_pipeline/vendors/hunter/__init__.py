"""Hunter (hunter.io): mailboxes (verifier.py), persons, companies and the e-mail finder (profiles.py)."""
