"""Sends every reader what nobody would: broken, spliced and invented files, for as long as it is told.

`python tests/fuzzing.py SECONDS [SUFFIX …]` prints a line a reader; it ends with 1 when a reader failed by a fault of its
own, or when the process that reads for us had to be started again.
"""

from __future__ import annotations

import sys
import tempfile
import time
import zlib
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import documents
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from corpus import confined
from corpus.profiles import CorpusError
from corpus.reading import LIMITS, read_bytes

SUFFIXES = (".txt", ".md", ".html", ".docx", ".pdf")
REFUSED = {"empty", "scan", "type", "encrypted", "damaged", "unsafe", "large", "slow", "memory"}


@dataclass
class Found:
    """What came of one reader's files."""

    suffix: str
    files: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    faults: list[bytes] = field(default_factory=list)
    restarts: int = 0

    def __str__(self) -> str:
        outcomes = ", ".join(f"{name} {count}" for name, count in self.outcomes.most_common())
        return f"{self.suffix}\t{self.files} files\t{outcomes}\tslowest {self.slowest:.1f} s\tfaults {len(self.faults)}\tserver restarts {self.restarts}"


@cache
def seeds(suffix: str) -> tuple[bytes, ...]:
    """The files that broken ones are made from."""
    cases = [case for case in documents.CASES if case.name.endswith(suffix) and case.row not in ("D26", "D27", "D28", "D29", "D30", "D31", "D40", "D41", "D64", "D65", "D77", "D78", "D79", "D80")]
    with tempfile.TemporaryDirectory() as folder:
        return tuple(path.read_bytes() for path in documents.make(Path(folder), cases))


@st.composite
def broken(draw: st.DrawFn, suffix: str) -> bytes:
    """A good file cut, overwritten, repeated and spliced with another."""
    data = bytearray(draw(st.sampled_from(seeds(suffix))))
    for _ in range(draw(st.integers(1, 6))):
        if not data:
            break
        at = draw(st.integers(0, len(data) - 1))
        length = draw(st.integers(1, min(64, len(data))))
        what = draw(st.sampled_from(("set", "cut", "repeat", "splice", "end")))
        if what == "set":
            data[at : at + length] = draw(st.binary(max_size=16))
        elif what == "cut":
            del data[at : at + length]
        elif what == "repeat":
            data[at:at] = data[at : at + length] * draw(st.integers(1, 200))
        elif what == "splice":
            other = draw(st.sampled_from(seeds(suffix)))
            data[at:at] = other[: draw(st.integers(0, len(other)))]
        else:
            del data[at:]
    return bytes(data)


TEXT = st.text(st.sampled_from("abcæøåÆØÅ 19.,:;-–#*|_[]()<>`\t\n\r\f\0\ufeff\u202e\u200b\U000e0041&\"'!{}%$"), max_size=200)
TAGS = ("p", "div", "table", "tr", "td", "th", "ul", "ol", "li", "dl", "dt", "dd", "h1", "h2", "br", "span", "b", "style", "script", "main", "nav", "pre", "details")
STYLE = st.sampled_from(("", ' style="color:#fff"', ' style="display:none"', ' style="font-size:1e99px"', ' style="left:-99999px"', ' style=";;:;"', ' class="gone"', " hidden", ' style="color:rgb(9,9"', ' role="main"'))


@st.composite
def webpage(draw: st.DrawFn) -> bytes:
    """Tags that need not close, with styles."""
    parts = draw(st.lists(st.one_of(TEXT, st.builds("<{}{}>".format, st.sampled_from(TAGS), STYLE), st.builds("</{}>".format, st.sampled_from(TAGS)), st.builds("<style>{}{{{}}}</style>".format, TEXT, TEXT)), max_size=40))
    return ("<p>Ansøgningsfrist</p>" + "".join(parts)).encode("utf-8", "replace")


ELEMENTS = ("p", "r", "t", "tbl", "tr", "tc", "pPr", "rPr", "numPr", "ilvl", "numId", "pStyle", "sdt", "sdtContent", "ins", "del", "fldChar", "instrText", "txbxContent", "sz", "color", "shd", "b", "vanish", "tab", "br", "sym", "outlineLvl")


@st.composite
def element(draw: st.DrawFn, depth: int = 4) -> str:
    """An element of Word's XML with any other inside."""
    kind = draw(st.sampled_from(ELEMENTS))
    value = draw(st.sampled_from(("", ' w:val="0"', ' w:val="-7"', ' w:val="FFFFFF"', ' w:val="99999999999999999999"', ' w:val="Heading1"', ' w:fldCharType="end"', ' w:val="x"')))
    inner = "".join(draw(st.lists(element(depth - 1), max_size=3))) if depth else draw(st.sampled_from(("", "Frist", "1. maj", "\t", "æ")))
    return f"<w:{kind}{value}>{inner}</w:{kind}>"


