"""From the columns of a file to the columns of a dataset: headings and types."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from targets.problems import Code, Problem, Severity, did_you_mean
from targets.schema.measures import Column, ColumnType, Dataset, MoneyUnit

SQL_TYPES = {
    ColumnType.TEXT: "VARCHAR",
    ColumnType.DATE: "DATE",
    ColumnType.INTEGER: "BIGINT",
    ColumnType.DECIMAL: "DECIMAL(18,2)",
    ColumnType.BOOLEAN: "BOOLEAN",
}
ALLOWED = {
    ColumnType.TEXT: "文字",
    ColumnType.DATE: "日期，如 2026-09-30 或 2026/9/30",
    ColumnType.INTEGER: "整数，不带千分位和单位",
    ColumnType.DECIMAL: "数，最多两位小数，不带千分位和单位",
    ColumnType.BOOLEAN: "是 或 否",
}
INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
WIDE_INTEGERS = {"UBIGINT", "HUGEINT", "UHUGEINT", "BIGNUM"}
FLOATS = {"FLOAT", "DOUBLE"}
DATE_FORMATS = ["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y.%m.%d", "%Y-%m-%d 00:00:00"]
REFERENCE = "（参考）"
"""begins the heading of a column that a workbook shows beside those to fill in; never read"""
HEADING_UNIT = re.compile(r"^(?P<title>.+?)\s*[（(](?P<unit>[^（）()]*)[）)]$")


def identifier(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def path_literal(path: Path) -> str:
    """A path as SQL writes it; what would match other names stands for itself."""
    return literal(re.sub(r"[\[*?]", lambda found: f"[{found[0]}]", str(path)))


def label(column: Column) -> str:
    """How messages call a column: by its title and by its name."""
    return column.title if column.title == column.name else f"{column.title} {column.name}"


@dataclass(frozen=True)
class Typed:
    """How a physical column becomes the dataset's: SQL for the value, and for what won't."""

    value: str
    bad: str
    """true where something is written that is not of the type"""
    missing: str
    """true where nothing is written"""
    whole: bool = False
    """the physical type itself is wrong, so that every value is"""


def typed(column: Column, physical: str, source: str, *, written: bool = True) -> Typed:
    """The SQL that turns `source`, of DuckDB type `physical`, into the column's type.

    `written` text was typed by people and may have blanks around it; text from a typed file, or
    one without such blanks, is taken as it is, which spares a pass over every string.

    `bad` speaks of the value by the column's own name, so that it is computed once: it has to
    stand where the value is at hand under that name.
    """
    if physical.startswith("ENUM"):
        source, physical = f"CAST({source} AS VARCHAR)", "VARCHAR"
    if physical == "VARCHAR" and column.type is ColumnType.TEXT and not written:
        return Typed(source, "false", f"({source} IS NULL OR {source} = '')")
    if physical == "VARCHAR":
        return _from_text(column, f"trim({source})" if written else source)
    value, bad = _convert(column, physical, source)
    missing = f"{source} IS NULL"
    if value is None:
        target = SQL_TYPES[column.type]
        empty = physical == '"NULL"'
        return Typed(f"CAST(NULL AS {target})", "false" if empty else f"{source} IS NOT NULL",
                     missing, whole=not empty)
    return Typed(value, bad, missing)


def _scale(column: Column) -> int:
    return column.unit.yuan if column.unit else 1


def _convert(column: Column, physical: str, source: str) -> tuple[str | None, str]:
    kind = column.type
    exact = "false"
    if kind is ColumnType.DATE:
        if physical == "DATE":
            return source, exact
        if physical in {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"}:
            day = f"CAST({source} AS DATE)"
            return day, f"{source} <> CAST({day} AS {physical})"
    elif kind is ColumnType.INTEGER:
        if physical in INTEGERS:
            return (source if physical == "BIGINT" else f"CAST({source} AS BIGINT)"), exact
        if physical in WIDE_INTEGERS | FLOATS or physical.startswith("DECIMAL"):
            value = f"TRY_CAST({source} AS BIGINT)"
            return value, f"({source} IS NOT NULL AND coalesce({value} <> {source}, true))"
    elif kind is ColumnType.DECIMAL:
        scale = _scale(column)
        if physical == "DECIMAL(18,2)" and scale == 1:
            return source, exact
        if physical in INTEGERS | WIDE_INTEGERS | FLOATS or physical.startswith("DECIMAL"):
            written = f"TRY_CAST({source} AS DECIMAL(38,{_places(scale)}))"
            value = f"TRY_CAST({written} * {scale} AS DECIMAL(18,2))"
            # A binary fraction is never exactly two places; what it stands for has to be.
            off = (
                f"abs(CAST({value} AS DOUBLE) / {scale} - {source})"
                f" > greatest(1e-6, abs({source}) * 1e-12)"
                if physical in FLOATS
                else f"{value} <> {source} * {scale}"
            )
            return value, f"({source} IS NOT NULL AND coalesce({off}, true))"
    elif kind is ColumnType.BOOLEAN:
        if physical == "BOOLEAN":
            return source, exact
        if physical in INTEGERS:
            return f"CAST({source} AS BOOLEAN)", f"{source} NOT IN (0, 1)"
    return None, ""


def _places(scale: int) -> int:
    """Decimal places of an amount written in a larger unit, down to the cent."""
    return 1 + len(str(scale))


def _from_text(column: Column, text: str) -> Typed:
    missing = f"coalesce({text}, '') = ''"
    if column.type is ColumnType.TEXT:
        return Typed(f"nullif({text}, '')", "false", missing)
    if column.type is ColumnType.DATE:
        formats = "[" + ", ".join(literal(f) for f in DATE_FORMATS) + "]"
        # Nearly every date is written 2026-09-30, and a cast is ten times faster than a format.
        value = (
            f"CASE WHEN {text} IS NOT NULL THEN coalesce("
            f"CASE WHEN {text} LIKE '____-__-__' THEN TRY_CAST({text} AS DATE)"
            f" WHEN regexp_full_match({text}, '[0-9]{{8}}')"
            f" THEN CAST(try_strptime({text}, '%Y%m%d') AS DATE) END,"
            f" CAST(try_strptime({text}, {formats}) AS DATE)) END"
        )
    elif column.type is ColumnType.INTEGER:
        value = (
            f"CASE WHEN regexp_full_match({text}, '[+-]?[0-9]{{1,18}}')"
            f" THEN TRY_CAST({text} AS BIGINT) END"
        )
    elif column.type is ColumnType.DECIMAL:
        scale = _scale(column)
        places = _places(scale)
        number = f"TRY_CAST({text} AS DECIMAL(18,2))"
        if scale > 1:
            written = f"TRY_CAST({text} AS DECIMAL(38,{places}))"
            number = f"TRY_CAST({written} * {scale} AS DECIMAL(18,2))"
        value = (
            f"CASE WHEN regexp_full_match({text}, '[+-]?[0-9]{{1,18}}(\\.[0-9]{{0,{places}}}0*)?')"
            f" THEN {number} END"
        )
    else:
        value = (
            f"CASE WHEN lower({text}) IN ('是', 'true', '1') THEN true"
            f" WHEN lower({text}) IN ('否', 'false', '0') THEN false END"
        )
    return Typed(value, f"({identifier(column.name)} IS NULL AND NOT ({missing}))", missing)


@dataclass(frozen=True)
class Headings:
    """Where each column of a dataset stands in a file, and what is wrong with the headings."""

    columns: dict[str, int]
    """name of the dataset's column: its position in the file, from 0"""
    problems: tuple[Problem, ...]


