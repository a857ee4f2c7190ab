"""Arrow arrays from lists. pyarrow's own conversion of a list first loads pandas, which costs half
a second that a reader of one workbook need not wait for.
"""

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
import pyarrow as pa

EPOCH = date(1970, 1, 1).toordinal()


def texts(values: Iterable[str | None]) -> pa.Array:
    builder = pa.lib.StringBuilder()
    builder.append_values(values)
    return builder.finish()


def days(values: Sequence[date | None]) -> pa.Array:
    """Dates; what is no date is missing."""
    count = len(values)
    ordinals = np.fromiter((v.toordinal() if v else 0 for v in values), np.int32, count)
    return _array(pa.date32(), ordinals - np.int32(EPOCH), ordinals != 0)


def integers(values: Iterable[int] | np.ndarray, given: np.ndarray | None = None) -> pa.Array:
    whole = values if isinstance(values, np.ndarray) else np.fromiter(values, np.int64)
    return _array(pa.int64(), whole, given)


def truths(values: Sequence[bool | None]) -> pa.Array:
    count = len(values)
    kept = np.fromiter((bool(v) for v in values), bool, count)
    given = np.fromiter((v is not None for v in values), bool, count)
    return _array(pa.bool_(), np.packbits(kept, bitorder="little"), given, count)


def decimals(values: np.ndarray, given: np.ndarray, places: int) -> pa.Array:
    """Whole numbers of the last place, as decimals of so many places."""
    words = np.empty((len(values), 2), np.int64)
    words[:, 0] = values
    words[:, 1] = values >> 63
    return _array(pa.decimal128(18 if places == 2 else 38, places), words, given)


def repeated(value: str | date | None, count: int) -> pa.Array:
    """The same text or date for every row."""
    one = days([value]) if isinstance(value, date) else texts([value])
    return one.take(integers(np.zeros(count, np.int64)))


def chosen(items: pa.Array, names: Sequence, values: Sequence) -> pa.Array:
    """For every value the item of its name."""
    index = {name: i for i, name in enumerate(names)}
    return items.take(integers(np.fromiter(map(index.__getitem__, values), np.int64, len(values))))


def _array(kind: pa.DataType, values: np.ndarray, given: np.ndarray | None,
           count: int | None = None) -> pa.Array:
    valid = None if given is None else pa.py_buffer(np.packbits(given, bitorder="little"))
    return pa.Array.from_buffers(
        kind, len(values) if count is None else count,
        [valid, pa.py_buffer(np.ascontiguousarray(values))],
    )
