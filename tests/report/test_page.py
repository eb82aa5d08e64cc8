import base64
import itertools
import json
import math
from collections import Counter
from html.parser import HTMLParser

import altair as alt
import pandas as pd
import pytest

from wetdry.report import Figure, Player, PlayerGroup, Section, StudyResult, Table
from wetdry.report.cells import shown_columns
from wetdry.report.figures import draw
from wetdry.report.page import IndexEntry, render_index, render_report

NASTY = '"><script>alert(1)</script>&'
NASTY_START = '<script>alert("1")</script>'
VOID = {"meta", "img", "br", "link", "input", "hr", "source"}
VOID_SVG = {"circle"}


class Page(HTMLParser):
    """Every element as (tag, attributes, text directly inside), and whether all are closed in order."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.elements, self.stack = [], []
        self.feed(html)
        self.close()
        assert not self.stack

    def handle_starttag(self, tag, attrs):
        element = [tag, dict(attrs), "", tuple(e[0] for e in self.stack)]
        self.elements.append(element)
        if tag not in VOID:
            self.stack.append(element)

    def handle_startendtag(self, tag, attrs):
        self.elements.append([tag, dict(attrs), "", ()])

    def handle_endtag(self, tag):
        assert self.stack.pop()[0] == tag

    def handle_data(self, data):
        if self.stack:
            self.stack[-1][2] += data

    def all(self, tag):
        return [element for element in self.elements if element[0] == tag]


@pytest.fixture(scope="module")
def html(result):
    return render_report(result, {drawing.figure.name: drawing for drawing in draw(result.figures)})


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def test_nothing_is_fetched(page):
    for tag, attributes, _, _ in page.elements:
        for name in ("src", "srcset", "href", "data", "poster", "action"):
            target = attributes.get(name, "")
            assert target.startswith(("data:", "#")) or not target, (tag, name, target[:60])
    assert not page.all("link")
    assert not any("url(" in text or "@import" in text for _, _, text, _ in page.all("style"))
    policies = [a["content"] for _, a, _, _ in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    assert policies[0].startswith("default-src 'none';")
    assert "connect-src" not in policies[0]


def test_nasty_names_stay_text(page, html):
    """The scripts are ours alone: one in the head, the data, vega and the page's own."""
    assert NASTY_START not in html
    assert not any("alert(" in text for _, a, text, _ in page.all("script") if a.get("type") != "application/json")
    assert page.all("h1")[0][2].startswith(f"Report on {NASTY_START}")
    assert page.all("h1")[0][2].endswith("x" * 200)


def test_ids_are_unique_and_every_reference_has_its_target(page):
    ids = Counter(a["id"] for _, a, _, _ in page.elements if "id" in a)
    assert max(ids.values()) == 1
    for _, attributes, _, _ in page.elements:
        if attributes.get("href", "").startswith("#"):
            assert attributes["href"][1:] in ids
        assert attributes.get("aria-labelledby", "content") in ids


def test_contents_link_each_section_once(page):
    links = [a["href"] for tag, a, _, inside in page.elements if tag == "a" and "nav" in inside]
    assert links == ["#section-in-short", "#section-in-short-2"]


def test_headings_descend_one_level_at_a_time(page):
    levels = [int(tag[1]) for tag, *_ in page.elements if tag in {"h1", "h2", "h3", "h4"}]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_what_is_seen_is_also_said(page, result):
    alt = result.figures[0].alt
    assert [a["aria-label"] for _, a, _, _ in page.all("div") if a.get("role") == "img"] == [alt]
    assert [a["alt"] for _, a, _, _ in page.all("img")] == [alt]
    assert all(a["aria-label"] for tag, a, _, _ in page.elements if tag in {"audio", "select", "nav", "aside"})
    assert len(page.all("caption")) == len(page.all("table")) == 2
    assert all(a.get("scope") in {"col", "row"} for _, a, _, _ in page.all("th"))
    assert page.all("html")[0][1]["lang"] == "en"


def test_table_cells(page):
    cells = [text for tag, _, text, _ in page.elements if tag == "td"]
    assert cells == ["−0.031", "< 0.001", "yes", "0.200", "0.031", "no"]
    assert any("The first 2 of 3 rows" in text for _, _, text, _ in page.all("p"))


@pytest.mark.parametrize(
    ("cells", "whole"),
    [
        (["0.29 [0.17, 0.39]", "−0.05 [−0.10, +0.02]"], True),
        (["0.29 ± 0.12", "–"], True),
        (["1,744", ""], True),
        (["0.29 [0.17, 0.39]", "the best of all"], False),
        (["12 clips [of a set]"], False),
    ],
)
def test_figures_with_their_intervals_are_kept_on_one_line(cells, whole):
    (column,) = shown_columns(Table("figures", "Figures", pd.DataFrame({"a": cells}), ""))
    assert column.whole == whole


