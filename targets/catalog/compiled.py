"""What a catalogue's expressions come to in SQL, each looked at once and kept with the catalogue.

The SQL is sqlglot's own with every name quoted, which DuckDB reads as it is: an assessment of
definitions that were checked before need not load the parser.
"""

from collections.abc import Iterable

from targets.schema.criteria import Boundary
from targets.schema.measures import Dataset
from targets.schema.rules import Rule

from .conditions import RuleConditions, rule_conditions, unsaid
from .expressions import row_condition
from .said import told


class Compiled:
    """Conditions in SQL and in words, by where they are written."""

    def __init__(self) -> None:
        self._conditions: dict[tuple[str, str], str] = {}
        self._rules: dict[tuple[str, Boundary | None], RuleConditions] = {}
        self._told: dict[str, tuple[str | None, str | None]] = {}

    def condition(self, text: str, dataset: Dataset) -> str:
        """A row condition in SQL. Raises ExpressionError."""
        key = (dataset.id, text)
        if key not in self._conditions:
            self._conditions[key] = row_condition(text, dataset).sql(identify=True)
        return self._conditions[key]

    def conditions(self, texts: Iterable[str | None], dataset: Dataset) -> str | None:
        """Row conditions joined with and; None where there is none. Raises ExpressionError."""
        asked = [self.condition(text, dataset) for text in texts if text]
        if len(asked) > 1:
            asked = [f"({one})" for one in asked]
        return " AND ".join(asked) or None

    def rule(
        self, rule: Rule, dataset: Dataset, decided: Boundary | None = None
    ) -> RuleConditions:
        """The conditions of a rule that has some. They have passed `conditions.faults`.

        decided: what the bank settled about limits whose source does not say.
        """
        key = (rule.id, decided if unsaid(rule.body) else None)
        if key not in self._rules:
            self._rules[key] = rule_conditions(rule.body, dataset, decided)
        return self._rules[key]

    def told(self, rule: Rule, dataset: Dataset) -> tuple[str | None, str | None]:
        """(which rows fall under the rule, which of them break it), in words; None: all, none."""
        if rule.id not in self._told:
            self._told[rule.id] = told(rule.body, dataset)
        return self._told[rule.id]

    def all_of(self, rule: Rule, dataset: Dataset) -> None:
        """Look at everything that may be asked about a rule."""
        for decided in (None, Boundary.INCLUDED, Boundary.EXCLUDED):
            self.rule(rule, dataset, decided)
        self.told(rule, dataset)
