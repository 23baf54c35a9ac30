"""Mutant files: what is read from them, and how a mistake in one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from coursekit.grading import mutant
from coursekit.grading.mutant import Mutant, MutantError

ENTRY = {
    "exercise": "2.3",
    "name": "off-by-one",
    "module": "pool",
    "old": "limit",
    "new": "limit + 1",
    "story": "It blocked us.",
    "hint": "Count them.",
}


def written(folder: Path, *entries: dict[str, object], name: str = "02_tasks.toml") -> Path:
    text = ""
    for entry in entries:
        text += "[[mutant]]\n"
        for key, value in entry.items():
            text += f"{key} = {str(value).lower() if isinstance(value, bool) else repr(value)}\n"
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def refused(folder: Path) -> str:
    with pytest.raises(MutantError) as caught:
        mutant.load(folder)
    return str(caught.value)


def test_entries_are_read_in_the_order_of_files_and_of_entries(tmp_path: Path) -> None:
    written(tmp_path, {**ENTRY, "name": "c"}, name="02.toml")
    written(tmp_path, {**ENTRY, "name": "a"}, {**ENTRY, "name": "b"}, name="01.toml")
    assert [m.name for m in mutant.load(tmp_path)] == ["a", "b", "c"]


def test_a_correct_variant_needs_no_hint(tmp_path: Path) -> None:
    entry = {key: value for key, value in ENTRY.items() if key != "hint"}
    written(tmp_path, {**entry, "equivalent": True})
    (read,) = mutant.load(tmp_path)
    assert read.equivalent


def test_a_bug_without_a_hint_is_refused(tmp_path: Path) -> None:
    written(tmp_path, {key: value for key, value in ENTRY.items() if key != "hint"})
    assert refused(tmp_path) == "02_tasks.toml, entry 1 (off-by-one): the key 'hint' is missing."


def test_an_unknown_key_is_named_with_its_place_and_the_known_ones(tmp_path: Path) -> None:
    written(tmp_path, ENTRY, {**ENTRY, "name": "other", "equivalnt": True})
    message = refused(tmp_path)
    assert message.startswith("02_tasks.toml, entry 2 (other): unknown key 'equivalnt'.")
    assert "equivalent" in message


@pytest.mark.parametrize("key", ["exercise", "name", "module", "old", "new", "story"])
def test_each_needed_key_is_asked_for(tmp_path: Path, key: str) -> None:
    written(tmp_path, {name: value for name, value in ENTRY.items() if name != key})
    assert f"the key {key!r} is missing" in refused(tmp_path)


def test_a_value_of_the_wrong_kind_is_named(tmp_path: Path) -> None:
    written(tmp_path, {**ENTRY, "equivalent": "yes"})
    assert "02_tasks.toml, entry 1 (off-by-one): 'equivalent' must be" in refused(tmp_path)


def test_a_number_for_an_exercise_is_named(tmp_path: Path) -> None:
    written(tmp_path, {**ENTRY, "exercise": 2.3})
    assert "'exercise' must be" in refused(tmp_path)


def test_a_file_that_is_not_toml_is_named_with_the_line(tmp_path: Path) -> None:
    (tmp_path / "03.toml").write_text('[[mutant]]\nname = "no end\n', encoding="utf-8")
    message = refused(tmp_path)
    assert message.startswith("03.toml is not valid TOML")
    assert "line 2" in message


def test_a_table_of_another_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "03.toml").write_text('[[mutants]]\nname = "x"\n', encoding="utf-8")
    assert refused(tmp_path) == "03.toml: unknown key 'mutants'. Entries begin with [[mutant]]."


def test_a_name_used_twice_in_an_exercise_is_refused(tmp_path: Path) -> None:
    written(tmp_path, ENTRY, ENTRY)
    assert refused(tmp_path) == "two mutants of exercise 2.3 are named off-by-one. Rename one."


def test_a_missing_folder_says_which_setting_names_it(tmp_path: Path) -> None:
    message = refused(tmp_path / "mutants")
    assert "mutants/" in message
    assert "[tool.coursekit]" in message


def test_old_text_must_occur() -> None:
    with pytest.raises(
        MutantError, match=r"2\.3 off-by-one: its `old` text occurs 0 times in pool"
    ):
        Mutant(**ENTRY).plant("no such text")


def test_old_text_must_not_occur_twice() -> None:
    with pytest.raises(MutantError, match="occurs 2 times"):
        Mutant(**ENTRY).plant("limit, limit")


def test_a_replacement_must_change_something() -> None:
    with pytest.raises(MutantError, match="`new` is the same as `old`"):
        Mutant(**{**ENTRY, "new": "limit"}).plant("limit")


def test_an_unknown_exercise_lists_the_known_ones(tmp_path: Path) -> None:
    mutants = mutant.load(written(tmp_path, ENTRY, {**ENTRY, "exercise": "2.4"}))
    with pytest.raises(MutantError, match=r"no exercise '9'\. There are: 2\.3, 2\.4\."):
        mutant.of_exercise(mutants, "9")


def test_an_unknown_bug_lists_the_known_ones(tmp_path: Path) -> None:
    mutants = mutant.load(written(tmp_path, ENTRY))
    with pytest.raises(MutantError, match=r"no bug 'x'\. There are: off-by-one\."):
        mutant.named(mutants, "x")


def test_a_bug_that_two_exercises_share_needs_its_exercise(tmp_path: Path) -> None:
    mutants = mutant.load(written(tmp_path, ENTRY, {**ENTRY, "exercise": "2.4"}))
    with pytest.raises(MutantError, match=r"name one with --exercise 2\.3 or 2\.4"):
        mutant.named(mutants, "off-by-one")
    assert mutant.named(mutants, "off-by-one", "2.4").exercise == "2.4"


def test_the_diff_shows_the_change_and_three_lines_round_it() -> None:
    source = "".join(f"line {n}\n" for n in range(1, 6)) + "limit\n" + "last\n"
    assert Mutant(**ENTRY).diff(source).splitlines() == [
        " line 3",
        " line 4",
        " line 5",
        "-limit",
        "+limit + 1",
        " last",
    ]