def test_players_hold_each_clip_once(page):
    sound = {
        name: "data:audio/mpeg;base64," + base64.b64encode(name.encode()).decode()
        for name in ("dry", "loud", "quiet", "chain")
    }
    assert [a["src"] for _, a, _, _ in page.all("audio")] == [sound["dry"], sound["loud"], sound["chain"]]
    options = [(a["value"], text, "selected" in a) for _, a, text, _ in page.all("option")]
    assert options == [(sound["quiet"], "level 1", False), ("", "level 10", True)]
    assert page.all("option")[0][1]["data-detail"] == "+6.4 LU louder"


def test_the_chart_is_in_the_page_as_data_and_as_picture(page, result):
    specs = [json.loads(text) for _, a, text, inside in page.all("script") if "figure" in inside]
    assert len(specs) == 1
    assert specs[0]["layer"]
    assert "config" not in specs[0]
    source = page.all("img")[0][1]["src"].removeprefix("data:image/svg+xml;base64,")
    assert base64.b64decode(source).decode() == draw(result.figures[:1])[0].svg
    themes = next(json.loads(text) for _, a, text, _ in page.all("script") if a.get("id") == "themes")
    assert themes["light"]["range"]["category"] != themes["dark"]["range"]["category"]
    assert {themes[name]["background"] for name in themes} == {"transparent"}


def test_footer_says_what_was_run(page):
    said = dict(zip((e[2] for e in page.all("dt")), (e[2] for e in page.all("dd")), strict=True))
    assert said == {"wetdry": "9.8.7", "Date": "2025-01-02", "Command": "wetdry <x>", "Seeds": "bootstrap: 440"}
    run = json.loads(page.all("pre")[0][2])
    assert run["seeds"] == {"bootstrap": 440}
    assert run["nan"] is None


def test_index_links_reports_relative_to_itself(tmp_path):
    entries = [
        IndexEntry(
            NASTY_START, "Lead", tmp_path / "out" / "a b?" / "report.html", tmp_path / "out" / "x.png", "alt & text"
        ),
        IndexEntry("Plain", "Lead", tmp_path / "else" / "report.html"),
    ]
    page = Page(render_index(entries, tmp_path / "out", "Demo", ""))
    assert [a["href"] for _, a, _, _ in page.all("a")] == ["a%20b%3F/report.html", "../else/report.html"]
    assert [(a["src"], a["alt"]) for _, a, _, _ in page.all("img")] == [("x.png", "alt & text")]
    assert page.all("a")[0][2] == NASTY_START
    assert not page.all("script")


@pytest.fixture(scope="module")
def audible():
    """A result of two figures, one of which plays three of the four clips."""

    def player(label, sound, level=math.nan, setting=""):
        family = "" if label == "dry" else "gain"
        return Player(label, "", label.encode(), family, level, sound=sound, setting=setting)

    def points(*sounds):
        return alt.Chart(pd.DataFrame({"x": range(len(sounds)), "sound": sounds})).mark_point().encode(x="x:Q")

    wet = [player("softer", NASTY, -6.0, "−6 dB"), player("louder", "gain-6", 6.0, "+6 dB")]
    other = [player("tape", "tape")]
    blocks = [
        Figure("heard", "Heard", "", "alt", points("a-dry", NASTY, "", "gain-6")),
        Figure("silent", "Silent", "", "alt", points("", "")),
        PlayerGroup("a", "", player("dry", "a-dry"), wet),
        PlayerGroup("b", "", player("dry", ""), other),
    ]
    return lambda *more: StudyResult("s", "t", "l", [Section("1", "", [*blocks, *more])])


def rendered(result):
    return render_report(result, {drawing.figure.name: drawing for drawing in draw(result.figures)})


def test_each_sound_is_found_at_the_player_or_level_that_plays_it(audible):
    page = Page(rendered(audible()))
    sounds = [
        (tag, a["data-sound"], a.get("data-label", a.get("aria-label")))
        for tag, a, _, _ in page.elements
        if "data-sound" in a
    ]
    assert sounds == [
        ("audio", "a-dry", "dry"),
        ("option", NASTY, "softer"),
        ("option", "gain-6", "louder"),
        ("audio", "tape", "tape"),
    ]
    assert [text for _, _, text, _ in page.all("option")] == ["−6 dB", "+6 dB"]


def test_only_a_figure_with_sounds_says_what_plays(audible):
    page = Page(rendered(audible()))
    (line,) = [a for _, a, _, inside in page.all("p") if "figure" in inside and a.get("class") == "listen"]
    assert line["role"] == "status"
    order = [
        a.get("id", a.get("class")) for tag, a, _, _ in page.elements if tag == "figure" or a.get("class") == "listen"
    ]
    assert order == ["figure-heard", "listen", "figure-silent"]


def test_a_point_that_plays_what_no_player_has_is_refused(audible):
    chart = alt.Chart(pd.DataFrame({"sound": ["", "nowhere"]})).mark_point()
    with pytest.raises(ValueError, match='A point of figure "lost" plays "nowhere", but no player has that sound'):
        rendered(audible(Figure("lost", "Lost", "", "alt", chart)))
