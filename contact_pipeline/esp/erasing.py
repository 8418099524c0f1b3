"""Who was erased here is erased at the senders, and the certificate says what they answered.

At once, with the erasure itself, by whoever runs the web edge, or with the next synchronisation; what a sender could
not be told before the scrub, when the addresses go, is found by the night's comparison and the full reading of its
lists.
"""

from collections.abc import Callable, Sequence

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.core.causes import cause_of
from contact_pipeline.emails.normal_forms import identities
from contact_pipeline.erasure.recipients import acknowledge, untold
from contact_pipeline.esp.port import Person
from contact_pipeline.esp.registry import Connected, connected
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)


def erase_at(session: Session, system: Connected, people: Sequence[Person]) -> None:
    """These were erased here. Raises what the sender's call raises; what was not acknowledged is asked for again."""
    answer = system.esp.erase(people)
    acknowledge(session, system.name, [person.key.hex() for person in people], answer)


def erase_there(session: Session) -> int:
    """Every sender that our list goes to is asked to erase whom it has not erased yet; returns how many addresses that
    were. One sender's failure keeps no other waiting, and is raised at the end."""
    waiting = untold(session)
    systems = connected(session.settings, session.policy) if waiting else {}
    count, failure = 0, None
    for one in waiting:
        left = [s for name, s in systems.items() if s.policy.pushes and name not in one.acknowledged]
        people = _of_nobody_now(session, one.emails) if left else []
        for system in left if people else ():
            try:
                erase_at(session, system, people)
            except Exception as error:
                failure = failure or error
                continue
            count += len(people)
    if failure:
        raise failure
    return count


def erase_there_or_say(session: Session, say: Callable[[str], None]) -> None:
    """The same right after an erasure, which has succeeded whatever becomes of this."""
    try:
        if count := erase_there(session):
            say(f"{count} address(es) erased at the senders, who have acknowledged it.")
    except Exception as error:
        say(f"A sender could not be asked to erase them: {cause_of(error)}. It is tried again with every push.")


def _of_nobody_now(session: Session, emails: Sequence[str]) -> list[Person]:
    """Without those that have come to somebody since."""
    keys = {session.key.email(normal): email for email, normal in identities(set(emails)).items()}
    with session.connection("esp erasure") as connection:
        rows = Script(connection, STEPS).rows("of_nobody", keys=sorted(key.hex() for key in keys))
    return [Person(bytes.fromhex(row["key"]), keys[bytes.fromhex(row["key"])]) for row in rows]
