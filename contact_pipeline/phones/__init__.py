"""Numbers: any writing → E.164, country, type, or the reason why not. Pure; a carrier look-up is an adapter's work."""

from contact_pipeline.phones.normalize import normalize_phones
from contact_pipeline.phones.numbering import RULES_VERSION, Engine

__all__ = ["RULES_VERSION", "Engine", "normalize_phones"]
