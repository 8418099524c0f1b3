"""The rights of the people in the database: the law on marketing by country, what is searched for after an erasure, and
the proof that it is gone."""

from contact_pipeline.compliance.marketing_law import MARKETING_RULES
from contact_pipeline.compliance.needles import ERASED_TEXT, Needles, SubjectValues, needles_of
from contact_pipeline.compliance.searching import FileHits, search_stream, whole_finds

__all__ = [
    "ERASED_TEXT",
    "MARKETING_RULES",
    "FileHits",
    "Needles",
    "SubjectValues",
    "needles_of",
    "search_stream",
    "whole_finds",
]
