"""From the home page to three receipts, the space and a correction, on a phone.

`python -m tests.journeys.ten_minutes` fills a site with the demonstration (60 measures, 300
contributions), goes through it in a browser and prints each step: what was done, how many gestures
and seconds it took, and how many screens of 390 × 844 the page has that it leads to.
"""

import argparse
import re
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.benchmarks.deployed import Deployed, demonstrate
from tests.browser.conftest import launching

PHONE = {"width": 390, "height": 844}
SCREENS = "() => document.documentElement.scrollHeight / innerHeight"
SEND = re.compile("Envoyer (ma contribution|la correction)")


@dataclass
class Journey:
    """What was done on a page, step by step."""

    page: object
    steps: list = field(default_factory=list)

    def do(self, label, *gestures):
        """Make the gestures of a step, and wait for what they lead to."""
        began = time.monotonic()
        for gesture in gestures:
            gesture()
        self.page.wait_for_load_state("networkidle")
        screens = self.page.evaluate(SCREENS)
        self.steps.append((label, len(gestures), time.monotonic() - began, screens))

    def button(self, name):
        return lambda: self.page.get_by_role("button", name=name).last.click()

    def first_button(self, name):
        return lambda: self.page.get_by_role("button", name=name).first.click()

    def link(self, name):
        return lambda: self.page.get_by_role("link", name=name).first.click()

    def stance(self, answer):
        return lambda: self.page.get_by_label(answer, exact=True).first.check()


def go(page):
    """Go through the journey; return it with its steps."""
    way = Journey(page)
    way.do("home page", lambda: page.goto("/"))
    way.do("« J'ai dix minutes »", way.link(re.compile("dix minutes")))
    way.do(
        "measures are proposed",
        lambda: page.locator("#qualite").select_option("justice"),
        way.button("Proposer des mesures"),
    )
    way.do("form of the first", way.first_button(re.compile("Donner mon avis")))
    way.do("receipt of the first", way.stance("Le garder"), way.button(SEND))
    following = re.compile("Mesure suivante")
    way.do("form of the second", way.button(following))
    way.do("receipt of the second", way.stance("Le reformuler"), way.button(SEND))
    way.do("form of the third", way.link(following))
    way.do("receipt of the third", way.stance("Je ne sais pas"), way.button(SEND))
    way.do("space", way.link("Mon espace"))
    way.do("form to correct", way.link(re.compile("Corriger")))
    way.do("receipt of the correction", way.stance("S’en passer"), way.button(SEND))
    assert "version 2" in page.locator("main").inner_text().replace("\u00a0", " ").lower()
    return way


def main(measures, responses):
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "site"
        home.mkdir()
        demonstrate(home, measures, responses)
        server = Deployed(home)
        server.start()
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(**launching({}))
                address = f"http://127.0.0.1:{server.port}"
                page = browser.new_page(base_url=address, locale="fr-FR", viewport=PHONE)
                show(go(page))
        finally:
            server.close()


def show(way):
    for label, gestures, seconds, screens in way.steps:
        sys.stdout.write(
            f"{label:32} {gestures:2} gestures {seconds:6.1f} s {screens:6.1f} screens\n"
        )
    totals = [sum(step[column] for step in way.steps) for column in (1, 2, 3)]
    sys.stdout.write("{:32} {:2} gestures {:6.1f} s {:6.1f} screens\n".format("total", *totals))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--measures", type=int, default=60)
    parser.add_argument("--responses", type=int, default=300)
    main(**vars(parser.parse_args()))
