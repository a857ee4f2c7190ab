"""The reporting calendar: working days, due dates, feeds."""
