"""A call must not cost more instructions than it did: counted, not timed, so that a busy machine changes nothing."""

import warnings

import pytest

import instructions


def test_every_count_has_its_threshold():
    assert instructions.thresholds()["instructions"].keys() == instructions.COUNTED.keys()


@pytest.mark.long
@pytest.mark.parametrize("name", instructions.COUNTED)
def test_a_call_costs_no_more_instructions_than_its_threshold(name):
    kept = instructions.thresholds()
    threshold, tolerance = kept["instructions"][name], kept["tolerance"]
    count = instructions.per_call(name)
    said = f"{name}: {count:,} instructions for each call, threshold {threshold:,} ({count / threshold - 1:+.1%}, {tolerance:.0%} allowed)"
    print(said)
    if count < threshold * (1 - tolerance):
        warnings.warn(f"{said}: keep the gain with {instructions.RENEW}", stacklevel=1)
    assert count <= threshold * (1 + tolerance), f"{said}. Where that is worth its cost: {instructions.RENEW}"
