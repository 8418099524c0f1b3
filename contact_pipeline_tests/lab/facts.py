"""What the contract suite (contact_pipeline_tests/vendors/test_contract.py) must know of a vendor.

Each simulator's file states it once, as `FACTS`. Adding a vendor is its own file, its line in the documents, and its
simulator with these facts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contact_pipeline.core.providers import Fault, Layer
from contact_pipeline.core.verdicts import EmailStatus, PhoneStatus, PhoneType
from contact_pipeline.policy.file import Policy
from contact_pipeline.policy.sections import EnrichmentPolicy, LinkedInPolicy
from contact_pipeline.profiles.ports import PersonQuestion
from contact_pipeline_tests.lab.vendor import Vendor

AGENT = "4711"  # the simulated PhantomBuster's only agent
# Under it everybody may be asked, also about LinkedIn pages.
POLICY = Policy(enrichment=EnrichmentPolicy(linkedin=LinkedInPolicy(sources=("crm",), agent=AGENT)))


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A subject of whom the lab knows the truth. right: what the answer says of it, by field.

    other: somebody else, known too; None where no answer tells whom it is about, so that another's cannot be refused.
    nobody: of whom the vendor can tell nothing; None where it has a word on everybody.
    """

    subject: Any
    right: Mapping[str, Any]
    other: Any = None
    nobody: Any = None


@dataclass(frozen=True)
class Documented:
    """A limit that a vendor documents for one account, over those layers together; the vendor's own file says where.

    windows: calls in seconds. calls: of one question, at most.
    """

    layers: tuple[Layer, ...]
    windows: tuple[tuple[int, float], ...]
    calls: int = 1


@dataclass(frozen=True, kw_only=True)
class Facts:
    """simulator: made without arguments, it knows the samples.

    documented: empty where the vendor documents no limit, so that our own caution is its limit. faults: where a status
    means something else than usual, by `call status`, else by `status` alone. unread: calls of whose answer the status
    is enough. wrong_key, no_credits: what the simulator's own refusal is; None: it counts none.
    """

    simulator: type[Vendor]
    samples: Mapping[Layer, Sample]
    documented: tuple[Documented, ...] = ()
    faults: Mapping[str, Fault | None] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    wrong_key: Fault = Fault.UNAUTHORIZED
    no_credits: Fault | None = Fault.NO_CREDITS


CLARA, NOBODY = "clara.dorn@d1.lab.test", "no_mailbox-1@d1.lab.test"

MAILBOX = Sample(
    subject=CLARA, right={"status": EmailStatus.VALID}, other=NOBODY, nobody="greylisted-1@d1.lab.test"
)  # fmt: skip
LINE = Sample(
    subject="+436641234560",
    right={"status": PhoneStatus.VALID, "line_type": PhoneType.MOBILE, "carrier": "Lab Mobile", "country": "AT"},
    other="+436641234562",
    nobody="+436641234569",
)
PERSON = Sample(
    subject=PersonQuestion(email="mia.holt@d2.lab.test"),
    right={"name": "Mia Holt", "company": "D2 SAS"},
    other=PersonQuestion(email="paul.kern@d1.lab.test"),
    nobody=PersonQuestion(email="info@d1.lab.test"),
)
COMPANY = Sample(
    subject="d2.lab.test", right={"name": "D2 SAS"}, other="d1.lab.test", nobody="webmail.lab.test"
)  # fmt: skip
