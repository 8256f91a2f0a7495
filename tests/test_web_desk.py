"""The desk over HTTP: who may what on every route, forms, two at once, what candidates get, and what is left after deletion."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from databases import on_sqlite
from desks import FORM, HTML, JOB, PASSWORD, QUICK, Person, Room, room, stocked
from evaluating import furnish, small_assistant
from fastapi import APIRouter
from starlette.responses import Response
from starlette.testclient import TestClient

from assistant import opening
from assistant.answers import Answer, Citation
from assistant.conversations import StorageError
from assistant.desk_tables import SESSIONS
from assistant.evaluation import command
from assistant.settings import Settings
from assistant.users import Users
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


def things(desk: Room) -> dict[str, str]:
    """Something of each kind that an address names by a number, new: a question in the inbox, an approved answer, a test case, a user."""
    talk = desk.conversations.start("skole-a").id
    desk.conversations.append(talk, "Er zebrafinker velkomne?", Answer("", "skole-a", "da", "Det fremgår ikke.", True, 0.2))
    (turn, *_) = [item.turn for item in desk.desk.inbox.items("skole-a") if item.question == "Er zebrafinker velkomne?"]
    users = Users(desk.conversations.engine, hasher=QUICK)
    spare = next((one for one in users.all() if one.name == "Reserve"), None) or users.add("Reserve", PASSWORD, "consultant")
    approved = desk.desk.approved.approve("skole-a", "Er der et terrarium?", "Ja.", "Lis Kvist")
    return {"{turn}": str(turn), "svar/{number}": f"svar/{approved}", "sager/{number}": f"sager/{desk.desk.casebook.take(turn)}", "brugere/{number}": f"brugere/{spare.id}"}


@pytest.mark.parametrize("role", ROLES)
def test_every_route_for_every_role(crowd: tuple[Room, dict[str, Person]], role: str) -> None:
    desk, people = crowd
    wrong, known = [], things(desk)
    for (method, path), policy in sorted(POLICIES.items()):
        for headers in ({**FORM}, {"Accept": "application/json", "Origin": "http://testserver"}):
            person = desk.seated(people[role].name) if path == "/konsulent/log-ud" and role in ("consultant", "administrator") else people[role]
            if person is not people[role]:
                person.get("/konsulent/konto")
            if method == "POST" and ("{turn}" in path or "{number}" in path) and role in ("consultant", "administrator"):
                known = things(desk)
            address = path.replace("{slug}", "skole-a").replace("{job}", "f" * 32).replace("{name}", "ingen")
            for name, one in known.items():
                address = address.replace(name, one)
            assert "{" not in address
            address += "?profil=skole-a" if path == "/konsulent/svar/nyt" else ""
            token = person.token if path.startswith("/konsulent") else _form_token(people["candidate"].client.cookies.get("samtale-skole-a", ""))
            data = {"token": token, "question": "Er der kantine?", "nummer": "1", "dom": "up"}
            data |= {"version": "1", "spoergsmaal": "Må man have en ugle?", "svar": "Ja.", "valgt": known["{turn}"], "handling": "sessioner", "profil": "skole-a"} if path.startswith("/konsulent/") else {}
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
    if code == 404:
        return path.endswith(("{job}", "{job}.json", "{name}"))
    return code in (200, 303, 422) and (path == "/konsulent/log-ud" or not to.startswith("/konsulent/log-ind"))


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


def test_ending_sessions_and_changing_users_as_the_pages_do(desk: Room) -> None:
    lis, elsewhere, per = desk.seated("Lis Kvist"), desk.seated("Lis Kvist"), desk.seated("Per Dahl")
    lis.post("/konsulent/konto", alle="1")
    assert elsewhere.client.get("/konsulent", headers=HTML).status_code == 303 and "Brugere" in lis.get("/konsulent/konto")
    lis.post("/konsulent/konto", 422, gammel="forkert forkert", ny="tre nye ord samlet")
    lis.post("/konsulent/konto", gammel=PASSWORD, ny="tre nye ord samlet")
    lis.get("/konsulent/konto")
    page = f"/konsulent/brugere/{next(one.id for one in desk.desk.users.all() if one.name == 'Per Dahl')}"
    assert "Log ud" in per.get("/konsulent/konto")
    lis.post(page, handling="sessioner")
    assert per.client.get("/konsulent", headers=HTML).status_code == 303
    lis.post(page, handling="administrator")
    assert "Opret" in desk.seated("Per Dahl").get("/konsulent/brugere")
    lis.post(page, handling="consultant")
    desk.seated("Per Dahl").get("/konsulent/brugere", 403)
    lis.post(page, 422, handling="kode", kode="kort")
    lis.post(page, handling="kode", kode="fire helt andre ord")
    for password, code in ((PASSWORD, 401), ("fire helt andre ord", 303)):
        assert desk.client().post("/konsulent/log-ind", data={"navn": "Per Dahl", "kode": password}, headers=FORM).status_code == code
    lis.post(page, 422, handling="hvad")
    lis.post("/konsulent/brugere/999999", 404, handling="sessioner")
    assert [line.target for line in desk.desk.audit.latest() if line.action == "user_changed"] == [f"Per Dahl: {deed}" for deed in ("kode", "consultant", "administrator", "sessioner")]


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


def test_two_who_answer_one_question_give_one_answer_and_nothing_typed_is_lost(desk: Room) -> None:
    desk.asked("Er der en kantine?")
    lis, per = desk.seated("Lis Kvist"), desk.seated("Per Dahl")
    turn = desk.desk.inbox.groups()[0].first.turn
    page = f"/konsulent/indbakke/{turn}"
    assert 'name="profil" value="skole-a"' in lis.get(page) and "Godkend og svar" in per.get(page)
    lis.post(f"{page}/besvar", spoergsmaal="Er der en kantine?", svar="Ja, i stuen.", valgt=str(turn), profil="skole-a")
    (kept,) = desk.desk.approved.all()
    clash = per.post(f"{page}/besvar", 409, spoergsmaal="Findes der en kantine?", svar="Nej, den er lukket.", valgt=str(turn), profil="skole-a").text
    assert "Ja, i stuen." in clash and "Nej, den er lukket." in clash and WORDS["answer.taken"][0] in clash
    assert f'action="/konsulent/svar/{kept.id}"' in clash and 'name="version" value="1"' in clash
    assert [one.answer for one in desk.desk.approved.all()] == ["Ja, i stuen."]


@pytest.mark.parametrize("how", ["closed", "erased"])
def test_an_answer_to_a_question_that_is_closed_or_erased_meanwhile_is_kept_for_its_writer(desk: Room, how: str) -> None:
    conversation = desk.asked("Er der en kantine?")
    lis, per = desk.seated("Lis Kvist"), desk.seated("Per Dahl")
    page = f"/konsulent/indbakke/{desk.desk.inbox.groups()[0].first.turn}"
    per.get(page)
    if how == "closed":
        lis.post(f"{page}/luk")
    else:
        desk.conversations.delete(conversation)
    shown = per.post(f"{page}/besvar", 409, spoergsmaal="Er der en kantine?", svar="Ja, i stuen.", til="2027-05-01", profil="skole-a").text
    assert "Ja, i stuen." in shown and "2027-05-01" in shown and "Er der en kantine?" not in shown and WORDS["answer.closed"][0] in shown
    assert desk.desk.approved.all() == []
    per.post("/konsulent/svar", profil="skole-a", spoergsmaal="Kan man spise i huset?", svar="Ja, i stuen.")


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
    assert "[Udfyld: Det fremgår ikke af profilen.]" in text and "Kræver dit svar" in page and text.rstrip().endswith("Lis Kvist")
    assert b"bo@post.example" not in bytes_of(tmp_path) and b"Bo Lund" not in bytes_of(tmp_path)
    assert "hvilken stilling" in lis.post("/konsulent/kladde", 422, mail="Er der kantine?", profil="").text
    assert lis.client.post("/konsulent/kladde", data={"token": lis.token, "mail": "Er der kantine? " * 3000, "profil": "skole-a"}, headers=FORM).status_code in (413, 422)


def test_a_draft_about_a_hidden_profile_has_no_link_that_candidates_cannot_open(desk: Room) -> None:
    lis = desk.seated()
    lis.get("/konsulent/kladde")
    shown = lis.post("/konsulent/kladde", 200, mail=MAIL, profil="skole-b").text
    assert "/p/skole-b?start=" in shown.split('<textarea id="reply"')[1]
    desk.desk.publishing.set("skole-b", "hidden", None, "Lis Kvist", 0)
    hidden = lis.post("/konsulent/kladde", 200, mail=MAIL, profil="skole-b").text.split('<textarea id="reply"')[1]
    assert "1. marts 2027" in hidden and "/p/skole-b" not in hidden.split("</textarea>")[0]


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


def test_two_files_at_once_become_two_profiles_and_the_log_names_them(plain: Settings, encoder: Encoder, tmp_path: Path) -> None:
    desk = room(plain, stocked(tmp_path, encoder), tmp_path)
    lis = desk.seated()
    assert " multiple" in lis.get("/konsulent/profiler")
    both = [("fil", (f"{name}.md", f"# {name}\n\nDu har 12 medarbejdere.\n".encode())) for name in ("Kantineleder", "Skovfoged")]
    response = lis.client.post("/konsulent/profiler", data={"token": lis.token}, files=both, headers=FORM)
    assert response.status_code == 303 and response.headers["location"].endswith("gjort=several")
    for _ in range(300):
        if all(job.over for job in desk.desk.jobs.latest("upload")):
            break
        time.sleep(0.1)
    assert {job.stage for job in desk.desk.jobs.latest("upload")} == {"done"}
    slugs = {one.slug for one in desk.library.profiles()} - {"skole-a", "skole-b"}
    assert len(slugs) == 2 and slugs == {line.target for line in desk.desk.audit.latest() if line.action == "profile_uploaded"}
    assert lis.client.post("/konsulent/profiler/skole-a/erstat", data={"token": lis.token}, files=both, headers=FORM).status_code == 422
    assert lis.client.post("/konsulent/profiler", data={"token": lis.token}, files=both * 11, headers=FORM).status_code == 422


def test_pages_that_were_not_read_are_told_at_the_desk(desk: Room) -> None:
    lis, profile = desk.seated(), desk.library.profile("skole-a")
    assert "ikke læst: s." not in lis.get("/konsulent/profiler/skole-a")
    profile.metadata["unread_pages"] = "2, 3"
    try:
        assert "ikke læst: s. 2, 3" in lis.get("/konsulent/profiler/skole-a")
    finally:
        del profile.metadata["unread_pages"]


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
    assert all(re.fullmatch(r"\d+,\d{3}", value) for row in rows if row[:1] == ["skole-a"] and len(row) > 4 for value in row[-2:])
    assert re.search(r"<td>\d+,\d\d</td>", page) and not re.search(r"<td>\d+\.\d\d</td>", page)
    assert any("." in value for row in csv.reader(io.StringIO(lis.client.get("/konsulent/overblik.csv?sprog=en", headers=HTML).text), delimiter=";") for value in row[-2:])
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


def test_a_follow_up_keeps_its_conversation_and_is_exported_so_that_it_can_be_checked(desk: Room, tmp_path: Path) -> None:
    talks = desk.conversations
    talk = talks.start("skole-a").id
    place = desk.library.profile("skole-a").text.index("58 medarbejdere")
    for question in ("Hvem er mon skolelederen, Bo?", "Og zebrafinkerne?"):
        cited = (Citation(1, "skole-a", "Opgaverne", None, "58 medarbejdere", place, place + 15),)
        talks.append(talk, question, Answer(question, "skole-a", "da", "58 medarbejdere. [1]", False, 0.9, cited))
    talks.feedback.give(talk, 2, "down")
    lis, per, casebook = desk.seated("Lis Kvist"), desk.seated("Per Dahl"), desk.desk.casebook
    case = f"/konsulent/evaluering/sager/{casebook.take(desk.desk.inbox.items()[0].turn)}"
    page = lis.get(case)
    assert "Hvem er mon skolelederen, Bo?" in page and re.search(r'name="steder"[^>]*>58 medarbejdere<', page) and "58 medarbejdere. [1]" in page
    gold = {"svar": "58", "steder": "58 medarbejdere"}
    lis.post(case, spoergsmaal="Og hvor mange ansatte?", foer="Hvem er mon skolelederen, Bo?", version="1", **gold)
    assert not casebook.all()[0].own, "the earlier question is still the candidate's"
    lis.post(case, spoergsmaal="Og hvor mange ansatte?", foer="Hvem leder skolen?", version="2", **gold)
    per.post(f"{case}/godkend", version="3")
    assert talks.delete(talk) and casebook.all()[0].ready and casebook.all()[0].before == "58 medarbejdere. [1]"
    exported = per.client.get("/konsulent/evaluering/sager.jsonl").text
    (row,) = [json.loads(line) for line in exported.splitlines()]
    assert (row["document"], row["conversation"], row["kind"]) == ("skole-a.md", ["Hvem leder skolen?"], "followup")
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "skole-a.md").write_text(JOB.format(slug="skole-a", title="Skoleleder til Aaskolen", employer="Aaby Kommune", pupils=412), encoding="utf-8")
    (tmp_path / "testsager.jsonl").write_text(exported, encoding="utf-8")
    told: list[str] = []
    assert command.questions_check([tmp_path / "testsager.jsonl"], [tmp_path / "profiles"], tell=told.append) == 0, told


def test_nearly_the_same_question_is_one_case(desk: Room) -> None:
    casebook = desk.desk.casebook
    for question in ("Hvor mange børn går der på skolen?", "Hvor mange børn går der på skolen", "Må man have hund med?"):
        desk.asked(question)
    turns = {item.question: item.turn for item in desk.desk.inbox.items()} or {}
    taken = [casebook.take(turns[question]) for question in sorted(turns)]
    assert len(turns) == 3 and len(set(taken)) == len(casebook.all()) == 2
    lis, dog = desk.seated(), casebook.take(turns["Må man have hund med?"])
    page = lis.post(f"/konsulent/evaluering/sager/{dog}", 422, spoergsmaal="Hvor mange børn går der på skolen ?", svar="", steder="", version="1").text
    assert WORDS["case.wrong.twin"][0] in page


def test_a_run_of_the_command_line_in_the_desks_folder_is_listed(desk: Room, tmp_path: Path) -> None:
    folder = tmp_path / "spørgsmål"
    folder.mkdir()
    furnish(folder)
    assert command.evaluate([folder / "questions.jsonl"], folder, small_assistant, desk.desk.evaluations / "fra-kommandoen") == 0
    lis = desk.seated()
    assert "/konsulent/evaluering/koersel/fra-kommandoen" in lis.get("/konsulent/evaluering")
    assert "<html" in lis.get("/konsulent/evaluering/koersel/fra-kommandoen")


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
    assert b"zebrafinke" in bytes_of(tmp_path) and turns[0] not in asked and len(asked) + len(group.items) >= len(turns)
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
