"""What was: every change of a contact, and the contact as it was at any instant."""
