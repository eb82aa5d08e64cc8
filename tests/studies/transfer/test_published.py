"""Published figures are those that were published, and none of them is taken for comparable."""

from wetdry.studies.transfer.published import NEAREST_FIRST, published


def test_figures_are_those_of_the_paper_by_model_and_order():
    table = published("ravdess:PATH,channel=speech")
    assert table.columns.tolist() == ["model", "domain", "learnt", "method", "value", "comparable"]
    direct = table[table["learnt"] == table["domain"]].set_index(["model", "domain"])["value"]
    assert direct.to_dict() == {
        ("wav2vec 2.0 base", "speech"): 79.80,
        ("HuBERT base", "speech"): 85.22,
        ("MERT", "song"): 84.73,
    }
    two = table[table["learnt"] == "speech → song"]
    assert set(two["domain"]) == {"song"}
    by_method = two.pivot(index="model", columns="method", values="value")
    assert by_method.loc["HuBERT base"].to_dict() == {
        "frozen": 84.24,
        "weighted-sum": 82.76,
        "parameter-efficient": 93.10,
    }
    assert by_method.loc["wav2vec 2.0 base", ["frozen", "weighted-sum", "parameter-efficient"]].tolist() == [
        74.88,
        80.30,
        87.20,
    ]
    assert len(table) == 9
    assert not table["comparable"].any()


def test_other_sets_have_no_figures_but_the_same_columns():
    table = published("csv:clips.csv")
    assert table.empty
    assert table.columns.tolist() == published().columns.tolist()


def test_the_order_of_emotions_is_from_angry_to_calm():
    assert NEAREST_FIRST == ("angry", "fearful", "happy", "sad", "neutral", "calm")
