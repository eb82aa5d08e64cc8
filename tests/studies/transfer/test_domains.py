"""Which clips are of which domain, and the classes that both have."""

from pathlib import Path

import pytest
from two_domains import two_domains

from wetdry.errors import DataError
from wetdry.studies.transfer.config import TransferConfig
from wetdry.studies.transfer.domains import Domains, open_domains


def opened(table: Path, **settings: object) -> Domains:
    return open_domains(TransferConfig(data=f"csv:{table}", **settings))


def test_a_label_tells_the_domains_of_one_set_in_the_order_of_its_clips(tmp_path):
    found = opened(two_domains(tmp_path))
    assert (found.names, found.classes, found.remarks) == (("speech", "song"), ("angry", "calm", "happy"), ())
    assert [len(domain.dataset) for domain in found] == [36, 36]
    assert all(item.labels["channel"] == domain.name for domain in found for item in domain.dataset)


def test_two_sets_are_two_domains_told_apart_by_name(tmp_path):
    places = [tmp_path / name for name in "ab"]
    for place in places:
        place.mkdir()
    tables = [two_domains(place, seed=seed) for seed, place in enumerate(places)]
    found = opened(tables[0], other=f"csv:{tables[1]}", label="emotion")
    assert found.names == ("csv A", "csv B")
    with pytest.raises(DataError, match="leave out --domains"):
        opened(tables[0], other=f"csv:{tables[1]}", domains="channel")
    with pytest.raises(DataError, match="Both domains are"):
        opened(tables[0], other=f"csv:{tables[0]}")


def test_a_class_that_one_domain_lacks_is_left_out_of_both_and_said(tmp_path):
    found = opened(two_domains(tmp_path, emotions={"speech": ("calm", "happy", "angry"), "song": ("calm", "angry")}))
    assert found.classes == ("angry", "calm")
    assert found.remarks == ("“happy” is not in song, and so left out of both domains.",)
    assert {label for domain in found for label in domain.labels.values()} == {"angry", "calm"}


def test_classes_are_brought_together_by_other_names(tmp_path):
    table = two_domains(tmp_path, emotions={"speech": ("calm", "happy"), "song": ("calm", "angry")})
    with pytest.raises(DataError, match=r"speech has calm \(6\), happy \(6\); song has angry .* --rename"):
        opened(table)
    assert opened(table, rename="happy=aroused, angry=aroused").classes == ("aroused", "calm")
    with pytest.raises(DataError, match="OLD=NEW"):
        opened(table, rename="happy")
    with pytest.raises(DataError, match='no clip is of class "hapy": did you mean "happy"'):
        opened(table, rename="hapy=aroused,angry=aroused")


def test_so_many_clips_of_each_class_and_domain_are_drawn(tmp_path):
    table = two_domains(tmp_path)
    first, again, other = (opened(table, per_class=4, seed=seed) for seed in (0, 0, 1))
    assert [len(domain.dataset) for domain in first] == [12, 12]
    ids = [[item.id for domain in found for item in domain.dataset] for found in (first, again, other)]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"domains": "emotion"}, "has 3 values .*; two domains are compared"),
        ({"domains": "chanel"}, 'no label "chanel"'),
        ({"label": "emotoin"}, 'no label "emotoin"'),
    ],
)
def test_what_cannot_be_told_apart_is_a_sentence(tmp_path, settings, said):
    with pytest.raises(DataError, match=said):
        opened(two_domains(tmp_path, actors=3, takes=1), **settings)


def test_a_set_without_domains_and_numbers_are_sentences(tmp_path):
    table = tmp_path / "clips.csv"
    table.write_text(
        "path,emotion,valence,side\n" + "".join(f"{i}.wav,{'ab'[i % 2]},{i},{'xy'[i // 6]}\n" for i in range(12))
    )
    with pytest.raises(DataError, match=r"no label “channel”.*--other"):
        opened(table)
    with pytest.raises(DataError, match="are numbers, and transfer is of classes"):
        opened(table, domains="side", label="valence")


def test_domains_without_classes_are_a_sentence(tmp_path):
    table = tmp_path / "clips.csv"
    table.write_text("path,channel\n" + "".join(f"{i}.wav,{'xy'[i % 2]}\n" for i in range(12)), encoding="utf-8")
    with pytest.raises(DataError, match="its one label, “channel”, tells the domains apart"):
        opened(table)


def test_clips_of_two_actors_are_a_sentence_that_counts_them(tmp_path):
    with pytest.raises(DataError, match=r"speech has angry \(2\), calm \(2\), happy \(2\); .* clips of more groups"):
        opened(two_domains(tmp_path, actors=2))


def test_a_class_of_two_groups_is_left_out(tmp_path):
    table = tmp_path / "clips.csv"
    rows = [
        f"{channel}{group}{emotion}.wav,{emotion},{channel},{group}"
        for channel in ("speech", "song")
        for emotion, groups in (("calm", "pqr"), ("sad", "pqr"), ("angry", "pq" if channel == "song" else "pqr"))
        for group in groups
    ]
    table.write_text("path,emotion,channel,group\n" + "\n".join(rows), encoding="utf-8")
    found = opened(table)
    assert found.classes == ("calm", "sad")
    assert found.remarks == (
        "“angry” is of fewer than 3 groups in song, of which one is tested, one chooses settings and one is learnt "
        "from, and so left out of both domains.",
    )
