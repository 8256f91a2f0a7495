"""The pages in a real browser (Debian's Chromium): everything a candidate does, at two widths, with and without JavaScript.

Slow: part of `make check`. Skipped, saying so, where Chromium is missing; with `REQUIRE_ALL=1` that is a failure.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import icalendar
import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from assistant import opening
from assistant.answering import Assistant
from assistant.answers import Answer
from assistant.conversations import Conversations
from assistant.settings import Settings
from assistant.suggesting import usual
from index.library import Library
from web.app import create_app

pytestmark = pytest.mark.slow
expect.set_options(timeout=15_000)
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
TODAY = date(2027, 1, 8)
JOB, PASSED = "vicedirektoer-boligforening", "helsingoer-direktoer"
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
WIDTHS = [320, 1280]


class Paced:
    """The real assistant, its stream slowed down where a test needs time to break in."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant, self.library, self.seconds = assistant, assistant.library, 0.0
        self.ask, self.suggestions = assistant.ask, assistant.suggestions

    def stream(self, question: str, profile: str | None = None, earlier: Sequence[str] = (), conversation: str | None = None) -> Iterator[str | Answer]:
        for piece in self.assistant.stream(question, profile, earlier):
            time.sleep(0 if isinstance(piece, Answer) else self.seconds)
            yield piece


