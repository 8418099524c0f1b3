"""Profiles: what is known of a person beyond address and number. Today only what follows from known facts.

The derivations are set-based (adapters/postgres/sql/stages/profiles.sql); providers will stand behind ports here.
"""

PROFILE_RULES = "profiles-1"
