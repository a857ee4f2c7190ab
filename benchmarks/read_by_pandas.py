"""Reading a branch's workbook with pandas and openpyxl: python read_by_pandas.py FILE"""

import sys

import pandas as pd


def main(path: str) -> None:
    book = pd.read_excel(path, sheet_name=None, engine="openpyxl", dtype={"机构代码": str})
    rows = book["市场园区商户清单"]
    print(len(rows), f"{rows['授信额度'].sum():.2f}")


if __name__ == "__main__":
    main(sys.argv[1])
