"""One tree of errors.

ContactPipelineError
├── TransientError          worth another try by itself (network, lock, server restarting)
│   └── DatabaseUnavailable
└── PermanentError          needs a person
    ├── UsageError          the command was called wrongly (exit code 2)
    ├── ConfigurationError  settings, policy or key file
    ├── DatabaseDamaged     files of the embedded database are broken
    ├── UnreadableDrop      a file that cannot become rows
    └── ContractError       data broke a schema that our own code promised

The text says what happened, why, and what to do. It never holds a personal value: these texts reach logs,
Dagster events and terminals.
"""


class ContactPipelineError(Exception):
    """Base of every error this program raises on purpose."""


class TransientError(ContactPipelineError):
    """May succeed when tried again."""


class DatabaseUnavailable(TransientError):  # noqa: N818 - the tree says what it is
    """The PostgreSQL server does not answer."""


class PermanentError(ContactPipelineError):
    """Trying again changes nothing."""


class UsageError(PermanentError):
    """The command line was wrong."""


class ConfigurationError(PermanentError):
    """An environment variable, the policy file or the key file is wrong."""


class DatabaseDamaged(PermanentError):  # noqa: N818 - the tree says what it is
    """The embedded server cannot start on its files; the text says which, and how to restore."""


class UnreadableDrop(PermanentError):  # noqa: N818 - the tree says what it is
    """A file that cannot become rows; `reason` is a stable word for tables and alerts."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class ContractError(PermanentError):
    """Rows that our own code produced do not fit their schema; `rules` are rule names, never values."""

    def __init__(self, message: str, rules: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.rules = rules
