"""Hunter (hunter.io): mailboxes (verifier.py), persons, companies and the e-mail finder (profiles.py)."""

from contact_pipeline.core.providers import Layer
from contact_pipeline.vendors.hunter import profiles, verifier
from contact_pipeline.vendors.hunter.verifier import BASE_URL, NAME
from contact_pipeline.vendors.vendor import Offer, Vendor

VENDOR = Vendor(
    name=NAME,
    variables={"key": "HUNTER_API_KEY", "base_url": "HUNTER_BASE_URL"},
    offers={
        Layer.MAILBOX: Offer(
            make=lambda access, _: verifier.HunterMailbox(access.key, access.base_url or BASE_URL),
            price=verifier.PRICE_PER_1000 / 1000,
        ),
        Layer.PERSON: Offer(
            make=lambda access, _: profiles.HunterPerson(access.key, access.base_url or BASE_URL),
            price=profiles.PERSON_PRICE_PER_1000 / 1000,
        ),
        Layer.COMPANY: Offer(
            make=lambda access, _: profiles.HunterCompany(access.key, access.base_url or BASE_URL),
            price=profiles.COMPANY_PRICE_PER_1000 / 1000,
        ),
        Layer.ADDRESS: Offer(
            make=lambda access, _: profiles.HunterFinder(access.key, access.base_url or BASE_URL),
            price=profiles.FINDER_PRICE_PER_1000 / 1000,
        ),
    },
)
