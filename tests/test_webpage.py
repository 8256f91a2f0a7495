"""A web page is read as its visitor sees it, without the site around the text."""

from __future__ import annotations

import pytest

from corpus.reading import read_bytes
from corpus.seen import Look, colour, hidden_by, painted

PAGE = """<!DOCTYPE html><html lang="da"><head><title>Job hos os</title><style>.no { display: none } @media print { p { display: none } }</style></head><body>
<header><a href="/">Kommunen</a></header><nav><ul><li>Forside</li></ul></nav><div class="cookie-banner">Vi bruger cookies</div>
<main><h1>Skoleleder</h1><p>Vi søger en <em>leder</em>.<span class="no"> Skjult</span></p>
<table><tr><th>Frist</th><td>1. maj 2027</td></tr><tr><th>Kontakt</th><td>Ida Holm<br>20 30 40 50</td></tr></table>
<dl><dt>Løn</dt><dd>Overenskomst</dd><dt>Sted</dt><dd>Ågård</dd></dl>
<ol><li>Søg<ul><li>med cv</li></ul></li><li>Kom</li></ol>
<table><tr><td><h2>Om os</h2><p>Vi er 40.</p></td><td><p>Vi er glade.</p></td></tr></table></main>
<aside>Andre job</aside><footer>CVR 12345678</footer></body></html>"""


def test_the_text_of_a_page_in_its_structure() -> None:
    assert read_bytes(PAGE.encode(), "a.html").text == (
        "Skoleleder\n\nVi søger en leder.\n\nFrist\t1. maj 2027\nKontakt\tIda Holm\n\t20 30 40 50\nLøn\tOverenskomst\nSted\tÅgård\n\n1. Søg\n  - med cv\n2. Kom\n\nOm os\n\nVi er 40.\n\nVi er glade."
    )


def test_htm_is_html() -> None:
    assert read_bytes(PAGE.encode(), "a.htm").text == read_bytes(PAGE.encode(), "a.html").text


@pytest.mark.parametrize("style", ["color:#fff", "color: white", "color:rgba(0,0,0,0)", "font-size:1px", "visibility:hidden", "color:#eee;background:#f2f2f2"])
def test_what_style_hides_is_not_painted(style: str) -> None:
    look = hidden_by(style, Look())
    assert look is None or not painted(look)


@pytest.mark.parametrize("style", ["color:#333", "color:#fff;background:#036", "font-size:8pt", "font-size:0.8em", "color:rgb(0,0,0)", "position:absolute;left:-20px", "opacity:0.8", "height:0", "color:inherit"])
def test_what_style_only_changes_is_painted(style: str) -> None:
    look = hidden_by(style, Look())
    assert look is not None and painted(look)


def test_colours() -> None:
    assert colour("#abc") == (170, 187, 204)
    assert colour("rgb(1, 2, 3)") == (1, 2, 3)
    assert colour("none") is None
