"""From a source's column to ours, in the part of SQL that every engine reads alike.

Written in DuckDB's dialect and rendered by sqlglot. Only casts that can't fail are used: what is
not of the type becomes null, and is counted as bad. A date is put together from its digits, since
engines differ on what text they take for a date; a binary fraction is refused, since they differ
on the digits it stands for.
"""

from targets.branchdata.columns import (
    FLOATS,
    INTEGERS,
    SQL_TYPES,
    WIDE_INTEGERS,
    Typed,
    identifier,
    literal,
)
from targets.schema.measures import Column, ColumnType

from .source import MONTHLY, DateFormat, SourceColumn

LARGEST = 10**16
"""yuan; an amount has eighteen digits, two of them after the point"""
PATTERNS = {
    DateFormat.ISO: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    DateFormat.PLAIN: "^[0-9]{8}$",
    DateFormat.SLASHES: "^[0-9]{4}/[0-9]{2}/[0-9]{2}$",
    DateFormat.POINTS: "^[0-9]{4}[.][0-9]{2}[.][0-9]{2}$",
    DateFormat.CHINESE: "^[0-9]{4}年[0-9]{2}月[0-9]{2}日$",
    DateFormat.MONTH: "^[0-9]{6}$",
    DateFormat.ISO_MONTH: "^[0-9]{4}-[0-9]{2}$",
}


def whole_wrong(column: Column, physical: str, source: SourceColumn) -> bool:
    """Whether the stored type itself can't hold what the column means."""
    return _value(column, physical, "x", source) is None


def converted(column: Column, physical: str, source: SourceColumn, *, written: bool) -> Typed:
    """The SQL that turns the column as stored (`raw:name`) into ours.

    physical: its type in DuckDB's words. written: text from a CSV file, where blank is null.
    """
    raw = identifier(f"raw:{column.name}")
    target = SQL_TYPES[column.type]
    if source.empty:
        return Typed(f"CAST(NULL AS {target})", "false", f"{raw} IS NULL")
    text = physical == "VARCHAR"
    here = f"TRIM({raw})" if written and text else raw
    if source.blank:
        listed = ", ".join(map(literal, source.blank))
        here = f"(CASE WHEN CAST({here} AS VARCHAR) IN ({listed}) THEN NULL ELSE {here} END)"
    missing = f"({here} IS NULL OR {here} = '')" if text else f"{here} IS NULL"
    value = _value(column, physical, here, source)
    if value is None:
        return Typed(f"CAST(NULL AS {target})", f"{raw} IS NOT NULL", missing, whole=True)
    if text and column.type is ColumnType.TEXT and not source.codes:
        return Typed(f"NULLIF({value}, '')" if written or source.blank else value,
                     "false", missing)
    if value == raw:
        return Typed(value, "false", missing)
    return Typed(value, f"({identifier(column.name)} IS NULL AND NOT ({missing}))", missing)


def _value(column: Column, physical: str, here: str, source: SourceColumn) -> str | None:
    """SQL for the value, null where it is not of the type; None where it never can be."""
    kind, whole = column.type, physical in INTEGERS | WIDE_INTEGERS
    decimal = physical.startswith("DECIMAL")
    as_text = f"CAST({here} AS VARCHAR)" if whole else here
    if source.codes and (whole or physical in ("VARCHAR", "BOOLEAN")):
        words = f"CAST({here} AS VARCHAR)" if physical != "VARCHAR" else here
        return _coded(kind, words, source)
    if kind is ColumnType.TEXT:
        return here if physical == "VARCHAR" else None
    if kind is ColumnType.DATE:
        if physical == "DATE":  # some engines keep dates beyond all calendars
            known = "BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'"
            return f"CASE WHEN {here} {known} THEN {here} END"
        if physical.startswith("TIMESTAMP") and "ZONE" not in physical:
            day = f"CAST({here} AS DATE)"
            return f"CASE WHEN {here} = CAST({day} AS TIMESTAMP) THEN {day} END"
        if physical == "VARCHAR" or (whole and source.format):
            return _day(as_text, source.format or DateFormat.ISO)
    elif kind is ColumnType.INTEGER:
        if whole:
            return here if physical == "BIGINT" else _within(here, f"CAST({here} AS BIGINT)")
        if decimal:
            number = _within(here, f"CAST({here} AS BIGINT)")
            return f"CASE WHEN {here} = FLOOR({here}) THEN {number} END"
        if physical == "VARCHAR":
            return _matching(here, "^[+-]?[0-9]{1,18}$", f"CAST({here} AS BIGINT)")
    elif kind is ColumnType.DECIMAL:
        scale = (source.unit or column.unit).yuan if column.unit else 1
        if whole or decimal:
            return _amount(here, scale)
        if physical == "VARCHAR":
            number = f"CAST({here} AS DECIMAL(38, 14))"
            return _matching(
                here, "^[+-]?[0-9]{1,16}([.][0-9]{1,14})?$", _amount(number, scale)
            )
    elif physical == "BOOLEAN":
        return here
    elif whole:
        return f"CASE WHEN {here} = 1 THEN TRUE WHEN {here} = 0 THEN FALSE END"
    elif physical == "VARCHAR":
        return (
            f"CASE WHEN LOWER({here}) IN ('是', 'true', '1') THEN TRUE"
            f" WHEN LOWER({here}) IN ('否', 'false', '0') THEN FALSE END"
        )
    return None


