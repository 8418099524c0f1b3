"""One file for each e-mail service provider; ../registry.py finds them."""
