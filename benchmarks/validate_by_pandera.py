"""The same rules of the merchants' table in pandera.

python validate_by_pandera.py pandas|polars FOLDER TODAY SETTINGS ; settings: units, maximum.
Prints `rows N` when every row passes, else the codes of the rules that are broken.
"""

import json
import re
import sys
from datetime import date
from pathlib import Path

DATES = ["data_date", "profiled_on", "customer_since", "served_on"]
TEXTS = ["unit_code", "site_code", "merchant_id"]
KEY = ["data_date", "site_code", "merchant_id"]
CODES = {
    "not_nullable": "B104", "in_range": "B105", "after": "B106", "future": "B106",
    "site_of_other": "B113", "key": "B107", "month_end": "B114",
}
UNKNOWN = {"unit_code": "B108", "site_code": "B109"}


def by_pandas(folder: Path, today: date, known: dict):
    import pandas as pd
    import pandera.pandas as pa

    rows = pd.read_csv(
        folder / "merchants.csv", dtype=dict.fromkeys(TEXTS, "string[pyarrow]"),
        parse_dates=DATES, date_format="%Y-%m-%d",
    )
    sites = pd.read_csv(folder / "sites.csv", dtype="string", usecols=["unit_code", "site_code"])
    owner = sites.drop_duplicates().set_index("site_code")["unit_code"]
    day = pd.Timestamp(today)

    def not_after(column: str) -> pa.Check:
        return pa.Check(
            lambda df: df[column].isna() | (df[column] <= df["data_date"]), name="after"
        )

    schema = pa.DataFrameSchema(
        {
            "data_date": pa.Column("datetime64[us]", [
                pa.Check(lambda s: s <= day, name="future"),
                pa.Check(lambda s: s.dt.is_month_end, name="month_end"),
            ], coerce=True),
            "unit_code": pa.Column(str, pa.Check.isin(known["units"]), coerce=False),
            "site_code": pa.Column(str, pa.Check.isin(list(owner.index))),
            "merchant_id": pa.Column(str),
            **{name: pa.Column("datetime64[us]", nullable=True, coerce=True)
               for name in DATES[1:]},
            "credit_line": pa.Column(
                float, pa.Check.in_range(0, known["maximum"], name="in_range"), nullable=True,
                coerce=True,
            ),
        },
        checks=[
            *map(not_after, DATES[1:]),
            pa.Check(lambda df: ~df.duplicated(KEY, keep=False), name="key"),
            pa.Check(lambda df: df["site_code"].map(owner).fillna("") == df["unit_code"].fillna(""),
                     name="site_of_other"),
        ],
    )
    return rows, schema, pa.errors.SchemaErrors


def by_polars(folder: Path, today: date, known: dict):
    import pandera.polars as pa
    import polars as pl

    rows = pl.read_csv(
        folder / "merchants.csv",
        schema_overrides=dict.fromkeys(TEXTS, pl.String) | dict.fromkeys(DATES, pl.Date)
        | {"credit_line": pl.Float64},
    )
    sites = pl.read_csv(
        folder / "sites.csv", columns=["unit_code", "site_code"],
        schema_overrides={"unit_code": pl.String},
    ).unique()
    owner = dict(sites.select("site_code", "unit_code").iter_rows())

    def check(name: str, expression: pl.Expr) -> pa.Check:
        return pa.Check(lambda data: data.lazyframe.select(expression.fill_null(True)), name=name)

    schema = pa.DataFrameSchema(
        {
            "data_date": pa.Column(pl.Date, [
                pa.Check(lambda d: d.lazyframe.select(pl.col(d.key) <= today), name="future"),
                check("month_end", pl.col("data_date") == pl.col("data_date").dt.month_end()),
            ]),
            "unit_code": pa.Column(pl.String, pa.Check.isin(known["units"])),
            "site_code": pa.Column(pl.String, pa.Check.isin(list(owner))),
            "merchant_id": pa.Column(pl.String),
            **{name: pa.Column(pl.Date, nullable=True) for name in DATES[1:]},
            "credit_line": pa.Column(
                pl.Float64, pa.Check.in_range(0, known["maximum"], name="in_range"), nullable=True
            ),
        },
        checks=[
            *(check("after", pl.col(c) <= pl.col("data_date")) for c in DATES[1:]),
            check("key", ~pl.struct(KEY).is_duplicated()),
            check("site_of_other",
                  pl.col("site_code").replace_strict(owner, default=None) == pl.col("unit_code")),
        ],
    )
    return rows, schema, pa.errors.SchemaErrors


def main(engine: str, folder: Path, today: date, settings: Path) -> None:
    known = json.loads(settings.read_text(encoding="utf-8"))
    rows, schema, errors = {"pandas": by_pandas, "polars": by_polars}[engine](folder, today, known)
    try:
        schema.validate(rows, lazy=True)
        print("rows", len(rows))
    except errors as found:
        cases = found.failure_cases
        failed = set(zip(map(str, cases["check"]), map(str, cases["column"]), strict=True))
        print("\n".join(sorted({_code(check, column) for check, column in failed})))


def _code(check: str, column: str) -> str:
    name = re.split(r"\W", check)[0]
    return UNKNOWN[column] if name == "isin" else CODES.get(name, name)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), date.fromisoformat(sys.argv[3]), Path(sys.argv[4]))
