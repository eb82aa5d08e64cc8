import altair as alt
import pandas as pd
import pytest

from wetdry.report import Figure, Note, Player, PlayerGroup, Section, StudyResult, Table


def figure(name="a", alt_text="words"):
    return Figure(name, "Title", "", alt_text, alt.Chart(pd.DataFrame({"x": [1]})).mark_point())


@pytest.mark.parametrize("name", ["../up", "Has Space", "", "a/b", "x" * 65])
def test_names_must_be_file_names(name):
    with pytest.raises(ValueError, match="becomes a file name"):
        figure(name)


def test_a_figure_without_words_is_refused():
    with pytest.raises(ValueError, match="text alternative"):
        figure(alt_text=" ")


def test_a_table_shows_only_columns_it_has():
    with pytest.raises(ValueError, match="no column b"):
        Table("t", "T", pd.DataFrame({"a": [1]}), columns={"a": "A", "b": "B"})


def test_figures_and_tables_are_gathered_in_order():
    frame = pd.DataFrame({"a": [1.0, float("nan")]})
    sections = [
        Section("1", "", [figure("b"), "text", Table("shown", "T", frame)]),
        Section("2", "", [Note("info", "N", table=Table("noted", "T", frame)), figure("a")]),
    ]
    result = StudyResult("s", "t", "l", sections, {"full": frame, "shown": frame.copy()})
    assert [f.name for f in result.figures] == ["b", "a"]
    assert list(result.all_tables()) == ["full", "shown", "noted"]


def test_one_name_for_two_figures_or_two_tables_is_refused():
    with pytest.raises(ValueError, match="Two figures have the name a"):
        StudyResult("s", "t", "l", [Section("1", "", [figure(), figure()])])
    block = Table("t", "T", pd.DataFrame({"a": [1]}))
    with pytest.raises(ValueError, match='Two different tables have the name "t"'):
        StudyResult("s", "t", "l", [Section("1", "", [block])], {"t": pd.DataFrame({"a": [2]})})


def test_one_sound_for_two_players_is_refused():
    first = PlayerGroup("A", "", Player("dry", "", b"", sound="a-dry"), [Player("wet", "", b"", sound="a-wet")])
    silent = PlayerGroup("B", "", Player("dry", "", b""), [Player("wet", "", b"")])
    result = StudyResult("s", "t", "l", [Section("1", "", [first]), Section("2", "", [silent])])
    assert result.sounds() == {"a-dry", "a-wet"}
    again = PlayerGroup("C", "", Player("dry", "", b""), [Player("wet", "", b"", sound="a-dry")])
    with pytest.raises(ValueError, match="Two players have the sound a-dry"):
        StudyResult("s", "t", "l", [Section("1", "", [first, again])])
