"""Returned mails: bounces, complaints and answers, read from their octets. Pure: no database, no network."""

from contact_pipeline.outreach.mails.folders import messages_in
from contact_pipeline.outreach.mails.reading import Returned, read_returned

__all__ = ["Returned", "messages_in", "read_returned"]
