"""Profiles: what is known of a person beyond address and number; who is asked, which value wins, how sure we are.

Pure: no network, no database. Providers stand behind the answers named here; what only follows from known facts is
derived set-based (adapters/postgres/sql/stages/profiles.sql).
"""

from contact_pipeline.profiles.ports import PROFESSIONAL_FIELDS, CompanyAnswer, PersonAnswer, PersonQuestion

__all__ = ["PROFESSIONAL_FIELDS", "PROFILE_RULES", "CompanyAnswer", "PersonAnswer", "PersonQuestion"]

PROFILE_RULES = "profiles-5"
