"""What a form weighs: bytes over the wire and requests, on a cold cache."""

FORM = "/mesures/T4/contribuer"
MOST_BYTES, MOST_REQUESTS = 30_000, 5


def test_form_of_a_measure_with_four_indicators_is_light(browser, site):
    context = browser.new_context(base_url=site.address)
    page = context.new_page()
    answers = []
    page.on("requestfinished", lambda request: answers.append(request))
    page.goto(FORM, wait_until="networkidle")

    sizes = [request.sizes() for request in answers]
    total = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
    assert len(page.locator("section .tag").all()) >= 4
    assert 0 < total <= MOST_BYTES
    assert len(answers) <= MOST_REQUESTS
    assert all(request.url.startswith(site.address) for request in answers)
    assert context.cookies() == []
    context.close()
