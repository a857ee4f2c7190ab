"""The cache spares time and never changes an answer."""

import importlib
import pickle
from pathlib import Path
from textwrap import dedent

import pytest

from targets.catalog import cache as caching
from targets.catalog import default_cache, inspect, load
from targets.problems import Code
from tests.demo import BANK, DOCUMENT, PLAN, bank, write

loader = importlib.import_module("targets.catalog.load")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    bank(tmp_path / "definitions")
    return tmp_path / "definitions"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "cache.pickle"


@pytest.fixture
def read(monkeypatch) -> list[str]:
    """The names of the files that are read anew."""
    names = []
    monkeypatch.setattr(
        loader, "read_file",
        lambda raw, name, whole=loader.read_file: names.append(name) or whole(raw, name),
    )
    return names


def a_file(folder: Path) -> Path:
    return sorted(folder.rglob("*.yaml"))[-1]


class TestWhatIsKept:
    def test_the_catalogue_from_the_cache_is_the_same(self, folder, cache, read):
        first = load(folder, cache=cache)
        read.clear()
        second = load(folder, cache=cache)
        assert read == []
        assert second.records == first.records == load(folder).records
        assert second.origins == first.origins
        assert second.digest() == first.digest()

    def test_a_folder_of_one_file_is_not_taken_for_that_file(self, tmp_path, cache):
        one = write(tmp_path / "one", {"all.yaml": DOCUMENT})
        first = inspect(one, cache=cache)[1]
        assert inspect(one, cache=cache)[1] == first

    def test_only_a_changed_file_is_read_again(self, folder, cache, read):
        load(folder, cache=cache)
        read.clear()
        with a_file(folder).open("a", encoding="utf-8") as file:
            file.write("# 说明\n")
        load(folder, cache=cache)
        assert read == [a_file(folder).relative_to(folder).as_posix()]

    def test_a_problem_across_files_has_its_place_though_its_file_was_kept(self, folder, cache):
        (folder / "extra.yaml").write_text(
            "terms:\n  - id: demo.term.a\n    name: 词\n    meaning: 义\n"
            "    explained: true\n"
            "    places: [{clause: demo.clause.1}]\n", "utf-8",
        )
        load(folder, cache=cache)
        for file in folder.rglob("*.yaml"):
            text = file.read_text("utf-8")
            if "id: demo.clause.1," in text:
                file.write_text(text.replace("demo.clause.1,", "demo.clause.9,"), "utf-8")
        _, kept = inspect(folder, cache=cache)
        _, anew = inspect(folder)
        assert kept == anew
        assert ("extra.yaml", 6) in {(p.file, p.line) for p in kept}

    def test_problems_are_said_again(self, folder, cache):
        a_file(folder).write_text("targets: 3\n", "utf-8")
        first = inspect(folder, cache=cache)[1]
        assert first == inspect(folder, cache=cache)[1]
        assert Code.WRONG_TYPE in {p.code for p in first}


    def test_a_folder_of_one_file_is_kept_apart_from_its_file(self, tmp_path: Path):
        alone = tmp_path / "alone"
        alone.mkdir()
        (alone / "all.yaml").write_text(dedent(DOCUMENT) + dedent(BANK) + dedent(PLAN), "utf-8")
        kept = tmp_path / "alone.pickle"
        first, second = (load(alone, cache=kept) for _ in range(2))
        assert second.records == first.records


class TestWhatIsNotTrusted:
    @pytest.mark.parametrize("content", [b"", b"no pickle", pickle.dumps(("other", {}))])
    def test_a_damaged_or_foreign_cache_is_as_good_as_none(self, folder, cache, content):
        cache.parent.mkdir()
        cache.write_bytes(content)
        assert load(folder, cache=cache).records == load(folder).records

    def test_other_code_reads_everything_again(self, folder, cache, read, monkeypatch):
        load(folder, cache=cache)
        read.clear()
        monkeypatch.setattr(caching.pydantic, "VERSION", "0")
        load(folder, cache=cache)
        assert len(read) == len(list(folder.rglob("*.yaml")))

    def test_what_others_may_write_is_never_unpickled(self, folder, cache, read):
        load(folder, cache=cache)
        cache.chmod(0o666)
        read.clear()
        load(folder, cache=cache)
        assert read

    def test_a_cache_whose_folder_is_a_file_costs_only_time(self, folder, tmp_path):
        (tmp_path / "file").write_text("")
        assert load(folder, cache=tmp_path / "file" / "cache.pickle")


def test_the_place_of_the_cache_can_be_chosen(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("ZHIXING_CACHE", str(tmp_path / "mine"))
    assert default_cache(folder).parent == tmp_path / "mine"
    assert default_cache(folder) != default_cache(tmp_path)


def test_only_the_latest_caches_are_kept(folder, tmp_path):
    for number in range(caching.KEPT + 3):
        load(folder, cache=tmp_path / "kept" / f"{number}.pickle")
    assert len(list((tmp_path / "kept").iterdir())) == caching.KEPT
