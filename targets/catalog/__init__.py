"""Definitions on disk -> one linked, checked catalogue."""

from .cache import default_cache
from .catalog import Catalog
from .load import DEFAULT_FOLDER, inspect, load

__all__ = ["DEFAULT_FOLDER", "Catalog", "default_cache", "inspect", "load"]
