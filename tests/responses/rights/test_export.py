"""Data export: a page, a PDF and a file of all that a respondent gave, and of nothing else."""

import json
import re
import zlib
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
import sqlalchemy as sa
import time_machine
from pypdf import PdfReader
from structlog.testing import capture_logs

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.moderation.models import (
    ModeratedText,
    ModerationDecision,
    Reason,
    TextState,
    Verdict,
)
from consultation.responses.models import Answer, Respondent, Response
from consultation.responses.rights import attachments, export, export_pdf
from consultation.responses.rights.export_formats import (
    AnswerDescription,
    CopyDescription,
    Entry,
    Section,
)
from consultation.typesetting import font_coverage, subprocess, tagged_pdf
from tests.accounts.builders import make_account
from tests.factories import publish_again, screen_all
from tests.responses.builders import identity_fields
from tests.responses.conftest import Form, hidden
from tests.responses.two_measures import consultation_round as consultation_round
from tests.responses.two_measures import other_measure as other_measure

COPIES = ("/contributions/copie", "/contributions/copie.pdf", "/contributions/copie.json")
SPACE_FORM = "/contributions/mesures/T7"
HOSTILE = (
    '#read("/etc/passwd")',
    '#import "@preview/x:1.0.0": * $x$ *gras* _it_ `code` \\ // rien <lab> @ref = titre',
    "#set document(title: none)\n= Un titre\n- une liste\n/ Terme: suite",
)
ODD = (
    "مرحبا بالعالم",
    "שלום a\u202eb\u2066c",
    "😀👨‍👩‍👧 漢字 हिन्दी",
    "e\u0301 漢\u0301 \u0300",
    "a\tb\u2028c\u2029d\u00a0e\u200bf",
    "\ue000\U000e0001\u0378\U0010ffff\ufeff",
    "mot" * 7000,
    "\n" * 3000,
)
EVERYTHING = {
    "suggestions": "Tout.",
    "observation": "Rien.",
    "T7_1__stance": "replace",
    "T7_1__reason": "Parce que.",
    "T7_1__proposed_wording": "Autrement.",
}


@pytest.fixture
def link(client, form):
    """The path of the link of Jeanne, who answered on T7."""
    return answer(
        client,
        form,
        suggestions="Élargir <partout> & vite.",
        T7_1__stance="amend",
        T7_1__reason="Trop vague.",
        name="Jeanne Élan",
        email="jeanne@exemple.fr",
        organisation="L'Élan",
        consent_contact="yes",
    )


def answer(client, form, **answers):
    page = client.post(form.path, data=form.data(**answers), follow_redirects=True)
    return re.search(r"(/contributions/ouvrir/[\w.-]+)", page.text)[1]


def send(client, form, path=SPACE_FORM, **answers):
    data = form.data(key=hidden(client.get(path), "submission_key"), **answers)
    return client.post(path, data=data, follow_redirects=True)


def copy_in_json(client, path=COPIES[2]):
    return json.loads(client.get(path).data)


def values_in(entry):
    return {
        f"{answer['indicator'] or ''}/{answer['question']}": [
            value["value"] for value in answer["values"]
        ]
        for answer in entry["answers"]
    }


def plain_text(page):
    text = re.sub(r"<[^>]+>", " ", page.text)
    return re.sub(r"\s+", " ", text.replace("&#39;", "'"))


def describe(*values, times=1):
    answers = [AnswerDescription("T7.1", "Que changer ?", list(values))]
    entry = Entry("Hébergement", "", [("Numéro de dépôt", "AAAA-BBBB")], answers)
    return CopyDescription(
        "Ma copie", "Tour 1", "Tout.", [Section("Contributions", entries=[entry] * times)]
    )


def document(*values, times=1):
    return export_pdf.document_of(
        describe(*values, times=times), "fr", author="Le collectif", missing="Des signes manquent."
    )


def characters_of(made):
    """The signs that a reader finds in a document, by the maps that it holds for them."""
    drawn = set()
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", made, re.DOTALL):
        try:
            text = zlib.decompress(stream).decode("latin-1")
        except zlib.error:
            continue
        if "beginbfchar" not in text:
            continue
        for code in re.findall(r"<[0-9A-Fa-f]+>\s*<([0-9A-Fa-f]+)>", text):
            drawn |= set(bytes.fromhex(code).decode("utf-16-be"))
    return drawn


