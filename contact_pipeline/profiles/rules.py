"""The version of the rules by which profiles are made; raised whenever a result could differ."""

PROFILE_RULES = "profiles-5"
