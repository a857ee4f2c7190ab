"""The sample bank's rows as another system might keep them: other names, codes, units and dates."""

from pathlib import Path

import duckdb
import pyarrow as pa

TABLES = {
    "商户信息": """
        SELECT strftime(data_date, '%Y%m') AS "统计月", 'B' || unit_code AS "BR_NO",
               site_code AS xmbh, merchant_id AS "商户号",
               coalesce(strftime(profiled_on, '%Y%m%d'), '00000000') AS jdrq,
               coalesce(strftime(customer_since, '%Y%m%d')::INTEGER, 0) AS khrq,
               served_on::TIMESTAMP AS fwsj,
               (credit_line / 10000)::DECIMAL(20, 6) AS "额度", 'x' AS etl_batch
        FROM merchants""",
    "网点": """
        SELECT data_date, unit_code, outlet_code, CASE WHEN owned THEN 'Y' ELSE 'N' END AS zy,
               vi_standard::INTEGER AS vi_standard, deposit_device, renovated_years::SMALLINT AS nx,
               CASE low_output WHEN true THEN '是' WHEN false THEN '否' ELSE '' END AS low_output,
               CASE star WHEN '五星级' THEN 5 WHEN '四星级' THEN 4 WHEN '三星级' THEN 3
                    WHEN '二星级' THEN 2 END AS xj, adjusting
        FROM outlets""",
    "放款": """
        SELECT strftime(data_date, '%Y年%m月%d日') AS rq, unit_code, loan_id,
               strftime(granted_on, '%Y/%m/%d') AS granted_on, due_on, settled_on,
               (principal / 100000000)::DECIMAL(28, 10) AS bj,
               CASE renewal WHEN '无' THEN '0' WHEN '展期' THEN '1' ELSE '借新还旧' END AS renewal,
               risk_class, banned_industry, accountable_on
        FROM new_loans""",
    "reported": """
        SELECT data_date, unit_code, code, CAST(value AS VARCHAR) AS value FROM reported""",
}
SOURCE = """sample: true
tables:
  merchants:
    from: {merchants}
    columns:
      data_date: {{column: 统计月, format: YYYYMM}}
      unit_code: {{column: BR_NO, codes: {{{units}}}}}
      site_code: xmbh
      merchant_id: 商户号
      profiled_on: {{column: jdrq, format: YYYYMMDD, blank: ["00000000"]}}
      customer_since: {{column: khrq, format: YYYYMMDD, blank: ["0"]}}
      served_on: fwsj
      credit_line: {{column: 额度, unit: 万元}}
  outlets:
    from: {outlets}
    columns:
      owned: {{column: zy, codes: {{Y: 是, N: 否}}}}
      renovated_years: nx
      star: {{column: xj, codes: {{"5": 五星级, "4": 四星级, "3": 三星级, "2": 二星级}}}}
  new_loans:
    from: {loans}
    columns:
      data_date: {{column: rq, format: YYYY年MM月DD日}}
      granted_on: {{column: granted_on, format: YYYY/MM/DD}}
      principal: {{column: bj, unit: 亿元}}
      renewal: {{column: renewal, codes: {{"0": 无, "1": 展期}}, others: keep}}
"""
REPLACED = ("merchants", "outlets", "new_loans", "reported")


def tables(own: dict[str, pa.Table]) -> dict[str, pa.Table]:
    """Our tables, some of them in the other system's shape."""
    with duckdb.connect() as con:
        for name, table in own.items():
            con.register(name, table)
        made = {name: con.sql(query).to_arrow_table() for name, query in TABLES.items()}
    return {n: t for n, t in own.items() if n not in REPLACED} | made


def source(path: Path, units, prefix: str = "") -> Path:
    """The source file that says what is what."""
    pairs = ", ".join(f'B{u.code}: "{u.code}"' for u in units)
    path.write_text(SOURCE.format(
        merchants=f"{prefix}商户信息", outlets=f"{prefix}网点", loans=f"{prefix}放款", units=pairs,
    ), encoding="utf-8")
    return path
