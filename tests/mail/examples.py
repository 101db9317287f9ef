"""One example of every kind of mail, and the snapshots that show how each reads.

`python -m tests.mail.examples` writes the snapshots anew; read what it changes.
"""

import tempfile
from pathlib import Path

from consultation import create_app
from consultation.accounts import inviting, resetting
from consultation.app import MESSAGE_KINDS
from consultation.exporting import announcing
from consultation.inbox import confirming
from consultation.invitations import letters
from consultation.mail import rendering, trying
from consultation.mail.kinds import Reach
from consultation.moderation import danger
from consultation.operating import digest, oversight, warning
from consultation.responses import acknowledging, departing, recovering, reminding
from tests.mail.builders import ADDRESS, START, make_acknowledgement

SNAPSHOTS = Path(__file__).parent / "snapshots"
LINK = "https://consultation.example/contributions/ouvrir/JETON"
ENTRIES = {
    acknowledging.KIND.name: [make_acknowledgement()],
    recovering.KIND.name: [
        recovering.RecoveredLinks(START.isoformat(), [{"link": LINK, "codes": ["A1B2-C3D4"]}])
    ],
    trying.KIND.name: [trying.Trial(START.isoformat())],
    resetting.KIND.name: [
        resetting.PasswordReset("https://consultation.example/connexion/oubli/JETON", 30)
    ],
    inviting.KIND.name: [
        inviting.AccountLink(
            "https://consultation.example/connexion/bienvenue/JETON",
            ["organisation", "modération"],
            "2026-12-01T09:00:00+00:00",
        )
    ],
    departing.KIND.name: [departing.Departure(False, False, ["A1B2-C3D4"], START.isoformat())],
    reminding.KIND.name: [
        reminding.DraftReminder([make_acknowledgement().title], "2026-12-31T22:59:00+00:00", LINK)
    ],
    danger.KIND.name: [danger.DangerNotice("JETON", "A1B2-C3D4", START.isoformat())],
    oversight.KIND.name: [
        oversight.Report(
            "2026-11-16",
            "2026-11-22",
            [{"who": "lou@association.example", "what": "a pris un classeur", "times": "2"}],
        )
    ],
    warning.KIND.name: [
        warning.Announcement(
            "noms et adresses de qui a répondu",
            "les contributions et les chiffres",
            "la liste se prend à la page Classeurs",
            "Première consultation",
            "2027-03-31T23:59:00+02:00",
            128,
            "CONSULTATION_RETENTION_CONTACT_DAYS",
        )
    ],
    announcing.KIND.name: [
        announcing.ExportEnded("JETON", "Première consultation", True, False, False, False)
    ],
    digest.KIND.name: [digest.Digest("2026-11-23", 12, 4, 2, 1)],
    letters.KIND.name: [
        letters.InvitationLetter(
            "Votre avis sur l'hébergement",
            [
                "Bonjour Jeanne,",
                f"Le collectif vous invite à répondre, avant le 31 décembre :\n{LINK}",
            ],
            LINK,
        )
    ],
    confirming.KIND.name: [
        confirming.Confirmation(
            "https://consultation.example/courriel/confirmer/JETON", START.isoformat()
        )
    ],
}
SEVERAL = {
    "acknowledgement-several": [make_acknowledgement(f"CODE-{n}") for n in (1, 2)],
    "recovered_link-several": [
        recovering.RecoveredLinks(
            START.isoformat(),
            [
                {"link": LINK, "codes": []},
                {"link": LINK, "codes": [f"CODE-{n}" for n in range(1, 9)]},
            ],
        )
    ],
    "draft_reminder-several": [
        reminding.DraftReminder(
            [{"fr": f"Mesure {n}", "en": f"Measure {n}"} for n in range(1, 15)],
            "2026-12-31T22:59:00+00:00",
            LINK,
        ),
        reminding.DraftReminder(
            [make_acknowledgement().title], "2026-12-31T22:59:00+00:00", f"{LINK}-2"
        ),
    ],
    "export_ended-scheduled": [
        announcing.ExportEnded("JETON", "Lettre du lundi", True, False, True, True)
    ],
    "export_ended-failed": [
        announcing.ExportEnded("JETON", "Lettre du lundi", False, False, True, False)
    ],
    "export_ended-contacts": [
        announcing.ExportEnded("JETON", "Première consultation", True, True, False, False)
    ],
    "departure-erased": [departing.Departure(True, True, [], START.isoformat())],
}


def cases():
    """Give the name of each snapshot, its kind, language and entries."""
    kinds = {kind.name: kind for kind in MESSAGE_KINDS}
    for name, entries in (ENTRIES | SEVERAL).items():
        kind = kinds[name.partition("-")[0]]
        for locale in ("fr",) if kind.reach is Reach.STAFF else ("fr", "en"):
            yield f"{name}.{locale}", kind, locale, entries


def shown(kind, locale, entries):
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
            (SNAPSHOTS / f"{name}.txt").write_text(shown(kind, locale, entries), "utf-8")


if __name__ == "__main__":
    main()