def _coded(kind: ColumnType, words: str, source: SourceColumn) -> str:
    written = literal if kind is ColumnType.TEXT else {"是": "TRUE", "否": "FALSE"}.__getitem__
    cases = " ".join(
        f"WHEN {words} = {literal(code)} THEN {written(ours)}"
        for code, ours in source.codes.items()
    )
    return f"CASE {cases}{f' ELSE {words}' if source.others == 'keep' else ''} END"


def _within(number: str, value: str) -> str:
    return f"CASE WHEN {number} BETWEEN -{10**18} AND {10**18} THEN {value} END"


def _amount(number: str, scale: int) -> str:
    """An amount in yuan, null unless it is one to the cent."""
    limit = LARGEST // scale
    exact = f"CAST({number} AS DECIMAL({24 if scale > 1 else 18}, {1 + len(str(scale))}))"
    value = exact
    if scale > 1:  # the engine's own rules for a product's digits have to have room
        value = f"CAST({exact} * CAST({scale} AS DECIMAL(13, 0)) AS DECIMAL(18, 2))"
    return (
        f"CASE WHEN {number} > -{limit} AND {number} < {limit}"
        f" THEN CASE WHEN {exact} = {number} THEN {value} END END"
    )


def _matching(text: str, pattern: str, value: str) -> str:
    # engines disagree whether $ stands before a line's end, too
    return (
        f"CASE WHEN REGEXP_MATCHES({text}, '[^0-9+.-]') THEN NULL"
        f" WHEN REGEXP_MATCHES({text}, {literal(pattern)}) THEN {value} END"
    )


def _day(text: str, form: DateFormat) -> str:
    """A date from its digits, null where the calendar has no such day."""
    at = form.value.index
    year = f"CAST(SUBSTRING({text}, 1, 4) AS INT)"
    month = f"CAST(SUBSTRING({text}, {at('MM') + 1}, 2) AS INT)"
    leap = f"({year} % 4 = 0 AND ({year} % 100 <> 0 OR {year} % 400 = 0))"
    last = (
        f"CASE WHEN {month} IN (4, 6, 9, 11) THEN 30 WHEN {month} <> 2 THEN 31"
        f" WHEN {leap} THEN 29 ELSE 28 END"
    )
    if form in MONTHLY:
        day, real = last, ""
    else:
        day = f"CAST(SUBSTRING({text}, {at('DD') + 1}, 2) AS INT)"
        real = f" AND {day} BETWEEN 1 AND {last}"
    return (
        f"CASE WHEN LENGTH({text}) = {len(form.value)}"
        f" AND REGEXP_MATCHES({text}, {literal(PATTERNS[form])})"
        f" THEN CASE WHEN {year} >= 1 AND {month} BETWEEN 1 AND 12{real}"
        f" THEN CAST(CONCAT(SUBSTRING({text}, 1, 4), '-', SUBSTRING({text}, {at('MM') + 1}, 2),"
        f" '-', LPAD(CAST({day} AS VARCHAR), 2, '0')) AS DATE) END END"
    )


__all__ = ["FLOATS", "converted", "whole_wrong"]
