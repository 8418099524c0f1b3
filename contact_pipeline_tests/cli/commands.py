"""Every command of the program with arguments that work in a filled installation, and what it needs for that.

Taken by the tests that go over all commands; one that is added to the program without a row here fails them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import click

from contact_pipeline.cli.main import cli

# What may be missing or broken. `key`, `policy`, `ledger` and `database` are read whenever the rooms are opened.
ROOMS = frozenset({"url", "database", "policy", "key", "ledger"})


@dataclass(frozen=True)
class Row:
    """arguments: with {names} that the test fills in. needs: beside the environment. code: where nothing is missing."""

    arguments: tuple[str, ...]
    needs: frozenset[str]
    code: int = 0


def rooms(*arguments: str, needs: str = "", code: int = 0) -> Row:
    """A command that opens the pipeline, and needs these words, too."""
    return Row(arguments, ROOMS | set(needs.split()), code)


WHO, YES, WHY = "{email}", "--yes", ("--reason", "looked at it")
COMMANDS: dict[str, Row] = {
    "run": rooms("run", "{file}", "--source", "crm", needs="input archive-written"),
    "inspect": Row(("inspect", "{file}", "--source", "crm"), frozenset({"url", "policy", "input"})),
    "up": rooms("up", "--port", "0"),
    "serve": rooms("serve", "--port", "0"),
    "status": rooms("status"),
    "alerts list": rooms("alerts", "list"),
    "alerts ack": rooms("alerts", "ack", "budget:nobody", code=2),  # none is open, and no channel is configured
    "alerts mute": rooms("alerts", "mute", "budget", "--for", "1h", *WHY),
    "alerts test": rooms("alerts", "test", code=2),
    "explain": rooms("explain", WHO, needs="known"),
    "history": rooms("history", WHO, needs="known"),
    "audit verify": rooms("audit", "verify"),
    "audit head": rooms("audit", "head"),
    "rollback": rooms("rollback", "--drop", "{drop}", "--dry-run", *WHY, needs="drop"),
    "quarantine": rooms("quarantine", "{drop}", needs="drop"),
    "replay": rooms("replay", "{drop}", needs="drop archive"),
    "approve": rooms("approve", "{held}", *WHY, needs="drop archive"),
    "release-job": rooms("release-job", "{job}", *WHY, YES, needs="job"),
    "export": rooms("export", "contacts", "--output", "{output}", needs="output"),
    # Before there is a backup: what they do with one is tested in history/.
    "backup list": Row(("backup", "list"), frozenset({"url", "policy"})),
    "backup verify": Row(("backup", "verify", "20260101T000000Z-0000"), frozenset({"url", "policy"}), code=2),
    "restore": Row(("restore", "--to", "{folder}"), frozenset({"url", "policy"}), code=2),
    "backup": rooms("backup"),
    "backup drill": Row(("backup", "drill"), frozenset()),
    "db url": Row(("db", "url"), frozenset({"url"})),
    "db psql": Row(("db", "psql", "--", "-c", "select 1"), frozenset({"url", "database"})),
    "db migrate": Row(("db", "migrate"), frozenset({"url", "database"})),
    "db start": Row(("db", "start"), frozenset({"url"}), code=2),  # the server is somebody else's
    "db stop": Row(("db", "stop"), frozenset({"url"}), code=2),
    "documents": Row(("documents", "--output", "{folder}"), frozenset({"url", "policy", "output-folder"})),
    "plan": rooms("plan"),
    "costs": rooms("costs"),
    "report": rooms("report", "--month", "--output", "{output}", needs="output"),
    "kpis": rooms("kpis", "--by", "source"),
    "review list": rooms("review", "list"),
    "review show": rooms("review", "show", "{review}", needs="review"),
    "review accept": rooms("review", "accept", "{review}", *WHY, needs="review"),
    "review reject": rooms("review", "reject", "{review}", *WHY, needs="review"),
    "review correct": rooms("review", "correct", "{review}", "--value", "Ada", "--field", "name", *WHY, needs="review"),
    "review carry-out": rooms("review", "carry-out"),
    "spot-check": rooms("spot-check"),
    "retention": rooms("retention", YES),
    "subject opt-out": rooms("subject", "opt-out", WHO, needs="ledger-written"),
    "subject consent": rooms("subject", "consent", WHO, "--document", "{file}", needs="input input-bytes known"),
    "subject access": rooms("subject", "access", WHO, "--output", "{output}", needs="output ledger-written"),
    "subject export": rooms("subject", "export", WHO, "--output", "{output}", needs="output ledger-written"),
    "subject rectify": rooms("subject", "rectify", WHO, "--set", "title=CEO", YES, needs="ledger-written"),
    "subject restrict": rooms("subject", "restrict", WHO, YES, needs="ledger-written"),
    "subject erase": rooms("subject", "erase", WHO, "--identity", "letter", YES, needs="ledger-written"),
    "subject object": rooms("subject", "object", WHO, YES, needs="ledger-written"),
    "requests list": rooms("requests", "list"),
    "requests open": rooms("requests", "open", "object", WHO, needs="ledger-written"),
    "requests extend": rooms(
        "requests", "extend", "{request}", "--until", "{later}", *WHY, needs="request ledger-written"
    ),
    "requests refuse": rooms("requests", "refuse", "{request}", *WHY, needs="request ledger-written"),
    "requests identity": rooms("requests", "identity", "{request}", "--how", "letter", needs="request ledger-written"),
    "suppressions import": rooms(
        "suppressions", "import", "{file}", needs="input input-bytes input-text ledger-written"
    ),
    "suppressions export": rooms("suppressions", "export", "{output}", needs="output"),
    # A list without a column `type` is refused; a mail or a folder would be another file than that of all others.
    "bounces import": rooms("bounces", "import", "{file}", needs="input-bytes input-text", code=2),
    "bounces list": rooms("bounces", "list"),
    "esp push": rooms("esp", "push", "mailchimp", code=2),  # it is off
    "esp pull": rooms("esp", "pull", "mailchimp", code=2),
    "esp status": rooms("esp", "status", "mailchimp", code=2),
    "outreach log": rooms("outreach", "log", "{file}", "--record-only", needs="input input-bytes input-text"),
    "users add": rooms("users", "add", "ana", "--role", "analyst"),
    "users list": rooms("users", "list"),
    "users disable": rooms("users", "disable", "nobody", code=2),
    "users passwd": rooms("users", "passwd", "nobody", code=2),
    "roles list": Row(("roles", "list"), frozenset({"url", "database"})),
    # Reserved, and not granted: nothing stays behind on the tests' server.
    "roles grant": Row(("roles", "grant", "postgres", "analyst"), frozenset({"url", "database"}), code=2),
    "roles revoke": Row(("roles", "revoke", "nobody", "analyst"), frozenset({"url", "database"}), code=2),
    "unsubscribe-link": rooms("unsubscribe-link", WHO, code=1),  # the installation has no public name
}


def every_command(group: click.Group = cli, path: tuple[str, ...] = ()) -> Iterator[str]:
    """As a person types them, out of the program's own tree."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from every_command(command, (*path, name))
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield " ".join((*path, name))
