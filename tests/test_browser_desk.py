"""The desk in a real browser (Debian's Chromium): everything a consultant does, walked through as one would, two at once, with axe.

Slow: part of `make check`. Skipped, saying so, where Chromium is missing; with `REQUIRE_ALL=1` that is a failure.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from desks import PASSWORD, Room, room, stocked
from playwright.sync_api import Browser, BrowserContext, Page, expect
from test_browser import RULES, browser, fits, free_port  # noqa: F401 - the fixture

from assistant.settings import Settings
from index.library import Encoder

pytestmark = pytest.mark.slow
MAIL = "Kære Lis\n\nHvornår er ansøgningsfristen, og hvornår er første samtale? Er der en kantine?\n\nMed venlig hilsen\nBo Lund"
PAGES = ["", "/kladde", "/svar", "/profiler", "/profiler/skole-a", "/profiler/skole-a/huller", "/overblik", "/evaluering", "/brugere", "/log", "/konto", "/svar/nyt?profil=skole-a"]


@dataclass
class Site:
    """The service as it runs."""

    url: str
    room: Room


@pytest.fixture(scope="module")
def site(plain: Settings, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder, port = tmp_path_factory.mktemp("desk"), free_port()
    found = room(plain, stocked(folder, encoder), folder)
    server = uvicorn.Server(uvicorn.Config(found.app, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield Site(f"http://127.0.0.1:{port}", found)
    server.should_exit = True
    thread.join(10)


Open = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, site: Site) -> Iterator[Open]:  # noqa: F811
    """A page at the desk, logged in. At the end: no error on any page, and no request that left our origin."""
    contexts: list[BrowserContext] = []
    strays: list[str] = []
    errors: list[str] = []

    def make(name: str = "Lis Kvist", width: int = 1280, js: bool = True, path: str = "/konsulent") -> Page:
        context = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=js, base_url=site.url, locale="da-DK", permissions=["clipboard-read", "clipboard-write"])
        contexts.append(context)
        context.set_default_timeout(15_000)
        context.on("request", lambda request: strays.append(request.url) if urlsplit(request.url).hostname not in ("127.0.0.1", None) else None)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if "Content Security Policy" in message.text else None)
        page.goto(path)
        page.fill("#navn", name)
        page.fill("#kode", PASSWORD)
        page.locator("main button").click()
        expect(page.locator("nav.tabs")).to_be_visible()
        return page

    yield make
    for context in contexts:
        context.close()
    assert strays == [] and errors == []


@pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
def test_a_question_is_answered_in_the_inbox_edited_and_withdrawn(opened: Open, site: Site, js: bool) -> None:
    subject = "kantine" if js else "parkering"
    site.room.asked(f"Er der {subject}?")
    site.room.asked(f"Har I {subject}?")
    page = opened(js=js)
    row = page.locator(".row", has_text=subject)
    expect(row).to_contain_text("2 gange")
    row.locator("a.main").click()
    expect(page.locator(".near")).to_have_count(1)
    page.fill("#svar", "Ja, bag hallen.")
    page.locator("#besvar button.main").click()
    expect(page.locator(".banner")).to_contain_text("Svaret er godkendt")
    assert site.room.answer(f"Findes der {subject}?")["answer"].startswith("Ja, bag hallen.")
    page.fill("#svar", "Nej, desværre.")
    page.locator("form.box button.main").first.click()
    assert site.room.answer(f"Findes der {subject}?")["answer"].startswith("Nej, desværre.")
    page.locator("form[action$=tilbage] button").click()
    expect(page.locator(".banner")).to_contain_text("trukket tilbage")
    assert site.room.answer(f"Findes der {subject}?")["writer"] != "consultant"
    page.locator("nav.tabs a").first.click()
    page.locator(".row", has_text=subject).locator("a.main").click()
    page.locator("form[action$=luk] button").click()
    expect(page.locator(".row", has_text=subject)).to_have_count(0)


def test_a_mail_becomes_a_reply_that_one_click_copies(opened: Open) -> None:
    page = opened(path="/konsulent/kladde")
    page.fill("#mail", MAIL)
    page.select_option("#profil", "skole-a")
    page.locator("form.box button").click()
    expect(page.locator(".mail mark")).to_have_count(3)
    expect(page.locator(".found .tag.down")).to_have_count(1)
    page.locator("[data-copy]").click()
    expect(page.locator("#copied")).to_have_text("Kopieret.")
    copied = page.evaluate("navigator.clipboard.readText()").replace("\r", "")
    assert copied == page.locator("#reply").input_value() and copied.startswith("Kære Bo") and copied.endswith("Lis Kvist")
    assert "1. marts 2027" in copied and "/p/skole-a?start=" in copied and "[Udfyld" in copied


@pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
def test_a_profile_is_uploaded_seen_published_replaced_and_closed(opened: Open, site: Site, tmp_path: Path, js: bool) -> None:
    slug = "kantineleder" if js else "viceleder"
    path = tmp_path / f"{slug}.md"
    path.write_text(f"# {slug.title()}\n\nLederen har 12 medarbejdere.\n\nAnsøgningsfristen er den 1. april 2027.\n", encoding="utf-8")
    page = opened(js=js, path="/konsulent/profiler")
    page.set_input_files("#fil", path)
    page.locator(".upload button").click()
    page.wait_for_url(f"**/profiler/{slug}?gjort=read")
    expect(page.locator(".facts")).to_contain_text("1. april 2027")
    expect(page.locator("h1 + .tags")).to_contain_text("Skjult")
    assert site.room.client().get(f"/p/{slug}").status_code == 404
    page.locator("form[action$=huller] button").click()
    page.wait_for_url("**/huller", timeout=60_000)
    expect(page.locator(".gaps li")).to_have_count(42)
    page.goto(f"/konsulent/profiler/{slug}")
    page.check("[value=published]")
    page.locator(f"form[action='/konsulent/profiler/{slug}'] button").click()
    assert site.room.client().get(f"/p/{slug}").status_code == 200
    path.write_text(path.read_text(encoding="utf-8").replace("12", "15"), encoding="utf-8")
    page.set_input_files("#fil", path)
    page.locator(".upload button").click()
    page.wait_for_url(f"**/profiler/{slug}?gjort=read")
    assert "15" in site.room.answer("Hvor mange medarbejdere er der?", slug)["answer"]
    page.fill("#lukker", "2024-01-01")
    page.locator(f"form[action='/konsulent/profiler/{slug}'] button").click()
    expect(page.locator("h1 + .tags")).to_contain_text("Lukket")
    assert site.room.client().get(f"/p/{slug}").status_code == 404


def test_two_consultants_at_once_and_nothing_is_lost(opened: Open, site: Site) -> None:
    number = site.room.desk.approved.approve("skole-b", "Er der hunde?", "Ja.", "Lis Kvist")
    lis, per = opened("Lis Kvist"), opened("Per Dahl")
    for page, text in ((lis, "Ja, en."), (per, "Ja, to.")):
        page.goto(f"/konsulent/svar/{number}")
        page.fill("#svar", text)
    lis.locator("form.box button.main").first.click()
    expect(lis.locator(".banner")).to_contain_text("gemt")
    per.locator("form.box button.main").first.click()
    expect(per.locator("[role=alert]")).to_contain_text("En anden har ændret")
    expect(per.locator(".other")).to_contain_text("Ja, en.")
    expect(per.locator("#svar")).to_have_value("Ja, to.")
    per.fill("#svar", "Ja, en eller to.")
    per.locator("form.box button.main").first.click()
    assert site.room.desk.approved.get(number).answer == "Ja, en eller to."


def test_numbers_a_test_case_by_two_and_its_measurement(opened: Open, site: Site) -> None:
    conversation = site.room.asked("Hvor mange børn går på skolen?")
    site.room.conversations.feedback.give(conversation, 1, "down")
    lis, per = opened("Lis Kvist"), opened("Per Dahl")
    lis.goto("/konsulent/overblik")
    expect(lis.locator("svg.chart rect")).not_to_have_count(0)
    lis.locator("details").first.locator("summary").click()
    expect(lis.locator("table").first).to_be_visible()
    with lis.expect_download() as download:
        lis.locator("a[href*='overblik.csv']").click()
    assert "skole-a" in download.value.path().read_text(encoding="utf-8")
    lis.goto("/konsulent/indbakke")
    lis.locator(".row", has_text="børn").locator("a.main").click()
    lis.locator("form[action$=testsag] button").click()
    lis.fill("#spoergsmaal", "Hvor mange elever er der?")
    lis.fill("#svar", "412")
    lis.fill("#steder", "412 elever")
    lis.locator("form.box button.main").first.click()
    expect(lis.locator("form[action$=godkend] button")).to_be_disabled()
    per.goto(urlsplit(lis.url).path)
    per.locator("form[action$=godkend] button").click()
    per.goto("/konsulent/evaluering")
    per.locator("form[action$=evaluering] button").click()
    per.wait_for_url("**/evaluering?gjort=measured", timeout=60_000)
    per.locator("a[href*=koersel]").first.click()
    expect(per.locator("body")).to_contain_text("Hvor mange elever er der?")


def test_users_are_made_shut_out_and_logged_out(opened: Open, site: Site) -> None:
    lis = opened("Lis Kvist", path="/konsulent/brugere")
    lis.fill("#navn", "Ny Kollega")
    lis.fill("form.box #kode", PASSWORD)
    lis.locator("form.box button").click()
    expect(lis.locator(".rows")).to_contain_text("Ny Kollega")
    new = opened("Ny Kollega")
    expect(new.locator("nav.tabs")).not_to_contain_text("Brugere")
    lis.locator(".row", has_text="Ny Kollega").get_by_text("Spær adgangen").click()
    new.reload()
    expect(new.locator("#kode")).to_be_visible()
    lis.goto("/konsulent/log")
    expect(lis.locator("tbody")).to_contain_text("Oprettede en bruger")
    lis.locator("header form button").click()
    expect(lis.locator(".banner")).to_contain_text("logget ud")
    lis.go_back()
    lis.reload()
    expect(lis.locator("#kode")).to_be_visible()


def faults(page: Page, name: str) -> list[tuple[str, ...]]:
    """What axe finds on a page in light and in dark, and whether it has to be scrolled sideways."""
    found: list[tuple[str, ...]] = [] if fits(page) else [(name, "scrolls sideways")]
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        found += [(name, scheme, one["id"], *(node["html"][:120] for node in one["nodes"])) for one in Axe().run(page, options=RULES).response["violations"]]
    return found


@pytest.mark.parametrize("width", [320, 1280])
def test_every_page_is_accessible_and_fits(opened: Open, site: Site, width: int) -> None:
    site.room.asked("Må man tage cyklen med ind?")
    page, found = opened(width=width), list[tuple[str, ...]]()
    for path in [*PAGES, f"/indbakke/{site.room.desk.inbox.items('skole-a')[0].turn}"]:
        page.goto(f"/konsulent{path}")
        found += faults(page, path)
    page.goto("/konsulent/kladde")
    page.fill("#mail", MAIL)
    page.select_option("#profil", "skole-a")
    page.locator("form.box button").click()
    expect(page.locator(".mail mark").first).to_be_visible()
    assert found + faults(page, "draft") == []


@pytest.mark.parametrize("width", [320, 1280])
def test_what_is_seen_on_the_way_is_accessible_too(opened: Open, site: Site, width: int) -> None:
    page, other = opened(width=width), opened("Per Dahl", width=width)
    held = threading.Event()
    job = site.room.desk.jobs.start("gaps", "skole-a", "Lis Kvist", lambda report: (report("asking", 3, 42), held.wait(120))[1])
    page.goto(f"/konsulent/opgaver/{job}")
    expect(page.locator("progress")).to_be_visible()
    found = faults(page, "job")
    page.goto("/konsulent")
    held.set()

    conversation = site.room.asked(f"Hvor mange elever går der på skolen i bredde {width}?")
    site.room.conversations.feedback.give(conversation, 1, "down")
    page.goto("/konsulent/indbakke")
    page.locator(".row", has_text=f"bredde {width}").locator("a.main").click()
    page.locator("form[action$=testsag] button").click()
    expect(page.locator("#steder")).to_be_visible()
    found += faults(page, "case")

    number = site.room.desk.approved.approve("skole-b", f"Er der bredde {width}?", "Ja.", "Lis Kvist")
    for one in (page, other):
        one.goto(f"/konsulent/svar/{number}")
    other.fill("#svar", "Ja, to.")
    other.locator("form.box button.main").first.click()
    page.fill("#svar", "Ja, en.")
    page.locator("form.box button.main").first.click()
    expect(page.locator(".other")).to_be_visible()
    found += faults(page, "409")

    page.locator("header form button").click()
    expect(page.locator("#kode")).to_be_visible()
    found += faults(page, "logged out")
    page.fill("#navn", "Lis Kvist")
    page.fill("#kode", "ikke den rigtige kode")
    page.locator("main button").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    assert found + faults(page, "login refused") == []


def test_the_whole_way_by_keyboard(opened: Open, site: Site) -> None:
    site.room.asked("Er der svømmehal?")
    page = opened()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    link = page.locator(".row", has_text="svømmehal").locator("a.main")
    for _ in range(60):
        if link.evaluate("element => element === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/indbakke/\d+"))
    page.locator("#svar").focus()
    page.keyboard.type("Ja.")
    page.locator("#besvar button.main").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".banner")).to_contain_text("godkendt")
