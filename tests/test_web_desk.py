"""The desk over HTTP: who may what on every route, forms, two at once, what candidates get, and what is left after deletion."""

from __future__ import annotations

import csv
import io
import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from databases import on_sqlite
from desks import FORM, HTML, PASSWORD, Person, Room, room, stocked
from fastapi import APIRouter
from starlette.responses import Response
from starlette.testclient import TestClient

from assistant import opening
from assistant.conversations import StorageError
from assistant.desk_tables import SESSIONS
from assistant.settings import Settings
from index.library import Encoder, Library
from web.desk.access import COOKIE, Seat, Seated
from web.desk.overview import cell
from web.desk.wording import REPLY, WORDS
from web.pages import HERE
from web.policies import POLICIES, policy_of, routes_of
from web.wording import TEXTS


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Library:
    return stocked(tmp_path_factory.mktemp("shelf"), encoder)


@pytest.fixture
def desk(plain: Settings, shelf: Library, tmp_path: Path) -> Room:
    return room(plain, shelf, tmp_path)


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


# -- policies


def test_every_route_has_a_policy_and_every_policy_a_route(desk: Room) -> None:
    routes = set(routes_of(desk.app.routes))
    assert routes - POLICIES.keys() == set(), "routes without a declared policy"
    assert POLICIES.keys() - routes == set(), "policies without a route"
    assert all(policy_of(method, path) in ("consultant", "administrator") for method, path in routes if path.startswith("/konsulent") and path != "/konsulent/log-ind")


def test_a_route_without_a_policy_is_found_and_closed(desk: Room) -> None:
    router = APIRouter()

    @router.get("/konsulent/glemt")
    def forgotten(seat: Seated) -> Response:
        assert isinstance(seat, Seat)
        return Response("hemmeligt")

    desk.app.include_router(router)
    assert ("GET", "/konsulent/glemt") in set(routes_of(desk.app.routes)) - POLICIES.keys()
    response = desk.seated().client.get("/konsulent/glemt")
    assert response.status_code == 404 and "hemmeligt" not in response.text


@pytest.fixture(scope="module")
def crowd(plain: Settings, shelf: Library, tmp_path_factory: pytest.TempPathFactory) -> tuple[Room, dict[str, Person]]:
    """One of each role, and a conversation of the candidate's."""
    desk = room(plain, shelf, tmp_path_factory.mktemp("crowd"))
    people = {name: Person(desk.client(), name) for name in ("anonymous", "candidate", "other candidate")}
    for name in ("candidate", "other candidate"):
        people[name].client.post("/p/skole-a", data={"question": "Er der kantine?"}, headers=FORM)
    people["administrator"], people["consultant"], people["expired"] = desk.seated("Lis Kvist"), desk.seated("Per Dahl"), desk.seated("Per Dahl")
    for name in ("administrator", "consultant", "expired"):
        people[name].get("/konsulent/konto")
    with desk.conversations.engine.begin() as connection:
        from assistant.sessions import _hashed

        old = _hashed(people["expired"].client.cookies[COOKIE])
        connection.execute(SESSIONS.update().where(SESSIONS.c.id == old).values(seen=datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=2)))
    return desk, people


ROLES = ("anonymous", "candidate", "other candidate", "consultant", "administrator", "expired")
LEAVING = {("POST", "/konsulent/log-ud"), ("POST", "/konsulent/konto")}


@pytest.mark.parametrize("role", ROLES)
def test_every_route_for_every_role(crowd: tuple[Room, dict[str, Person]], role: str) -> None:
    desk, people = crowd
    person, wrong = people[role], []
    for (method, path), policy in sorted(POLICIES.items()):
        if (method, path) in LEAVING:
            continue
        address = path.replace("{slug}", "skole-a").replace("{turn}", "999999").replace("{number}", "999999").replace("{job}", "f" * 32).replace("{name}", "ingen")
        for headers in ({**FORM}, {"Accept": "application/json", "Origin": "http://testserver"}):
            token = person.token if path.startswith("/konsulent") else _form_token(people["candidate"].client.cookies.get("samtale-skole-a", ""))
            data = {"token": token, "question": "Er der kantine?", "nummer": "1", "dom": "up"}
            sent = {"json": {"question": "Er der kantine?", "profile": "skole-a"}} if path.startswith("/api/ask") else {"data": data} if method == "POST" else {}
            response = person.client.request(method, address, headers=headers, **sent)  # type: ignore[arg-type]
            if not _fits(policy, role, response.status_code, response.headers.get("location", ""), method, path, headers):
                wrong.append((method, path, policy, role, headers["Accept"], response.status_code, response.headers.get("location")))
            if path == "/p/{slug}/slet":
                people["candidate"].client.post("/p/skole-a", data={"question": "Er der kantine?"}, headers=FORM)
    assert wrong == []


