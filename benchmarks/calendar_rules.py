"""The duties that have one RRULE throughout, with how many units carry each, as JSON.

python -m benchmarks.calendar_rules DEFINITIONS OUTPUT

A process of its own: what is measured starts with as much memory as the process that starts it.
"""

import json
import sys
from pathlib import Path

from targets.calendar import Calendar
from targets.calendar.rrules import rrule
from targets.catalog import load

folder, output = sys.argv[1:]
calendar = Calendar(load(Path(folder)))
rules = [
    (duty.id, text, len(calendar.units(duty)))
    for duty in calendar.duties
    if (text := rrule(duty).text)
    and len(calendar.history(duty)) == len(calendar.carriers(duty)) == 1
]
Path(output).write_text(json.dumps(rules), encoding="utf-8")
