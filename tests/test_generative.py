"""Any chat model, and still never an unsupported word: the official client against a scripted server, over real HTTP."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from servers import Body, Reply, Server, cite, data, rewriting, serving, sources

from assistant import opening
from assistant.answering import Assistant
from assistant.answers import Answer
from assistant.budget import Budget
from assistant.evaluation import running
from assistant.evaluation.gold import of_row
from assistant.generative import Generative
from assistant.models import ModelError, open_model, outside
from assistant.settings import Settings, SettingsError, load
from index.library import Encoder

pytest.importorskip("langchain_openai", reason="the OpenAI-compatible provider is not installed: pip install 'profilassistenten[openai]'")
from pydantic import SecretStr

TODAY = date(2027, 2, 20)
KEY = "sk-hemmelig-0123456789"
PATIENCE = 20.0  # seconds: far above what a reply takes here, however busy the machine is
PUPILS = "Hvor mange elever har skolen?"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture(scope="session")
def open_file(job_file: Path, encoder: Encoder) -> opening.OneFile:
    return opening.OneFile(job_file, encoder)


@pytest.fixture
def made(server: Server, open_file: opening.OneFile) -> Callable[..., Assistant]:
    """An assistant that writes with the scripted model."""

    def make(**options: object) -> Assistant:
        model = open_model("openai:scripted", server.url, SecretStr(KEY), seconds=PATIENCE)
        return Assistant(open_file, lambda: TODAY, writer=Generative(lambda: model, **{"deadline": PATIENCE, **options}))  # type: ignore[arg-type]

    return make


def faithful(body: Body) -> Reply:
    """A model that writes well."""
    return Reply(f"På skolen går der 412 elever [{cite(body, '412 elever')}].")


def told(assistant: Assistant, question: str, earlier: tuple[str, ...] = ()) -> tuple[str, Answer]:
    """What the stream showed, and the answer it ended with."""
    *pieces, answer = assistant.stream(question, earlier=earlier)
    assert isinstance(answer, Answer)
    return "".join(str(piece) for piece in pieces), answer


def test_a_faithful_sentence_is_the_answer_cited_with_our_quote(server: Server, made: Callable[..., Assistant]) -> None:
    server.reply = faithful
    shown, answer = told(made(), PUPILS)
    assert answer.answer == shown == "På skolen går der 412 elever. [1]"
    assert answer.writer == "generative" and answer.notice is None and not answer.abstained
    assert answer.citations[0].quote == "Skolelederen har ansvaret for 412 elever og 58 medarbejdere."
    assert answer.drafted and (answer.drafted.sentences, answer.drafted.stopped, answer.drafted.fault) == (1, 0, None)
    assert "drafted" not in answer.to_json()


def test_the_model_is_handed_numbered_sources_as_data_and_today(server: Server, made: Callable[..., Assistant]) -> None:
    server.reply = faithful
    told(made(), "Hvor mange elever har skolen? (251248-9996)")
    body = server.asked[0]
    assert body["stream"] is True and "lørdag den 20. februar 2027" in body["messages"][0]["content"]
    assert list(sources(body)) == list(range(1, len(sources(body)) + 1))
    assert data(body)[-1] == {"spørgsmål": "Hvor mange elever har skolen? ([CPR-nummer])"}
    assert "412 elever" not in body["messages"][0]["content"]


def test_what_the_source_does_not_support_is_never_shown(server: Server, made: Callable[..., Assistant]) -> None:
    server.reply = lambda body: Reply(f"Skolen har 412 elever [{cite(body, '412')}]. Den har 99 lærere [{cite(body, '412')}]. Lønnen er god.")
    shown, answer = told(made(), PUPILS)
    assert answer.answer == shown == "Skolen har 412 elever. [1]"
    assert answer.notice == "En sætning er taget væk, fordi profilen ikke støtter den."
    assert answer.drafted and answer.drafted.sentences == 3 and answer.drafted.stopped == 2


def test_an_evaluation_says_how_often_the_checker_stepped_in(server: Server, made: Callable[..., Assistant], job_file: Path) -> None:
    server.reply = lambda body: Reply(f"Skolen har 412 elever [{cite(body, '412')}]. Den har 99 lærere [{cite(body, '412')}].")
    gold = of_row({"id": "q-1", "document": job_file.name, "conversation": [], "question": PUPILS, "kind": "fact", "answerable": True, "answers": [["412"]], "evidence": ["412 elever"]})
    card = running.run_over([gold], [job_file.parent], made).scores["card"]
    assert {name: card[name] for name in ("drafts", "drafted_sentences", "stopped_by_checker", "failed_drafts")} == {"drafts": 1, "drafted_sentences": 2, "stopped_by_checker": 1, "failed_drafts": 0}


@pytest.mark.parametrize(
    "text", ["Skolen har 421 elever [1][2][3].", "Skolen har 412 elever.", "Skolen har 412 elever [99].", "Skolen har ikke 412 elever [1][2].", "Jeg er en sprogmodel og må ikke svare.", "INTET", "[1] [2]"]
)
def test_when_nothing_holds_the_profile_s_own_words_stand(server: Server, made: Callable[..., Assistant], text: str) -> None:
    server.reply = lambda body: Reply(text)
    shown, answer = told(made(), PUPILS)
    assert answer.answer == shown == "Skolelederen har ansvaret for 412 elever og 58 medarbejdere. [1]"
    assert answer.writer == "extractive" and answer.notice and "profilens egne ord" in answer.notice


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        (Reply(fault="error", status=500), "nås"), (Reply(fault="error", status=401), "nås"), (Reply(fault="error", status=429), "travlt"), (Reply(fault="html"), "brug"), (Reply(fault="garbage"), "brug"),
        (Reply(""), "brug"), (Reply("Skolen har 412 elever [1]. Der er ", fault="cut"), "nås"), (Reply("Skolen har 412 elever [1].", fault="length"), "brug"),
        (Reply("Skolen har 412 elever [1].", fault="unended"), "brug"), (Reply("bla bla ", fault="endless"), "brug"), (Reply("Ja. " * 50, pause=0.2), "længe"), (Reply(fault="hang"), "længe"),
        (Reply("Skolen har 412 elever [1].", wait=3 * PATIENCE), "længe"),
    ],
    ids=["500", "401", "429", "html", "garbage", "empty", "cut", "length", "unended", "endless", "drip", "hang", "slow"],
)  # fmt: skip
def test_every_fault_ends_in_the_extractive_answer_within_the_deadline(server: Server, made: Callable[..., Assistant], fault: Reply, word: str, caplog: pytest.LogCaptureFixture) -> None:
    server.reply = lambda body: fault
    started = time.monotonic()
    with caplog.at_level(logging.DEBUG):
        _, answer = told(made(deadline=2.0 if word == "længe" else PATIENCE), PUPILS)
    assert time.monotonic() - started < 2 * PATIENCE
    assert answer.answer == "Skolelederen har ansvaret for 412 elever og 58 medarbejdere. [1]"
    assert answer.writer == "extractive" and answer.notice and word in answer.notice and answer.drafted and answer.drafted.fault
    assert KEY not in caplog.text and KEY not in str(answer)


def test_a_model_that_is_not_there_is_a_fault_too(open_file: opening.OneFile) -> None:
    model = open_model("openai:scripted", "http://127.0.0.1:9/v1", SecretStr(KEY))
    answer = Assistant(open_file, lambda: TODAY, writer=Generative(lambda: model)).ask(PUPILS)
    assert answer.writer == "extractive" and answer.notice and "nås" in answer.notice


def test_a_refusal_is_ours_and_asks_no_model(server: Server, made: Callable[..., Assistant]) -> None:
    for question in ("Hvem vinder valget?", "Hvad er kantinens åbningstider om søndagen?", "hej"):
        shown, answer = told(made(), question)
        assert shown == answer.answer and answer.writer == "extractive" and answer.drafted is None
    assert server.asked == []


def test_a_list_is_whole_or_the_profile_s_own(server: Server, made: Callable[..., Assistant]) -> None:
    question = "Hvilke opgaver er der?"
    items = ("udvikle den faglige kvalitet", "styrke samarbejdet med forældrene", "sikre en stabil økonomi")
    server.reply = lambda body: Reply("\n".join(f"- {item} [{cite(body, item)}]" for item in items[:2]))
    _, half = told(made(), question)
    assert half.writer == "extractive" and half.notice and "ikke hel" in half.notice and all(item in half.answer for item in items)
    server.reply = lambda body: Reply("\n".join(f"- {item} [{cite(body, item)}]" for item in items))
    shown, whole = told(made(), question)
    assert whole.writer == "generative" and shown == whole.answer == "\n".join(f"- {item} [{n}]" for n, item in enumerate(items, 1))


TWO = "Hvor mange elever har skolen, og hvornår er anden samtale?"


def test_each_part_of_a_question_has_its_sources_and_is_answered(server: Server, made: Callable[..., Assistant]) -> None:
    server.reply = lambda body: Reply(f"Anden samtale er torsdag den 18. marts 2027 [{cite(body, '18. marts')}]. Skolen har 412 elever [{cite(body, '412 elever')}].")
    shown, answer = told(made(), TWO)
    assert data(server.asked[0])[-1] == {"spørgsmål": TWO}
    assert answer.writer == "generative" and answer.notice is None and shown == answer.answer
    assert answer.answer == "Anden samtale er torsdag den 18. marts 2027. [1] Skolen har 412 elever. [2]"


def test_a_draft_that_passes_over_a_part_is_not_the_answer(server: Server, made: Callable[..., Assistant]) -> None:
    server.reply = lambda body: Reply(f"Skolen har 412 elever [{cite(body, '412 elever')}].")
    _, answer = told(made(), TWO)
    assert answer.writer == "extractive" and answer.notice and "ikke helt" in answer.notice
    assert "412 elever" in answer.answer and "18. marts 2027" in answer.answer


def test_what_no_part_of_the_profile_answers_is_said_by_us(server: Server, made: Callable[..., Assistant]) -> None:
    server.reply = lambda body: Reply(f"Skolen har 412 elever [{cite(body, '412 elever')}].")
    shown, answer = told(made(), "Hvor mange elever har skolen? Hvad er kantinens åbningstider om søndagen?")
    assert answer.writer == "generative" and not answer.abstained
    assert shown == answer.answer == "Skolen har 412 elever. [1] Resten fremgår ikke af profilen."
    assert data(server.asked[0])[-1] == {"spørgsmål": "Hvor mange elever har skolen?"}


def test_each_part_keeps_its_own_yes_or_no(server: Server, made: Callable[..., Assistant]) -> None:
    server.reply = lambda body: Reply(f"Fristen er mandag den 1. marts 2027 [{cite(body, '1. marts')}]. Kørekort er ikke et krav [{cite(body, 'Kørekort')}].")
    _, answer = told(made(), "Er kørekort et krav, og hvornår er ansøgningsfristen?")
    assert answer.writer == "generative" and answer.answer.startswith("Fristen er") and "Nej. Kørekort er ikke et krav." in answer.answer


def test_half_received_markers_are_held_back(server: Server, made: Callable[..., Assistant]) -> None:
    server.reply = lambda body: Reply(f"Skolen har 412 elever. [{cite(body, '412')}] Der er 58 medarbejdere. [{cite(body, '412')}]", size=1)
    pieces = [piece for piece in made().stream(PUPILS) if isinstance(piece, str)]
    assert pieces == ["Skolen har 412 elever. [1]", " Der er 58 medarbejdere. [1]"]


def test_thinking_aloud_is_not_shown(server: Server, made: Callable[..., Assistant]) -> None:
    server.reply = lambda body: Reply(f"<think>Skolen har 412 elever [{cite(body, '412')}]. Hm.</think>Der går 412 elever på skolen [{cite(body, '412')}].", size=3)
    assert told(made(), PUPILS)[0] == "Der går 412 elever på skolen. [1]"


def test_a_follow_up_is_rewritten_by_the_model_and_by_rules_when_it_cannot(server: Server, made: Callable[..., Assistant]) -> None:
    second = "Anden samtale er torsdag den 18. marts 2027"
    server.reply = lambda body: Reply("Hvornår er anden samtale?") if rewriting(body) else Reply(f"{second} [{cite(body, 'Anden samtale')}].")
    _, answer = told(made(), "Og anden?", ("Hvornår er første samtale?",))
    assert [rewriting(body) for body in server.asked] == [True, False]
    assert data(server.asked[1])[-1] == {"spørgsmål": "Hvornår er anden samtale?"}
    assert answer.question == "Og anden?" and answer.answer == f"{second}. [1]"
    for broken in ("", "Linje et\nLinje to", "Hvem vinder valget i Langtbortistan?", "x" * 900):
        server.reply = lambda body, broken=broken: Reply(broken) if rewriting(body) else Reply("INTET")  # type: ignore[misc]
        assert "18. marts 2027" in told(made(), "Og anden?", ("Hvornår er første samtale?",))[1].answer


def test_an_english_question_is_answered_in_english(server: Server, made: Callable[..., Assistant]) -> None:
    server.reply = lambda body: Reply(f"The deadline is Monday 1 March 2027 at 12 [{cite(body, '1. marts')}].")
    _, answer = told(made(), "When is the application deadline?")
    assert "engelsk" in server.asked[0]["messages"][0]["content"]
    assert answer.writer == "generative" and answer.answer == "The deadline is Monday 1 March 2027 at 12. [1]"


def test_yes_and_no_are_said_by_the_profile_not_by_the_model(server: Server, made: Callable[..., Assistant]) -> None:
    server.reply = lambda body: Reply(f"Ja. Kørekort er ikke et krav [{cite(body, 'Kørekort')}].")
    assert not told(made(), "Er kørekort et krav?")[1].answer.startswith("Ja")


def test_only_so_many_are_asked_at_once(server: Server, made: Callable[..., Assistant]) -> None:
    server.reply = lambda body: Reply(faithful(body).text, wait=0.6)
    assistant = made(at_once=1, waiting=1)
    answers: list[Answer] = []
    threads = [threading.Thread(target=lambda: answers.append(assistant.ask(PUPILS))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.writer for answer in answers) == ["extractive"] * 3 + ["generative"] * 2
    assert all("travlt" in (answer.notice or "") for answer in answers if answer.writer == "extractive")


def test_tokens_are_bounded_a_conversation_and_a_day(server: Server, made: Callable[..., Assistant], tmp_path: Path) -> None:
    server.reply = faithful
    budget = Budget(tmp_path / "budget.sqlite", 3_000, lambda: TODAY)
    assistant = made(budget=budget)
    assert assistant.ask(PUPILS, conversation="a").writer == "generative"
    spent = assistant.ask(PUPILS, conversation="a")
    assert spent.writer == "extractive" and spent.notice and "brugt så meget" in spent.notice
    assert assistant.ask(PUPILS, conversation="b").writer == "generative"
    budget.spend("c", 3_000)
    assert assistant.ask(PUPILS, conversation="d").writer == "extractive"
    another = Budget(tmp_path / "budget.sqlite", 3_000, lambda: TODAY)  # after a restart, or another worker
    assert not another.allows("a") and not another.allows("d")
    assert Budget(tmp_path / "budget.sqlite", 3_000, lambda: date(2027, 2, 21)).allows("a")
    assert b"conversation" in (tmp_path / "budget.sqlite").read_bytes() and not Budget(tmp_path, 3_000).allows("a")


def test_a_key_is_never_said(tmp_path: Path) -> None:
    environment = {"ASSISTANT_MODEL": "openai:x", "ASSISTANT_MODEL_URL": "http://bo:hemmelig@127.0.0.1:9/v1", "ASSISTANT_MODEL_KEY": KEY}
    settings = load(tmp_path, environment, tmp_path)
    model = open_model("openai:x", settings.model_url, settings.model_key)
    assert KEY not in f"{settings!r}{settings}{model!r}{settings.model_key}" and "hemmelig" not in repr(settings)
    with pytest.raises(ModelError) as caught:
        open_model("findesikke:x", None, SecretStr(KEY))
    assert KEY not in str(caught.value)
    with pytest.raises(SettingsError, match="ASSISTANT_MODEL er"):
        load(tmp_path, {"ASSISTANT_MODEL": "gpt"}, tmp_path)
    with pytest.raises(SettingsError) as wrong:
        load(tmp_path, {"ASSISTANT_MODEL": "openai:x", "ASSISTANT_MODEL_URL": "bo:hemmelig@vaert"}, tmp_path)
    assert "hemmelig" not in str(wrong.value)


def test_off_by_default_and_said_when_text_leaves_the_machine(plain: Settings) -> None:
    assert opening.writer(plain) is None and outside(plain.model, plain.model_url) is None
    assert outside("openai:x", None) == "openai" and outside("ollama:x", None) is None
    assert outside("openai:x", "http://localhost:8080/v1") is None and outside("ollama:x", "https://gpu.firma.example") == "gpu.firma.example"


def test_a_provider_that_is_not_installed_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "langchain_anthropic", None)
    with pytest.raises(ModelError, match=r"profilassistenten\[anthropic\]"):
        open_model("anthropic:claude-x", None, SecretStr(KEY))
