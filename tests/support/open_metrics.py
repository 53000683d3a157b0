"""Reads OpenMetrics text 1.0.0, and accepts nothing else."""
# SPDX-License-Identifier: Apache-2.0

import itertools
import re

ENDINGS = {"counter": {"_total"}, "gauge": {""}, "info": {"_info"}, "histogram": {"_bucket", "_count", "_sum"}}
NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"'
METADATA = re.compile(rf"# (TYPE|UNIT|HELP) ({NAME}) (.+)")
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (-?[0-9.e+-]+)")


class Family:
    """Its samples by ending and labels, as in samples["_bucket", (("le", "1.0"), ("method", "GET"))]."""

    def __init__(self, name, kind):
        self.name, self.kind, self.unit = name, kind, None
        self.samples = {}

    def value(self, **labels):
        """The one sample with those labels; 0 if missing. Not for histograms."""
        return self.samples.get((*ENDINGS[self.kind], tuple(sorted(labels.items()))), 0)

    def count(self, **labels):
        """The number of values in a histogram."""
        return self.samples.get(("_count", tuple(sorted(labels.items()))), 0)


def parse(text):
    """Families by name. ValueError has the reason."""
    lines = text.split("\n")
    if lines[-2:] != ["# EOF", ""]:
        raise ValueError("it does not end with # EOF and a line break")
    families, family = {}, None
    for line in lines[:-2]:
        if metadata := METADATA.fullmatch(line):
            family = _take_metadata(families, family, *metadata.groups())
        elif sample := SAMPLE.fullmatch(line):
            _take_sample(family, sample)
        else:
            raise ValueError(f"neither metadata nor a sample: {line}")
    for family in families.values():
        _check(family)
    return families


def _take_metadata(families, family, word, name, text):
    if word == "TYPE":
        if name in families or text not in ENDINGS:
            raise ValueError(f"# TYPE {name} {text}: twice, or of no known type")
        families[name] = Family(name, text)
        return families[name]
    if not family or family.name != name or family.samples:
        raise ValueError(f"# {word} {name}: not between the TYPE and the samples of that family")
    if word == "UNIT":
        family.unit = text
        if not name.endswith(f"_{text}"):
            raise ValueError(f"{name} does not end with its unit {text}")
    return family


def _take_sample(family, sample):
    name, value = sample[1], float(sample[sample.re.groups])
    if not family or not name.startswith(family.name) or name[len(family.name):] not in ENDINGS[family.kind]:
        raise ValueError(f"{name} is no sample of the family before it")
    labels = tuple(sorted((label, _unescape(text)) for label, text in re.findall(LABEL, sample[2] or "")))
    if len(dict(labels)) != len(labels):
        raise ValueError(f"{name}: a label twice")
    key = (name[len(family.name):], labels)
    if key in family.samples:
        raise ValueError(f"{name} {labels} twice")
    family.samples[key] = value


def _unescape(text):
    return re.sub(r"\\(.)", lambda escape: "\n" if escape[1] == "n" else escape[1], text)


def _check(family):
    if family.kind in ("counter", "histogram") and any(value < 0 for value in family.samples.values()):
        raise ValueError(f"{family.name} is less than nothing")
    if family.kind == "histogram":
        for labels in {tuple(pair for pair in key[1] if pair[0] != "le") for key in family.samples}:
            _check_histogram(family, labels)


def _check_histogram(family, labels):
    buckets = [(dict(key[1])["le"], value) for key, value in family.samples.items()
               if key[0] == "_bucket" and set(labels) < set(key[1])]
    for (low, fewer), (high, more) in itertools.pairwise(buckets):
        if float(low) >= float(high) or fewer > more:
            raise ValueError(f"{family.name} {labels}: the bucket {high} does not follow {low}")
    if not buckets or buckets[-1] != ("+Inf", family.samples.get(("_count", labels))):
        raise ValueError(f"{family.name} {labels}: the last bucket is not the count")
    if ("_sum", labels) not in family.samples:
        raise ValueError(f"{family.name} {labels} has no sum")
