"""How the findings of the layers become one verdict. One function, so that the order is said once.

Order, the worst for the sender first: invalid, risky (look-alike before disposable before role), catch_all, unknown,
valid.
"""

from contact_pipeline.core.verdicts import EMAIL_SEVERITY, EmailStatus, EmailSubStatus

Finding = tuple[EmailStatus, EmailSubStatus | None]


def combine(
    *,
    syntax: Finding,
    domain: Finding | None,
    mailbox: Finding | None = None,
    is_lookalike: bool = False,
    is_disposable: bool,
    is_role: bool,
) -> Finding:
    """The worst finding for the sender, with its reason; of equals the earlier layer speaks.

    None for a layer means that it did not run. `valid` needs a mailbox layer that said so: without one, what is
    otherwise fine is unknown / mailbox_not_checked. A fault of the infrastructure enters as unknown and, by the order,
    can hide only a `valid`: it never makes an address invalid, risky or catch_all.
    """
    findings = [syntax]
    if domain is not None:
        findings.append(domain)
    if is_lookalike:
        findings.append((EmailStatus.RISKY, EmailSubStatus.LOOKALIKE_DOMAIN))
    if is_disposable:
        findings.append((EmailStatus.RISKY, EmailSubStatus.DISPOSABLE))
    if is_role:
        findings.append((EmailStatus.RISKY, EmailSubStatus.ROLE_BASED))
    findings.append(mailbox or (EmailStatus.UNKNOWN, EmailSubStatus.MAILBOX_NOT_CHECKED))
    return min(findings, key=lambda finding: EMAIL_SEVERITY.index(finding[0]))