def _fits(policy: str, role: str, code: int, to: str, method: str, path: str, headers: dict[str, str]) -> bool:
    """Whether a route treated a role as its policy says."""
    to_login = (code == 303 and to.startswith("/konsulent/log-ind")) if headers["Accept"] == "text/html" and not path.endswith((".json", ".jsonl", ".csv")) else code == 401
    if policy == "anyone":
        return code < 500 and (code not in (401, 403) or path == "/konsulent/log-ind")
    if policy == "visitor":
        personal = method == "POST" and path.rsplit("/", 1)[-1] in ("bedoem", "send", "eksport", "slet")
        if not personal:
            return code in (200, 303, 409)
        return code in (200, 303) if role == "candidate" and path.startswith("/p/") else code in (403, 404)
    if policy == "operator":
        return code == 404
    if role not in ("consultant", "administrator"):
        return to_login
    if policy == "administrator" and role == "consultant":
        return code == 403
    return code in (200, 303, 404, 422) and not to.startswith("/konsulent/log-ind")


def _form_token(key: str) -> str:
    from web.asking import Key
    from web.visiting import token

    identifier, _, secret = key.partition(".")
    return token(Key(identifier, secret))


# -- logging in


def test_login_cookie_and_logout_that_ends_the_session(desk: Room) -> None:
    client = desk.client()
    answer = client.post("/konsulent/log-ind", data={"navn": "Lis Kvist", "kode": PASSWORD}, headers=FORM)
    cookie = answer.headers["set-cookie"]
    assert answer.status_code == 303 and answer.headers["location"] == "/konsulent"
    assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Path=/konsulent")) and "Secure" not in cookie
    lis, token = Person(client, "Lis Kvist"), client.cookies[COOKIE]
    lis.get("/konsulent")
    assert lis.client.get("/konsulent", headers=HTML).headers["cache-control"] == "no-store"
    lis.post("/konsulent/log-ud")
    again = desk.client()
    again.cookies.set(COOKIE, token, path="/konsulent")
    assert again.get("/konsulent", headers=HTML).status_code == 303


def test_a_fixed_session_id_is_not_taken_over(desk: Room) -> None:
    client = desk.client()
    client.cookies.set(COOKIE, "valgt-af-en-anden-xxxxxxxxxxxxxxxxxxxxxxxxxxx", path="/konsulent")
    client.post("/konsulent/log-ind", data={"navn": "Lis Kvist", "kode": PASSWORD}, headers=FORM)
    assert "valgt-af-en-anden" not in [cookie.value for cookie in client.cookies.jar if cookie.value][-1]


def test_behind_https_the_cookie_is_secure(plain: Settings, shelf: Library, tmp_path: Path) -> None:
    one = room(replace(plain, url="https://spoerg.example"), shelf, tmp_path)
    answer = one.client().post("/konsulent/log-ind", data={"navn": "Lis Kvist", "kode": PASSWORD}, headers={**HTML, "Origin": "https://spoerg.example"})
    assert answer.status_code == 303 and "Secure" in answer.headers["set-cookie"]


