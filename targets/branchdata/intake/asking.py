"""Questions to the branch, and its answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from targets.problems import Code, Problem, Severity

from .model import Question


@dataclass
class Desk:
    """Where notices are collected and questions asked while a sheet is read."""

    answers: Mapping[str, str]
    notices: list[Problem] = field(default_factory=list)
    questions: dict[str, Question] = field(default_factory=dict)
    last: Problem | None = None
    """how the question was asked that has just gone unanswered"""

    def say(self, problem: Problem) -> None:
        self.notices.append(problem)

    def ask(self, key: str, problem: Problem, choices: Mapping[str, str], *,
            also: Callable[[str], object] | None = None) -> str | None:
        """The answer if there is one; otherwise the question is kept. `also` accepts others."""
        answer = self.answers.get(key)
        if answer is not None:
            if answer in choices or (also and also(answer)):
                return answer
            self.say(Problem(
                Code.BAD_ANSWER, f"问题“{key}”的答复“{answer}”不在可选之列", file=problem.file,
                sheet=problem.sheet, allowed="、".join(choices), mend="从中选一个",
                severity=Severity.ERROR,
            ))
        self.questions.setdefault(key, Question(key, problem, dict(choices)))
        self.last = self.questions[key].problem
        return None
