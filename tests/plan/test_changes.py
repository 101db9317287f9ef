"""Plan changes as lines of French."""

from consultation.plan.changes import Change, Changes, PlanChanges, describe


def test_each_kind_of_change_is_one_line_with_its_codes():
    changes = PlanChanges(
        axes=Changes(new=[Change("A", "Prévenir")]),
        measures=Changes(
            new=[Change("1", "Un"), Change("2", "Deux"), Change("3", "Trois")],
            changed=[Change("4", "Quatre", ("title", "indicators")), Change("5", "", ("lead",))],
            unchanged=[Change("6", "Six")],
            absent=[Change("T1", "Thème")],
        ),
        indicators=Changes(
            changed=[Change("4.1", "", ("label", "measure"))],
            unchanged=[Change("6.1", ""), Change("6.2", "")],
            absent=[Change("T1.1", ""), Change("T1.2", "")],
        ),
        is_reordered=True,
        unread=("colonne « Notes »",),
    )

    lines = describe(changes)

    assert lines == [
        "1 axe nouveau : A",
        "3 mesures nouvelles : 1, 2, 3",
        "2 mesures modifiées : 4 (intitulé, ses indicateurs), 5 (pilote)",
        "1 mesure inchangée",
        "1 mesure absente du fichier, retirée : T1",
        "1 indicateur modifié : 4.1 (intitulé, mesure)",
        "2 indicateurs inchangés",
        "2 indicateurs absents du fichier, retirés : T1.1, T1.2",
        "L'ordre des mesures change.",
        "Dans le fichier mais pas dans le plan, non lu : colonne « Notes »",
    ]


def test_import_without_changes_says_so():
    changes = PlanChanges(measures=Changes(unchanged=[Change("1", "Un")]))

    lines = describe(changes)

    assert lines == ["1 mesure inchangée", "Rien ne change dans le plan."]