def test_wrong_ones_get_one_answer_and_no_open_redirect(desk: Room) -> None:
    client = desk.client()
    texts = {re.sub(r"\s+", " ", client.post("/konsulent/log-ind", data={"navn": name, "kode": "forkert forkert"}, headers=FORM).text) for name in ("Lis Kvist", "Ingen Der Hedder", "")}
    assert len(texts) == 1 and "passer ikke sammen" in texts.pop()
    for wanted in ("https://ond.example", "//ond.example", "/konsulent//ond.example", "/p/skole-a", "/konsulent\\ond"):
        response = client.post(f"/konsulent/log-ind?naeste={wanted}", data={"navn": "Lis Kvist", "kode": PASSWORD}, headers=FORM)
        assert response.headers["location"] == "/konsulent"
    assert client.post("/konsulent/log-ind?naeste=/konsulent/svar", data={"navn": "Lis Kvist", "kode": PASSWORD}, headers=FORM).headers["location"] == "/konsulent/svar"


def test_unknown_and_known_names_take_as_long(desk: Room) -> None:
    from statistics import median

    def took(name: str) -> float:
        started = time.perf_counter()
        desk.desk.users.check(name, "forkert forkert")
        return time.perf_counter() - started

    took("Ingen")
    known, unknown = [], []
    for _ in range(3):
        known.append(took("Lis Kvist"))
        unknown.append(took("Ingen"))
    assert median(unknown) > 0.002 and median(known) < 30 * median(unknown)


def test_forms_need_their_token_and_our_origin(desk: Room) -> None:
    lis, per = desk.seated("Lis Kvist"), desk.seated("Per Dahl")
    lis.get("/konsulent/konto")
    per.get("/konsulent/konto")
    for headers, token in ((FORM, "forkert"), (FORM, per.token), ({**FORM, "Origin": "https://ond.example"}, lis.token), ({**FORM, "Sec-Fetch-Site": "cross-site"}, lis.token), (HTML, lis.token)):
        response = lis.client.post("/konsulent/brugere", data={"token": token, "navn": "Ny", "kode": PASSWORD, "rolle": "consultant"}, headers=headers)
        assert response.status_code == 403
    assert lis.client.post("/konsulent/brugere", content=b"{}", headers={**FORM, "Content-Type": "application/json"}).status_code == 415
    assert len(desk.desk.users.all()) == 2


# -- the inbox, approved answers


def test_besvar_gives_candidates_the_consultants_answer(desk: Room) -> None:
    desk.asked("Er der en kantine?")
    lis = desk.seated()
    turn = desk.desk.inbox.groups()[0].first.turn
    assert "Er der en kantine?" in lis.get("/konsulent/indbakke") and "Godkend og svar" in lis.get(f"/konsulent/indbakke/{turn}")
    done = lis.post(f"/konsulent/indbakke/{turn}/besvar", spoergsmaal="Er der en kantine?", svar="Ja, med varm mad hver dag.", valgt=str(turn))
    found = desk.answer("Har I kantine?")
    assert found["writer"] == "consultant" and not found["abstained"] and found["citations"] == []
    assert found["answer"].startswith("Ja, med varm mad hver dag.") and "Svar fra konsulenten Lis Kvist" in found["answer"]
    assert desk.answer("Har I kantine?", "skole-b")["writer"] != "consultant"
    assert desk.answer("Hvor mange elever er der?")["writer"] != "consultant"
    assert "Indbakken er tom" in lis.get("/konsulent/indbakke") or "Er der en kantine?" not in lis.get("/konsulent/indbakke")
    page = done.headers["location"].split("?")[0]
    version = re.search(r'name="version" value="(\d+)"', lis.get(page))
    assert version
    lis.post(page, spoergsmaal="Findes der en kantine?", svar="Nej, den er lukket.", version=version[1])
    assert desk.answer("Har I kantine?")["answer"].startswith("Nej, den er lukket.")
    lis.post(f"{page}/tilbage", version=str(int(version[1]) + 1))
    assert desk.answer("Har I kantine?")["writer"] != "consultant"
    assert "Er der en kantine?" in {item.question for group in desk.desk.inbox.groups("skole-a") for item in group.items}
    assert {"answer_approved", "answer_edited", "answer_withdrawn"} <= {line.action for line in desk.desk.audit.latest()}
    assert "kantine" not in " ".join(line.target for line in desk.desk.audit.latest())


