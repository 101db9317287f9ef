"""Way of a posted form: the modules that it enters before its response is committed."""

from consultation.extensions import db
from tests.ways import recording

MOST_OF_RESPONSES, MOST = 14, 43


def test_posted_form_enters_few_modules_until_its_commit(client, form):
    sent = form.data(email="jeanne@exemple.fr", T7_1__stance="amend", T7_1__relevance="7")

    with recording(db.engine) as recorder:
        answer = client.post(form.path, data=sent)

    names = recorder.until_commit
    assert answer.status_code == 303
    assert [name for name in names if name.startswith("responses/")][-1] == "responses/space/links"
    assert len([name for name in names if name.startswith("responses/")]) <= MOST_OF_RESPONSES
    assert len(names) <= MOST, names
