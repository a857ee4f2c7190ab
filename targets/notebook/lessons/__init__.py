"""Lessons: what a class is shown and asked, computed from the handbook at hand."""

from .clause_to_result import ClauseToResult

__all__ = ["ClauseToResult"]
