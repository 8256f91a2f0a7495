"""The report: one file, offline, the same bytes twice, accessible, readable on a phone and on paper."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from evaluating import broken_assistant, furnish, small_assistant

from assistant import evaluation
from assistant.evaluation import ablating, charts, report, running
from assistant.evaluation.command_wording import signed

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SIZES = {"desk": (1280, 900), "phone": (390, 800)}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return furnish(tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def run(home: Path) -> running.Run:
    return evaluation.evaluate([home / "questions.jsonl"], home, small_assistant, home / "run")


@pytest.fixture(scope="module")
def worse(home: Path) -> running.Run:
    """A run in which the assistant crashes at some questions."""
    return evaluation.evaluate([home / "questions.jsonl"], home, broken_assistant)


@pytest.fixture(scope="module")
def full(home: Path, run: running.Run, worse: running.Run) -> str:
    """A page with everything on it: a comparison, an ablation, warnings."""
    return report.page(worse, evaluation.compare(run, worse), run, ablating.ablate([home / "questions.jsonl"], [home], small_assistant, refit=False))


def test_the_report_is_one_file_that_asks_nothing_of_the_network(run: running.Run) -> None:
    page = report.page(run, evaluation.compare(run, run), run)
    style, script = re.search(r"<style>(.*?)</style>", page, re.DOTALL), re.search(r"<script>(.*?)</script>", page, re.DOTALL)
    assert style and script
    for part in (style[1], script[1]):
        assert "sha256-" + base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() in page
    assert "default-src 'none'" in page and not re.search(r'(?:src|href)="(?!#)', page) and " style=" not in page and "http://" not in page and "https://" not in page
    assert page.count("<main>") == page.count("<h1>") == 1 and '<html lang="da">' in page


def test_the_report_shows_every_case_and_cannot_be_broken_out_of(run: running.Run) -> None:
    nasty = replace(run.cases[0], gold=replace(run.cases[0].gold, question="</script><script>alert(1)</script>"))
    page = report.page(replace(run, cases=[nasty, *run.cases[1:]]))
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert data and "alert(1)</script>" not in page
    rows = json.loads(data[1])
    assert [case["id"] for case in rows["cases"]] == [case.gold.id for case in run.cases]
    first = rows["cases"][1]
    assert rows["texts"][first["document"]][slice(*first["evidence"][0])] == "1. maj 2024"


def test_two_reports_are_the_same_bytes_outside_what_is_timed(run: running.Run, home: Path) -> None:
    again = evaluation.evaluate([home / "questions.jsonl"], home, small_assistant)
    one, two = (_timeless(report.page(r, evaluation.compare(run, r), run)) for r in (run, again))
    assert one == two and "Svartid" not in one
    assert run.scores["latency"] != again.scores["latency"]


def _timeless(page: str) -> str:
    """A page without the one section that holds what is timed, and the link to it."""
    page, sections = re.subn(r'<section id="svartid".*?</section>', "", page, flags=re.DOTALL)
    assert sections == 1
    return page.replace('<a href="#svartid">Svartid</a>', "")


def test_the_report_says_all_that_it_promises(full: str, run: running.Run) -> None:
    card = run.scores["card"]
    assert card["code_sha256"] in full and card["weights_sha256"] in full and run.scores["dataset"]["sha256"] in full
    assert all(paper["sha256"] in full for paper in run.scores["dataset"]["documents"].values())
    titles = ("hver slags", "hvert dokument", "de første k", "Risiko", "Sikkerhed og virkelighed", "tærsklen", "millisekunder", "gik tabt", "Forskelle")
    drawn = re.findall(r"<title>(.*?)</title>", full)
    assert all(any(title in one for one in drawn) for title in titles)
    assert "Må ikke ske, men skete: gik ned, 3 gange" in full and "uden søgning" not in full and "det hele" in full
    assert "3 blev forkerte" in full
    support = run.scores["support"]
    assert support["labelled_pairs"] >= 200 and f"{support['labelled_pairs']} håndmærkede par" in full
    assert f"dækning {signed(support['recall']).lstrip('+')}" in full


def test_a_waterfall_takes_away_what_each_step_lost() -> None:
    drawn = str(charts.waterfall("x", [("alle", 10, "all"), ("a", 4, "lost"), ("b", 1, "lost"), ("rest", 5, "left")]))
    bars = [(role, float(x), float(width)) for role, x, width in re.findall(r'<rect class="(all|lost|left)" x="([\d.]+)" y="\d+" width="([\d.]+)"', drawn)]
    (_, start, whole), (_, a, wide_a), (_, b, wide_b), (_, rest, wide_rest) = bars
    assert (wide_a, wide_b, wide_rest) == (pytest.approx(0.4 * whole), pytest.approx(0.1 * whole), pytest.approx(0.5 * whole))
    assert a == pytest.approx(start + 0.6 * whole) and b == pytest.approx(start + 0.5 * whole) and rest == start


def test_the_numbers_of_a_picture_are_as_danes_write_them(full: str) -> None:
    texts = " ".join(re.findall(r"<text[^>]*>(.*?)</text>", full))
    assert re.search(r"\d,\d", texts) and not re.search(r"\d\.\d", texts)


# --- in a real browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A real Chromium, headless and offline; skipped where there is none, unless REQUIRE_ALL=1."""
    found = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
    if found is None:
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail("Chromium is not installed, and REQUIRE_ALL=1 requires it")
        pytest.skip("Chromium is not installed: the report is not looked at in a browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=found, args=["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def page_file(full: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(full, encoding="utf-8")
    return path


def opened(chromium: Browser, path: Path, size: str = "desk", **more: Any) -> tuple[Page, list[str]]:
    """The report in a window, and everything that went wrong or asked for more than the file."""
    wide, high = SIZES[size]
    page = chromium.new_context(viewport={"width": wide, "height": high}, **more).new_page()
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda asked: faults.append(asked.url) if asked.url != path.as_uri() and not asked.url.startswith("blob:") else None)
    page.goto(path.as_uri())
    return page, faults


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing(chromium: Browser, page_file: Path, size: str, scheme: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page, faults = opened(chromium, page_file, size, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}}).response
    assert [(rule["id"], [node["html"][:160] for node in rule["nodes"]]) for rule in found["violations"]] == []
    assert len(found["passes"]) > 10 and faults == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]


