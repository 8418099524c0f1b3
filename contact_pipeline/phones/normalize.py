"""A frame of phone numbers as written → E.164, country, type, extension and verdict. Pure: asks nobody.

Works on distinct (number, region) pairs, sorted so that numbers of one plan follow each other: libphonenumber's regular
expressions share Python's cache of 512, which mixed regions overrun.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

from contact_pipeline.phones.numbering import (
    Engine,
    Judged,
    every_number,
    is_dialled_abroad,
    judge_numbers,
    load_engine,
)

if TYPE_CHECKING:  # worker processes import this package too and need no pandas (90 MB each)
    import pandas as pd

COLUMNS = Judged._fields
MOST_PROCESSES = 3
# Below this many distinct numbers a pool costs more than it gives (0.4 s to start, 1 s of work for 20,000).
POOL_FROM = 20_000
CHUNK = 5_000

Pair = tuple[str, "str | None"]


def judge_phones(frame: pd.DataFrame, *, processes: int = 1, engine: Engine = "phonenumbers") -> pd.DataFrame:
    """The verdict of the numbering plans on every number.

    frame: phone (text as given, missing values welcome), region (ISO 3166-1 alpha-2 or missing: the row's country, else
    the source's default, settled by the caller). Any index; duplicates cost nothing.
    Returns, on the same index, text columns: phone_e164 (missing unless valid or test_range), extension, country
    (missing for numbers of no country), phone_type (PhoneType), status (PhoneStatus), sub_status (PhoneSubStatus). A
    row without a number is missing in all.
    processes: at most 3, used from 20,000 distinct numbers on. engine: rphonenumbers is 4 times faster, alpha, and
    an optional extra; same verdicts (contact_pipeline_tests/phones/test_engines.py names two differing reasons).
    Raises ImportError when the engine is not installed, ValueError for a number of processes outside 1-3.
    """
    # In the frame's own process: spares each worker 0.5 s and 90 MB of pandas.
    import pandas as pd

    if not 1 <= processes <= MOST_PROCESSES:
        raise ValueError(f"processes must be 1 to {MOST_PROCESSES}, not {processes}")
    phones = frame["phone"].astype("str").str.strip()
    phones = phones.mask(phones == "")
    regions = frame["region"].astype("str").str.strip().str.upper()
    keys = pd.DataFrame({"region": regions.to_numpy(), "phone": phones.to_numpy()})
    groups = keys[keys["phone"].notna()].groupby(["region", "phone"], dropna=False, sort=True)
    distinct = groups.size().index.to_frame(index=False)
    pairs: list[Pair] = [
        (phone, region if isinstance(region, str) else None)
        for region, phone in distinct.itertuples(index=False, name=None)
    ]
    judged = _judge(pairs, processes, engine)
    number = groups.ngroup().reindex(keys.index, fill_value=-1).to_numpy()
    columns = zip(*judged, strict=True) if judged else [()] * len(COLUMNS)
    result = pd.DataFrame(index=frame.index)
    for name, values in zip(COLUMNS, columns, strict=True):
        words = pd.Series([*values, None], dtype="str")  # -1 takes the last: missing
        result[name] = words.take(number % len(words)).set_axis(frame.index)
    return result


def numbers_to_restrict(frame: pd.DataFrame) -> pd.DataFrame:
    """Like judge_phones, for numbers that somebody wants closed: one that is nobody's to be called is its likeliest
    reading all the same (every_number). Never for one that is to be called; every_reading closes more."""
    # In the caller's process: spares each worker 0.5 s and 90 MB of pandas.
    import pandas as pd

    read = judge_phones(frame)
    open_ones = read["phone_e164"].isna() & frame["phone"].notna()
    if open_ones.any():
        library = load_engine("phonenumbers")
        pairs = zip(frame.loc[open_ones, "phone"], frame.loc[open_ones, "region"], strict=True)
        likeliest = [_likeliest(phone, region, library) for phone, region in pairs]
        read.loc[open_ones, "phone_e164"] = pd.Series(likeliest, dtype="str").to_numpy()
    return read


def _likeliest(phone: str, region: object, library: object) -> str | None:
    """Digits that only might have lost their plus, and no region, are nobody's number yet."""
    if not isinstance(region, str) and not is_dialled_abroad(phone):
        return None
    return next(iter(every_number(phone, region.upper() if isinstance(region, str) else None, library)), None)


def every_reading(phones: Sequence[str], regions: Sequence[str | None]) -> dict[str, list[str]]:
    """As written → each number in E.164 that it may be: with its country code, and as dialled in each of the regions.

    For somebody who wants it closed and whose country nobody knows: too many are closed rather than the one too few.
    Never for a number that is to be called. regions: ISO 3166-1 alpha-2, repeats and None welcome.
    """
    library = load_engine("phonenumbers")
    known = list(dict.fromkeys((None, *regions)))
    return {
        phone: list(dict.fromkeys(number for region in known for number in every_number(phone, region, library)))
        for phone in phones
    }


def _judge(pairs: Sequence[Pair], processes: int, engine: Engine) -> list[Judged]:
    if processes == 1 or len(pairs) < POOL_FROM:
        return judge_numbers(pairs, engine)
    chunks = [pairs[start : start + CHUNK] for start in range(0, len(pairs), CHUNK)]
    # spawn: the caller has threads (database, DNS, Dagster), and a fork with threads may hang.
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        parts = pool.map(judge_numbers, chunks, [engine] * len(chunks))
        return [one for part in parts for one in part]
