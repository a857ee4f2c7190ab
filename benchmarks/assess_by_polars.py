"""The four rates of market sites in plain Polars, streamed.

python assess_by_polars.py SETTINGS FOLDER OUTPUT ; settings: tree, thresholds, day.
"""

import json
import sys
from datetime import date
from pathlib import Path

import polars as pl

PARTS = ["profiled", "covered", "credited", "served"]


def main(settings: Path, folder: Path, output: Path) -> None:
    known = json.loads(settings.read_text(encoding="utf-8"))
    fine = (
        pl.scan_parquet(folder / "merchants.parquet")
        .group_by("data_date", "unit_code", "site_code")
        .agg(
            pl.len().cast(pl.Int64).alias("total"),
            pl.col("profiled_on").is_not_null().sum().cast(pl.Int64).alias("profiled"),
            pl.col("customer_since").is_not_null().sum().cast(pl.Int64).alias("covered"),
            (pl.col("credit_line") > 0).sum().cast(pl.Int64).alias("credited"),
            pl.col("served_on").is_not_null().sum().cast(pl.Int64).alias("served"),
        )
        .collect(engine="streaming")
    )
    tree = pl.DataFrame(known["tree"], schema=["level", "subject", "unit_code"], orient="row")
    above = (
        fine.join(tree, on="unit_code")
        .group_by("level", "subject", "data_date")
        .agg(pl.col("total", *PARTS).sum())
    )
    sites = fine.select(
        pl.lit("site").alias("level"), pl.col("site_code").alias("subject"),
        "data_date", "total", *PARTS,
    )
    rates = pl.concat([sites, above]).unpivot(
        PARTS, index=["level", "subject", "data_date", "total"],
        variable_name="rate", value_name="part",
    ).with_columns((100 * pl.col("part") / pl.col("total")).alias("value"))

    day = date.fromisoformat(known["day"])
    same = ["level", "subject", "rate"]
    threshold = pl.col("rate").replace_strict(
        known["thresholds"], default=None, return_dtype=pl.Int64
    )
    judged = rates.filter(pl.col("data_date") == day).with_columns(
        (pl.col("part") * 100 >= threshold * pl.col("total")).alias("met"),
        (-(-threshold * pl.col("total") // 100) - pl.col("part")).clip(0).alias("to_go"),
        pl.col("value").rank("min", descending=True).over("level", "rate").alias("place"),
    )
    for name, base in (
        ("mom", pl.lit(day).dt.offset_by("-1mo").dt.month_end()),
        ("yoy", pl.lit(day).dt.offset_by("-1y").dt.month_end()),
        ("ytd", pl.lit(date(day.year - 1, 12, 31))),
    ):
        before = rates.filter(pl.col("data_date") == base).select(
            *same, pl.col("value").alias("before")
        )
        judged = judged.join(before, on=same, how="left").with_columns(
            (pl.col("value") - pl.col("before")).alias(name)
        ).drop("before")
    judged.drop("data_date").sort("rate", "level", "subject").write_csv(output)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
