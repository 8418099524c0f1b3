"""Every inlet by the provider it writes into ops.inbound_events. A new sender is one file and one line here."""

from collections.abc import Mapping

from contact_pipeline.outreach.events import Inlet
from contact_pipeline.outreach.inlets import sendgrid
from contact_pipeline.outreach.inlets.enrichment import CLEARBIT, FULLCONTACT
from contact_pipeline.outreach.inlets.forms import BOUNCE_FORM, EVENT_FORM
from contact_pipeline.outreach.inlets.imports import IMPORTS
from contact_pipeline.outreach.inlets.mailchimp import MAILCHIMP
from contact_pipeline.policy.file import Policy


def inlets(policy: Policy) -> Mapping[str, Inlet]:
    """By name."""
    groups = policy.esp["sendgrid"].groups if "sendgrid" in policy.esp else {}
    every = (BOUNCE_FORM, EVENT_FORM, sendgrid.inlet(groups), MAILCHIMP, CLEARBIT, FULLCONTACT, *IMPORTS)
    return {inlet.provider: inlet for inlet in every}
