"""The reporting calendar: working days, due dates, feeds."""

from .occurrences import Calendar, Flag, Occurrence, occurrences
from .workdays import Workdays

__all__ = ["Calendar", "Flag", "Occurrence", "Workdays", "occurrences"]
