"""The rights of the people in the database: what is searched for after an erasure, and the proof that it is gone."""

from contact_pipeline.compliance.needles import ERASED_TEXT, Needles, SubjectValues, needles_of
from contact_pipeline.compliance.searching import FileHits, search_stream, whole_finds

__all__ = [
    "ERASED_TEXT",
    "FileHits",
    "Needles",
    "SubjectValues",
    "needles_of",
    "search_stream",
    "whole_finds",
]
