"""A PDF → the words that a reader of its pages sees, each with its place, size and weight; `layout` puts them in order.

A word is seen when there is ink under it: the page is drawn, and a word whose place is one flat colour (white on white,
covered, transparent, off the page, on a layer that is off) is not text. Invisible text is read where it lies over a
picture, as the layer of a scanned page does. Left to others: reading scans (`ocr`).
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pypdfium2
import pypdfium2.raw as pdfium

from corpus import rulings
from corpus.building import too_long
from corpus.columns import Box, Word
from corpus.layout import Page, pieces_of
from corpus.limits import Limits
from corpus.profiles import CorpusError, damaged
from corpus.seen import LEAST_CONTRAST, LEAST_POINTS
from corpus.structure import Piece

SCALE = 2.0
MOST_PIXELS = 8_000_000
LEAST_SIDE, MOST_SIDE = 20.0, 20_000.0
_SYMBOLS = {0xF0B7: "•", 0xF0A7: "•", 0xF0D8: "•", 0xF076: "•", 0xF0FC: "•", 0xF02D: "–", 0xF0A8: "•", 0x02: "-", 0xFFFE: "-"}
_INVISIBLE = (pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP)


def read(data: bytes, name: str, limits: Limits) -> tuple[dict[str, str], list[Piece]]:
    """A PDF → its metadata (which pages hold no text, if any) and its pieces. Raises `CorpusError`."""
    document = _open(data, name)
    if not len(document):
        raise CorpusError(f"{name}: filen har ingen sider. Gem profilen på ny som PDF, og prøv igen.", "empty")
    if len(document) > limits.pages:
        raise CorpusError(f"{name}: filen har {len(document)} sider; en profil har højst {limits.pages}. Læg kun profilens sider ind.", "large")
    pages, scanned = [], []
    characters = 0
    for number in range(1, len(document) + 1):
        page = _page(document, number, name)
        characters += sum(len(word.text) for word in page.words)
        if characters > limits.characters:
            raise too_long(name, limits)
        if page.is_picture:
            scanned.append(number)
            page = _read_picture(document, page, limits, name) if limits.ocr else page
        pages.append(page)
    return _told(pages, scanned, name, limits)


def _told(pages: list[Page], scanned: list[int], name: str, limits: Limits) -> tuple[dict[str, str], list[Piece]]:
    """The pieces, or the refusal of a document of pictures."""
    left = [] if limits.ocr else scanned
    words = sum(len(page.words) for page in pages)
    if not words and not scanned:
        raise CorpusError(f"{name}: filen er tom eller indeholder ingen læsbar tekst. Læg en fil med profilens tekst ind.", "empty")
    if left and len(left) * 2 >= len(pages):
        raise CorpusError(f"{name}: filen er scannet og har ingen tekst, kun billeder af den. Læg den oprindelige fil ind, eller slå tekstgenkendelse til (ASSISTANT_OCR=1).", "scan")
    if not words:
        raise CorpusError(f"{name}: der blev ikke fundet tekst på de scannede sider. Læg den oprindelige fil ind.", "scan")
    return ({"unread_pages": ", ".join(map(str, left))} if left else {}), pieces_of(pages)


def _open(data: bytes, name: str) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pdfium.FPDF_ERR_PASSWORD:
            raise CorpusError(f"{name}: filen er beskyttet med adgangskode. Gem den uden adgangskode, og prøv igen.", "encrypted") from error
        if error.err_code == pdfium.FPDF_ERR_SECURITY:
            raise CorpusError(f"{name}: filen er krypteret på en måde, der ikke kan læses. Gem den uden beskyttelse, og prøv igen.", "encrypted") from error
        raise CorpusError(damaged(name), "damaged") from error


def _page(document: pypdfium2.PdfDocument, number: int, name: str) -> Page:
    """One page's words. Raises `CorpusError` for one whose letters cannot be told."""
    try:
        page = document[number - 1]
    except pypdfium2.PdfiumError:
        return Page(number, 595.0, 842.0, ())
    try:
        if not all(LEAST_SIDE <= side <= MOST_SIDE for side in page.get_size()):
            return Page(number, 595.0, 842.0, ())
        return _Reader(page, number).read(name)
    except pypdfium2.PdfiumError:
        return Page(number, 595.0, 842.0, ())
    finally:
        page.close()


@dataclass(frozen=True, slots=True)
class _Face:
    """What all letters of one text object share: size in points, bold, drawn without ink, leaning."""

    size: float
    bold: bool
    unseen: bool
    turned: bool


@dataclass(frozen=True, slots=True)
class _Letter(Box):
    """One letter: its box with the room it takes in its line (points, from the page's top left corner), the line it stands on, its face."""

    face: _Face
    seen: bool


