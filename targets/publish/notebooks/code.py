"""Which of our own code a notebook runs: read off its imports, followed through the package."""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import targets

PACKAGE = Path(targets.__file__).resolve().parent
RESOURCES = (".otf",)
"""files beside a module that what it makes depends on"""
LIBRARIES = ("duckdb", "matplotlib", "numpy", "pandas", "pillow", "sqlglot")
"""whose version may change what a notebook shows"""


def files_used(code: Iterable[str], package: Path = PACKAGE) -> list[Path]:
    """The package's files that these pieces of code lead to, imports inside functions included."""
    queue = [name for text in code for name in _imports(_python(text), package.name, "")]
    found: dict[Path, None] = {}
    while queue:
        for path in _resolve(queue.pop(), package):
            if path not in found:
                found[path] = None
                here = ".".join((package.name, *path.relative_to(package).parent.parts))
                text = path.read_text(encoding="utf-8")
                queue.extend(_imports(text, package.name, here))
    folders = {path.parent for path in found}
    beside = (f for folder in folders for f in folder.iterdir() if f.suffix in RESOURCES)
    return sorted({*found, *beside})


def digest(code: Iterable[str], package: Path = PACKAGE) -> str:
    """Changes when the code that a notebook runs changes, the notebook's own cells aside."""
    out = hashlib.sha256()
    for path in files_used(code, package):
        out.update(f"{path.relative_to(package).as_posix()}\0".encode())
        out.update(hashlib.sha256(path.read_bytes()).digest())
    for library in LIBRARIES:
        try:
            out.update(f"{library} {version(library)}\0".encode())
        except PackageNotFoundError:
            out.update(f"{library} -\0".encode())
    return out.hexdigest()


def _python(text: str) -> str:
    """A cell without the lines that only IPython understands."""
    return "\n".join(line for line in text.splitlines() if line.lstrip()[:1] not in ("%", "!", "?"))


def _statements(body: list[ast.AST]) -> Iterator[ast.AST]:
    """Every statement, however deep; expressions hold no imports and are most of a tree."""
    for node in body:
        yield node
        for part in ("body", "orelse", "handlers", "finalbody", "cases"):
            inner = getattr(node, part, None)
            if isinstance(inner, list):
                yield from _statements(inner)


@lru_cache(maxsize=512)
def _imports(text: str, package: str, here: str) -> tuple[str, ...]:
    """Dotted names that the code imports from the package. `here` is its own package."""
    try:
        tree = ast.parse(text)
    except SyntaxError:  # the notebook will say so itself when it is executed
        return ()
    out = []
    for node in _statements(tree.body):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = here.split(".")[: len(here.split(".")) - node.level + 1]
                base = ".".join((*parts, base)) if base else ".".join(parts)
            # a name may be a module or something in one: both are looked for
            names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        else:
            continue
        out += [n for n in names if n == package or n.startswith(f"{package}.")]
    return tuple(out)


def _resolve(name: str, package: Path) -> Iterator[Path]:
    """The files that importing a dotted name runs: its packages from the top, and itself."""
    here = package
    yield from _existing(here / "__init__.py")
    for part in name.split(".")[1:]:
        yield from _existing(here / f"{part}.py")
        here = here / part
        yield from _existing(here / "__init__.py")


def _existing(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