def test_the_stream_and_the_page_give_the_approved_answer_too(desk: Room) -> None:
    desk.desk.approved.approve("skole-a", "Er der parkering?", "Ja, bag skolen.", "Lis Kvist")
    stream = desk.client().post("/api/ask/stream", json={"question": "Er der parkering?", "profile": "skole-a"}).text
    assert "Ja, bag skolen." in stream.split("event: answer")[1] and '"writer": "consultant"' in stream
    page = desk.client().post("/p/skole-a", data={"question": "Er der parkering?"}, headers=FORM)
    assert "Svar fra konsulenten Lis Kvist" in page.text or page.status_code == 303


def test_an_approved_answer_comes_in_the_middle_of_a_conversation_too(desk: Room) -> None:
    desk.desk.approved.approve("skole-a", "Er der parkering?", "Ja, bag skolen.", "Lis Kvist")
    client = desk.client()
    talk = client.post("/api/ask", json={"question": "Hvornår er første samtale?", "profile": "skole-a"}).json()["conversation_id"]
    for question, writer in (("Er der parkering?", True), ("Og anden?", False)):
        assert (client.post("/api/ask", json={"question": question, "conversation_id": talk}).json()["writer"] == "consultant") is writer


def test_two_consultants_at_once_lose_no_edit(desk: Room) -> None:
    number = desk.desk.approved.approve("skole-a", "Er der parkering?", "Ja.", "Lis Kvist")
    lis, per = desk.seated("Lis Kvist"), desk.seated("Per Dahl")
    page = f"/konsulent/svar/{number}"
    for person in (lis, per):
        assert 'name="version" value="1"' in person.get(page)
    lis.post(page, spoergsmaal="Er der parkering?", svar="Ja, bag skolen.", version="1")
    clash = per.post(page, 409, spoergsmaal="Er der parkering?", svar="Ja, ved hallen.", version="1").text
    assert "Ja, bag skolen." in clash and "Ja, ved hallen." in clash and 'name="version" value="2"' in clash
    assert desk.desk.approved.get(number).answer == "Ja, bag skolen."
    per.post(page, spoergsmaal="Er der parkering?", svar="Ja, bag skolen og ved hallen.", version="2")
    assert desk.desk.approved.get(number).answer == "Ja, bag skolen og ved hallen."
    state = "/konsulent/profiler/skole-a"
    lis.post(state, stand="hidden", version="0")
    per.post(state, 409, stand="published", version="0")
    assert desk.desk.publishing.of("skole-a").state == "hidden"


def test_answers_that_cannot_be_are_told_and_keep_what_was_typed(desk: Room) -> None:
    desk.asked("Er der en kantine?")
    lis, turn = desk.seated(), desk.desk.inbox.groups()[0].first.turn
    lis.get(f"/konsulent/indbakke/{turn}")
    for fields, told in (({"svar": ""}, "både spørgsmålet og svaret"), ({"svar": "Ja, dagligt.", "til": "i morgen"}, "Datoen kan ikke læses"), ({"svar": "Ja, dagligt.", "til": "2020-01-01"}, "overskredet")):
        page = lis.post(f"/konsulent/indbakke/{turn}/besvar", 422, spoergsmaal="Kantinen?", valgt=str(turn), **fields).text
        assert told in page and "Kantinen?" in page and fields["svar"] in page
    lis.post("/konsulent/indbakke/999999/besvar", 404, spoergsmaal="?", svar="!")
    script = '<script>alert("x")</script>'
    number = desk.desk.approved.approve("skole-a", script, script, "Lis Kvist")
    assert script not in lis.get(f"/konsulent/svar/{number}") + lis.get("/konsulent/svar")


# -- drafts


MAIL = "Kære Lis\n\nHvornår er ansøgningsfristen, og hvornår er første samtale? Er der en kantine?\n\nMed venlig hilsen\nBo Lund\nbo@post.example"


