"""The README's table for teachers is what the matrix says."""

from __future__ import annotations

import exercise_cells
import teachers_table


def test_the_readme_holds_the_table_of_the_matrix(graded):
    table = teachers_table.table(graded)
    print(table)
    readme = (exercise_cells.ROOT / "README.md").read_text(encoding="utf-8")
    assert table in readme, "run: python tests/course/teachers_table.py, and put it into the README"
