import wave
from collections import Counter
from pathlib import Path

import pytest

from wetdry.audio import load
from wetdry.datasets import dataset
from wetdry.datasets.sets.irmas import INSTRUMENTS, Excerpt, parse_name
from wetdry.errors import DataError


def write_excerpts(root: Path, *names: str) -> Path:
    """Files of 10 ms of silence under IRMAS-TrainingData."""
    folder = root / "IRMAS-TrainingData"
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(file), "wb") as out:
            out.setparams((2, 2, 44_100, 0, "NONE", ""))
            out.writeframes(bytes(4 * 441))
    return folder


@pytest.fixture
def small_archive(tmp_path) -> Path:
    """Two excerpts of each of twelve sources of three instruments; two sources are latin-soul."""
    tags = {"cel": "[cel][cla]", "gel": "[gel][dru][pop_roc]", "voi": "[voi][nod][jaz_blu]"}
    names = [
        f"{code}/{tag}{12 * k + source:04d}__{number}.wav"
        for k, (code, tag) in enumerate(tags.items())
        for source in range(12)
        for number in (1, 2)
    ]
    latin = [f"gel/[gel][dru][lat_sou]{source}__{number}.wav" for source in (2001, 2002) for number in (1, 2)]
    return write_excerpts(tmp_path, *names, *latin)


@pytest.mark.parametrize(
    ("stem", "excerpt"),
    [
        ("[cel][cla]0001__1", Excerpt("cello", "classical", "", "0001", 1)),
        ("[cla][cla]0189__2", Excerpt("clarinet", "classical", "", "0189", 2)),
        ("008__[cel][nod][cla]0058__1", Excerpt("cello", "classical", "no", "0058", 1)),
        ("[gel][dru][pop_roc]0829__3", Excerpt("electric guitar", "pop-rock", "yes", "0829", 3)),
        ("001__[vio][nod][cou_fol]2194__2", Excerpt("violin", "country-folk", "no", "2194", 2)),
        ("205__[tru][---][jaz_blu]1987__1", Excerpt("trumpet", "jazz-blues", "", "1987", 1)),
        ("[sax][dru][lat_sou]1700__1", Excerpt("saxophone", "latin-soul", "yes", "1700", 1)),
    ],
)
def test_names_of_the_archive_are_read(stem, excerpt):
    assert parse_name(stem) == excerpt


@pytest.mark.parametrize(
    "stem",
    [
        "[pia]1469__2",  # no genre
        "[dru][jaz_blu]1469__2",  # no instrument
        "[pia][jaz_blu]146__2",  # source id of three digits
        "[pia][jaz_blu]1469_2",
        "[pia][jaz_blu]1469__2 (copy)",
        "[pia][dru][nod][jaz_blu]1469__2",
        "[pno][jaz_blu]1469__2",
        "x__[pia][jaz_blu]1469__2",
    ],
)
def test_other_names_are_none_of_irmas(stem):
    assert parse_name(stem) is None


def test_an_excerpt_has_its_source_for_a_group_and_says_what_its_name_says(tmp_path):
    folder = write_excerpts(
        tmp_path,
        "pia/[pia][jaz_blu]1469__2.wav",
        "pia/[pia][jaz_blu]1469__1.wav",
        "gel/014__[gel][nod][pop_roc]0978__2.wav",
    )
    guitar, first, second = dataset(f"irmas:{folder}")
    assert guitar.id == "gel/014__[gel][nod][pop_roc]0978__2.wav"
    assert guitar.labels == {"instrument": "electric guitar", "genre": "pop-rock", "drums": "no"}
    assert second.labels == {"instrument": "piano", "genre": "jazz-blues"}
    assert first.group == second.group == "1469"
    assert guitar.group == "0978"
    assert second.path == folder / "pia" / "[pia][jaz_blu]1469__2.wav"
    assert {item.split for item in (guitar, first, second)} == {""}


def test_the_folder_above_gives_the_same_items_and_the_testing_part_is_left_alone(tmp_path):
    folder = write_excerpts(tmp_path, "cel/[cel][cla]0001__1.wav", "voi/[voi][dru][cou_fol]2411__1.wav")
    (tmp_path / "IRMAS-TestingData-Part1").mkdir()
    (tmp_path / "IRMAS-TestingData-Part1" / "02 - song-8.wav").write_bytes(b"x")
    assert dataset(f"irmas:{tmp_path}").items == dataset(f"irmas:{folder}").items


def test_files_beside_the_instrument_folders_are_left_alone(tmp_path):
    folder = write_excerpts(tmp_path, "cel/[cel][cla]0001__1.wav", "demo/any.wav")
    (folder / "README.txt").write_text("x")
    assert [item.id for item in dataset(f"irmas:{folder}")] == ["cel/[cel][cla]0001__1.wav"]


