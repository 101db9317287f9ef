"""Print what the detectors find in the corpus: `python -m tests.moderation.detectors.corpus [all]`.

Misses of the held-out third are printed with `all` only: tune without looking at them.
"""

import sys

from consultation.moderation.detectors import names as detectors_names
from tests.moderation.detectors.corpus import examples
from tests.moderation.detectors.corpus.figures import measure


def share(value):
    return "    –" if value is None else f"{value:5.2f}"


def show(title, measured, with_misses):
    lines = [f"{title}: {measured.texts} texts, {measured.honest} honest"]
    lines += [f"{'kind':15} wanted recall   seen precision"]
    for kind in sorted({*measured.wanted, *measured.seen}):
        lines.append(
            f"{kind:15} {measured.wanted[kind]:6} {share(measured.sensitivity(kind))}"
            f" {measured.seen[kind]:6}     {share(measured.precision(kind))}"
        )
    lines.append(
        f"honest texts flagged: {len(measured.flagged)} of {measured.honest}"
        f" = {measured.honest_share:.3f}"
    )
    lines.append(
        f"texts that lead to a person flagged: {measured.identifying - len(measured.unflagged)}"
        f" of {measured.identifying} = {measured.flagged_share:.3f}"
    )
    if with_misses:
        lines += [f"  missed {kind}: {text!r} in {e.text!r}" for kind, text, e in measured.misses]
        lines += [f"  wrong {kind}: {text!r} in {e.text!r}" for kind, text, e in measured.wrong]
        lines += [f"  not flagged: {e.text!r}" for e in measured.unflagged]
        lines += [f"  flagged: {e.text!r}" for e in measured.flagged]
    sys.stdout.write("\n".join(lines) + "\n\n")


def main():
    corpus, names = examples(), detectors_names.finder()
    lines = "with the extra `ner`" if names else "without the extra `ner`"
    show(f"Tuned, {lines}", measure([e for e in corpus if not e.is_held_out], names), True)
    held_out = measure([e for e in corpus if e.is_held_out], names)
    show(f"Held out, {lines}", held_out, "all" in sys.argv)


main()
