"""The unsubscribe page in the languages we have it in; which one, the reader's browser says."""

from collections.abc import Mapping
from dataclasses import dataclass

from babel.core import negotiate_locale


@dataclass(frozen=True)
class Words:
    """What the page says."""

    title: str
    address: str
    your_address: str
    which: str
    all: str
    button: str
    choose: str
    done: str
    done_for: str
    done_when: str
    everything: str


WORDS: Mapping[str, Words] = {
    "en": Words(
        "Unsubscribe", "E-mail address", "your address", "Which e-mails do you no longer want?", "All e-mails",
        "Unsubscribe", "Please tick what you no longer want.", "You are unsubscribed",
        "No longer sent to", "This is in effect now. You need not do anything else.", "all e-mails",
    ),
    "de": Words(
        "Abmelden", "E-Mail-Adresse", "Ihre Adresse", "Welche E-Mails möchten Sie nicht mehr?", "Alle E-Mails",
        "Abmelden", "Bitte kreuzen Sie an, was Sie nicht mehr möchten.", "Sie sind abgemeldet",
        "Nicht mehr gesendet an", "Das gilt ab sofort. Sie müssen nichts weiter tun.", "alle E-Mails",
    ),
    "fr": Words(
        "Se désabonner", "Adresse e-mail", "votre adresse", "Quels e-mails ne souhaitez-vous plus recevoir ?",
        "Tous les e-mails", "Se désabonner", "Cochez ce que vous ne souhaitez plus recevoir.",
        "Vous êtes désabonné", "N’est plus envoyé à",
        "C’est effectif dès maintenant. Vous n’avez rien d’autre à faire.", "tous les e-mails",
    ),
    "es": Words(
        "Darse de baja", "Dirección de correo", "su dirección", "¿Qué correos ya no desea recibir?",
        "Todos los correos", "Darse de baja", "Marque lo que ya no desea recibir.", "Su baja está hecha",
        "Ya no se envía a", "Es efectivo desde ahora. No tiene que hacer nada más.", "todos los correos",
    ),
}  # fmt: skip
DEFAULT = "en"
MOST_RANGES = 20


def language_of(accept_language: str) -> str:
    """The best of ours for an Accept-Language header (RFC 9110 12.5.4)."""
    ranges = []
    for place, part in enumerate(accept_language.split(",")[:MOST_RANGES]):
        name, _, parameter = part.strip().partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            weight = 0.0
        if weight > 0 and name and name != "*":
            ranges.append((-weight, place, name.strip()))
    wanted = [name for _, _, name in sorted(ranges)]
    return negotiate_locale([name.partition("-")[0].lower() for name in wanted], WORDS) or DEFAULT
