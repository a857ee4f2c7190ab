"""A merchants roster of any length, made once and verified like any data that is sent in.

python -m benchmarks.roster FOLDER ROWS DEFINITIONS SETTINGS makes it and writes down what the
programs that are compared have to know. A process of its own: verifying takes memory, and what is
measured starts with as much as the process that starts it.
"""

import json
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb

from targets.assessment.readings import roll_up_members
from targets.branchdata import reported_codes, write_manifest
from targets.branchdata.sample import reporting_units
from targets.catalog import Catalog, load
from targets.periods import month_end
from targets.schema.criteria import AtLeast, Level
from targets.schema.measures import Dataset, Metric, RatioMeasure
from targets.schema.organisation import SiteKind, Unit
from targets.schema.targets import Target

MONTHS = 24
SITES_PER_UNIT = 16
LAST = date(2026, 9, 30)
# a member's fate is drawn from the hash of who it is, so that every run makes the same rows
ROWS = """
CREATE TABLE sites AS
SELECT u.code AS unit_code, u.code || 'M' || s AS site_code, u.opened
FROM units AS u, range({sites}) AS r(s);

CREATE TABLE months AS
SELECT day AS data_date, (row_number() OVER (ORDER BY day) - 1) / {months} AS elapsed
FROM days;

COPY (
  SELECT data_date, unit_code, site_code, name: '基准市场' || site_code, kind: 'market'
  FROM sites, months WHERE opened <= data_date ORDER BY ALL
) TO '{folder}/sites.parquet' (COMPRESSION zstd);

COPY (
  SELECT data_date, unit_code, site_code,
    site_code || '-' || lpad(m::VARCHAR, 5, '0') AS merchant_id,
    CASE WHEN p < 0.3 + 0.5 * elapsed * pull THEN data_date - (h // 7 % 900)::INTEGER END
      AS profiled_on,
    CASE WHEN c < 0.2 + 0.4 * elapsed * pull THEN data_date - (h // 11 % 900)::INTEGER END
      AS customer_since,
    CASE WHEN p < 0.9 THEN data_date - (h // 13 % 60)::INTEGER END AS served_on,
    CASE WHEN c < 0.05 + 0.2 * elapsed * pull THEN (1 + h % 50) * 10000 END::DECIMAL(18, 2)
      AS credit_line
  FROM (
    SELECT *, hash(site_code, m) AS h, (hash(site_code, m, 'p') % 10000) / 10000 AS p,
      (hash(site_code, m, 'c') % 10000) / 10000 AS c,
      0.4 + (hash(site_code) % 100) / 100 AS pull
    FROM sites, range({members}) AS r(m), months
    WHERE opened <= data_date
  )
  ORDER BY data_date, unit_code, site_code, m
) TO '{folder}/merchants.parquet' (COMPRESSION zstd);
"""
CONDITIONS = {
    "profiled_on is not null": "profiled",
    "customer_since is not null": "covered",
    "credit_line > 0": "credited",
    "served_on is not null": "served",
}


def days() -> list[date]:
    """The month-ends of the roster."""
    return [month_end(LAST.year, LAST.month - i) for i in range(MONTHS)][::-1]


def make(folder: Path, catalog: Catalog, rows: int) -> None:
    """The folder with at least so many rows and a manifest that vouches for them."""
    units = reporting_units(catalog.all(Unit))
    if not (folder / "merchants.parquet").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        with duckdb.connect() as con:
            con.execute("CREATE TABLE units (code VARCHAR, opened DATE)")
            con.executemany(
                "INSERT INTO units VALUES (?, ?)",
                [(u.code, u.opened or date(2000, 1, 1)) for u in units],
            )
            con.execute("CREATE TABLE days (day DATE)")
            con.executemany("INSERT INTO days VALUES (?)", [(day,) for day in days()])
            rosters = sum(u.opened is None or u.opened <= day for u in units for day in days())
            members = -(-rows // (rosters * SITES_PER_UNIT))
            con.execute(ROWS.format(
                folder=folder, sites=SITES_PER_UNIT, months=MONTHS, members=members
            ))
    # the definitions may have changed since: what vouches for the rows has to be of today
    write_manifest(
        folder,
        catalog.all(Dataset),
        catalog.all(Unit),
        codes=reported_codes(catalog.all(Metric)),
        today=LAST,
        sample=True,
    )


def rates(catalog: Catalog) -> Iterator[tuple[str, Target]]:
    """The targets about a share of the merchants, each with what is counted of them."""
    for target in catalog.all(Target):
        for metric_id, part in target.parts:
            measure = catalog.get(metric_id).measure
            if (
                isinstance(measure, RatioMeasure)
                and target.scope.site_kind is SiteKind.MARKET
                and isinstance(part.quantity, Level)
            ):
                yield CONDITIONS[measure.numerator.where], target


def settings(catalog: Catalog) -> dict:
    """What the programs written by hand have to know of the bank and its targets."""
    asked = dict(rates(catalog))
    return {
        "day": LAST.isoformat(),
        "tree": [
            (catalog.units_by_code[subject].level.value, subject, member)
            for subject, members in roll_up_members(catalog).items()
            for member in members
        ],
        "targets": {target.id: name for name, target in asked.items()},
        "thresholds": {
            name: int(target.criterion.test.values[0].value) for name, target in asked.items()
            if isinstance(target.criterion.test, AtLeast)
        },
    }


if __name__ == "__main__":
    folder, rows, definitions, output = sys.argv[1:]
    catalog = load(definitions)
    make(Path(folder), catalog, int(rows))
    Path(output).write_text(json.dumps(settings(catalog)), encoding="utf-8")
