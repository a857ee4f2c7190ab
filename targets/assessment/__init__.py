"""Readings judged against targets: phase one where the rows are, phase two local and exact."""

from .assess import Assessment, assess, counts_by_status
from .findings import Finding, Status, Subject

__all__ = ["Assessment", "Finding", "Status", "Subject", "assess", "counts_by_status"]