def test_licence_and_citation_come_with_it(small_archive):
    opened = dataset(f"irmas:{small_archive}")
    assert "CC BY-NC-SA 3.0" in opened.licence
    assert "non-commercial" in opened.licence
    assert "Bosch, Janer, Fuhrmann and Herrera, ISMIR 2012" in opened.about
    assert opened.about.startswith("76 excerpts of IRMAS")
    assert not opened.synthetic


def test_the_preset_drops_latin_soul_balances_training_and_keeps_sources_whole(small_archive):
    whole = dataset(f"irmas:{small_archive}")
    preset = dataset(f"irmas:{small_archive},preset=deng2025")
    assert {item.labels["genre"] for item in whole} - {item.labels["genre"] for item in preset} == {"latin-soul"}
    trained = Counter(item.labels["instrument"] for item in preset if item.split == "train")
    assert set(trained) == {"cello", "electric guitar", "voice"}
    assert len(set(trained.values())) == 1
    sides: dict[str, set[str]] = {}
    for item in preset:
        sides.setdefault(item.group, set()).add(item.split)
    assert all(len(side) == 1 for side in sides.values())
    assert set.union(*sides.values()) == {"train", "test"}
    assert "split as deng2025" in preset.about
    assert [item.id for item in preset] == sorted(item.id for item in preset)
    assert dataset(preset.name).items == preset.items


def test_the_option_may_be_spaced_and_the_path_hold_commas_and_equals_signs(tmp_path, small_archive):
    odd = tmp_path / "a,b=c"
    odd.mkdir()
    small_archive.rename(odd / "IRMAS-TrainingData")
    spaced = dataset(f"irmas:{odd}/IRMAS-TrainingData, preset = deng2025")
    assert {item.split for item in spaced} == {"train", "test"}
    assert {item.split for item in dataset(f"irmas:{odd}/IRMAS-TrainingData")} == {""}


def test_each_mistake_gets_one_sentence(tmp_path, small_archive):
    write_excerpts(tmp_path / "stray", "pia/take one.wav")
    write_excerpts(tmp_path / "swapped", "pia/[sax][jaz_blu]1469__2.wav")
    write_excerpts(tmp_path / "latin", "pia/[pia][lat_sou]1469__2.wav")
    write_excerpts(tmp_path / "one", "pia/[pia][jaz_blu]1469__2.wav")
    write_excerpts(tmp_path / "other", "piano/[pia][jaz_blu]1469__2.wav")
    (tmp_path / "silent" / "pia").mkdir(parents=True)
    for where, said in {
        "": "irmas: names no place; give irmas:PATH.",
        ",preset=deng2025": "irmas: names no place",
        f"{tmp_path}/no where": f"fetch the data set with `wetdry datasets fetch irmas --to '{tmp_path}/no where'`.",
        f"{tmp_path}/nowhere,preset=deng2025": f"/nowhere: no such folder; check the path, or fetch the data set with"
        f" `wetdry datasets fetch irmas --to {tmp_path}/nowhere`.",
        f"{tmp_path}/{'x' * 300}": "cannot be opened (File name too long)",
        f"{tmp_path}/silent": "silent: holds no audio file",
        f"{tmp_path}/other": "has no audio file in the instrument folders of IRMAS (cel, cla, flu,",
        f"{tmp_path}/stray": "pia/take one.wav is not named as in IRMAS",
        f"{tmp_path}/swapped": "pia/[sax][jaz_blu]1469__2.wav is saxophone by name and piano by folder",
        f"{tmp_path}/latin,preset=deng2025": "preset deng2025 leaves out latin-soul, and there is nothing else",
        f"{tmp_path}/one,preset=deng2025": "preset deng2025 finds no source of pia for training",
        f"{small_archive},preset=deng2024": 'irmas has no preset "deng2024": did you mean "deng2025"?',
        f"{small_archive},preset=": 'irmas has no preset "": known: deng2025',
        f"{small_archive},presets=deng2025": 'irmas has no option "presets": did you mean "preset"?',
    }.items():
        with pytest.raises(DataError) as caught:
            dataset(f"irmas:{where}")
        assert said in str(caught.value), where
        assert "\n" not in str(caught.value)


def test_a_published_excerpt(data_dir):
    folder = data_dir / "instruments" / "irmas"
    if not folder.is_dir():
        pytest.skip(f"{folder} is missing")
    (item,) = dataset(f"irmas:{folder}")
    assert item.labels == {"instrument": "clarinet", "genre": "classical"}
    assert item.group == "0189"
    clip = load(item.path)
    assert clip.samples.shape[-1] / clip.sample_rate == pytest.approx(3, abs=0.05)


def test_the_eleven_instruments_are_those_of_the_archive():
    assert len(INSTRUMENTS) == len(set(INSTRUMENTS.values())) == 11
