"""What an expert would write by hand in DuckDB for the four rates of market sites.

python assess_by_sql.py SETTINGS FOLDER OUTPUT ; settings: tree, thresholds, day.
"""

import json
import sys
from pathlib import Path

import duckdb

RATES = """
CREATE TABLE fine AS
SELECT data_date, unit_code, site_code,
  count(*) AS total,
  count(profiled_on) AS profiled,
  count(customer_since) AS covered,
  count(*) FILTER (credit_line > 0) AS credited,
  count(served_on) AS served
FROM read_parquet('{folder}/merchants.parquet')
GROUP BY ALL;

CREATE TABLE counts AS
SELECT 'site' AS level, site_code AS subject, data_date, total, profiled, covered, credited, served
FROM fine
UNION ALL
SELECT tree.level, tree.subject, data_date,
  sum(total)::BIGINT, sum(profiled)::BIGINT, sum(covered)::BIGINT, sum(credited)::BIGINT,
  sum(served)::BIGINT
FROM fine JOIN tree ON tree.member = fine.unit_code
GROUP BY ALL;

CREATE TABLE rates AS
SELECT level, subject, data_date, rate, part, total, 100.0 * part / total AS value
FROM (UNPIVOT counts ON profiled, covered, credited, served INTO NAME rate VALUE part);

CREATE TABLE judged AS
SELECT now.level, now.subject, now.rate, now.part, now.total, now.value,
  now.part * 100 >= thresholds.value * now.total AS met,
  CASE WHEN thresholds.value IS NOT NULL
    THEN greatest(0, ceil(thresholds.value * now.total / 100) - now.part)::BIGINT END AS to_go,
  now.value - month.value AS mom, now.value - year.value AS yoy, now.value - january.value AS ytd,
  rank() OVER (PARTITION BY now.level, now.rate ORDER BY now.part / now.total DESC) AS place
FROM rates AS now
LEFT JOIN thresholds USING (rate)
LEFT JOIN rates AS month ON (month.level, month.subject, month.rate, month.data_date)
  = (now.level, now.subject, now.rate, last_day(now.data_date - INTERVAL 1 MONTH))
LEFT JOIN rates AS year ON (year.level, year.subject, year.rate, year.data_date)
  = (now.level, now.subject, now.rate, last_day(now.data_date - INTERVAL 1 YEAR))
LEFT JOIN rates AS january ON (january.level, january.subject, january.rate, january.data_date)
  = (now.level, now.subject, now.rate, make_date(year(now.data_date) - 1, 12, 31))
WHERE now.data_date = DATE '{day}';

COPY (SELECT * FROM judged ORDER BY rate, level, subject) TO '{output}' (HEADER);
"""


def main(settings: Path, folder: Path, output: Path) -> None:
    known = json.loads(settings.read_text(encoding="utf-8"))
    with duckdb.connect(config={"preserve_insertion_order": False}) as con:
        con.execute("CREATE TABLE tree (level VARCHAR, subject VARCHAR, member VARCHAR)")
        con.executemany("INSERT INTO tree VALUES (?, ?, ?)", known["tree"])
        con.execute("CREATE TABLE thresholds (rate VARCHAR, value INTEGER)")
        con.executemany("INSERT INTO thresholds VALUES (?, ?)", list(known["thresholds"].items()))
        con.execute(RATES.format(folder=folder, day=known["day"], output=output))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
