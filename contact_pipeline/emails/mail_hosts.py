"""Whose servers take a domain's mail, in a word: a provider's many hosts, and its customers' domains, bounce alike.

Sources: the MX names that each provider tells its customers to set, or has for its own domains (their documentation,
January 2026). Short on purpose: what is not listed is `other`.
"""

from contact_pipeline.emails.ports import MailHosts

OTHER = "other"
_BY_SUFFIX = {
    "google.com": "google",
    "googlemail.com": "google",
    "outlook.com": "microsoft",
    "mx.microsoft": "microsoft",
    "yahoodns.net": "yahoo",
    "icloud.com": "apple",
    "gmx.net": "united_internet",
    "web.de": "united_internet",
    "kundenserver.de": "united_internet",
    "ui-dns.de": "united_internet",
    "pphosted.com": "proofpoint",
    "ppe-hosted.com": "proofpoint",
    "mimecast.com": "mimecast",
    "barracudanetworks.com": "barracuda",
    "iphmx.com": "cisco",
    "messagelabs.com": "broadcom",
    "zoho.com": "zoho",
    "zoho.eu": "zoho",
    "protonmail.ch": "proton",
    "messagingengine.com": "fastmail",
    "ovh.net": "ovh",
    "secureserver.net": "godaddy",
    "yandex.net": "yandex",
    "mail.ru": "vk",
    "qq.com": "tencent",
}
FAMILIES = (*sorted({*_BY_SUFFIX.values()}), OTHER)


def mail_host_family(answer: MailHosts) -> str | None:
    """By the best host that DNS names; None: it names none, or could not be asked."""
    if not answer.hosts:
        return None
    labels = answer.hosts[0].name.lower().rstrip(".").split(".")
    names = (".".join(labels[-count:]) for count in (2, 3))
    return next((_BY_SUFFIX[name] for name in names if name in _BY_SUFFIX), OTHER)
