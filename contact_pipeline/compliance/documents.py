"""Drafts of the documents that the law wants, from the policy, the configured providers and the asset graph. Pure.

Every fact stands in a table, so that it can be held against the policy later (contradictions.py); the sentences around
hold none. What only the controller knows has a mark. The same input gives the same text.
"""

from contact_pipeline.compliance.graph import Graph
from contact_pipeline.compliance.impact import RISKS, flowchart
from contact_pipeline.compliance.markdown_tables import mark, table
from contact_pipeline.compliance.register import (
    UNKNOWN,
    Providers,
    basis,
    categories_of_data,
    processing_activities,
    recipients,
    retention,
)
from contact_pipeline.compliance.safeguards import Safeguard, in_force
from contact_pipeline.policy.file import Policy
from contact_pipeline.policy.sections import SourcePolicy

NOTICE, INTEREST = "privacy-notice.md", "legitimate-interest-assessment.md"
IMPACT, SOURCES = "impact-assessment.md", "source-register.md"
_DRAFT = (
    "A draft, made by `contact-pipeline documents` from the policy and the program. It is no legal advice. Fill in "
    f"every {mark('…')}, and hold it against the policy afterwards: `contact-pipeline documents --check FOLDER`.\n"
)


def draft(policy: Policy, providers: Providers, graph: Graph) -> dict[str, str]:
    """Text of each document, by file name."""
    return {
        NOTICE: _privacy_notice(policy, providers, graph),
        INTEREST: _interest_assessment(policy, providers, graph),
        IMPACT: _impact_assessment(policy, providers, graph),
        SOURCES: _source_register(policy),
    }


def _text(*parts: str) -> str:
    """Paragraphs, with an empty line between them."""
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _points(*points: str) -> str:
    return "\n".join(f"- {point}" for point in points)


def _controller(policy: Policy) -> str:
    """GDPR Art. 13(1)(a)-(b), 14(1)(a)-(b)."""
    sender = policy.sender
    return table(
        ["who", "what"],
        [
            ["name", _stated(sender.name, "name of the controller")],
            ["postal address", _stated(sender.postal_address, "where letters reach the controller")],
            ["contact", _stated(sender.contact, "address of the privacy desk")],
            ["data protection officer", sender.data_protection_officer or mark("officer, or none is needed (Art. 37)")],
        ],
    )


def _stated(value: str, what: str) -> str:
    """What the policy says; where it says nothing, that stays visible: the place to fill it in is the policy."""
    return value or f"not in the policy: {mark(what)}"


def _said(text: str, what: str) -> str:
    """A text of the record of processing, with a mark for what it does not know."""
    return _stated("", what) if text == UNKNOWN else text.replace(UNKNOWN, mark(what))


def _ground(policy: Policy, name: str) -> str:
    """With its place in the law, for people."""
    word = basis(policy, name)
    letter = {"consent": "a", "contract": "b", "legitimate_interest": "f"}.get(word)
    return f"{word.replace('_', ' ')} (GDPR Art. 6(1)({letter}))" if letter else word.replace("_", " ")


def _channels(source: SourcePolicy) -> str:
    return ", ".join(source.channels) or "none"


def _who_is_told(policy: Policy, providers: Providers, name: str) -> str:
    return ", ".join(recipients(policy, providers, name))


def _privacy_notice(policy: Policy, providers: Providers, graph: Graph) -> str:
    from_elsewhere = "somebody else: " + mark("who, and whether it is a public source (Art. 14(2)(f))")
    told = sorted({one for name in policy.sources for one in recipients(policy, providers, name)})
    return _text(
        "# Privacy notice", _DRAFT, "## Who is responsible", _controller(policy),
        "## What we use your data for",
        "For each list: where the data come from, what for, on what ground, how we may contact you, and how long we "
        "keep them. A list without a ground is kept and not used.",
        table(
            ["source", "what it is", "we have it from", "purpose", "ground", "channels", "kept"],
            [
                [name, _stated(s.documentation, "what this list is"),
                 "you" if s.origin == "first_party" else from_elsewhere, _stated(s.purpose, "purpose"),
                 _ground(policy, name), _channels(s), _said(retention(policy, name), "for how long")]
                for name, s in sorted(policy.sources.items())
            ],
        ),
        "Where the ground is a legitimate interest, it is this: "
        + mark("the interest, for each list (Art. 13(1)(d), 14(2)(b))"),
        "## Which data",
        table(["kind of data", "held"], [[one, "yes"] for one in categories_of_data(graph, graph.path_of_people())]),
        "## Who is given data",
        "Only of people with a ground who said no word against it; the domain of an address of everybody.",
        table(
            ["recipient", "of the lists", "where it is"],
            [
                [one, ", ".join(n for n in sorted(policy.sources) if one in recipients(policy, providers, n)),
                 mark("country, and what covers a transfer (Art. 44-49)")]
                for one in told
            ],
        ),
        "## Your rights",
        "You may see, correct, take with you and have erased what we hold of you, and have its use restricted (GDPR "
        "Art. 15-20). You may object; against advertising at any time and without a reason (Art. 21). A consent can be "
        "withdrawn at any time; what was done before stays lawful (Art. 7(3)). We answer within a month (Art. 12(3)). "
        "You may complain to a supervisory authority: " + mark("which (Art. 77)"),
        "Whether you have to give us data, and what happens otherwise: " + mark("Art. 13(2)(e)"),
        "We compute how complete, current and reachable a contact is. Whether a decision with legal effect follows "
        "from it: " + mark("none, or which, with its logic (Art. 22)"),
    )  # fmt: skip


