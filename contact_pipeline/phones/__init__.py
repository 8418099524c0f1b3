"""Numbers: any writing → E.164, country, type, or the reason why not. Pure; a carrier look-up is an adapter's work."""

from contact_pipeline.phones.normalize import normalize_phones, numbers_to_restrict
from contact_pipeline.phones.numbering import RULES_VERSION, Engine
from contact_pipeline.phones.ports import LineAnswer, VoipKind

__all__ = ["RULES_VERSION", "Engine", "LineAnswer", "VoipKind", "normalize_phones", "numbers_to_restrict"]
