"""How good the suggestions for unknown codes are, measured on the crosswalks that people approved."""

from __future__ import annotations

from datetime import date

from hub import crosswalks
from hub.meanings import meanings
from quality.suggestions import Meaning, by_text, suggest

DAY = date(2026, 6, 30)


def test_a_row_that_is_hidden_from_a_crosswalk_is_suggested_again() -> None:
    """The figures of docs/decisions/0010: each row is hidden in turn, its text known, no row waiting."""
    first = among = total = 0
    for name in crosswalks.uses():
        labels = crosswalks.labels(name, DAY)
        known = list(meanings(name, ()))
        for row in crosswalks.mappings(name):
            texts = [row.from_label, row.from_code]
            hidden = {Meaning(text, row.to_code, name) for text in texts}
            found = suggest(labels, by_text(texts, [one for one in known if one not in hidden]))
            total += 1
            first += found[:1] != [] and found[0].to_code == row.to_code
            among += row.to_code in [one.to_code for one in found]
    assert total >= 1905
    assert first / total >= 0.93
    assert among / total >= 0.97
