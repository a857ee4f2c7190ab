"""The same recurrences by plain dateutil: for every duty and unit, its RRULE expanded.

python benchmarks/calendar_by_dateutil.py RULES FIRST LAST
RULES is a JSON list of [duty, RRULE, how many units carry it].
"""

import json
import sys
from datetime import datetime
from pathlib import Path

from dateutil.rrule import rrulestr

rules, first, last = sys.argv[1:4]
first, last = datetime.fromisoformat(first), datetime.fromisoformat(last)
count = 0
for _, text, units in json.loads(Path(rules).read_text(encoding="utf-8")):
    for _ in range(units):
        expanded = rrulestr(text, dtstart=first).between(first, last, inc=True)
        count += sum(day < last for day in expanded)
print(count)
