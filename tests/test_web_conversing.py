"""What hangs on a conversation, over HTTP: whose it is, what a form must hold, and what nobody else may touch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import icalendar
import pytest
from bs4 import BeautifulSoup, Tag
from docx import Document
from fastapi import FastAPI
from reportlab.pdfgen.canvas import Canvas
from starlette.testclient import TestClient

from assistant import opening
from assistant.answering import Assistant
from assistant.conversations import Conversations
from assistant.settings import Settings, SettingsError, load
from index.library import Encoder, Library
from web.app import create_app
from web.streaming import streamed

HTML = {"Accept": "text/html"}
SLUG = "birkelund-skoleleder"
PLACES = ("p", "widget")
ACTIONS = ("bedoem", "send", "eksport", "slet")


@pytest.fixture
def settings(plain: Settings, tmp_path: Path) -> Settings:
    return replace(plain, database=f"sqlite:///{tmp_path / 'c.sqlite'}", rate=0, origins=("https://www.birkelund.example",))


@pytest.fixture
def conversations(settings: Settings) -> Conversations:
    return opening.conversations(settings)


@pytest.fixture
def app(job_assistant: Assistant, conversations: Conversations, settings: Settings) -> FastAPI:
    return create_app(job_assistant, conversations, settings)


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app)


def soup(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "lxml")


def ask(client: TestClient, question: str = "Er der kantine?", place: str = "p", **more: str) -> BeautifulSoup:
    response = client.post(f"/{place}/{SLUG}", data={"question": question, **more}, headers=HTML)
    assert response.status_code == 200
    return soup(response.text)


def fields(page: BeautifulSoup, action: str) -> dict[str, str]:
    """The hidden fields of the last form that goes there."""
    form = page.select(f"form[action*='/{action}']")[-1]
    return {str(one["name"]): str(one["value"]) for one in form.select("input[type=hidden]")}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("action", ACTIONS)
def test_only_the_owner_may_touch_a_conversation(app: FastAPI, client: TestClient, place: str, action: str) -> None:
    page = ask(client, place=place)
    given = fields(page, action) | {"nummer": "1", "dom": "up"}
    assert ("samtale" in given) == (place == "widget")
    stranger = TestClient(app)
    without = {name: value for name, value in given.items() if name != "samtale"}
    assert stranger.post(f"/{place}/{SLUG}/{action}", data=without).status_code == 404
    forged = without | {"samtale": f"{given.get('samtale', 'x.y').split('.')[0]}.guess"}
    assert stranger.post(f"/{place}/{SLUG}/{action}", data=forged).status_code == 404
    assert client.post(f"/{place}/{SLUG}/{action}", data={**given, "token": "x"}).status_code == 403
    assert client.post(f"/{place}/{SLUG}/{action}", data=given, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post(f"/{place}/findes-ikke/{action}", data=given).status_code == 404
    assert client.get(f"/{place}/{SLUG}/{action}").status_code == 405
    assert client.post(f"/{place}/{SLUG}/{action}", data=given, headers=HTML).status_code == 200


def test_the_key_of_the_widget_opens_nothing_on_the_page_and_the_reverse(app: FastAPI, client: TestClient) -> None:
    given = fields(ask(client, place="widget"), "bedoem")
    assert "set-cookie" not in client.get(f"/widget/{SLUG}").headers and not client.cookies
    assert TestClient(app).post(f"/p/{SLUG}/bedoem", data={**given, "nummer": "1", "dom": "up"}).status_code == 404
    ask(client)
    assert "data-answer" not in client.get(f"/widget/{SLUG}", headers=HTML).text


@pytest.mark.parametrize("bad", [{"dom": "sideways"}, {"dom": ""}, {"nummer": "x"}, {"nummer": "-1"}, {"nummer": "9" * 30}, {"nummer": "²"}, {"grund": "x" * 1001}, {"grund": "\x00"}])
def test_a_thumb_that_cannot_be_given(client: TestClient, conversations: Conversations, bad: dict[str, str]) -> None:
    given = fields(ask(client), "bedoem") | {"nummer": "1", "dom": "up"}
    assert client.post(f"/p/{SLUG}/bedoem", data={**given, **bad}).status_code == 422
    assert conversations.feedback.of(client.cookies[f"samtale-{SLUG}"].split(".")[0]) == {}


def test_a_turn_that_is_not_there_is_not_found(client: TestClient) -> None:
    given = fields(ask(client), "bedoem")
    for action in ("bedoem", "send"):
        assert client.post(f"/p/{SLUG}/{action}", data={**given, "nummer": "7", "dom": "up"}).status_code == 404


@pytest.mark.parametrize("mail", ["x", "a@b", "a b@c.dk", "a@b.dk,c@d.dk", "<a@b.dk>", "a@b.dk\r\nBcc: c@d.dk", "a" * 300 + "@b.dk"])
def test_a_mail_address_that_is_none_is_refused_kindly(client: TestClient, conversations: Conversations, mail: str) -> None:
    given = fields(ask(client), "send")
    response = client.post(f"/p/{SLUG}/send", data={**given, "mail": mail})
    assert (response.status_code, response.json()["error"]["code"]) == (422, "mail")
    assert conversations.forwarding.waiting(date(2024, 1, 20)) == []


def test_only_a_refusal_or_a_thumb_down_offers_the_consultant(client: TestClient) -> None:
    assert len(ask(client, "Er der kantine?").select("form.human")) == 1
    page = ask(client, "Hvornår er ansøgningsfristen?")
    assert len(page.select("form.human")) == 1
    assert len(ask(client, "Hvordan bliver vejret?").select("form.human")) == 1
    client.post(f"/p/{SLUG}/bedoem", data=fields(page, "bedoem") | {"nummer": "2", "dom": "down"})
    assert len(soup(client.get(f"/p/{SLUG}", headers=HTML).text).select("form.human")) == 2


def test_a_browser_is_sent_on_so_that_reload_asks_nothing(client: TestClient, conversations: Conversations) -> None:
    sent = client.post(f"/p/{SLUG}", data={"question": "Er der kantine?"}, headers={**HTML, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin"}, follow_redirects=False)
    assert sent.status_code == 303 and sent.headers["location"] == f"/p/{SLUG}?svar=1#svar-1" and "samtale" in sent.headers["set-cookie"]
    assert len(soup(client.get(sent.headers["location"], headers=HTML).text).select("article[data-answer]")) == 1


def test_the_same_question_sent_twice_is_one_turn(client: TestClient) -> None:
    for _ in range(3):
        assert len(ask(client, "Hvornår er ansøgningsfristen?").select("article[data-answer]")) == 1
    ask(client)
    assert len(ask(client, "Hvornår er ansøgningsfristen?").select("article[data-answer]")) == 3


def test_what_the_pages_script_gets_is_the_pages_own_html(client: TestClient) -> None:
    response = client.post(f"/p/{SLUG}/svar", data={"question": "<b>Hvornår</b> er ansøgningsfristen?", "efter": "0"})
    names = re.findall(r"^event: (\w+)$", response.text, re.MULTILINE)
    assert names[0] == "begun" and names[-1] == "changed" and set(names[1:-1]) == {"delta"}
    assert "samtale" in response.headers["set-cookie"] and '"key": ""' in response.text and "<b>" not in response.text
    assert client.post(f"/p/{SLUG}/svar", data={"question": " "}).status_code == 422


def test_the_calendar_quotes_the_profile(client: TestClient, job_assistant: Assistant) -> None:
    response = client.get(f"/p/{SLUG}/kalender.ics")
    assert response.headers["content-type"] == "text/calendar; charset=utf-8"
    entries = icalendar.Calendar.from_ical(response.content).walk("VEVENT")
    text = job_assistant.library.profile(SLUG).text
    assert [str(entry["summary"]) for entry in entries][:2] == ["Ansøgningsfrist: Skoleleder, Birkelund Kommune", "Første samtale: Skoleleder, Birkelund Kommune"]
    for entry in entries:
        start, end = (int(number) for number in re.findall(r"=(\d+)", str(entry["url"])))
        assert f"»{text[start:end]}«" in str(entry["description"])


def test_a_citation_of_a_profile_that_has_changed_says_so(client: TestClient, job_assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(client, "Hvornår er ansøgningsfristen?")
    profile = job_assistant.library.profile(SLUG)
    changed = replace(profile, text=profile.text.replace("1. marts", "8. marts"))
    monkeypatch.setattr(job_assistant.library, "profile", lambda slug: changed)
    page = soup(client.get(f"/p/{SLUG}", headers=HTML).text)
    chip = page.select_one(".turn .chip")
    assert isinstance(chip, Tag) and chip.name == "span" and "Profilen er ændret" in page.get_text()


def test_the_search_answers_from_the_profile_it_names(client: TestClient, stocked: Library, settings: Settings, conversations: Conversations) -> None:
    many = opening.assistant(settings, stocked)
    page = soup(TestClient(create_app(many, conversations, settings)).get("/?q=Hvad+koster+det+i+pension%3F+L%C3%B8nnen%3F", headers=HTML).text)
    for article in page.select(".found article"):
        link = article.select_one(".chip")
        assert link is not None and str(link["href"]).startswith(f"/p/{article['data-profile']}?")
    assert conversations.count() == 0


def test_who_may_embed_what(client: TestClient) -> None:
    policies = {path: client.get(path, headers=HTML).headers["content-security-policy"] for path in (f"/widget/{SLUG}", f"/p/{SLUG}", "/om")}
    assert policies[f"/widget/{SLUG}"].endswith("frame-ancestors 'self' https://www.birkelund.example")
    assert policies[f"/p/{SLUG}"].endswith("frame-ancestors 'none'") and policies["/om"].endswith("frame-ancestors 'none'")
    script = client.get("/widget.js")
    assert script.headers["content-type"].startswith("text/javascript") and script.headers["cross-origin-resource-policy"] == "cross-origin"


def test_the_allowed_origins_are_origins(tmp_path: Path) -> None:
    found = settings_of({"ASSISTANT_ORIGINS": "https://www.a.example, http://localhost:3000/  https://*.b.example"}, tmp_path)
    assert found.origins == ("https://www.a.example", "http://localhost:3000", "https://*.b.example")
    for wrong in ("*", "a.example", "https://a.example/job", "https://a.example;script-src *", "javascript:alert(1)"):
        with pytest.raises(SettingsError, match="ASSISTANT_ORIGINS"):
            settings_of({"ASSISTANT_ORIGINS": wrong}, tmp_path)


def settings_of(environment: dict[str, str], folder: Path) -> Settings:
    return load(None, environment, folder)


def test_a_reader_that_leaves_lets_the_work_end() -> None:
    import asyncio
    import time

    ended: list[int] = []

    def work() -> Iterator[str]:
        for at in range(3):
            yield str(at)
            time.sleep(0.05)
        ended.append(1)

    async def leave() -> list[str]:
        pieces = streamed(work)
        found = [await anext(pieces)]  # type: ignore[arg-type]
        await pieces.aclose()  # type: ignore[attr-defined]
        await asyncio.sleep(0.5)
        return found

    assert asyncio.run(leave()) == ["0"] and ended == [1]


def test_a_citation_of_a_pdf_opens_the_original_at_its_page(encoder: Encoder, settings: Settings, conversations: Conversations, tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "rektor.pdf"))
    for lines in (["Rektor til Birkelund Gymnasium", "Vi søger en rektor, som kan samle skolen om den faglige udvikling."], ["Ansøgningsfrist", "Ansøgningsfristen er mandag den 1. marts 2027."]):
        for at, line in enumerate(lines):
            canvas.drawString(72, 760 - 20 * at, line)
        canvas.showPage()
    canvas.save()
    library = Library(tmp_path / "index", encoder)
    library.add(tmp_path / "rektor.pdf")
    client = TestClient(create_app(opening.assistant(settings, library), conversations, settings))
    page = soup(client.post("/p/rektor", data={"question": "Hvornår er ansøgningsfristen?"}, headers=HTML).text)
    link = page.select_one(".sources .original")
    assert link is not None and link["href"] == "/p/rektor/original.pdf#page=2" and "side 2" in link.get_text()
    sent = client.get("/p/rektor/original.pdf")
    assert sent.content == (tmp_path / "rektor.pdf").read_bytes() and sent.headers["content-type"] == "application/pdf" and sent.headers["content-disposition"].startswith("inline")


def test_the_original_of_a_word_file_is_a_download(encoder: Encoder, settings: Settings, conversations: Conversations, tmp_path: Path) -> None:
    document = Document()
    for line in ("Rektor til Birkelund Gymnasium", "Vi søger en rektor, som kan samle skolen.", "Ansøgningsfristen er mandag den 1. marts 2027."):
        document.add_paragraph(line)
    document.save(str(tmp_path / "rektor.docx"))
    library = Library(tmp_path / "index", encoder)
    library.add(tmp_path / "rektor.docx")
    client = TestClient(create_app(opening.assistant(settings, library), conversations, settings))
    link = soup(client.get("/p/rektor", headers=HTML).text).select_one(".paper-top a[download]")
    assert link is not None and link["href"] == "/p/rektor/original.docx"
    sent = client.get("/p/rektor/original.docx")
    assert sent.content == (tmp_path / "rektor.docx").read_bytes() and sent.headers["content-disposition"].startswith("attachment")
    assert client.get("/p/rektor/original.pdf").status_code == 404


def test_nothing_but_a_pdf_is_handed_out(client: TestClient, stocked: Library, settings: Settings, conversations: Conversations) -> None:
    many = TestClient(create_app(opening.assistant(settings, stocked), conversations, settings))
    assert many.get("/p/skoleleder-havrebjerg/original.docx").status_code == 404
    assert many.get("/p/skoleleder-havrebjerg/original.pdf").status_code == client.get(f"/p/{SLUG}/original.pdf").status_code == 404