def _interest_assessment(policy: Policy, providers: Providers, graph: Graph) -> str:
    interested = {n: s for n, s in sorted(policy.sources.items()) if s.lawful_basis == "legitimate_interest"}
    columns = ["source", "assessment", "what it is", "people were", "purpose", "channels", "kept", "recipients"]
    parts = ["# Legitimate interest assessments", _DRAFT, "## Who is responsible", _controller(policy)]
    for reference in sorted({source.assessment_ref for source in interested.values()}):
        of_this = {name: source for name, source in interested.items() if source.assessment_ref == reference}
        parts += [
            f"## {reference or 'Without a reference: this ground does not count'}",
            table(
                columns,
                [
                    [
                        name,
                        _stated(s.assessment_ref, "reference"),
                        _stated(s.documentation, "what this list is"),
                        "asked" if s.origin == "first_party" else "not asked",
                        _stated(s.purpose, "purpose"),
                        _channels(s),
                        _said(retention(policy, name), "for how long"),
                        _who_is_told(policy, providers, name),
                    ]
                    for name, s in of_this.items()
                ],
            ),
            "### Purpose",
            _points(
                "The interest, and why it is legitimate: " + mark("whose interest, what it is good for"),
                "Whether any law or code forbids it: " + mark("national rules on unsolicited mail and calls"),
            ),
            "### Necessity",
            _points(
                "Whether fewer data, fewer people or a question to them would do: " + mark("alternatives"),
                "Columns with birthdays, government ids, health, religion, bank details and the like are not stored.",
            ),
            "### Balancing",
            _points(
                "What these people may expect: " + mark("relationship, how they came onto the list, their role"),
                "What it does to them: " + mark("effect, vulnerable people, children"),
                "What lowers the effect: the safeguards below, and an objection that holds at once.",
            ),
            "### Outcome",
            mark("the interest outweighs, or does not; name, date, next review"),
        ]
    if not interested:
        parts += ["No source of the policy rests on a legitimate interest.", table(columns, [])]
    return _text(*parts, "## Safeguards", _safeguards(in_force(graph)))


def _safeguards(safeguards: tuple[Safeguard, ...]) -> str:
    return table(["safeguard", "enforced by"], [[one.what, one.enforced_by] for one in safeguards])


def _impact_assessment(policy: Policy, providers: Providers, graph: Graph) -> str:
    sources = len(policy.sources)
    return _text(
        "# Data protection impact assessment", _DRAFT, "## Who is responsible", _controller(policy),
        "## Whether it is needed",
        mark("Art. 35(1), (3) and the authority's lists: large scale, matching of data sets, evaluation of people"),
        "## What is done (Art. 35(7)(a))",
        table(
            ["activity", "purpose", "ground", "people", "data", "recipients", "kept"],
            [
                [a.activity, _said(a.purpose, "purpose"), a.lawful_basis,
                 _said(a.categories_of_people, "who they are"), ", ".join(a.categories_of_data),
                 ", ".join(a.recipients) or "none", _said(a.retention, "for how long")]
                for a in processing_activities(policy, providers, graph)
            ],
        ),
        "## Where the data go",
        "Read from the asset graph. Dotted: what leaves this machine.",
        "\n".join(["```mermaid", *flowchart(policy, providers, graph), "```"]),
        "## Necessity and proportion (Art. 35(7)(b))", mark("for each purpose, why less would not do"),
        "## Risks (Art. 35(7)(c))",
        "Likelihood: low where no source makes it likelier, high where more than half do. Severity is the author's "
        "estimate for a contact list of businesses.",
        table(
            ["risk", "likelihood", "severity", "because", "lowered by"],
            [
                [risk.what, risk.likelihood(policy, providers), risk.severity,
                 f"{risk.exposed(policy, providers)} of {sources} sources {risk.because}",
                 ", ".join(one.enforced_by for one in in_force(graph, risk.safeguards)) or "nothing"]
                for risk in RISKS
            ],
        ),
        "What remains of each risk, and whether it is acceptable: " + mark("residual risk; consultation (Art. 36)"),
        "## Safeguards (Art. 35(7)(d))",
        _safeguards(in_force(graph)),
        "## Who was asked",
        _points(
            "The data protection officer: " + mark("advice and date (Art. 35(2))"),
            "The people, or those who speak for them: " + mark("views, or why not (Art. 35(9))"),
        ),
    )  # fmt: skip


def missing(policy: Policy, name: str) -> list[str]:
    """What the policy does not say of a source, by key."""
    source = policy.source(name)
    lacks = {
        "documentation": not source.documentation,
        "lawful_basis": source.lawful_basis is None,
        "assessment_ref": source.lawful_basis == "legitimate_interest" and not source.assessment_ref,
        "purpose": not source.purpose,
        "retention_days": policy.retention_days(name) is None,
    }
    return [key for key, is_missing in lacks.items() if is_missing]


def _source_register(policy: Policy) -> str:
    return _text(
        "# Register of sources", _DRAFT, "## Who is responsible", _controller(policy), "## Sources",
        "Missing: keys of the policy that say nothing. A source that is not here is landed as undocumented, and nobody "
        "from it is contacted.",
        table(
            ["source", "origin", "documentation", "ground", "assessment", "purpose", "kept", "channels", "missing"],
            [
                [name, s.origin, _stated(s.documentation, "what this list is, and how people came onto it"),
                 _ground(policy, name), s.assessment_ref or "-", _stated(s.purpose, "purpose"),
                 _said(retention(policy, name), "for how long"), _channels(s),
                 ", ".join(missing(policy, name)) or "nothing"]
                for name, s in sorted(policy.sources.items())
            ],
        ),
    )  # fmt: skip
