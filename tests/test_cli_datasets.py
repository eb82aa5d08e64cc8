"""The commands about data sets: a list, all of one, and one brought from its publisher to a folder."""

import hashlib
import io
import json
import sys
from dataclasses import replace
from zipfile import ZipFile

import pytest
from publisher import published as publishing

from wetdry.datasets import datasets, publications, published
from wetdry.remote.files import RemoteFile

NOTICE = (
    "irmas comes under CC BY-NC-SA 3.0: non-commercial use only, not to be redistributed.\n"
    "Licence: https://creativecommons.org/licenses/by-nc-sa/3.0/\n"
    'Cite: J. J. Bosch, J. Janer, F. Fuhrmann and P. Herrera, "A comparison of sound segregation techniques for'
    ' predominant instrument recognition in musical audio signals", ISMIR 2012; doi:10.5281/zenodo.1290750\n'
)
QUESTION = "Do you accept this licence? [y/N]: "


class Terminal(io.StringIO):
    """Standard input where a person types."""

    def isatty(self):
        return True


@pytest.fixture
def wetdry(run_wetdry, monkeypatch, tmp_path):
    """`wetdry datasets` in an empty folder, with an empty cache, and what is typed into a terminal."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("WETDRY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    def run(*arguments: str, typed: str | None = None) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO() if typed is None else Terminal(typed))
        return run_wetdry("datasets", *arguments)

    return run


@pytest.fixture
def publisher(monkeypatch):
    """A server that publishes one excerpt as the training archive of IRMAS."""
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as archive:
        archive.writestr("IRMAS-TrainingData/pia/[pia][jaz_blu]1469__1.wav", b"x")
    digest = f"sha256:{hashlib.sha256(buffer.getvalue()).hexdigest()}"
    with publishing() as here:
        here.files["/IRMAS-TrainingData.zip"] = buffer.getvalue()
        file = RemoteFile("IRMAS-TrainingData.zip", digest, url=f"{here.url}/IRMAS-TrainingData.zip")
        monkeypatch.setitem(publications._things, "irmas", replace(published("irmas"), files=(file,)))
        yield here


def words(text):
    return " ".join(text.split())


def test_the_list_has_a_line_for_each_and_says_what_can_be_fetched(wetdry):
    code, printed, errors = wetdry()
    assert (code, errors) == (0, "")
    assert [line.split()[0] for line in printed.splitlines()[2:-1]] == datasets.names()
    assert printed.splitlines()[-1] == "To be fetched with wetdry datasets fetch KIND --to FOLDER: irmas."
    rows = {row["kind"]: row for row in json.loads(wetdry("--json")[1])}
    assert list(rows) == datasets.names()
    assert {kind for kind, row in rows.items() if row["published"]} == {"irmas"}
    assert rows["csv"]["about"] == "Recordings and labels listed in a CSV file with a column `path`: `csv:FILE`."


def test_info_shows_all_of_one(wetdry):
    code, printed, errors = wetdry("info", "irmas")
    assert (code, errors) == (0, "")
    for fact in (
        "items 6705 excerpts of 3 s",
        "labels `instrument`; `genre`; `drums`, `yes` or `no`",
        "that of Deng et al.: see `wetdry.datasets.splits.deng2025`",
        "licence CC BY-NC-SA 3.0: non-commercial use only, not to be redistributed (https://creativecommons.org/l",
        "cite J. J. Bosch",
        "home page https://zenodo.org/records/1290750",
        "file IRMAS-TrainingData.zip, md5:4fd9f5ed5a18d8e2687e6360b5f60afe, https://zenodo.org/records/1290750/files/",
    ):
        assert fact in words(printed)


@pytest.mark.parametrize("kind", datasets.names())
def test_info_of_each_says_what_its_items_and_labels_are(wetdry, kind):
    printed = wetdry("info", kind)[1]
    firsts = [line.strip().partition(" ")[0] for line in printed.splitlines()]
    assert {"items", "id", "group", "labels", "split", "licence"} <= set(firsts)
    assert ("publisher  none; there is nothing to fetch" in printed) == (kind != "irmas")


def test_who_accepts_the_licence_gets_the_data(wetdry, publisher, tmp_path):
    code, printed, errors = wetdry("fetch", "irmas", "--to", "my music", typed="y\n")
    folder = tmp_path / "here" / "my music"
    assert (code, errors) == (0, "")
    assert printed == f"{NOTICE}{QUESTION}irmas: all there. Open it as 'irmas:{folder}'.\n"
    assert (folder / "IRMAS-TrainingData" / "pia" / "[pia][jaz_blu]1469__1.wav").read_bytes() == b"x"
    assert publisher.gets == ["/IRMAS-TrainingData.zip"]


@pytest.mark.parametrize("typed", ["n\n", "\n"])
def test_who_does_not_accept_it_gets_nothing(wetdry, publisher, tmp_path, typed):
    code, printed, errors = wetdry("fetch", "irmas", "--to", "music", typed=typed)
    assert (code, printed) == (2, NOTICE + QUESTION)
    assert errors == (
        "wetdry: irmas: its licence is not accepted, so nothing was fetched; use a data set of your own.\n"
    )
    assert (publisher.gets, list((tmp_path / "here").iterdir())) == ([], [])


def test_without_a_terminal_the_licence_is_accepted_by_an_option(wetdry, publisher, tmp_path):
    assert wetdry("fetch", "irmas", "--to", "music") == (
        2,
        NOTICE,
        "wetdry: irmas: its licence is not accepted; read it, and add --accept-licence.\n",
    )
    assert publisher.gets == []
    code, printed, errors = wetdry("fetch", "irmas", "--to", "music", "--accept-licence")
    assert (code, errors) == (0, "")
    assert printed == f"{NOTICE}irmas: all there. Open it as irmas:{tmp_path / 'here' / 'music'}.\n"


def test_an_archive_that_is_here_already_is_taken(wetdry, publisher, tmp_path):
    (tmp_path / "mine.zip").write_bytes(publisher.files["/IRMAS-TrainingData.zip"])
    arguments = ("fetch", "irmas", "--to", "music", "--from", str(tmp_path / "mine.zip"))
    assert wetdry(*arguments)[0] == 2
    assert wetdry(*arguments, "--accept-licence")[0] == 0
    assert (tmp_path / "here" / "music" / "IRMAS-TrainingData").is_dir()
    assert publisher.gets == []


def test_a_folder_that_is_taken_is_noticed_before_anything_is_asked(wetdry, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a.wav").write_text("x")
    assert wetdry("fetch", "irmas", "--to", "../full", typed="y\n") == (
        2,
        "",
        f"wetdry: {tmp_path}/full: is not empty; give a folder that is new or empty.\n",
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("info", "irma"), 'Unknown dataset "irma": did you mean "irmas"?'),
        (("fetch", "irma", "--to", "x"), 'Unknown dataset "irma": did you mean "irmas"?'),
        (
            ("fetch", "etudes", "--to", "x"),
            "etudes: has no publisher to fetch files from, unlike irmas; see `wetdry datasets info etudes` for what it"
            " opens.",
        ),
    ],
)
def test_a_wrong_name_gets_one_sentence(wetdry, arguments, sentence):
    assert wetdry(*arguments) == (2, "", f"wetdry: {sentence}\n")