@pytest.mark.slow
def test_cases_are_found_marked_and_fetched(chromium: Browser, page_file: Path, worse: running.Run, tmp_path: Path) -> None:
    page, faults = opened(chromium, page_file, accept_downloads=True)
    shown = page.locator("#cases article")
    assert shown.count() == min(20, len(worse.cases))
    page.select_option("select[name=outcome]", "lost")
    assert shown.count() == 3 and "i stykker" in page.inner_text("#cases")
    page.select_option("select[name=changed]", "-1")
    assert shown.count() == 3 and "Før (rigtigt og belagt)" in page.inner_text("#cases")
    page.select_option("select[name=outcome]", "")
    page.select_option("select[name=changed]", "")
    page.fill("input[name=text]", "tiltrædelse")
    assert shown.count() == 3 and page.locator("#cases mark:not(.cited)").first.inner_text() == "1. maj 2024"
    with page.expect_download() as waiting:
        page.click("#save")
    waiting.value.save_as(tmp_path / "cases.jsonl")
    assert [json.loads(line)["kind"] for line in (tmp_path / "cases.jsonl").read_text(encoding="utf-8").splitlines()] == ["fact"] * 3
    page.select_option("select[name=metric]", "right")
    assert shown.count() < 3 and faults == []


@pytest.mark.slow
def test_the_printed_page_holds_everything_within_its_margins(chromium: Browser, page_file: Path, tmp_path: Path) -> None:
    page, _ = opened(chromium, page_file)
    page.set_viewport_size({"width": 680, "height": 1000})  # A4 less its margins, in CSS pixels
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert not page.is_visible("nav") and not page.is_visible("#filter") and page.is_visible("text=Gennemsnit med 95 %-interval")
    beyond = "[...document.querySelectorAll('table,svg,p')].filter(one => one.getBoundingClientRect().right > 681).map(one => one.outerHTML.slice(0, 80))"
    assert page.evaluate(beyond) == []
    page.pdf(path=tmp_path / "report.pdf", format="A4", print_background=False)
    assert (tmp_path / "report.pdf").stat().st_size > 20_000
