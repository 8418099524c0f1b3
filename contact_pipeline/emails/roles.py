"""Local parts that belong to a function, not to a person. Such an address is risky: it has no one person's consent.

Sources: RFC 2142 (mailbox names for common services, roles and functions), and names of the same kind that large
senders refuse to mail in bulk. Names that are also given names or nicknames are left out.
"""

# RFC 2142 sections 3 to 6, complete.
RFC_2142 = frozenset({
    "info", "marketing", "sales", "support",
    "abuse", "noc", "security",
    "postmaster", "hostmaster", "usenet", "news", "webmaster", "www", "uucp", "ftp",
    "list", "list-request",
})  # fmt: skip

COMMON = frozenset({
    "account", "accounting", "accounts", "accounts-payable", "accounts-receivable", "accountspayable",
    "accountsreceivable", "admin", "administration", "administrator", "admissions", "advertise", "advertising",
    "all", "alerts", "ap", "ar", "billing", "bookings", "board", "bounce", "bounces", "business", "career",
    "careers", "ceo", "cfo", "cio", "cto", "ciso", "contact", "contacts", "contactus", "contact-us",
    "customer-care", "customercare", "customer-service", "customerservice", "customersupport", "data-protection",
    "dataprotection", "dev", "developers", "devops", "dev-null", "devnull", "dns", "do-not-reply", "donotreply",
    "dpo", "editor", "editorial", "email", "employment", "enquiries", "enquiry", "events", "everyone", "feedback",
    "finance", "frontdesk", "gdpr", "general", "hello", "help", "helpdesk", "hr", "humanresources", "inbox",
    "information", "inoc", "inquiries", "inquiry", "invest", "investor", "investors", "invoice", "invoices",
    "ispfeedback", "ispsupport", "it", "itsupport", "jobs", "kontakt", "legal", "logs", "mail", "mailbox",
    "mailer-daemon", "mailerdaemon", "mailing", "management", "manager", "media", "members", "membership",
    "newsletter", "no-reply", "nobody", "noemail", "noreply", "notifications", "null", "office", "operations",
    "order", "orders", "partner", "partners", "partnerships", "payments", "payroll", "phish", "phishing", "pr",
    "press", "privacy", "procurement", "purchasing", "reception", "recruit", "recruiting", "recruitment",
    "registrar", "remove", "request", "reservations", "returns", "root", "sale", "secretary", "service", "services",
    "shop", "spam", "ssladmin", "ssladministrator", "sslwebmaster", "staff", "store", "studio", "subscribe",
    "subscriptions", "sysadmin", "tech", "team", "test", "tickets", "trouble", "undisclosed-recipients",
    "unsubscribe", "vendor", "vendors", "verkauf", "vertrieb", "web", "webadmin", "welcome",
})  # fmt: skip

ROLES = RFC_2142 | COMMON


def is_role_address(address: str) -> bool:
    """Whether the address is a function's (info@), which several people read."""
    return address.rpartition("@")[0].strip().lower() in ROLES
