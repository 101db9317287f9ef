"""Pages of the team that are read line by line from their title on, as Orca says them."""

from tests.hearing import kept
from tests.hearing.conftest import PASSWORD


def test_pages_of_the_team_are_heard_as_they_were_read(reader, demonstration, request, sign_in):
    reader.open(f"{demonstration}/connexion")
    sign_in(reader, PASSWORD)
    reader.follow()

    kept.read_whole("home", reader, request)

    reader.open(f"{demonstration}/moderation")
    reader.reach("Commencer à relire", key="k")
    reader.follow()
    kept.read_whole("text", reader, request)
