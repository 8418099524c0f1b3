"""Profiles: who is asked about a person, which value wins, how sure we are, what needs a decision."""
