"""The four rates of market sites in plain pandas.

python assess_by_pandas.py SETTINGS FOLDER OUTPUT ; settings: tree, thresholds, day.
"""

import json
import sys
from pathlib import Path

import pandas as pd

PARTS = ["profiled", "covered", "credited", "served"]
COLUMNS = ["data_date", "unit_code", "site_code", "profiled_on", "customer_since", "credit_line",
           "served_on"]


def main(settings: Path, folder: Path, output: Path) -> None:
    known = json.loads(settings.read_text(encoding="utf-8"))
    rows = pd.read_parquet(folder / "merchants.parquet", columns=COLUMNS)
    rows = rows.assign(
        total=1,
        profiled=rows["profiled_on"].notna(),
        covered=rows["customer_since"].notna(),
        credited=rows["credit_line"].fillna(0) > 0,
        served=rows["served_on"].notna(),
    )
    keys = ["data_date", "unit_code", "site_code"]
    fine = rows.groupby(keys, observed=True)[["total", *PARTS]].sum().reset_index()
    fine["data_date"] = pd.to_datetime(fine["data_date"])

    tree = pd.DataFrame(known["tree"], columns=["level", "subject", "unit_code"])
    above = fine.merge(tree, on="unit_code").drop(columns=["unit_code", "site_code"])
    above = above.groupby(["level", "subject", "data_date"]).sum().reset_index()
    sites = fine.drop(columns="unit_code").rename(columns={"site_code": "subject"})
    counts = pd.concat([sites.assign(level="site"), above])
    rates = counts.melt(
        ["level", "subject", "data_date", "total"], PARTS, var_name="rate", value_name="part"
    )
    rates["value"] = 100 * rates["part"] / rates["total"]

    day = pd.Timestamp(known["day"])
    judged = rates[rates["data_date"] == day].copy()
    threshold = judged["rate"].map(known["thresholds"]).astype("Int64")
    judged["met"] = judged["part"] * 100 >= threshold * judged["total"]
    needed = -(-threshold * judged["total"] // 100)
    judged["to_go"] = (needed - judged["part"]).clip(lower=0)
    same = ["level", "subject", "rate"]
    end = pd.offsets.MonthEnd
    for name, base in (
        ("mom", day - end(1)), ("yoy", day - end(12)), ("ytd", pd.Timestamp(day.year - 1, 12, 31)),
    ):
        before = rates[rates["data_date"] == base].set_index(same)["value"]
        judged[name] = judged["value"] - judged.set_index(same).index.map(before)
    judged["place"] = judged.groupby(["level", "rate"])["value"].rank(
        method="min", ascending=False
    ).astype(int)
    judged.drop(columns="data_date").sort_values(["rate", "level", "subject"]).to_csv(
        output, index=False
    )


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
