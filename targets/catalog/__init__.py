"""Definitions on disk -> one linked, checked catalogue."""

from .cache import default_cache
from .catalog import Catalog
from .load import DEFAULT_FOLDER, inspect, load
from .place import definitions_folder

__all__ = [
    "DEFAULT_FOLDER", "Catalog", "default_cache", "definitions_folder", "inspect", "load",
]
