"""The gate says which rule a row breaks, never with what."""

from collections.abc import Iterator

import pandas as pd
import pytest

from contact_pipeline.core.errors import ContractError
from contact_pipeline.schemas.columns import Column, Table
from contact_pipeline.schemas.gate import failures

SECRET = "ada.lovelace@seeded.test"

PEOPLE = Table(
    "test.people",
    "For tests.",
    (
        Column("email", "text", "Address.", personal=True, nullable=False, longest=30),
        Column("status", "text", "Verdict.", one_of=("valid", "invalid")),
        Column("score", "smallint", "0-100.", at_least=0, at_most=100),
        Column("country", "text", "Country.", pattern="^[A-Z]{2}$"),
    ),
)


def frame(**columns: list[object]) -> pd.DataFrame:
    """Rows with labels that are no positions."""
    rows = len(next(iter(columns.values())))
    return pd.DataFrame(columns, index=range(10, 10 + rows))


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """The exception and all it carries along."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def test_rows_that_fit_give_nothing() -> None:
    good = frame(email=["a@b.test", "c@d.test"], status=["valid", None], score=[0, 100], country=["DE", None])
    assert failures(good, PEOPLE).empty


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("email", SECRET * 2, "email_too_long"),
        ("status", SECRET, "status_not_in_vocabulary"),
        ("score", -1, "score_too_small"),
        ("score", 101, "score_too_large"),
        ("country", SECRET, "country_malformed"),
    ],
)
def test_a_broken_rule_has_the_stable_name_that_columns_gives_it(column: str, value: object, rule: str) -> None:
    row = {"email": "a@b.test", "status": "valid", "score": 1, "country": "DE"}
    rows = pd.DataFrame([row, row | {column: value}], index=[10, 11])
    assert failures(rows, PEOPLE).to_dict() == {11: [rule]}


def test_an_empty_cell_names_its_column() -> None:
    rules = failures(frame(email=["a@b.test", None]), PEOPLE)
    assert list(rules.index) == [11]
    assert "email" in rules.loc[11][0]


def test_every_rule_of_a_row_is_named_once_in_order() -> None:
    rules = failures(frame(email=["a@b.test"], status=[SECRET], score=[101]), PEOPLE)
    assert len(rules.loc[10]) == 2
    assert rules.loc[10] == sorted(set(rules.loc[10]))


def test_no_value_is_among_the_rules() -> None:
    rules = failures(frame(email=[SECRET * 2], status=[SECRET], country=[SECRET], score=[4711]), PEOPLE)
    told = str(rules.to_dict())
    assert "seeded" not in told
    assert "4711" not in told


def test_columns_that_the_frame_lacks_or_the_table_does_not_know_do_not_matter() -> None:
    assert failures(frame(email=["a@b.test"], other=[SECRET]), PEOPLE).empty


@pytest.mark.parametrize(
    "wrong",
    [
        frame(email=["a@b.test", "c@d.test"], score=[SECRET, 5]),
        frame(email=[1, 2], country=["DE", SECRET]),
        frame(other=[SECRET]),
    ],
    ids=["text where a number belongs", "numbers where text belongs", "no column of the table"],
)
def test_a_wrong_shape_is_our_fault_and_tells_no_value(wrong: pd.DataFrame) -> None:
    with pytest.raises(ContractError) as caught:
        failures(wrong, PEOPLE)
    assert caught.value.rules
    assert PEOPLE.name in str(caught.value)
    for error in chain(caught.value):
        assert "seeded" not in f"{error} {error.args!r} {vars(error)!r}", type(error).__name__
