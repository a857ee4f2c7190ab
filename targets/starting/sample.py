"""Invented data for a new knowledge base: one roster of merchants at four month-ends."""

import csv
from datetime import date
from pathlib import Path

LAST = date(2026, 9, 30)
DAYS = (date(2025, 12, 31), date(2026, 7, 31), date(2026, 8, 31), LAST)
# unit code: merchants on the roster, and how many of them have a file on each day
STORIES = {"0100": (40, (24, 27, 29, 31)), "0200": (60, (30, 33, 35, 36))}


def write_sample(folder: Path) -> None:
    """CSV with a byte order mark, as spreadsheets need it to show Chinese."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "merchants.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["data_date", "unit_code", "merchant_id", "profiled"])
        for i, day in enumerate(DAYS):
            for unit, (merchants, profiled) in STORIES.items():
                for n in range(merchants):
                    writer.writerow([
                        day, unit, f"M{unit}{n + 1:03d}", str(n < profiled[i]).lower()
                    ])
