"""Definitions on disk -> one linked, checked catalogue."""

from .catalog import Catalog
from .load import DEFAULT_FOLDER, inspect, load

__all__ = ["DEFAULT_FOLDER", "Catalog", "inspect", "load"]
