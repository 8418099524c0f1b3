"""Every exception class of the program hangs in the tree of core/errors.py: what an edge catches is complete."""

import importlib
import pkgutil
from types import ModuleType

import pytest

import contact_pipeline
from contact_pipeline.core.errors import ContactPipelineError, PermanentError, TransientError

# Dagster 1.13 calls asset(backfill_policy=…) beta, at import; pinned exactly.
pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")

# Alembic runs these; importing them outside of a migration is an error.
NOT_IMPORTABLE = ".migrations"
# Caught where it is raised, never seen outside of its module.
INTERNAL = {"contact_pipeline.reading.records._UnboundedError"}


def modules() -> list[str]:
    found = pkgutil.walk_packages(contact_pipeline.__path__, "contact_pipeline.")
    return sorted(m.name for m in found if NOT_IMPORTABLE not in m.name and m.name != "contact_pipeline.definitions")


def exceptions(module: ModuleType) -> list[type[BaseException]]:
    return [
        thing
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, BaseException) and thing.__module__ == module.__name__
    ]


@pytest.mark.parametrize("name", modules())
def test_exceptions_hang_in_the_tree(name: str) -> None:
    for error in exceptions(importlib.import_module(name)):
        if f"{name}.{error.__name__}" in INTERNAL:
            continue
        assert issubclass(error, ContactPipelineError), error
        if error is not ContactPipelineError:
            assert issubclass(error, TransientError) != issubclass(error, PermanentError), error
