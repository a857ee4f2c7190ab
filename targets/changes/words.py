"""Values of records in the words that people read, whichever kind they are."""

from datetime import date, time
from decimal import Decimal

from targets import wording
from targets.catalog import Catalog
from targets.schema.base import Labelled, Model, Place
from targets.schema.criteria import DatedRange, DatedValue
from targets.schema.targets import DecisionChange, Target

from .natural import short_label

_DECISION_CHANGES = DecisionChange.__origin__.__args__


class Words:
    """Speaks for the records of one state; `metric` and `quantity` give bare numbers a unit."""

    def __init__(self, catalog: Catalog):
        self.catalog = catalog

    def name(self, record_id: str) -> str:
        record = self.catalog.records.get(record_id)
        return record.name if record else record_id

    def metric_of(self, target_id: str, part: int):
        target = self.catalog.records.get(target_id)
        if not isinstance(target, Target) or part > len(target.parts):
            return None, None
        metric, single = target.parts[part - 1]
        return self.catalog.records.get(metric), single.quantity

    def decided(self, change) -> str:
        """One change of a decision."""
        return wording.change(change, self.name, self.metric_of)

    def said(self, value: object, metric=None, quantity=None) -> str | None:
        """A value on one line; None for nothing."""
        match value:
            case None:
                return None
            case bool():
                return "是" if value else "否"
            case Labelled():
                return value.label
            case Decimal() | int():
                return wording.value(value, metric, quantity) if metric else wording.number(value)
            case date():
                return wording.day(value)
            case time():
                return f"{value:%H:%M}"
            case str():
                return self.name(value)
            case tuple():
                return "、".join(self.said(v, metric, quantity) or "" for v in value) or None
            case dict():
                return "、".join(f"{self.name(k)} {self.said(v)}" for k, v in value.items()) or None
            case DatedValue() | DatedRange():
                since = f"（{wording.day(value.since)}起）" if value.since else ""
                return wording.dated_value(value, metric, quantity) + since
            case Place():
                return self._place(value)
        if isinstance(value, _DECISION_CHANGES):
            return self.decided(value)
        if isinstance(value, Model):
            return wording.phrase(value, self.name) or self._model(value)
        return str(value)

    def _place(self, place: Place) -> str:
        known = place.clause in self.catalog.records
        where = self.catalog.citation(place.clause) if known else place.clause
        return where + (f"（{place.commitment.label}）" if place.commitment else "")

    def _model(self, model: Model) -> str:
        named = getattr(model, "name", None)
        told = [named] if named else []
        for name, info in type(model).model_fields.items():
            value = getattr(model, name)
            if name in ("kind", "to", "name") or value in (info.default, None, ()):
                continue
            told.append(f"{short_label(info.description, name)} {self.said(value)}")
        return "，".join(told) or str(getattr(model, "kind", "有"))
