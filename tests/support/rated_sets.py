"""Small made-up copies of labelled sets, laid out as their publishers do."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from wetdry.audio import Clip, write_flac

DEAM_PER_SONG = "annotations/annotations averaged per song"
DEAM_FIRST = f"{DEAM_PER_SONG}/song_level/static_annotations_averaged_songs_1_2000.csv"
DEAM_LAST = f"{DEAM_PER_SONG}/song_level/static_annotations_averaged_songs_2000_2058.csv"
DEAM_SAMPLED = f"{DEAM_PER_SONG}/dynamic (per second annotations)"


def write(root: Path, name: str, *lines: str) -> Path:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def sound(root: Path, *names: str) -> None:
    """A tenth of a second of sound in each file, no two alike."""
    for k, name in enumerate(names, start=1):
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        write_flac(file, Clip(np.full(800, k / 1000, dtype=np.float32), 8000))


def deam(root: Path) -> Path:
    """Two songs that emoMusic has too, one that it has not, one of the last part, and one without audio."""
    header = "song_id, valence_mean, valence_std, arousal_mean, arousal_std"
    write(root, DEAM_FIRST, header, "2, 3.0, 0.9, 7, 0.6", "10, 5, 1, 6, 1", "1001, 8.0, 1, 2.5, 1", "1002, 5, 1, 5, 1")
    write(root, DEAM_LAST, "song_id, valence_mean, arousal_mean, arousal_ max_mean", "2001, 1, 9, 9")
    sound(root, *(f"MEMD_audio/{song}.flac" for song in (2, 10, 1001, 2001)))
    return root


def deam_sampled(root: Path, valence: Iterable[str], arousal: Iterable[str]) -> None:
    for axis, lines in (("valence", valence), ("arousal", arousal)):
        write(root, f"{DEAM_SAMPLED}/{axis}.csv", "song_id, sample_14500ms, sample_15000ms, sample_15500ms", *lines)


def emomusic(root: Path) -> Path:
    header = "song_id,mean_arousal,std_arousal,mean_valence,std_valence"
    write(root, "annotations/static_annotations.csv", header, "2,3,1,7,1", "10,5,1,6,1", "13,4,1,4,1")
    write(
        root,
        "annotations/songs_info.csv",
        '"song_id","file_name","Artist","Genre","Mediaeval 2013 set"',
        '2,"\t2.mp3","A\t","\tBlues","\tdevelopment"',
        '10,"\t10.mp3","B\t","\tRock","\tevaluation"',
        '13,"\t13.mp3","B, C\t","\t","\tdevelopment"',
    )
    sound(root, *(f"clips_45seconds/{song}.flac" for song in (2, 10, 13)))
    return root


def pmemo(root: Path) -> Path:
    write(
        root,
        "annotations/static_annotations.csv",
        "musicId,Arousal(mean),Valence(mean)",
        "1,0.4,0.575",
        "4,1,0",
        "5,0.5,0.5",
    )
    write(
        root,
        "annotations/dynamic_annotations.csv",
        "musicId,frameTime,Arousal(mean),Valence(mean)",
        "1,15.0,0.25,0.5",
        "1,15.5,0.75,0.5",
        "4,15.0,0.9,0.1",
    )
    sound(root, *(f"chorus/{song}.flac" for song in (1, 4, 5, 6)))
    return root


def emotify(root: Path) -> Path:
    """Two tracks of each of two genres; track 3, the first of rock, was heard by two listeners."""
    feelings = "amazement, solemnity, tenderness, nostalgia, calmness, power, joyful_activation, tension, sadness"
    write(
        root,
        "data.csv",
        f"track id, genre, {feelings}, mood, mother tongue",
        "1,classical,0,1,0,0,0,0,0,0,0,3,Dutch",
        "2,classical,0,0,1,0,0,0,0,0,0,3,Dutch",
        "3,rock,0,0,0,0,0,1,0,1,0,3,English",
        "3,rock,1,0,0,0,0,1,0,0,0,4,Dutch",
        "4,rock,0,0,0,0,0,0,1,0,0,4,Dutch",
    )
    sound(root, *(f"emotifymusic/{name}.flac" for name in ("classical/1", "classical/2", "rock/1", "rock/2")))
    return root


def grekow(root: Path) -> Path:
    write(
        root,
        "All_annotations.csv",
        "Id,Name,Arousal,Valence,EmoCat",
        "1,out_blues.00002.wav,5.8,2.6,e1",
        "2,out_metal.00005.wav,7,-4.2,e2",
        "3,out_blues.00032.wav,-5,-4,e3",
        "4,out_blues.00032 - Kopia.wav,-5.75,-3.5,e3",
    )
    folder = root / "all_music_files"
    sound(folder, "out_blues.00002.flac", "out_metal.00005.flac", "out_blues.00032.flac")
    shutil.copy(folder / "out_blues.00032.flac", folder / "out_blues.00032 - Kopia.flac")
    return root


def music2emo(root: Path, folder: str, **songs: Iterable[int]) -> None:
    """The lists of songs for training, validation and test."""
    for split in ("train", "validation", "test"):
        write(root, f"{folder}/split/{split}.txt", *(str(song) for song in songs.get(split, [])))


EMOPIA_CLIPS = {
    "Q1_0vLPYiPN7qY_0": "train",
    "Q1_0vLPYiPN7qY_1": "train",
    "Q3_a_b-c_d-e_f_0": "validation",
    "Q4_e838BE_MH6s_2": "test",
}


def emopia(root: Path) -> Path:
    """Four clips of a second or so, of three songs; one song has underscores in its id."""
    for k, clip in enumerate(EMOPIA_CLIPS):
        midi(root / "midis" / f"{clip}.mid", [(0.1, 0.5, 60 + k)])
    write(root, "label.csv", "ID,4Q,annotator", *(f"{clip},{clip[1]},A" for clip in EMOPIA_CLIPS))
    for split, name in (("train", "train"), ("validation", "val"), ("test", "test")):
        clips = [clip for clip, side in EMOPIA_CLIPS.items() if side == split]
        write(root, f"split/{name}_clip.csv", ",clip_name", *(f"{k},{clip}.mid" for k, clip in enumerate(clips)))
    return root


def vgmidi(root: Path) -> Path:
    """Three phrases of a second or so of two pieces, and one whose MIDI file is missing."""
    pieces = [("Hills", 0, 1, 1), ("Hills", 1, -1, 1), ("Caves", 0, -1, -1), ("Ending", 0, 1, -1)]
    rows = []
    for k, (piece, number, valence, arousal) in enumerate(pieces):
        name = f"Saga_NES_Saga II_{piece}_{number}.mid"
        rows.append(f"{k},Saga,NES,Saga II,{piece},labelled/phrases/{name},{valence},{arousal}")
        if piece != "Ending":
            midi(root / "labelled" / "phrases" / name, [(0.1, 0.5, 60 + k)])
    write(root, "vgmidi_labelled.csv", "id,series,console,game,piece,midi,valence,arousal", *rows)
    return root


def midi(
    file: Path,
    notes: Iterable[tuple[float, float, int]],
    pedal: Iterable[tuple[float, int]] = (),
    drums: bool = False,
) -> Path:
    """A MIDI file of notes (start, end, key) and moves of the sustain pedal (time, value)."""
    import pretty_midi

    part = pretty_midi.Instrument(program=0, is_drum=drums)
    part.notes = [pretty_midi.Note(velocity=80, pitch=pitch, start=start, end=end) for start, end, pitch in notes]
    part.control_changes = [pretty_midi.ControlChange(number=64, value=value, time=time) for time, value in pedal]
    written = pretty_midi.PrettyMIDI()
    written.instruments.append(part)
    file.parent.mkdir(parents=True, exist_ok=True)
    written.write(str(file))
    return file
