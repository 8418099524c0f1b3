"""Erasure with proof: the ledger first, then tables and files, then the search; and the end of retention."""
