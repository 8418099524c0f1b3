"""How good the data are and what they cost: figures, freshness, spending."""