def test_copy_says_when_i_last_said_what_i_agree_to(client, link):
    client.post(link)
    sent = copy_in_json(client)["respondent"]["consents"]
    later = now().replace(microsecond=0) + timedelta(minutes=90)
    with time_machine.travel(later, tick=False):
        page = client.get("/contributions/moi")
        client.post("/contributions/moi", data=identity_fields(page, capacity="justice"))
        changed = copy_in_json(client)["respondent"]["consents"]

    assert datetime.fromisoformat(sent["given_at"]) < later - timedelta(minutes=80)
    assert datetime.fromisoformat(changed["given_at"]) == later
    assert [item["is_given"] for item in changed["items"]] == [False] * 3


def test_page_says_who_i_am_and_what_i_agreed_to(client, link, session):
    client.post(link)

    text = plain_text(client.get(COPIES[0]))

    sent_at = session.scalars(sa.select(Response)).one().submitted_at
    assert "Nom Jeanne Élan" in text
    assert "Adresse électronique jeanne@exemple.fr" in text
    assert "Organisation L'Élan" in text
    assert "m’écrire au sujet de ma contribution. oui" in text
    assert "avec mon nom non" in text
    assert "(notice sur les données personnelles, version 2026-12-01)" in text
    assert f"{sent_at:%Y}" in text


def test_page_shows_each_response_with_its_code_version_and_answers(client, link, session):
    client.post(link)

    page = client.get(COPIES[0])

    text = plain_text(page)
    code = session.scalars(sa.select(Response)).one().receipt_code
    assert f"Numéro de dépôt {code}" in text
    assert "mesure T7, version 1" in text
    assert "Élargir &lt;partout&gt; &amp; vite." in page.text
    assert "Trop vague." in text
    assert "Ce texte n’a pas encore été relu." in text


def test_copy_names_each_indicator_once(client, link):
    client.post(link)

    page, space = client.get(COPIES[0]), client.get("/contributions/")

    (name,) = re.findall(r'<dt class="topic">([^<]+)</dt>', page.text)
    assert re.findall(r'<dt class="topic">([^<]+)</dt>', space.text) == [name]
    assert name.startswith("Places réservées")


def test_versions_that_were_replaced_are_folded_at_the_end(client, link, form):
    client.post(link)
    whole = client.get(COPIES[0]).text
    send(client, form, suggestions="Tout compte fait, non.")

    kept, folded = client.get(COPIES[0]).text.split("<details><summary>Versions remplacées (1)")

    assert "Versions remplacées" not in whole
    assert "Tout compte fait" in kept
    assert "Élargir" not in kept
    assert "Élargir" in folded


def test_times_are_those_of_paris(client, form, session):
    at = datetime(2026, 7, 14, 21, 5, tzinfo=UTC)
    session.execute(sa.text("UPDATE round SET opens_at = '2020-01-01 00:00:00'"))
    session.execute(sa.text("UPDATE round SET closes_at = '2050-01-01 00:00:00'"))
    session.commit()
    with time_machine.travel(at, tick=False):
        client.post(answer(client, form))
        page, copy = client.get(COPIES[0]), copy_in_json(client)

    assert "14 juillet" in page.text.replace("\xa0", " ")
    assert "23\xa0h\xa005" in page.text
    assert copy["responses"][0]["submitted_at"] == "2026-07-14T21:05:00+00:00"


def test_revisions_that_were_replaced_are_there_and_said_so(client, link, form, session):
    client.post(link)
    send(client, form, suggestions="Tout compte fait, non.")

    text, copy = plain_text(client.get(COPIES[0])), copy_in_json(client)

    codes = session.scalars(sa.select(Response.receipt_code).order_by(Response.id)).all()
    assert [response["receipt_code"] for response in copy["responses"]] == codes
    assert [response["state"] for response in copy["responses"]] == ["superseded", "current"]
    assert values_in(copy["responses"][0])["/suggestions"] == ["Élargir <partout> & vite."]
    assert text.count("par une version plus récente : elle ne compte plus") == 1
    assert copy["responses"][0]["superseded_at"] == copy["responses"][1]["submitted_at"]