def known_words(dataset: Dataset) -> dict[str, Column]:
    """Every word by which a column may be headed."""
    words = {}
    for column in dataset.columns:
        for word in (column.name, column.title, *column.synonyms):
            words.setdefault(word.casefold(), column)
    return words


def split_heading(heading: str) -> tuple[str, str | None]:
    """授信额度（万元） is 授信额度 and 万元."""
    heading = heading.strip()
    match = HEADING_UNIT.match(heading)
    return (match["title"], match["unit"].strip()) if match else (heading, None)


def read_headings(dataset: Dataset, headings: Sequence[str], **place) -> Headings:
    """Match a file's headings to the dataset's columns, by name, title or synonym."""
    words = known_words(dataset)
    columns: dict[str, int] = {}
    problems: list[Problem] = []
    strangers: list[str] = []
    for position, heading in enumerate(headings):
        title, unit = split_heading(heading)
        column = words.get(heading.strip().casefold()) or words.get(title.casefold())
        if column is None:
            if heading.strip() and not heading.strip().startswith(REFERENCE):
                strangers.append(heading.strip())
            continue
        if column.name in columns:
            first = headings[columns[column.name]].strip()
            problems.append(Problem(
                Code.COLUMN_TWICE,
                f"“{first}”和“{heading.strip()}”两列都是「{column.title}」",
                field=label(column), allowed="每列只出现一次", mend="删掉其中一列", **place,
            ))
            continue
        columns[column.name] = position
        wrong = column.unit and unit in list(MoneyUnit) and unit != column.unit
        if wrong:
            problems.append(Problem(
                Code.WRONG_MONEY_UNIT,
                f"表头写的是“{heading.strip()}”，这一列要按{column.unit}填",
                field=label(column), allowed=f"单位：{column.unit}",
                mend=f"把整列换算成{column.unit}，并改正表头", **place,
            ))
    if not columns:
        # What stands there may be somebody's data, so it is not repeated.
        return Headings({}, (Problem(
            Code.MISSING_COLUMN, f"“{dataset.name}”的第一行里没有一个认得出的列名",
            allowed="、".join(c.title for c in dataset.columns),
            mend="表头放在第一行，列名用登记过的名称", **place,
        ),))
    missing = [c for c in dataset.columns if c.name not in columns]
    problems += _missing(dataset, missing, strangers, place)
    problems += _strangers(dataset, missing, strangers, place)
    return Headings(columns, tuple(problems))


def _missing(
    dataset: Dataset, missing: Iterable[Column], strangers: list[str], place: dict
) -> Iterator[Problem]:
    for column in missing:
        near = next(
            (hint for word in (column.name, column.title, *column.synonyms)
             if (hint := did_you_mean(word, strangers))),
            None,
        )
        words = "、".join((column.name, column.title, *column.synonyms))
        yield Problem(
            Code.MISSING_COLUMN,
            f"“{dataset.name}”缺少「{column.title}」这一列",
            field=label(column),
            allowed=f"列名可用：{words}",
            mend=f"补上这一列（没有内容也要保留表头）{'；文件里的 ' + near if near else ''}",
            **place,
        )


def _strangers(
    dataset: Dataset, missing: list[Column], strangers: list[str], place: dict
) -> Iterator[Problem]:
    known = [w for c in missing or dataset.columns for w in (c.name, c.title, *c.synonyms)]
    for heading in strangers:
        near = did_you_mean(heading, known)
        yield Problem(
            Code.UNKNOWN_COLUMN,
            f"“{dataset.name}”没有登记“{heading}”这一列，已忽略",
            field=heading,
            allowed="、".join(c.title for c in dataset.columns),
            mend=near or "不需要就删掉；需要就先在数据表定义里登记",
            severity=Severity.WARNING,
            **place,
        )
