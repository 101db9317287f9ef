"""Counts of what the detectors find in the corpus, miss, and flag wrongly."""

from collections import Counter
from dataclasses import dataclass, field

from consultation.moderation.detectors import IDENTIFYING, screen


@dataclass
class Measured:
    """Counts by kind, and the honest texts that were flagged."""

    wanted: Counter = field(default_factory=Counter)
    detected: Counter = field(default_factory=Counter)
    seen: Counter = field(default_factory=Counter)
    right: Counter = field(default_factory=Counter)
    misses: list = field(default_factory=list)
    wrong: list = field(default_factory=list)
    honest: int = 0
    flagged: list = field(default_factory=list)
    unflagged: list = field(default_factory=list)
    """Texts that lead to a person and were not flagged."""
    texts: int = 0
    identifying: int = 0

    def sensitivity(self, kind):
        return self.detected[kind] / self.wanted[kind] if self.wanted[kind] else None

    def precision(self, kind):
        return self.right[kind] / self.seen[kind] if self.seen[kind] else None

    @property
    def flagged_share(self):
        return 1 - len(self.unflagged) / self.identifying

    @property
    def honest_share(self):
        return len(self.flagged) / self.honest


def covers(finding, label):
    """Whether a finding is of that kind and covers at least four fifths of what is labelled."""
    shared = min(finding.end, label.end) - max(finding.start, label.start)
    return finding.kind.value == label.kind and shared >= 0.8 * (label.end - label.start)


def meets(finding, label):
    """Whether a finding is about what is labelled; hidden signs stand inside other things too."""
    return (
        finding.kind.value in (label.kind, "hidden_signs")
        and finding.start < label.end
        and label.start < finding.end
    )


def measure(examples, names=None):
    measured = Measured()
    for example in examples:
        _count(measured, example, screen(example.text, names=names))
    return measured


def _count(measured, example, screened):
    measured.texts += 1
    for label in example.labels:
        measured.wanted[label.kind] += 1
        if any(covers(finding, label) for finding in screened.findings):
            measured.detected[label.kind] += 1
        else:
            measured.misses.append((label.kind, example.text[label.start : label.end], example))
    for finding in screened.findings:
        measured.seen[finding.kind.value] += 1
        if any(meets(finding, label) for label in example.labels):
            measured.right[finding.kind.value] += 1
        else:
            passage = example.text[finding.start : finding.end]
            measured.wrong.append((finding.kind.value, passage, example))
    _count_flag(measured, example, screened.is_flagged)


def _count_flag(measured, example, is_flagged):
    is_identifying = any(label.kind in IDENTIFYING for label in example.labels)
    measured.identifying += is_identifying
    measured.honest += example.is_honest
    if is_identifying and not is_flagged:
        measured.unflagged.append(example)
    if example.is_honest and is_flagged:
        measured.flagged.append(example)
