import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wetdry.datasets import Item, dataset
from wetdry.errors import DataError


def opened(folder: Path, text: str | bytes):
    file = folder / "songs.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return dataset(f"csv:{file}")


def test_every_column_lands_where_it_belongs(tmp_path):
    items = opened(
        tmp_path,
        "path,id,group,split,valence,genre\n"
        "a.wav,one,song 1,train,0.5,rock\n"
        "sub/b.flac,two,song 1,test,-1e-1,\n"
        "/music/c.wav,three,song 2,,,7\n",
    ).items
    assert items == (
        Item("one", tmp_path / "a.wav", {"valence": 0.5, "genre": "rock"}, "song 1", "train"),
        Item("two", tmp_path / "sub" / "b.flac", {"valence": -0.1}, "song 1", "test"),
        Item("three", Path("/music/c.wav"), {"genre": "7"}, "song 2", ""),
    )


def test_without_id_and_group_the_path_serves_as_both(tmp_path):
    items = opened(tmp_path, "path,id,group\nx/a.wav,,\nb.wav,two,\n").items
    assert [(item.id, item.group) for item in items] == [("x/a.wav", "x/a.wav"), ("two", "two")]


def test_a_column_is_numeric_as_a_whole_or_text(tmp_path):
    items = opened(tmp_path, "path,take,mixed,rating,year\na.wav,1_0,1,nan,1999\nb.wav,2_0,x,2.5,2001\n").items
    assert [dict(item.labels) for item in items] == [
        {"take": "1_0", "mixed": "1", "year": 1999.0},
        {"take": "2_0", "mixed": "x", "rating": 2.5, "year": 2001.0},
    ]


def test_a_word_among_many_numbers_is_a_mistake_and_one_among_a_few_is_text(tmp_path):
    rows = [f"{number}.wav,0.{number}" for number in range(9)]
    with pytest.raises(DataError, match='line 11: valence is "n/a" where 9 others are numbers'):
        opened(tmp_path, "\n".join(["path,valence", *rows, "last.wav,n/a"]))
    (*_, last) = opened(tmp_path, "\n".join(["path,valence", *rows[1:], "last.wav,n/a"])).items
    assert last.labels == {"valence": "n/a"}


@pytest.mark.parametrize(
    "text",
    ["\ufeffpath,valence\r\na.wav,1\r\n", "\n path , valence \n\n a.wav , 1 \n\n", 'path, "valence"\n"a.wav", "1"'],
)
def test_marks_blanks_and_line_ends_of_spreadsheets_do_not_count(tmp_path, text):
    (item,) = opened(tmp_path, text)
    assert item == Item("a.wav", tmp_path / "a.wav", {"valence": 1.0})


def test_a_line_separator_inside_a_cell_is_part_of_the_cell(tmp_path):
    (item,) = opened(tmp_path, 'path,title\na.wav,"one\u2028two\nthree"\n')
    assert item.labels == {"title": "one\u2028two\nthree"}


cells = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12).map(str.strip)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(cells, cells.filter(bool)), min_size=1, max_size=6))
def test_whatever_csv_writes_is_read_back(tmp_path, rows):
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(["path", "id", "title"])
    writer.writerows([f"{k}.wav", f"{k} {name}", f"t {title}"] for k, (name, title) in enumerate(rows))
    items = opened(tmp_path, table.getvalue()).items
    assert [item.id for item in items] == [f"{k} {name}".strip() for k, (name, _) in enumerate(rows)]
    assert [item.labels["title"] for item in items] == [f"t {title}" for _, title in rows]


def test_missing_audio_is_not_the_manifests_fault(tmp_path):
    (item,) = opened(tmp_path, "path\nnowhere.wav\n")
    assert not item.path.exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "songs.csv: is empty"),
        ("path,valence\n", "songs.csv: has a header but no rows"),
        ("file,pathh\na.wav,1\n", 'line 1: the header has no column path; did you mean "pathh"?'),
        ("song,valence\na.wav,1\n", "line 1: the header has no column path; known: song, valence"),
        ("path;valence\na.wav;1\n", "line 1: the header has no column path; columns must be separated by commas"),
        ("path,id\na.wav,one\n\nb.wav,one\n", 'line 4: "one" stands on line 2 already'),
        ("path\na.wav\na.wav\n", 'line 3: "a.wav" stands on line 2 already'),
        ("path,valence\na.wav,1\nb, c.wav,2\n", "line 3: has 3 fields where the header has 2"),
        ("path,valence\na.wav\n", "line 2: has 1 fields where the header has 2"),
        ('path,title\na.wav,"one"two\n', "line 2: not well-formed CSV"),
        ('path,title\na.wav,"one\n', "line 2: not well-formed CSV"),
        ("path,title,title\na.wav,1,2\n", 'line 1: two columns are named "title"'),
        (",path\n0,a.wav\n", "line 1: column 1 has no name"),
        ("path,valence\n,1\n", "line 2: the path is empty"),
        ("path,valence\na.wav,1\nb.wav,-inf\n", "line 3: valence is infinite"),
        (b"path,title\na.wav,ok\nb.wav,caf\xe9\n", "line 3: is not UTF-8 text"),
        ("path\na.wav\n".encode("utf-16"), "line 1: is not UTF-8 text"),
    ],
)
def test_each_mistake_names_the_file_and_line_in_one_sentence(tmp_path, text, said):
    with pytest.raises(DataError) as caught:
        opened(tmp_path, text)
    assert f"{tmp_path / 'songs.csv'}" in str(caught.value)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_place_that_is_no_file_is_said(tmp_path):
    for where, said in {
        "": "csv: names no place",
        str(tmp_path / "nowhere.csv"): "nowhere.csv: no such file",
        str(tmp_path): f"is a folder, not a CSV file; to use all audio in it, give folder:{tmp_path}",
        "a\0b": "cannot be read",
    }.items():
        with pytest.raises(DataError) as caught:
            dataset(f"csv:{where}")
        assert said in str(caught.value)
