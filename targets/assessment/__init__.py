"""Readings judged against targets: phase one where the rows are, phase two local and exact."""

from typing import TYPE_CHECKING

from .findings import Finding, RuleFinding, Status, Subject

if TYPE_CHECKING:
    from .assess import Assessment, assess, counts_by_status

__all__ = [
    "Assessment", "Finding", "RuleFinding", "Status", "Subject", "assess", "counts_by_status",
]


def __getattr__(name: str):
    # who only reads findings, as a build of the site does, need not wait for the engines
    if name in ("Assessment", "assess", "counts_by_status"):
        from importlib import import_module

        module = import_module(".assess", __name__)
        globals().update({n: getattr(module, n) for n in ("Assessment", "counts_by_status")})
        globals()["assess"] = module.assess
        return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