class _Reader:
    """Reads one page."""

    def __init__(self, page: pypdfium2.PdfPage, number: int) -> None:
        self.page, self.number = page, number
        self.width, self.height = page.get_size()
        self.scale = min(SCALE, math.sqrt(MOST_PIXELS / (self.width * self.height)))
        self.faces: dict[int, _Face] = {}
        self.map = self._to_device()

    def read(self, name: str) -> Page:
        """The page's words that are seen."""
        text = self.page.get_textpage()
        count = text.count_chars()
        pictures = list(self._pictures())
        covered = sum((x1 - x0) * (bottom - top) for x0, top, x1, bottom in pictures) > 0.35 * self.width * self.height
        if not count:
            return Page(self.number, self.width, self.height, (), is_picture=covered)
        self.ink, self.stride = self._drawn()
        unknown = 0
        words: list[Word] = []
        letters: list[_Letter] = []
        for index in range(count):
            letter = self._letter(text.raw, index, pictures)
            if letter is not None and letters and not _adjoins(letters[-1], letter):
                words += _word(letters)
                letters = []
            if letter is not None:
                letters.append(letter)
                unknown += letter.text == "\ufffd"
            elif letters:
                words += _word(letters)
                letters = []
        words += _word(letters)
        words += self._bullets(words)
        shown = sum(len(word.text) for word in words)
        if unknown > 20 and unknown > 0.3 * shown:
            raise CorpusError(f"{name}: bogstaverne på side {self.number} er gemt, så de ikke kan læses som tekst. Gem filen på ny som PDF, eller læg Word-filen ind.", "damaged")
        drawn = rulings.grids(self.ink, self.stride, int(self.width * self.scale), self.scale, pictures)
        return Page(self.number, self.width, self.height, tuple(words), covered and shown < 20, tuple(drawn))

    def _bullets(self, words: list[Word]) -> Iterator[Word]:
        """The discs and squares that are drawn, not written, before a line's first word."""
        for found in self.page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=4):
            try:
                x0, top, x1, bottom = self._box(*found.get_bounds())
            except pypdfium2.PdfiumError:
                continue
            if 1.5 <= x1 - x0 <= 8 and 1.5 <= bottom - top <= 8 and 0.7 < (x1 - x0) / (bottom - top) < 1.4 and self._inked(x0, top, x1, bottom):
                middle = (top + bottom) / 2
                row = [word for word in words if word.top - 2 <= middle <= word.bottom + 2 and -1 <= word.x0 - x1 < 40]
                if row and not any(word.top <= middle <= word.bottom and -6 < word.x1 - x0 < 1 for word in words):
                    after = min(row, key=lambda word: word.x0)
                    yield Word("•", x0, top, max(x1, after.x0 - 0.3 * after.size), bottom, after.base, after.size, after.bold)

    def _to_device(self) -> tuple[float, float, float, float, float, float]:
        """The map from the page's own coordinates to points from its top left corner as shown (turned, cropped): a, b, c, d, e, f."""
        unit = 100
        width, height = int(self.width * unit), int(self.height * unit)

        def place(x: float, y: float) -> tuple[float, float]:
            dx, dy = ctypes.c_int(), ctypes.c_int()
            pdfium.FPDF_PageToDevice(self.page.raw, 0, 0, width, height, 0, x, y, dx, dy)
            return dx.value / unit, dy.value / unit

        (e, f), (ax, bx), (cx, dx) = place(0, 0), place(1000, 0), place(0, 1000)
        return (ax - e) / 1000, (bx - f) / 1000, (cx - e) / 1000, (dx - f) / 1000, e, f

    def _at(self, x: float, y: float) -> tuple[float, float]:
        a, b, c, d, e, f = self.map
        return a * x + c * y + e, b * x + d * y + f

    def _box(self, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        (x0, y0), (x1, y1) = self._at(left, bottom), self._at(right, top)
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)

    def _pictures(self) -> Iterator[tuple[float, float, float, float]]:
        """The boxes of the images on the page, cut to it."""
        for found in self.page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=4):
            try:
                x0, y0, x1, y1 = self._box(*found.get_bounds())
            except pypdfium2.PdfiumError:
                continue
            box = max(0.0, x0), max(0.0, y0), min(self.width, x1), min(self.height, y1)
            if box[0] < box[2] and box[1] < box[3]:
                yield box

    def _drawn(self) -> tuple[bytes, int]:
        """The page in greys without its annotations, and the bytes of one row."""
        bitmap = self.page.render(scale=self.scale, grayscale=True, may_draw_forms=False, draw_annots=False)
        try:
            return bytes(bitmap.buffer), bitmap.stride
        finally:
            bitmap.close()

    def _letter(self, text: object, index: int, pictures: list[tuple[float, float, float, float]]) -> _Letter | None:
        """One letter; None for white space and for what cannot be placed."""
        code = pdfium.FPDFText_GetUnicode(text, index)
        if pdfium.FPDFText_IsGenerated(text, index) == 1 or (code < 33 and code not in _SYMBOLS) or code in (0xA0, 0xFFFF):
            return None
        left, right, bottom, top = (ctypes.c_double() for _ in range(4))
        x, y = ctypes.c_double(), ctypes.c_double()
        if not pdfium.FPDFText_GetCharBox(text, index, left, right, bottom, top) or not pdfium.FPDFText_GetCharOrigin(text, index, x, y):
            return None
        face = self._face(text, index)
        x0, y0, x1, y1 = self._box(left.value, bottom.value, right.value, top.value)
        base = self._at(x.value, y.value)[1]
        room = pdfium.FS_RECTF()
        start, _, end, _ = self._box(room.left, room.bottom, room.right, room.top) if pdfium.FPDFText_GetLooseCharBox(text, index, room) else (x0, y0, x1, y1)
        if not all(map(math.isfinite, (x0, y0, x1, y1, base, start, end))) or face.turned:
            return None
        character = _SYMBOLS.get(code) or ("\ufffd" if 0xD800 <= code < 0xF900 or code > 0x10FFFF or pdfium.FPDFText_HasUnicodeMapError(text, index) == 1 else chr(code))
        over = not face.unseen or any(a <= (x0 + x1) / 2 <= c and b <= (y0 + y1) / 2 <= d for a, b, c, d in pictures)
        return _Letter(character, min(x0, start), y0, max(x1, end), y1, base, face, over and face.size >= LEAST_POINTS and self._inked(x0, y0, x1, y1))

    def _face(self, text: object, index: int) -> _Face:
        """The face of a letter, asked for once a text object."""
        found = pdfium.FPDFText_GetTextObject(text, index)
        key = ctypes.cast(found, ctypes.c_void_p).value or 0
        if key not in self.faces or not key:
            self.faces[key] = self._new_face(text, index, found)
        return self.faces[key]

    def _new_face(self, text: object, index: int, found: object) -> _Face:
        matrix = pdfium.FS_MATRIX()
        size = pdfium.FPDFText_GetFontSize(text, index)
        if pdfium.FPDFText_GetMatrix(text, index, matrix):
            size *= math.hypot(matrix.c, matrix.d)
        box = pdfium.FS_RECTF()
        if pdfium.FPDFText_GetLooseCharBox(text, index, box):
            x0, y0, x1, y1 = self._box(box.left, box.bottom, box.right, box.top)
            size = size if 0.4 * size <= y1 - y0 <= 3 * size else (y1 - y0) / 1.2
        buffer, flags = ctypes.create_string_buffer(200), ctypes.c_int()
        pdfium.FPDFText_GetFontInfo(text, index, buffer, 200, flags)
        name = buffer.value.decode("utf-8", "replace").casefold()
        bold = any(word in name for word in ("bold", "black", "heavy", "semibold", "demi")) or pdfium.FPDFText_GetFontWeight(text, index) >= 600
        red, green, blue, alpha = (ctypes.c_uint(255) for _ in range(4))
        clear = bool(found) and bool(pdfium.FPDFPageObj_GetFillColor(found, red, green, blue, alpha)) and alpha.value == 0
        mode = pdfium.FPDFTextObj_GetTextRenderMode(found) if found else 0
        a, b, c, d, _, _ = self.map
        turned = abs(b * matrix.a + d * matrix.b) > 0.1 * max(1e-9, abs(a * matrix.a + c * matrix.b))
        return _Face(size, bold, mode in _INVISIBLE or clear, turned)

    def _inked(self, x0: float, top: float, x1: float, bottom: float) -> bool:
        """Whether the page shows anything but one flat colour in a box."""
        width = int(self.width * self.scale)
        left, right = max(0, math.floor(x0 * self.scale) - 1), min(width, math.ceil(x1 * self.scale) + 1)
        first, last = max(0, math.floor(top * self.scale) - 1), min(len(self.ink) // self.stride, math.ceil(bottom * self.scale) + 1)
        if right - left < 2 or last - first < 2 or x1 < 0 or bottom < 0:
            return False
        darkest, lightest = 255, 0
        for row in range(first * self.stride, last * self.stride, self.stride):
            cut = self.ink[row + left : row + right]
            darkest, lightest = min(darkest, min(cut)), max(lightest, max(cut))
            if lightest - darkest >= LEAST_CONTRAST:
                return True
        return False


def _adjoins(before: _Letter, after: _Letter) -> bool:
    """Whether two letters in a row belong to one word: one line, no room for a space between, one size."""
    size = max(before.face.size, after.face.size)
    return abs(before.base - after.base) < 0.3 * size and -1.3 * size < after.x0 - before.x1 < 0.16 * size


def _word(letters: list[_Letter]) -> list[Word]:
    """The letters as a word, when most of them are seen."""
    if not letters or 2 * sum(letter.seen for letter in letters) < len(letters):
        return []
    face = letters[len(letters) // 2].face
    text = "".join(letter.text for letter in letters)
    return [Word(text, min(x.x0 for x in letters), min(x.top for x in letters), max(x.x1 for x in letters), max(x.bottom for x in letters), letters[0].base, round(face.size, 1), face.bold)]


def _read_picture(document: pypdfium2.PdfDocument, page: Page, limits: Limits, name: str) -> Page:
    """A page that is a picture, its words read by tesseract."""
    from corpus import ocr

    shown = document[page.number - 1]
    bitmap = shown.render(scale=min(300 / 72, math.sqrt(3 * MOST_PIXELS / (page.width * page.height))), grayscale=True, may_draw_forms=False, draw_annots=False)
    try:
        words = ocr.words(bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride, page.width, page.height, name)
    finally:
        bitmap.close()
        shown.close()
    return replace(page, words=words)
