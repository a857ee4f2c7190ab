"""Blanks around cells are looked for, so that only files that have them pay for them."""

import pytest

from targets.branchdata import csvfile


@pytest.mark.parametrize("text", [
    "a,b\n1 ,2\n", "a,b\n1, 2\n", "a,b\n1,2 \n", "a,b\n1,2\t\r\n", "a,b\n 1,2\n", " a,b\n1,2\n",
    "a,b\n1,2 ", 'a,b\n"1",2\n',
])
def test_a_blank_at_either_end_of_a_cell_is_seen(tmp_path, text):
    (tmp_path / "t.csv").write_text(text)
    assert csvfile.has_outer_blanks(tmp_path / "t.csv")


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "a,b\n1 2,3\tx\r\n", "a,b\n,\n", ""])
def test_a_blank_within_a_cell_is_none(tmp_path, text):
    (tmp_path / "t.csv").write_text(text)
    assert not csvfile.has_outer_blanks(tmp_path / "t.csv")


def test_a_blank_is_seen_across_the_pieces_that_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(csvfile, "CHUNK", 6)
    (tmp_path / "t.csv").write_bytes(b"abcde ,f\n")
    assert csvfile.has_outer_blanks(tmp_path / "t.csv")