@st.composite
def word(draw: st.DrawFn) -> bytes:
    """A Word document of elements that need not belong together."""
    inner = "".join(draw(st.lists(element(), max_size=6)))
    styles = "".join(draw(st.lists(element(2), max_size=3)))
    names = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    return documents.zipped(**{
        "word/document.xml": f"<w:document {names}><w:body><w:p><w:r><w:t>Frist 1. maj</w:t></w:r></w:p>{inner}</w:body></w:document>".encode(),
        "word/styles.xml": f'<w:styles {names}><w:style w:styleId="Heading1"><w:basedOn w:val="Heading1"/>{styles}</w:style></w:styles>'.encode(),
        "word/numbering.xml": f"<w:numbering {names}>{styles}</w:numbering>".encode(),
        "word/header1.xml": f"<w:hdr {names}>{styles}</w:hdr>".encode(),
    })  # fmt: skip


OPERATORS = ("BT", "ET", "q", "Q", "Tj", "TJ", "Td", "Tm", "Tf", "Tr", "Tw", "Tz", "TL", "T*", "cm", "re", "f", "S", "W n", "m", "l", "c", "h", "g", "rg", "Do", "gs", "BI", "ID", "EI", "BDC", "EMC", "sh", "d0")
OPERANDS = st.one_of(st.integers(-999, 9999).map(str), st.floats(-1e9, 1e9).map(lambda number: f"{number:.3f}"), st.sampled_from(("/F1", "/Gs", "/Im", "(Frist 1. maj)", "(\\346\\370\\345)", "<</MCID 0>>", "[(a) -500 (b)]", "<FFFE>", "[")))


@st.composite
def pdf(draw: st.DrawFn) -> bytes:
    """A page drawn by any operators with any operands, on a page of any size."""
    drawing = " ".join(draw(st.lists(st.one_of(OPERANDS, st.sampled_from(OPERATORS)), max_size=120))).encode()
    box = " ".join(draw(st.lists(st.integers(-20000, 20000).map(str), min_size=4, max_size=4))).encode()
    attributes = draw(st.sampled_from((b"", b"/Rotate 90", b"/UserUnit 9999", b"/CropBox [%s]" % box, b"/MediaBox [%s]" % box)))
    data = documents.page(drawing, attributes=attributes)
    if draw(st.booleans()):
        packed = zlib.compress(drawing)
        data = documents.page(more=(documents.stream(packed[: draw(st.integers(1, len(packed)))], b"/Filter /FlateDecode"),)).replace(b"/Contents 4 0 R", b"/Contents [4 0 R 6 0 R]")
    return data


def files(suffix: str) -> st.SearchStrategy[bytes]:
    """Broken files and invented ones of a format."""
    invented = {".txt": TEXT.map(lambda text: text.encode("utf-8", "replace")), ".md": TEXT.map(lambda text: ("# Frist\n" + text).encode("utf-8", "replace")), ".html": webpage(), ".docx": word(), ".pdf": pdf()}
    return st.one_of(broken(suffix), invented[suffix], st.binary(max_size=400))


def fuzz(suffix: str, seconds: float) -> Found:
    """Reads such files through the door that every file comes in by, until the time is up."""
    found = Found(suffix)
    limits = replace(LIMITS, seconds=20)
    stop, batch = time.monotonic() + seconds, 0
    server = None

    def one(data: bytes) -> None:
        nonlocal server
        if time.monotonic() > stop:
            return
        started = time.monotonic()
        try:
            read_bytes(data, f"x{suffix}", limits)
            outcome = "read"
        except CorpusError as refused:
            outcome = refused.reason
        found.files += 1
        found.outcomes[outcome] += 1
        found.slowest = max(found.slowest, time.monotonic() - started)
        process = confined._server.process
        found.restarts += server is not None and process is not server
        server = process
        if outcome not in REFUSED | {"read"}:
            found.faults.append(data)

    while time.monotonic() < stop:
        batch += 1
        run = given(files(suffix))(one)
        seed(batch)(settings(max_examples=300, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))(run))()
    return found


if __name__ == "__main__":
    results = [fuzz(suffix, float(sys.argv[1])) for suffix in sys.argv[2:] or SUFFIXES]
    for result in results:
        print(result, flush=True)
        for number, data in enumerate(result.faults[:5]):
            Path(f"fuzz-{number}{result.suffix}").write_bytes(data)
    sys.exit(any(result.faults or result.restarts for result in results))