@dataclass
class Site:
    """The service as it runs, and what a test may turn."""

    url: str
    paced: Paced
    conversations: Conversations


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail("Chromium is missing: apt-get install chromium")
        pytest.skip("Chromium is missing, so the pages are not tried in a browser: apt-get install chromium")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def host() -> Iterator[Callable[[str], str]]:
    """An employer's own site, on another origin: it serves the page that it is given."""
    pages: dict[str, str] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(pages.get(self.path, "").encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def serve(html: str) -> str:
        pages["/job"] = html
        return f"http://localhost:{server.server_port}/job"

    yield serve
    server.shutdown()


@pytest.fixture(scope="module")
def site(plain: Settings, stocked: Library, host: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    port = free_port()
    folder = tmp_path_factory.mktemp("browser")
    allowed = "{0.scheme}://{0.netloc}".format(urlsplit(host("")))
    settings = replace(plain, today=TODAY, rate=0, origins=(allowed,), database=f"sqlite:///{folder / 'c.sqlite'}")
    paced, conversations = Paced(opening.assistant(settings, stocked)), opening.conversations(settings)
    server = uvicorn.Server(uvicorn.Config(create_app(paced, conversations, settings), host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield Site(f"http://127.0.0.1:{port}", paced, conversations)
    server.should_exit = True
    thread.join(10)


Open = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, site: Site) -> Iterator[Open]:
    """Opens a page in a browser of its own. At the end: no error on any page, and no request that left our origin."""
    contexts: list[BrowserContext] = []
    strays: list[str] = []
    errors: list[str] = []

    def watch(request: Request) -> None:
        if request.url.startswith("http") and urlsplit(request.url).hostname not in ("127.0.0.1", "localhost"):
            strays.append(request.url)

    def make(path: str = f"/p/{JOB}", width: int = 1280, js: bool = True, same: BrowserContext | None = None) -> Page:
        size = {"width": width, "height": 800 if width > 600 else 640}
        context = same or browser.new_context(viewport=size, java_script_enabled=js, base_url=site.url, locale="da-DK")  # type: ignore[arg-type]
        if same is None:
            contexts.append(context)
            context.set_default_timeout(30_000)
            context.on("request", watch)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if "Content Security Policy" in message.text else None)
        page.goto(path)
        return page

    site.paced.seconds = 0.0
    yield make
    for context in contexts:
        context.close()
    assert strays == [] and errors == []


def ask(page: Page, question: str) -> None:
    """Asks by the field, and waits for the answer."""
    before = page.locator("article[data-answer]").count()
    page.locator("#spoerg").fill(question)
    page.locator("#ask button").click()
    expect(page.locator("article[data-answer]")).to_have_count(before + 1)
    expect(page.locator("[aria-busy]")).to_have_count(0)


def answer(page: Page) -> str:
    return page.locator(".turn").last.locator(".said").inner_text()


def marked(page: Page) -> str:
    return "".join(page.locator("#text mark").all_inner_texts())


def text_of(site: Site, slug: str = JOB) -> str:
    return site.paced.library.profile(slug).text


def fits(page: Page) -> bool:
    """Whether nothing has to be scrolled sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


# -- the whole way, with and without JavaScript


@pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_candidates_evening(opened: Open, site: Site, width: int, js: bool) -> None:
    page = opened(width=width, js=js)
    assert page.context.cookies() == []
    expect(page.locator(".job .deadline")).to_contain_text("om 94 dage")
    ask(page, "Hvornår er ansøgningsfristen?")
    assert "12. april 2027" in answer(page)
    assert [cookie["httpOnly"] for cookie in page.context.cookies()] == [True]
    for question in ("Hvornår er første samtale?", "Og anden?", "Hvem kan jeg kontakte?"):
        ask(page, question)
    assert "29. april" in page.locator(".turn").nth(2).inner_text() and page.locator("[data-answer]").count() == 4

    chip = page.locator(".turn").first.locator(".chip")
    address = str(chip.get_attribute("href"))
    start, end = (int(number) for number in re.findall(r"(?:start|end)=(\d+)", address))
    chip.click()
    expect(page.locator("#text mark")).not_to_have_count(0)
    assert marked(page) == text_of(site)[start:end]
    expect(page.locator("#kilde")).to_be_in_viewport()
    assert f"start={start}&end={end}" in page.url and page.locator("[data-answer]").count() == 4
    page.go_back()
    expect(page.locator("#text mark")).to_have_count(0)
    assert page.locator("[data-answer]").count() == 4
    page.reload()
    assert page.locator("[data-answer]").count() == 4
    elsewhere = opened(address.split("#")[0], width=width, js=js)
    assert marked(elsewhere) == text_of(site)[start:end] and elsewhere.locator("[data-answer]").count() == 0

    first = page.locator(".turn").first
    first.locator(".thumb.down").click()
    expect(first.locator(".thumb.down")).to_have_attribute("aria-pressed", "true")
    first.locator(".reason [name=grund]").fill("Tiden mangler")
    first.locator(".reason button").click()
    expect(first.locator(".reason")).to_have_count(0)

    ask(page, "Er der en svømmehal?")
    refused = page.locator(".turn").last
    expect(refused.locator("article")).to_have_class("abstained")
    expect(refused.locator("form.human")).to_contain_text("Send spørgsmålet til konsulenten")
    refused.locator("form.human summary").click()
    refused.locator("form.human input[type=email]").fill("kandidat@post.example")
    refused.locator("form.human button").click()
    expect(refused.locator("form.human")).to_have_count(0)
    conversation = page.context.cookies()[0]["value"].split(".")[0]
    assert site.conversations.feedback.of(conversation)[1].reason == "Tiden mangler"
    sent = site.conversations.forwarding.of(conversation, TODAY)[5]
    assert site.conversations.forwarding.mail(sent.id) == "kandidat@post.example"

    site.conversations.forwarding.approve(sent.id, "Er der en svømmehal?", "Ja, i stuen.", "Lis Kvist")
    page.goto("/")
    expect(page.locator(".fresh")).to_have_count(1)
    page.locator(f"a[href='/p/{JOB}']").first.click()
    expect(page.locator(".human.new")).to_contain_text("Ja, i stuen.")
    expect(page.locator(".human.new")).to_contain_text("Lis Kvist")
    page.reload()
    expect(page.locator(".human.new")).to_have_count(0)
    expect(page.locator(".human .words")).to_have_text("Ja, i stuen.")

    with page.expect_download() as saved:
        page.get_by_role("button", name="Gem samtalen som fil").click()
    kept = saved.value.path().read_text(encoding="utf-8")
    assert all(word in kept for word in ("Og anden?", "Tiden mangler", "Ja, i stuen.", f"start={start}&end={end}")) and "kandidat@" not in kept
    with page.expect_download() as saved:
        page.locator(".calendar").click()
    entries = icalendar.Calendar.from_ical(saved.value.path().read_bytes()).walk("VEVENT")
    assert len(entries) >= 5 and all(str(entry["description"]).startswith("»") for entry in entries)

    page.get_by_role("button", name="Slet samtalen").click()
    expect(page.locator(".banner[role=status]")).to_contain_text("Samtalen er slettet")
    assert page.locator("[data-answer]").count() == 0 and page.context.cookies() == []
    assert site.conversations.turns(conversation) == [] and site.conversations.forwarding.mail(sent.id) is None
    assert fits(page) if js else True


@pytest.mark.parametrize("width", WIDTHS)
def test_hovering_or_focusing_a_citation_shows_its_quote(opened: Open, site: Site, width: int) -> None:
    page = opened(width=width)
    ask(page, "Hvornår er ansøgningsfristen?")
    chip, tip = page.locator(".chip"), page.locator(".tip")
    quote = "".join(str(chip.evaluate("one => document.getElementById(one.getAttribute('aria-describedby')).textContent")))
    assert quote and quote in text_of(site)
    expect(tip).to_be_hidden()
    chip.hover()
    expect(tip).to_be_visible()
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    page.mouse.move(0, 0)
    page.locator("#spoerg").focus()
    for _ in range(20):
        page.keyboard.press("Shift+Tab")
        if chip.evaluate("one => one === document.activeElement"):
            break
    expect(tip).to_be_visible()
    box = tip.bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_copying_an_answer_keeps_its_citations(opened: Open, site: Site, width: int) -> None:
    page = opened(width=width)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.url)
    ask(page, "Hvornår er ansøgningsfristen?")
    page.locator(".copy").click()
    expect(page.locator("#status")).to_contain_text("kopieret")
    copied = str(page.evaluate("navigator.clipboard.readText()"))
    assert "[1]" in copied and "»" in copied and f"{site.url}/p/{JOB}?start=" in copied
    page.evaluate("getSelection().removeAllRanges()")
    selected = str(page.evaluate("() => { getSelection().selectAllChildren(document.querySelector('.said')); return getSelection().toString() }"))
    assert "[1]" in selected


@pytest.mark.parametrize("width", WIDTHS)
def test_suggestions_fit_the_profile_and_follow_the_last_answer(opened: Open, width: int) -> None:
    page = opened(width=width)
    first = page.locator("#suggestions button").all_inner_texts()
    assert len(first) == 3
    page.locator("#suggestions button").first.click()
    expect(page.locator("[data-answer]")).to_have_count(1)
    expect(page.locator("#suggestions button", has_text=first[0])).to_have_count(0)
    assert page.locator("#suggestions button").count() >= 2
    page.locator("#suggestions button").first.click()
    expect(page.locator("[data-answer]")).to_have_count(2)
    assert not page.locator(".turn").last.locator(".abstained").count()


@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_suggested_begins_where_the_last_question_left_off(opened: Open, site: Site, width: int) -> None:
    order = [one for one in usual(site.paced.library.shard(JOB), "da") if not site.paced.ask(one, JOB).abstained]
    page, firsts = opened(width=width), list[str]()
    for asked in (order[0], order[len(order) // 2]):
        ask(page, asked)
        shown = page.locator("#suggestions button").all_inner_texts()
        assert shown and asked not in shown
        assert shown == sorted(shown, key=lambda one: (order.index(one) - order.index(asked)) % len(order))
        firsts.append(shown[0])
    assert firsts[0] != firsts[1]


# -- when things go wrong


@pytest.mark.parametrize("width", WIDTHS)
def test_a_reload_in_mid_stream_loses_nothing(opened: Open, site: Site, width: int) -> None:
    page = opened(width=width)
    ask(page, "Hvornår er første samtale?")
    site.paced.seconds = 0.15
    page.locator("#spoerg").fill("Hvornår er ansøgningsfristen?")
    page.locator("#ask button").click()
    expect(page.locator(".turn").last.locator(".said:not([data-waiting])")).to_be_visible()
    page.reload()
    site.paced.seconds = 0.0
    if page.locator(".failed button").count():
        page.locator(".failed button").click()
    expect(page.locator("[data-answer]")).to_have_count(2)
    page.reload()
    expect(page.locator("[data-answer]")).to_have_count(2)
    assert "12. april" in answer(page) and page.locator(".failed").count() == 0


@pytest.mark.parametrize("width", WIDTHS)
def test_offline_in_mid_answer_says_so_and_a_retry_gives_one_turn(opened: Open, site: Site, width: int) -> None:
    page = opened(width=width)
    ask(page, "Hvornår er første samtale?")
    site.paced.seconds = 0.2
    page.locator("#spoerg").fill("Hvornår er ansøgningsfristen?")
    page.locator("#ask button").click()
    expect(page.locator(".turn").last.locator(".said:not([data-waiting])")).to_be_visible()
    page.context.set_offline(True)
    page.evaluate("1")
    site.paced.seconds = 0.0
    if not page.locator(".failed").count():
        page.wait_for_timeout(500)
        if not page.locator(".failed").count():  # the line was cut after the last byte: ask with none at all
            page.locator("#spoerg").fill("Hvad er lønnen?")
            page.locator("#ask button").click()
    expect(page.locator(".failed")).to_contain_text("forbindelse")
    page.context.set_offline(False)
    page.locator(".failed button").click()
    expect(page.locator(".failed")).to_have_count(0)
    expect(page.locator("[aria-busy]")).to_have_count(0)
    questions = page.locator(".turn .question").all_inner_texts()
    assert len(questions) == len(set(questions))
    page.reload()
    assert page.locator(".turn .question").all_inner_texts() == questions


@pytest.mark.parametrize("width", WIDTHS)
def test_two_tabs_share_one_conversation(opened: Open, width: int) -> None:
    one = opened(width=width)
    ask(one, "Hvornår er ansøgningsfristen?")
    other = opened(same=one.context)
    expect(other.locator("[data-answer]")).to_have_count(1)
    ask(other, "Hvornår er første samtale?")
    one.locator("#spoerg").fill("Hvem kan jeg kontakte?")
    one.locator("#ask button").click()
    expect(one.locator("[data-answer]")).to_have_count(3)
    assert [one.locator(".turn").nth(at).get_attribute("data-number") for at in range(3)] == ["1", "2", "3"]
    other.reload()
    assert other.locator(".turn .question").all_inner_texts() == one.locator(".turn .question").all_inner_texts()
    other.get_by_role("button", name="Slet samtalen").click()
    expect(other.locator(".banner[role=status]")).to_be_visible()
    one.locator("#spoerg").fill("Hvornår er første samtale?")
    one.locator("#ask button").click()
    expect(one.locator("[data-answer]")).to_have_count(1)
    expect(one.locator(".turn")).to_contain_text("20. april")


def test_a_consultants_answer_comes_with_the_next_question_too(opened: Open, site: Site) -> None:
    page = opened()
    ask(page, "Er der en svømmehal?")
    page.locator("form.human button").click()
    expect(page.locator("form.human")).to_have_count(0)
    conversation = page.context.cookies()[0]["value"].split(".")[0]
    site.conversations.forwarding.approve(site.conversations.forwarding.of(conversation, TODAY)[1].id, "?", "Nej.", "Lis Kvist")
    ask(page, "Hvornår er ansøgningsfristen?")
    expect(page.locator(".turn").first.locator(".human.new .words")).to_have_text("Nej.")


@pytest.mark.parametrize("width", WIDTHS)
def test_fifty_turns(opened: Open, width: int) -> None:
    page = opened(width=width)
    for number in range(50):
        page.locator("#spoerg").fill(f"Hvornår er {'første samtale' if number % 2 else 'ansøgningsfristen'}? ({number})")
        page.locator("#ask button").click()
        expect(page.locator("[data-answer]")).to_have_count(number + 1)
    began = time.monotonic()
    page.reload()
    expect(page.locator("[data-answer]")).to_have_count(50)
    assert time.monotonic() - began < 5 and fits(page)
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(ids) == len(set(ids))


def test_a_browser_without_cookies_is_shown_another_way(opened: Open) -> None:
    page = opened(js=False)
    page.locator("#spoerg").fill("Hvornår er ansøgningsfristen?")
    page.locator("#ask button").click()
    expect(page.locator("[data-answer]")).to_have_count(1)
    page.wait_for_load_state("load")
    page.context.clear_cookies()
    page.reload()
    page.get_by_role("link", name="Spørg uden cookies").click()
    for count, question in enumerate(("Hvornår er ansøgningsfristen?", "Hvem kan jeg kontakte?"), 1):
        ask(page, question)
        assert page.locator("[data-answer]").count() == count
    page.locator(".thumb.up").last.click()
    expect(page.locator(".thumb.up").last).to_have_attribute("aria-pressed", "true")
    assert page.context.cookies() == []


# -- the other pages


@pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_front_page_and_its_search(opened: Open, site: Site, width: int, js: bool) -> None:
    page = opened("/", width=width, js=js)
    assert page.locator(".positions .passed a").first.get_attribute("href") == f"/p/{PASSED}"
    deadlines = page.locator(".positions li:not(.passed) time").evaluate_all("all => all.map(one => one.dateTime)") if js else []
    assert deadlines == sorted(deadlines)
    page.locator("#q").fill("Er der krav om kørekort?")
    page.locator("#q").press("Enter")
    found = page.locator(".found article")
    assert found.count() >= 1
    for at in range(found.count()):
        slug = str(found.nth(at).get_attribute("data-profile"))
        title = site.paced.library.profile(slug).title
        expect(found.nth(at).locator("h3")).to_have_text(title)
        assert f"/p/{slug}?start=" in str(found.nth(at).locator(".chip").first.get_attribute("href"))
    address = page.url
    found.first.locator(".chip").first.click()
    expect(page.locator("#text mark").first).to_be_visible()
    page.go_back()
    assert page.url == address and page.locator(".found article").count() == found.count()
    assert page.context.cookies() == []


@pytest.mark.parametrize("width", WIDTHS)
def test_a_passed_deadline_is_said_on_top(opened: Open, width: int) -> None:
    page = opened(f"/p/{PASSED}", width=width)
    expect(page.locator(".job .banner")).to_contain_text("Ansøgningsfristen er overskredet")
    expect(page.locator(".job .late")).to_have_text("overskredet")
    expect(page.locator(".card .late")).to_have_text("overskredet")


@pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_fact_card_opens_its_places_and_says_what_is_missing(opened: Open, site: Site, js: bool, width: int) -> None:
    page = opened(js=js, width=width)
    assert "Ikke oplyst" in page.locator(".card").inner_text()
    for at in range(page.locator(".card .stated").count()):
        link = page.locator(".card .stated").nth(at)
        start, end = (int(number) for number in re.findall(r"=(\d+)", str(link.get_attribute("href"))))
        if at % 3 == 0:
            link.click()
            assert marked(page).split() == text_of(site)[start:end].split()


@pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_language_switch_takes_the_page_and_the_answers_along(opened: Open, js: bool, width: int) -> None:
    page = opened(js=js, width=width)
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator(".card h2")).to_have_text("In brief")
    page.locator("#suggestions button").first.click()
    expect(page.locator("[data-answer]")).to_have_count(1)
    expect(page.locator("[data-answer] .said")).to_have_attribute("lang", "en")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("link", name="Dansk").click()
    expect(page.locator("html")).to_have_attribute("lang", "da")
    assert page.locator("[data-answer]").count() == 1


@pytest.mark.parametrize("path", ["/", f"/p/{JOB}", f"/p/{PASSED}", "/om", "/docs", "/p/findes-ikke", f"/widget/{JOB}"])
def test_nothing_is_cut_off_from_a_small_phone_to_a_wall(opened: Open, path: str) -> None:
    page = opened(path)
    for width in (320, 375, 768, 1000, 1280, 1700, 3840):
        page.set_viewport_size({"width": width, "height": 800})
        assert fits(page), width
    assert page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)") > 16


def test_on_paper_there_is_the_talk_and_the_profile(opened: Open) -> None:
    page = opened()
    ask(page, "Hvornår er ansøgningsfristen?")
    page.emulate_media(media="print")
    for hidden in (".composer", ".tools", ".kept", "#suggestions", ".top nav"):
        expect(page.locator(hidden).first).to_be_hidden()
    for there in (".said", ".card", "#text"):
        expect(page.locator(there).first).to_be_visible()
    assert len(page.pdf()) > 10_000


# -- the widget


@pytest.mark.parametrize("width", WIDTHS)
def test_one_line_puts_the_chat_on_an_employers_page_without_any_cookie(opened: Open, site: Site, host: Callable[[str], str], width: int) -> None:
    address = host(f"<!doctype html><title>Job</title><h1>Job</h1><script src='{site.url}/widget.js' data-profile='{JOB}' async></script>")
    page = opened(address, width=width)
    frame = page.frame_locator("iframe")
    expect(page.locator("iframe")).to_have_attribute("title", "Spørg til stillingen")
    for count, question in enumerate(("Hvornår er første samtale?", "Og anden?", "Er der en svømmehal?"), 1):
        frame.locator("#spoerg").fill(question)
        frame.locator("#ask button").click()
        expect(frame.locator("[data-answer]")).to_have_count(count)
    expect(frame.locator(".turn").nth(1)).to_contain_text("29. april")
    frame.locator(".turn").first.locator(".chip").first.click()
    expect(frame.locator("#text mark").first).to_be_visible()
    frame.locator(".thumb.up").first.click()
    expect(frame.locator(".thumb.up").first).to_have_attribute("aria-pressed", "true")
    frame.locator("form.human button").last.click()
    expect(frame.locator("form.human")).to_have_count(0)
    assert page.context.cookies() == []
    frame.get_by_role("button", name="Slet samtalen").click()
    expect(frame.locator("[data-answer]")).to_have_count(0)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_widget_works_in_a_frame_without_javascript(opened: Open, site: Site, host: Callable[[str], str], width: int) -> None:
    address = host(f"<!doctype html><title>Job</title><h1>Job</h1><iframe title='Spørg' style='width:100%;height:640px' src='{site.url}/widget/{JOB}'></iframe>")
    page = opened(address, width=width, js=False)
    frame = page.frame_locator("iframe")
    for count, question in enumerate(("Hvornår er første samtale?", "Og anden?", "Er der en svømmehal?"), 1):
        frame.locator("#spoerg").fill(question)
        frame.locator("#ask button").click()
        expect(frame.locator("[data-answer]")).to_have_count(count)
    expect(frame.locator(".turn").nth(1)).to_contain_text("29. april")
    with page.expect_popup() as beside:
        frame.locator(".turn").first.locator(".chip").first.click()
    expect(beside.value.locator("#text mark").first).to_be_visible()
    frame.locator(".thumb.up").first.click()
    expect(frame.locator(".thumb.up").first).to_have_attribute("aria-pressed", "true")
    frame.locator("form.human button").last.click()
    expect(frame.locator("form.human")).to_have_count(0)
    frame.get_by_role("button", name="Slet samtalen").click()
    expect(frame.locator("[data-answer]")).to_have_count(0)
    assert page.context.cookies() == []


def test_other_pages_may_not_embed_it(opened: Open, site: Site, host: Callable[[str], str]) -> None:
    page = opened("/om")
    widget, chat = (page.request.get(path).headers["content-security-policy"] for path in (f"/widget/{JOB}", f"/p/{JOB}"))
    assert re.search(r"frame-ancestors 'self' http://localhost:\d+$", widget) and chat.endswith("frame-ancestors 'none'")
    address = host(f"<!doctype html><title>x</title><iframe src='{site.url}/p/{JOB}'></iframe>").replace("localhost", "127.0.0.1")
    stranger = page.context.new_page()
    stranger.goto(address)
    assert stranger.frame_locator("iframe").locator("#spoerg").count() == 0


# -- for everybody


STATES: dict[str, tuple[str, Sequence[str]]] = {
    "front": ("/", ()),
    "search": ("/?q=Er+der+krav+om+k%C3%B8rekort%3F", ()),
    "nothing found": ("/?q=Er+der+en+kat%3F", ()),
    "refused search": ("/?q=", ()),
    "about": ("/om", ()),
    "docs": ("/docs", ()),
    "error": ("/p/findes-ikke", ()),
    "begin": (f"/p/{JOB}", ()),
    "talk": (f"/p/{JOB}", ("Hvornår er ansøgningsfristen?", "Er der en svømmehal?", "Hvem kan jeg kontakte?", "thumb", "forward", "chip")),
    "failed": (f"/p/{JOB}", ("fail",)),
    "a wrong field": (f"/p/{JOB}", ("empty",)),
    "a consultant's new answer": (f"/p/{JOB}", ("Er der en svømmehal?", "forward", "approve")),
    "deleted": (f"/p/{JOB}", ("Hvornår er ansøgningsfristen?", "delete")),
    "passed, English, marked": (f"/p/{PASSED}?start=10&end=300&sprog=en", ()),
    "gone": (f"/p/{JOB}?start=9&end=3", ()),
    "lost": (f"/p/{JOB}?svar=1", ()),
    "widget": (f"/widget/{JOB}", ("Er der en svømmehal?",)),
}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_light_or_dark(opened: Open, site: Site, state: str, width: int) -> None:
    path, steps = STATES[state]
    page = opened(path, width=width)
    for step in steps:
        if step == "thumb":
            page.locator(".thumb.down").first.click()
            expect(page.locator(".reason")).to_have_count(1)
        elif step == "forward":
            page.locator("form.human summary").last.click()
            page.locator("form.human button").first.click()
            expect(page.locator("p.human")).to_have_count(1)
        elif step == "chip":
            page.locator(".chip").first.click()
            page.locator(".chip").first.hover()
        elif step == "fail":
            page.context.set_offline(True)
            page.locator("#spoerg").fill("Hvornår?")
            page.locator("#ask button").click()
            expect(page.locator(".failed")).to_be_visible()
        elif step == "empty":
            page.evaluate("document.querySelector('#ask').submit()")
            expect(page.locator("#complaint")).to_be_visible()
            expect(page.locator("#spoerg")).to_have_attribute("aria-describedby", "complaint")
        elif step == "approve":
            conversation = page.context.cookies()[0]["value"].split(".")[0]
            sent = next(iter(site.conversations.forwarding.of(conversation, TODAY).values()))
            site.conversations.forwarding.approve(sent.id, "Er der en svømmehal?", "Ja, i stuen.", "Lis Kvist")
            page.reload()
            expect(page.locator(".human.new")).to_be_visible()
        elif step == "delete":
            page.get_by_role("button", name="Slet samtalen").click()
            expect(page.locator(".banner[role=status]")).to_be_visible()
        else:
            ask(page, step)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        found = Axe().run(page, options=RULES)
        assert len(found.response["passes"]) > 5
        assert found.violations_count == 0, (scheme, found.generate_report())


def walked(page: Page, selector: str, step: str = "Tab") -> None:
    """Goes to an element by keyboard alone, and sees that its focus shows."""
    wanted = page.locator(selector).first
    expect(wanted).to_be_attached()
    for _ in range(90):
        page.keyboard.press(step)
        if wanted.evaluate("one => one === document.activeElement"):
            outline = wanted.evaluate("one => { const seen = one.closest('#ask') ?? one; return getComputedStyle(one).outlineStyle !== 'none' || getComputedStyle(seen).boxShadow !== 'none' }")
            assert outline, f"no visible focus on {selector}"
            return
    pytest.fail(f"the keyboard does not reach {selector}")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_keyboard_searches_switches_the_language_tries_again_and_exports(opened: Open, width: int) -> None:
    page = opened("/", width=width)
    walked(page, "#q")
    page.keyboard.type("Er der krav om kørekort?")
    page.keyboard.press("Enter")
    expect(page.locator(".found article").first).to_be_visible()
    walked(page, ".found .chip")
    page.keyboard.press("Enter")
    expect(page.locator("#text mark").first).to_be_visible()
    page.goto(f"/p/{JOB}")
    walked(page, ".top nav a[hreflang=en]")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.context.set_offline(True)
    walked(page, "#spoerg")
    page.keyboard.type("When is the deadline?")
    page.keyboard.press("Enter")
    expect(page.locator(".failed button")).to_be_visible()
    page.context.set_offline(False)
    walked(page, ".failed button", "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("[data-answer]")).to_have_count(1)
    walked(page, "form[action*=eksport] button")
    with page.expect_download() as saved:
        page.keyboard.press("Enter")
    assert "When is the deadline?" in saved.value.path().read_text(encoding="utf-8")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_keyboard_alone_can_do_everything(opened: Open, site: Site, width: int) -> None:
    page = opened(width=width)

    def walk(selector: str, step: str = "Tab") -> None:
        walked(page, selector, step)

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "spoerg"
    page.keyboard.type("Er der en svømmehal?")
    page.keyboard.press("Enter")
    expect(page.locator("[data-answer]")).to_have_count(1)
    walk(".thumb.down", "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".reason")).to_have_count(1)
    assert page.evaluate("document.activeElement.name") == "grund"
    page.keyboard.type("Forkert")
    page.keyboard.press("Enter")
    expect(page.locator(".reason")).to_have_count(0)
    walk("form.human summary")
    page.keyboard.press("Enter")
    walk("form.human input[type=email]")
    page.keyboard.type("a@b.example")
    walk("form.human button")
    page.keyboard.press("Enter")
    expect(page.locator("form.human")).to_have_count(0)
    walk(".copy")
    walk("#suggestions button")
    page.keyboard.press("Space")
    expect(page.locator("[data-answer]")).to_have_count(2)
    walk(".turn:last-of-type .chip", "Shift+Tab")
    expect(page.locator(".turn").last.locator(".tip").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#kilde")).to_be_focused()
    expect(page.locator("#kilde")).to_be_in_viewport()
    walk("#back", "Shift+Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.className") == "chip"
    for selector in ("#slet button", ".card .stated", ".calendar"):
        walk(selector)


def test_the_first_page_is_light(browser: Browser, site: Site) -> None:
    for path in ("/", f"/p/{JOB}", f"/p/{PASSED}"):
        context = browser.new_context(base_url=site.url)
        page = context.new_page()
        requests: list[Request] = []
        page.on("requestfinished", lambda request, requests=requests: requests.append(request))
        page.goto(path, wait_until="networkidle")
        sizes = [request.sizes() for request in requests]
        total = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
        assert len(requests) <= 5 and total < 60_000, (path, len(requests), total)
        assert context.cookies() == []
        context.close()


def test_answers_are_announced_once_and_the_talk_is_no_live_region(opened: Open) -> None:
    page = opened()
    ask(page, "Hvornår er ansøgningsfristen?")
    expect(page.locator("#status")).to_contain_text("12. april")
    assert page.locator("[aria-live], [role=log]").count() == 0 and page.locator("[role=status]").count() == 1


def test_the_stream_shows_the_answer_while_it_comes(opened: Open, site: Site) -> None:
    page = opened()
    site.paced.seconds = 0.1
    page.locator("#spoerg").fill("Hvornår er ansøgningsfristen?")
    page.locator("#ask button").click()
    said = page.locator(".turn").last.locator(".said:not([data-waiting])")
    expect(said).to_be_visible()
    early = said.inner_text()
    expect(page.locator("[data-answer]")).to_have_count(1)
    assert re.sub(r"\W", "", answer(page)).startswith(re.sub(r"\W", "", early)) and len(early) < len(answer(page))
