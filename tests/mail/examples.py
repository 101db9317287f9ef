"""Examples of every kind of mail, and the snapshots of their texts.

`python -m tests.mail.examples` writes the snapshots anew; read what it changes.
"""

import tempfile
from dataclasses import replace
from pathlib import Path

from consultation import create_app
from consultation.accounts import invitations
from consultation.accounts.sign_in import passwords
from consultation.app import MESSAGE_KINDS
from consultation.decisions.announcements import message as announcements
from consultation.exports.orders import notification
from consultation.inbox import confirmation
from consultation.institutions.replies import message as institution_mails
from consultation.invitations.mailings import message
from consultation.mail import outbox_actions, rendering
from consultation.mail.kinds import Reach
from consultation.moderation.danger import alerts
from consultation.operations import reports
from consultation.operations.retention import notices
from consultation.responses.drafts import reminders
from consultation.responses.rights import withdrawal
from consultation.responses.space import link_mail, recovery
from consultation.responses.submission import acknowledgement
from tests.mail.builders import ADDRESS, START, make_acknowledgement

SNAPSHOTS = Path(__file__).parent / "snapshots"
LINK = "https://consultation.example/contributions/ouvrir/JETON"
TITLES = [f"Mesure {n} (24 novembre 2026)" for n in range(1, 9)]
ENTRIES = {
    acknowledgement.KIND.name: [make_acknowledgement()],
    recovery.KIND.name: [
        recovery.RecoveredLinks(
            START.isoformat(),
            [{"link": LINK, "codes": ["A1B2-C3D4"], "titles": TITLES[:1]}],
        )
    ],
    link_mail.KIND.name: [link_mail.SentLink(LINK, START.isoformat(), "2026-12-31T22:59:00+00:00")],
    outbox_actions.KIND.name: [outbox_actions.Trial(START.isoformat())],
    passwords.KIND.name: [
        passwords.PasswordReset("https://consultation.example/connexion/oubli/JETON", 30)
    ],
    invitations.KIND.name: [
        invitations.AccountLink(
            "https://consultation.example/connexion/bienvenue/JETON",
            ["organisation", "modération"],
            "2026-12-01T09:00:00+00:00",
        )
    ],
    withdrawal.KIND.name: [withdrawal.Departure(False, False, ["A1B2-C3D4"], START.isoformat())],
    reminders.KIND.name: [
        reminders.DraftReminder([make_acknowledgement().title], "2026-12-31T22:59:00+00:00", LINK)
    ],
    alerts.KIND.name: [alerts.DangerNotice("JETON", "A1B2-C3D4", START.isoformat())],
    reports.OVERSIGHT.name: [
        reports.Report(
            "2026-11-16",
            "2026-11-22",
            [{"who": "lou@association.example", "what": "a pris un classeur", "times": "2"}],
        )
    ],
    notices.KIND.name: [
        notices.Announcement(
            "noms et adresses des personnes qui ont répondu",
            "les contributions et les chiffres",
            "la liste se prend à la page Exporter",
            "Première consultation",
            "2027-03-31T23:59:00+02:00",
            128,
            "« Coordonnées des personnes qui ont répondu, en jours »",
        )
    ],
    notification.KIND.name: [
        notification.ExportEnded("JETON", "Première consultation", True, False, False, False)
    ],
    reports.DIGEST.name: [reports.Digest("2026-11-23", 12, 4, 2, 1)],
    message.KIND.name: [
        message.InvitationLetter(
            "Votre avis sur l'hébergement",
            [
                "Bonjour Jeanne,",
                f"Le collectif vous invite à répondre, avant le 31 décembre :\n{LINK}",
            ],
            LINK,
        )
    ],
    announcements.KIND.name: [
        announcements.EditionLetter(
            "Ce que sont devenues vos contributions",
            ["Bonjour,", "Le collectif vient de publier l'édition 2 :\nVersion révisée."],
            TITLES[:2],
            0,
            [LINK],
            "https://consultation.example/decisions?edition=2",
        )
    ],
    **{
        kind.name: [
            institution_mails.ReplyLetter(
                "Direction de l'accueil",
                "Hébergement spécialisé",
                "2027-03-03",
                "https://consultation.example/reponse/JETON",
            )
        ]
        for kind in (institution_mails.REQUEST, institution_mails.REMINDER)
    },
    confirmation.KIND.name: [
        confirmation.Confirmation(
            "https://consultation.example/courriel/confirmer/JETON", START.isoformat()
        )
    ],
}
SEVERAL = {
    "acknowledgement-several": [make_acknowledgement(f"CODE-{n}") for n in (1, 2)],
    "acknowledgement-correction": [
        replace(make_acknowledgement("CODE-2"), first_code="A1B2-C3D4", version=2)
    ],
    "recovered_link-several": [
        recovery.RecoveredLinks(
            START.isoformat(),
            [
                {"link": LINK, "codes": [], "titles": []},
                {
                    "link": LINK,
                    "codes": [f"CODE-{n}" for n in range(1, 9)],
                    "titles": [f"Mesure {n}" for n in range(1, 9)],
                },
            ],
        )
    ],
    "personal_link-closed": [link_mail.SentLink(LINK, START.isoformat(), None)],
    "draft_reminder-several": [
        reminders.DraftReminder(
            [{"fr": f"Mesure {n}", "en": f"Measure {n}"} for n in range(1, 15)],
            "2026-12-31T22:59:00+00:00",
            LINK,
        ),
        reminders.DraftReminder(
            [make_acknowledgement().title], "2026-12-31T22:59:00+00:00", f"{LINK}-2"
        ),
    ],
    "export_ended-scheduled": [
        notification.ExportEnded("JETON", "Lettre du lundi", True, False, True, True)
    ],
    "export_ended-failed": [
        notification.ExportEnded("JETON", "Lettre du lundi", False, False, True, False)
    ],
    "export_ended-contacts": [
        notification.ExportEnded("JETON", "Première consultation", True, True, False, False)
    ],
    "edition-several": [
        announcements.EditionLetter(
            "Ce que sont devenues vos contributions",
            ["Bonjour,"],
            TITLES,
            3,
            [LINK, f"{LINK}-2"],
            "https://consultation.example/decisions?edition=2",
        )
    ],
    "departure-erased": [withdrawal.Departure(True, True, [], START.isoformat())],
}


def cases():
    """Give the name of each snapshot, its kind, language and entries."""
    kinds = {kind.name: kind for kind in MESSAGE_KINDS}
    for name, entries in (ENTRIES | SEVERAL).items():
        kind = kinds[name.partition("-")[0]]
        for locale in ("fr",) if kind.reach is Reach.STAFF else ("fr", "en"):
            yield f"{name}.{locale}", kind, locale, entries


def printed(kind, locale, entries):
    """What a reader gets: subject, text, and HTML; the link that stops mail without its hash."""
    letter = rendering.render(kind, locale, entries, ADDRESS)
    page = f"{letter.subject}\n\n{letter.text}\n{'=' * 40}\n\n{letter.html}"
    for part in (letter.unsubscribe_link, rendering._stop_link(kind.reach, locale, ADDRESS)):
        if part:
            page = page.replace(part, part.partition("/arret/")[0] + "/arret/JETON")
    return page


def main():
    SNAPSHOTS.mkdir(exist_ok=True)
    settings = {"HOME": tempfile.mkdtemp(), "BASE_URL": "https://consultation.example"}
    with create_app(settings).app_context():
        for name, kind, locale, entries in cases():
            (SNAPSHOTS / f"{name}.txt").write_text(printed(kind, locale, entries), "utf-8")


if __name__ == "__main__":
    main()
