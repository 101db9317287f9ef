import pytest

from consultation.inbox.models import Sort
from consultation.inbox.parsing.classification import guess_locale
from consultation.inbox.parsing.message import read
from tests.inbox.corpus import LETTERS
from tests.inbox.letters import answer, bundle, mail, part, report

BY_NAME = {letter.name: letter for letter in LETTERS}


def sorted_as(raw):
    message = read(raw)
    return message.sort, message.reason


@pytest.mark.parametrize(
    ("name", "is_over", "is_permanent"),
    [
        ("postfix_failure", True, True),
        ("exchange_failure_fr", True, True),
        ("gmail_failure", True, True),
        ("exim_failure", True, True),
        ("qmail_failure", True, True),
        ("postfix_delay", False, False),
        ("over_quota_for_days", True, False),
    ],
)
def test_notice_names_who_was_not_reached_and_for_how_long(name, is_over, is_permanent):
    bounced = read(BY_NAME[name].raw).bounced

    assert bounced.addresses == ("camille@exemple.org",)
    assert (bounced.is_over, bounced.is_permanent) == (is_over, is_permanent)


def test_notice_that_names_nobody_is_a_bounce_all_the_same():
    message = read(mail("?", From="mailer-daemon@exemple.fr", Subject="Mail delivery failed"))

    assert (message.sort, message.bounced) == (Sort.BOUNCE, None)


@pytest.mark.parametrize("sender", [None, "", "(", "@"])
def test_notice_of_no_sender_is_a_bounce_all_the_same(sender):
    raw = mail("?", From=sender, Subject="failure notice", Return_Path="<>")

    assert sorted_as(raw) == (Sort.BOUNCE, "bounce")


def test_hostile_notice_is_read_in_a_moment():
    fields = "Final-Recipient: rfc822;" + '";' * 50_000 + "\nAction: failed\n\n"
    raw = report("a@" * 50_000, fields * 5, b"", sender="postmaster@exemple.fr", subject="x")

    assert sorted_as(raw) == (Sort.BOUNCE, "bounce")


@pytest.mark.parametrize(
    "fields",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "Auto-Generated; x=y"},
        {"X_Autoreply": "yes"},
        {"X_Autorespond": "x"},
        {"Precedence": "auto_reply"},
        {"Return_Path": "<>"},
        {"Subject": "Absence du bureau", "X_Auto_Response_Suppress": "All"},
        {"Subject": "Out of office", "Precedence": "bulk"},
        {"Auto_Submitted": "auto-replied", "List_Id": "<x.exemple.fr>"},
    ],
)
def test_declared_machine_is_an_auto_reply(fields):
    assert sorted_as(answer("Bonjour.", **fields)) == (Sort.AUTO_REPLY, "auto_reply")


@pytest.mark.parametrize(
    "fields",
    [
        {"List_Id": "<x.exemple.fr>"},
        {"List_Unsubscribe": "<https://exemple.fr>"},
        {"Precedence": "list"},
        {"Precedence": "Bulk"},
        {"Precedence": "junk"},
        {"List_Id": "<x.exemple.fr>", "Auto_Submitted": "auto-generated"},
    ],
)
def test_what_comes_through_a_list_is_a_newsletter(fields):
    assert sorted_as(mail("Bonjour.", **fields)) == (Sort.NEWSLETTER, "newsletter")


@pytest.mark.parametrize(
    "fields",
    [
        {"Subject": "Absence de places"},
        {"Subject": "Réponse automatique des services : une critique"},
        {"Auto_Submitted": "no"},
        {"Precedence": "first-class"},
        {"X_Auto_Response_Suppress": "All"},
        {"Subject": "Undeliverable promises"},
        {"Return_Path": "<jeanne@exemple.fr>"},
    ],
)
def test_message_of_a_person_stays_one_without_a_second_sign(fields):
    assert sorted_as(mail("Mon avis sur la mesure 12.", **fields)) == (Sort.PERSON, None)


def test_message_without_a_word_is_set_aside_unless_something_is_attached():
    enclosure_of = mail(bundle("mixed", part(""), part(b"x", "image/png", charset="")), Subject="")

    assert sorted_as(mail(" \n", Subject="Re:")) == (Sort.UNREADABLE, "empty")
    assert sorted_as(mail("", Subject="D'accord")) == (Sort.PERSON, None)
    assert sorted_as(enclosure_of) == (Sort.PERSON, None)


@pytest.mark.parametrize("raw", [b"", b"\r\n\r\n", bytes(5_000), bytes(range(32)) * 9])
def test_bytes_that_are_no_mail_are_unreadable(raw):
    assert sorted_as(raw) == (Sort.UNREADABLE, "unreadable")


@pytest.mark.parametrize("unseen", ["\u200b", "\u2060 \ufeff", "\u3164 \u115f", "\U000e0041\u202e"])
def test_message_that_shows_nothing_is_as_empty_as_one_without_a_word(unseen):
    enclosed = bundle("mixed", part(unseen), part(b"x", "image/png", charset=""))

    assert sorted_as(mail(unseen, Subject=unseen)) == (Sort.UNREADABLE, "empty")
    assert sorted_as(mail(unseen, Subject=f"Re: {unseen}")) == (Sort.UNREADABLE, "empty")
    assert sorted_as(mail(part(f"<p>{unseen}</p>", "text/html"), Subject="")) == (
        Sort.UNREADABLE,
        "empty",
    )
    assert sorted_as(mail(unseen, Subject="D'accord")) == (Sort.PERSON, None)
    assert sorted_as(mail(enclosed, Subject=unseen)) == (Sort.PERSON, None)
    assert sorted_as(mail(f"Oui{unseen}", Subject=unseen)) == (Sort.PERSON, None)


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("Bonjour, il faut compter les places pour les victimes.", "fr"),
        ("Hello, the measure should count the places for victims.", "en"),
        ("Hola, hay que contar las plazas para las víctimas y también los plazos.", "fr"),
        ("", "fr"),
    ],
)
def test_mail_is_answered_in_a_language_of_the_site(text, locale):
    assert guess_locale(text) == locale
