"""Who holds a ticket leaves: what the page may show of the address, and the opt-out itself, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.outreach.tickets import Ticket
from contact_pipeline.rights import desk
from contact_pipeline.rights.subjects import Subject
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)
SOURCE = "unsubscribe"


@dataclass(frozen=True)
class TicketHolder:
    """What the page shows. masked: of the address; empty: nobody here has it any more. purposes: lists on which the
    address is now, that of the ticket among them."""

    masked: str
    purposes: tuple[str, ...]


def holder_of(session: Session, ticket: Ticket) -> TicketHolder:
    """Whom a ticket was made for."""
    with session.connection("unsubscribe page") as connection:
        rows = Script(connection, STEPS).rows("holder", key=ticket.email_key)
    purposes = {purpose for row in rows for purpose in row["purposes"] or () if purpose}
    if ticket.purpose:
        purposes.add(ticket.purpose)
    return TicketHolder(masked(rows[0]["email"]) if rows else "", tuple(sorted(purposes)))


def masked(email: str) -> str:
    """`m…@ok.test`: enough to know one's own, for whoever got the message."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}…@{domain}"


def leave(session: Session, ticket: Ticket, *, purposes: Sequence[str] = ()) -> None:
    """In effect in every view when this returns; doing it again changes nothing. purposes: only these; none: all."""
    desk.opt_out(
        session,
        Subject("email", ticket.email_key),
        reason="opt_out",
        source=SOURCE,
        purposes=purposes,
        acted_at=session.clock(),
    )