def test_what_was_withdrawn_is_there_and_said_so(client, link, session):
    client.post(link)
    session.execute(sa.update(Response).values(withdrawn_at=now()))
    session.commit()

    text, copy = plain_text(client.get(COPIES[0])), copy_in_json(client)

    assert "elle ne compte plus et n’est plus transmise" in text
    assert "Trop vague." in text
    assert "n’a pas encore été relu" not in text
    assert copy["responses"][0]["state"] == "withdrawn"


def test_answer_to_an_earlier_version_keeps_the_words_it_was_asked_in(
    client, link, form, measure, session
):
    client.post(link)
    publish_again(session, measure)
    send(client, Form(session, measure), suggestions="Mieux ainsi.")

    copy = copy_in_json(client)

    assert [response["form"]["version"] for response in copy["responses"]] == [1, 2]


def test_draft_is_there_as_it_was_typed_and_said_not_to_be_sent(
    client, link, form, other_measure, session
):
    client.post(link)
    other = Form(session, other_measure)
    path = "/contributions/mesures/T8"
    data = other.data(
        key=hidden(client.get(path), "submission_key"),
        suggestions="  à fin",
        email="jeanne@ex",
        T8_1__stance="amend",
    )
    client.post(path, data=data | {"intent": "save", "draft_revision": "0"})

    text, copy = plain_text(client.get(COPIES[0])), copy_in_json(client)

    (draft,) = copy["drafts"]
    assert draft["form"]["measure"] == "T8"
    assert values_in(draft)["/suggestions"] == ["  à fin"]
    assert values_in(draft)["/email"] == ["jeanne@ex"]
    assert values_in(draft)["T8.1/stance"] == ["amend"]
    assert "Ils n’ont pas été envoyés" in text
    assert "jeanne@ex" in text
    assert [response["form"]["measure"] for response in copy["responses"]] == ["T7"]


def test_file_has_the_keys_that_are_documented(client, link, session):
    client.post(link)

    copy = copy_in_json(client)

    assert {name: sorted(copy[name]) for name in ("round", "respondent")} == {
        "round": ["code", "title"],
        "respondent": [
            "address", "capacity", "channel", "consents", "language", "name", "organisation",
            "since", "territory",
        ],
    }  # fmt: skip
    assert sorted(copy) == [
        "drafts", "format", "format_version", "made_at", "respondent", "responses", "round",
    ]  # fmt: skip
    assert sorted(copy["responses"][0]) == [
        "answers", "first_receipt_code", "form", "receipt_code", "received_on", "revision", "state",
        "submitted_at", "superseded_at", "withdrawn_at",
    ]  # fmt: skip
    assert (copy["format"], copy["format_version"]) == ("consultation-copy", 1)
    consents = copy["respondent"]["consents"]
    assert [(it["code"], it["is_given"]) for it in consents["items"]] == [
        ("contact", True), ("anonymous", False), ("named", False),
    ]  # fmt: skip
    assert consents["notice_version"] == "2026-12-01"
    assert copy["respondent"]["capacity"] == {"value": "citizen", "label": "Citoyenne ou citoyen"}
    answers = {(it["indicator"], it["question"]): it for it in copy["responses"][0]["answers"]}
    assert answers["T7.1", "stance"]["values"][0]["value"] == "amend"
    assert answers["T7.1", "stance"]["values"][0]["label"]
    assert answers["T7.1", "stance"]["outcome"] is None
    assert answers["T7.1", "reason"]["outcome"] == {"state": "waiting", "reasons": []}


def test_everything_that_the_database_holds_of_an_answer_is_in_the_file(client, form, session):
    """One answer to each question of the form comes back whole."""
    client.post(answer(client, form, **EVERYTHING))

    given = values_in(copy_in_json(client)["responses"][0])

    (response,) = session.scalars(sa.select(Response)).all()
    assert sum(len(values) for values in given.values()) == len(response.answers)


