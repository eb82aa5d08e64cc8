"""Settings become a configuration, or a sentence."""

import pytest
from pydantic import BaseModel, ConfigDict, Field

from wetdry.errors import DataError, EncoderError
from wetdry.studies.settings import checked_settings


class Few(BaseModel):
    model_config = ConfigDict(extra="forbid")

    encoders: tuple[str, ...] = ("vibenet",)
    data: str = ""
    folds: int = Field(default=5, ge=2)


def test_a_single_name_may_be_text_where_several_are_meant():
    found = checked_settings(Few, "few", {"encoders": "handcrafted", "data": "csv:a.csv"}, ["encoders"])
    assert found == Few(encoders=("handcrafted",), data="csv:a.csv")
    assert checked_settings(Few, "few", {}, ["encoders"]) == Few()


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"folds": 1}, r"^few: folds: .*greater than or equal to 2\.$"), ({"fold": 3}, "^few: fold: Extra inputs")],
)
def test_a_wrong_setting_is_a_sentence_that_names_it(settings, words):
    with pytest.raises(DataError, match=words):
        checked_settings(Few, "few", settings)


def test_no_encoder_is_said():
    with pytest.raises(EncoderError, match="No encoder was given"):
        checked_settings(Few, "few", {"encoders": []}, ["encoders"])