@on_sqlite
def test_a_mail_becomes_a_draft_and_is_not_stored(desk: Room, tmp_path: Path) -> None:
    desk.desk.approved.approve("skole-a", "Er der parkering?", "Ja, bag skolen.", "Lis Kvist")
    lis = desk.seated()
    lis.get("/konsulent/kladde")
    page = lis.post("/konsulent/kladde", 200, mail=MAIL, profil="skole-a").text
    reply = re.search(r'<textarea id="reply"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert reply
    text = reply[1]
    assert "Kære Bo" in text and "1. marts 2027" in text and "9. marts 2027" in text and "http://testserver/p/skole-a?start=" in text
    assert "[Udfyld: Det fremgår ikke af profilen.]" in text and "Kræver dig" in page and text.rstrip().endswith("Lis Kvist")
    assert b"bo@post.example" not in bytes_of(tmp_path) and b"Bo Lund" not in bytes_of(tmp_path)
    assert "hvilken stilling" in lis.post("/konsulent/kladde", 422, mail="Er der kantine?", profil="").text
    assert lis.client.post("/konsulent/kladde", data={"token": lis.token, "mail": "Er der kantine? " * 3000, "profil": "skole-a"}, headers=FORM).status_code in (413, 422)


# -- profiles


def test_an_upload_is_hidden_until_it_is_published_and_closes_by_date(plain: Settings, encoder: Encoder, tmp_path: Path) -> None:
    desk = room(plain, stocked(tmp_path, encoder), tmp_path)
    lis = desk.seated()
    lis.get("/konsulent/profiler")
    text = "# Kantineleder\n\nKantinelederen har 12 medarbejdere.\n\nAnsøgningsfristen er den 1. april 2027.\n"
    where = _upload(lis, "/konsulent/profiler", "../../Kantineleder æ.md", text)
    slug = where.split("/")[-1].split("?")[0]
    assert desk.client().get(f"/p/{slug}").status_code == 404 and slug not in desk.client().get("/api/profiles").text
    assert desk.client().get(f"/api/profiles/{slug}/text").status_code == 404
    assert "Kantinelederen har 12 medarbejdere" in lis.get(f"/konsulent/profiler/{slug}")
    lis.post(f"/konsulent/profiler/{slug}", stand="published", version="1")
    assert desk.answer("Hvor mange medarbejdere er der?", slug)["answer"].count("12")
    _upload(lis, f"/konsulent/profiler/{slug}/erstat", "ny.txt", text.replace("12", "15"))
    assert desk.answer("Hvor mange medarbejdere er der?", slug)["answer"].count("15") and desk.desk.publishing.of(slug).state == "published"
    lis.post(f"/konsulent/profiler/{slug}", stand="published", lukker="2024-01-19", version="2")
    assert desk.client().post("/api/ask", json={"question": "Hvor mange?", "profile": slug}).status_code == 404
    lis.post(f"/konsulent/profiler/{slug}", stand="archived", version="3")
    assert "Arkiveret" in lis.get("/konsulent/profiler")


def _upload(person: Person, path: str, name: str, text: str) -> str:
    """Uploads a file and waits for where it leads."""
    response = person.client.post(path, data={"token": person.token}, files={"fil": (name, text.encode())}, headers=FORM)
    assert response.status_code == 303, response.text
    job = response.headers["location"]
    for _ in range(300):
        response = person.client.get(job, headers=HTML)
        if response.status_code == 303:
            return response.headers["location"]
        if "role=\"alert\"" in response.text:
            return response.text
        time.sleep(0.1)
    raise AssertionError(response.text)


def test_a_file_that_is_none_is_refused_with_the_reason(desk: Room) -> None:
    lis = desk.seated()
    lis.get("/konsulent/profiler")
    assert "er tom" in _upload(lis, "/konsulent/profiler", "tom.md", "")
    assert "filtypen" in _upload(lis, "/konsulent/profiler", "x.exe", "MZ")
    assert lis.client.post("/konsulent/profiler", data={"token": lis.token}, headers=FORM).status_code == 422
    anonymous = desk.client().post("/konsulent/profiler", files={"fil": ("x.md", b"x" * 100_000)}, headers=FORM)
    assert anonymous.status_code == 413
    assert desk.library.profiles() and len(desk.library.profiles()) == 2


def test_the_gap_report_asks_the_standard_questions(desk: Room) -> None:
    per = desk.seated("Per Dahl")
    per.get("/konsulent/profiler/skole-a")
    job = per.post("/konsulent/profiler/skole-a/huller").headers["location"]
    for _ in range(600):
        if per.client.get(job + ".json").json()["over"]:
            break
        time.sleep(0.1)
    page = per.get("/konsulent/profiler/skole-a/huller")
    link = re.search(r'href="(/konsulent/svar/nyt[^"]+)"', page)
    assert link and "Godkend og svar" in per.get(link[1].replace("&amp;", "&"))
    per.post("/konsulent/svar", 422, profil="skole-a", spoergsmaal="Er der pension?", svar="")
    per.post("/konsulent/svar", 404, profil="findes-ikke", spoergsmaal="Er der pension?", svar="Ja.")
    per.post("/konsulent/svar", profil="skole-a", spoergsmaal="Er der pension?", svar="Ja, 17 procent.")
    assert desk.answer("Er der en pension?")["answer"].startswith("Ja, 17 procent.")
    assert page.count("<li class=") >= 40 and "Er der pension?" in page and "Intet svar" in page and "Svarer" in page


# -- numbers


def test_the_overview_counts_and_its_csv_is_harmless(desk: Room) -> None:
    for question in ("=HYPERLINK(\"http://ond.example\")", "=HYPERLINK(\"http://ond.example\")", "Hvornår er ansøgningsfristen?", "Er der kantine?"):
        conversation = desk.asked(question)
    desk.conversations.feedback.give(conversation, 1, "down", "Hvorfor ikke?")
    lis = desk.seated()
    page = lis.get("/konsulent/overblik")
    assert "<svg" in page and page.count("<table") >= 2 and "Hvorfor ikke?" not in page and conversation not in page
    response = lis.client.get("/konsulent/overblik.csv", headers=HTML)
    rows = list(csv.reader(io.StringIO(response.text.removeprefix("\ufeff")), delimiter=";"))
    assert response.headers["content-type"].startswith("text/csv") and all(not value.startswith(("=", "+", "-", "@")) for row in rows for value in row)
    assert ["skole-a", "4"] in [row[:2] for row in rows] and any("HYPERLINK" in value for row in rows for value in row)


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1"])
def test_a_formula_becomes_words(value: str) -> None:
    assert cell(value).startswith("'") and "\n" not in cell(value) and "\r" not in cell(value)


# -- evaluation


def test_a_thumbed_down_turn_becomes_a_case_that_another_reviews_and_is_measured(desk: Room) -> None:
    conversation = desk.asked("Hvor mange børn går der på skolen? Ring 40 22 87 18")
    desk.conversations.feedback.give(conversation, 1, "down")
    lis, per = desk.seated("Lis Kvist"), desk.seated("Per Dahl")
    turn = desk.desk.inbox.groups()[0].first.turn
    lis.get(f"/konsulent/indbakke/{turn}")
    page = lis.post(f"/konsulent/indbakke/{turn}/testsag").headers["location"]
    assert "[telefon]" in lis.get(page) and "40 22 87 18" not in lis.get(page)
    for gold, told in (({"svar": "412", "steder": "findes ikke"}, "case.wrong.evidence"), ({"svar": "412", "steder": ""}, "case.wrong.answers")):
        assert WORDS[told][0] in lis.post(page, 422, spoergsmaal="Hvor mange elever er der?", version="1", **gold).text
    lis.post(page, spoergsmaal="Hvor mange elever er der?", svar="412 | fire hundrede og tolv", steder="412 elever", version="1")
    lis.post(f"{page}/godkend", 422, version="2")
    per.get(page)
    per.post("/konsulent/evaluering", 422)
    per.post(f"{page}/godkend", version="2")
    assert '"question": "Hvor mange elever er der?"' in per.client.get("/konsulent/evaluering/sager.jsonl").text
    job = per.post("/konsulent/evaluering").headers["location"]
    for _ in range(600):
        if per.client.get(job + ".json").json()["over"]:
            break
        time.sleep(0.1)
    listed = per.get("/konsulent/evaluering")
    report = re.search(r"/konsulent/evaluering/koersel/[\w-]+", listed)
    assert report
    shown = per.client.get(report[0], headers=HTML)
    assert shown.status_code == 200 and "sandbox" in shown.headers["content-security-policy"] and "allow-same-origin" not in shown.headers["content-security-policy"]
    assert per.client.get("/konsulent/evaluering/koersel/..%2f..", headers=HTML).status_code == 404


# -- privacy


@on_sqlite
def test_after_deletion_not_one_byte_of_a_conversation_is_left(desk: Room, tmp_path: Path) -> None:
    words = "Har I zebrafinker i kantinen hos skolelederen?"
    ids = [desk.asked(words), desk.asked("Må zebrafinker flyve frit i salen?")]
    for one in ids:
        desk.conversations.forwarding.forward(one, 1, "zebrafinke@post.example")
        desk.conversations.feedback.give(one, 1, "down", "zebrafinker mangler")
    lis = desk.seated()
    turns = [item.turn for item in desk.desk.inbox.items()]
    lis.get(f"/konsulent/indbakke/{turns[0]}")
    lis.post(f"/konsulent/indbakke/{turns[0]}/testsag")
    group = desk.desk.inbox.group(turns[0])
    assert group
    done = lis.post(f"/konsulent/indbakke/{turns[0]}/besvar", spoergsmaal=group.first.question, svar="Nej, ingen fugle.", valgt=str(turns[0]))
    assert "zebrafinke@post.example" in lis.get(done.headers["location"].split("?")[0])
    lis.get("/konsulent/overblik")
    asked = {item.turn: item.question for item in desk.desk.inbox.items()}
    assert b"zebrafinke" in bytes_of(tmp_path) and len(asked) >= 0
    for one in ids:
        assert desk.conversations.delete(one)
    left = {path.name for path in tmp_path.rglob("*") if path.is_file() and b"zebrafinke" in path.read_bytes()}
    assert left == set() and ids[0].encode() not in bytes_of(tmp_path)
    assert desk.desk.inbox.items() == [] and desk.desk.casebook.all() == []
    (kept,) = desk.desk.approved.all()
    assert (kept.question, kept.answer) == ("", "Nej, ingen fugle.")
    assert desk.answer(group.first.question)["writer"] == "consultant"


def test_the_server_itself_erases_what_has_expired(desk: Room, tmp_path: Path) -> None:
    conversation = desk.asked("Er zebrafinker velkomne?")
    from assistant.tables import CONVERSATIONS

    with desk.conversations.engine.begin() as connection:
        connection.execute(CONVERSATIONS.update().values(touched=datetime(2020, 1, 1)))
    with TestClient(desk.app):
        for _ in range(100):
            if desk.conversations.count() == 0:
                break
            time.sleep(0.05)
    assert desk.conversations.count() == 0 and b"zebrafinke" not in bytes_of(tmp_path) and conversation.encode() not in bytes_of(tmp_path)


# -- words


def test_every_word_of_the_templates_is_there_in_both_languages() -> None:
    said = {key for path in (HERE / "templates/desk").glob("*.html") for key in re.findall(r'say\("([\w.]+)"[,)]', path.read_text(encoding="utf-8"))}
    assert said - WORDS.keys() == set()
    assert all(len(pair) == 2 and all(pair) and set(re.findall(r"{\w+}", pair[0])) == set(re.findall(r"{\w+}", pair[1])) for table in (WORDS, REPLY) for pair in table.values())
    assert TEXTS["da"].keys() == TEXTS["en"].keys()


@pytest.mark.parametrize("path", ["/konsulent", "/konsulent/kladde", "/konsulent/svar", "/konsulent/profiler", "/konsulent/profiler/skole-a", "/konsulent/profiler/skole-a/huller", "/konsulent/overblik", "/konsulent/evaluering", "/konsulent/brugere", "/konsulent/log", "/konsulent/konto"])
def test_every_page_in_english(crowd: tuple[Room, dict[str, Person]], path: str) -> None:
    page = crowd[1]["administrator"].get(f"{path}?sprog=en")
    assert '<html lang="en">' in page and "Log out" in page and 'hreflang="da"' in page


def test_a_database_that_is_gone_is_told(desk: Room) -> None:
    with pytest.raises(StorageError):
        opening.conversations(replace(desk.settings, database="sqlite:////proc/nowhere/c.sqlite"))