@pytest.mark.parametrize("path", COPIES)
def test_nobody_gets_a_copy_without_an_open_space(client, link, path):
    page = client.get(path)

    assert page.status_code == 403
    assert "Votre espace est fermé" in page.text
    assert "Retrouver mon espace" in page.text
    assert page.headers["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize("path", [COPIES[0], COPIES[2]])
def test_copy_holds_nothing_of_anybody_else(client, link, form, path):
    other = answer(client, form, suggestions="Zorglub", name="Zorglub", email="zorglub@exemple.fr")
    client.post(link)
    first = client.get(path)
    client.post("/contributions/fermer")
    client.post(other)
    second = client.get(path)

    assert "orglub" not in first.text
    assert "Jeanne" in first.text
    assert "Zorglub" in second.text
    assert "Jeanne" not in second.text


@pytest.mark.parametrize(
    ("path", "mimetype", "name"),
    [
        (COPIES[1], "application/pdf", r"consultation-copie-\d{4}-\d\d-\d\d\.pdf"),
        (COPIES[2], "application/json", r"consultation-copie-\d{4}-\d\d-\d\d\.json"),
    ],
)
def test_file_is_attached_under_a_plain_name_and_kept_by_nobody(client, link, path, mimetype, name):
    client.post(link)

    file = client.get(path)

    assert file.status_code == 200
    assert file.mimetype == mimetype
    assert re.fullmatch(f'attachment; filename="{name}"', file.headers["Content-Disposition"])
    assert file.headers["Cache-Control"] == "no-store, private"


def test_english_copy_speaks_english(client, link):
    client.post(link)

    page, copy = client.get(f"/en{COPIES[0]}"), copy_in_json(client, f"/en{COPIES[2]}")

    assert "The coalition may write to me" in page.text
    assert copy["round"]["title"] == "First consultation"
    assert client.get(f"/en{COPIES[1]}").data.startswith(b"%PDF-")


def hold_back(session, text):
    """Let a moderator have held a text back, because it insults somebody."""
    account_id = make_account(session, "camille@association.example", Role.MODERATOR)
    screen_all(session)
    answer_id = session.scalars(sa.select(Answer.id).where(Answer.text == text)).one()
    session.get_one(ModeratedText, answer_id).state = TextState.WITHHELD
    session.add(
        ModerationDecision(
            answer_id=answer_id,
            verdict=Verdict.WITHHOLD,
            reason=Reason.INSULT,
            account_id=account_id,
            decided_at=now(),
        )
    )
    session.commit()


def test_what_became_of_a_text_is_told_and_why(client, link, session):
    hold_back(session, "Trop vague.")
    client.post(link)

    text, copy = plain_text(client.get(COPIES[0])), copy_in_json(client)

    (held,) = [it for it in copy["responses"][0]["answers"] if it["question"] == "reason"]
    assert "Ce texte ne sera pas publié : il contenait des propos blessants." in text
    assert held["outcome"] == {"state": "withheld", "reasons": ["insult"]}


def test_fates_are_told_in_the_language_of_each_reader(client, link, session):
    hold_back(session, "Trop vague.")
    client.post(link)
    client.get(COPIES[0])

    text = plain_text(client.get(f"/en{COPIES[0]}"))

    assert "Ce texte" not in text
    assert "propos blessants" not in text


def test_log_says_nothing_of_who_took_a_copy(client, link):
    client.post(link)

    with capture_logs() as logs:
        for path in COPIES:
            client.get(path)

    assert logs == []


def test_copy_asks_no_more_of_the_database_for_more_answers(client, link, form, session):
    client.post(link)
    for text in "abcdef":
        send(client, form, suggestions=text, T7_1__stance="keep", T7_2__stance="drop")
    (respondent_id,) = session.scalars(sa.select(Respondent.id)).all()
    session.commit()
    session.expire_all()
    statements = []
    sa.event.listen(session.get_bind(), "before_cursor_execute", lambda *it: statements.append(it))

    copy = export.copy_of(session, respondent_id, now())

    assert len(copy.responses) == 7
    assert len(statements) <= 9


def test_document_is_marked_as_pdf_ua_with_its_title_and_language():
    made = document("Un texte.")

    assert made.startswith(b"%PDF-1.7")
    for part in (b"<pdfuaid:part>1</pdfuaid:part>", b"Ma copie", b"/Lang(fr)", b"/StructTreeRoot"):
        assert part in made
    assert b"/MarkInfo" in made


@pytest.mark.parametrize("text", HOSTILE)
def test_text_that_looks_like_a_command_is_printed_as_it_stands(text):
    """The document is the same as that of as harmless a text: same outline, same length or so."""
    harmless = re.sub(r"[#$*_`\\/<>@=]", "x", text)

    made = document(text)

    assert b"<pdfuaid:part>1</pdfuaid:part>" in made
    assert b"root:" not in made
    assert made.count(b"/H2") == document(harmless).count(b"/H2")
    assert characters_of(made) >= set(re.sub(r"\s", "", text))


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_whatever_was_typed_makes_a_document_of_the_standard(text):
    with capture_logs() as logs:
        made = document(text, "et la suite")

    assert b"<pdfuaid:part>1</pdfuaid:part>" in made
    assert logs == []


def test_signs_that_no_font_draws_stand_as_their_code():
    printable = font_coverage.drawable("a\U0010ffffb", frozenset("\U0010ffff"))

    assert printable == "a[U+10FFFF]b"
    assert characters_of(document("\U0010ffff")) >= set("[U+10FFFF]")


def test_sign_that_no_font_draws_takes_no_digit_with_it():
    with capture_logs() as logs:
        made = document("Le 1\ufe0f\u20e3, puis 12 places")

    printed = "".join(page.extract_text() for page in PdfReader(BytesIO(made)).pages)
    assert "12 places" in printed
    assert "U+0031" not in printed
    assert b"<pdfuaid:part>1</pdfuaid:part>" in made
    assert logs == []


def test_any_number_of_signs_that_no_font_draws_keep_the_standard():
    characters = "".join(chr(0x10FF00 + number) for number in range(40))

    with capture_logs() as logs:
        made = document(characters)

    assert font_coverage.not_drawn(characters + "aé") == frozenset(characters)
    assert b"<pdfuaid:part>1</pdfuaid:part>" in made
    assert logs == []


def test_missed_sign_is_learnt_from_the_refusal(monkeypatch):
    monkeypatch.setattr(tagged_pdf, "not_drawn", lambda _characters: frozenset())

    made = document("un \U0010ffff deux \U0010fffe")

    assert b"<pdfuaid:part>1</pdfuaid:part>" in made


def test_document_refused_by_the_standard_comes_without_its_label(monkeypatch):
    monkeypatch.setattr(tagged_pdf, "not_drawn", lambda _characters: frozenset())
    monkeypatch.setattr(tagged_pdf, "MOST_TRIES", 1)

    with capture_logs() as logs:
        made = document("un \U0010ffff")

    assert made.startswith(b"%PDF-")
    assert b"pdfuaid" not in made
    assert [log["event"] for log in logs] == ["document without its standard"]


@pytest.mark.parametrize("word", ["m" * 20_000, "mot\u00a0" * 5_000, "1" * 20_000])
def test_word_as_long_as_a_text_makes_a_document(word):
    assert b"<pdfuaid:part>1</pdfuaid:part>" in document(word)


def test_sixty_long_responses_make_a_document():
    made = document("Les places manquent, dit-on. " * 690, times=60)

    assert b"<pdfuaid:part>1</pdfuaid:part>" in made
    assert len(made) < 3_000_000


def test_document_that_takes_too_long_is_said_so(client, link, monkeypatch):
    monkeypatch.setattr(subprocess, "LONGEST", 0.001)
    client.post(link)

    page = client.get(COPIES[1])

    assert page.status_code == 503
    assert page.headers["Retry-After"]


def test_no_document_is_made_without_end_for_one_place(client, link, monkeypatch):
    monkeypatch.setattr(attachments, "DOCUMENTS_PER_HOUR", 2)
    client.post(link)

    statuses = [client.get(COPIES[1]).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]
