"""Due dates of every unit of a definitions folder over a window, unit by unit.

python -m benchmarks.calendar_of_units DEFINITIONS FIRST LAST [RULES]
With RULES, a JSON list that begins each row with a duty's id, of these duties alone.
"""

import json
import sys
from datetime import date
from pathlib import Path

from targets.calendar import Calendar
from targets.catalog import load
from targets.schema.organisation import Unit

folder, first, last, *rules = sys.argv[1:]
catalog = load(Path(folder))
ids = [row[0] for row in json.loads(Path(rules[0]).read_text(encoding="utf-8"))] if rules else None
calendar = Calendar(catalog, duties=ids and map(catalog.get, ids))
window = date.fromisoformat(first), date.fromisoformat(last)
print(sum(len(found) for _, found in calendar.of_units(catalog.all(Unit), *window)))
