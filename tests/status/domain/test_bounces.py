"""What refusals mean for an address, and when it is paused."""

from __future__ import annotations

import pytest

from status.domain.bounces import code_of, in_a_row, is_hard


@pytest.mark.parametrize(
    "said",
    ["5.1.1", "5.1.10", "5.2.1", "5.4.4", "550", "551 moved", "553 no such user", "550 5.1.1 <a@b>: unknown.",
     "5.0.0 smtp; 550 User unknown", "relay x said 550 5.1.2"],
)  # fmt: skip
def test_an_address_that_is_not_there_is_hard(said):
    assert is_hard(said)


@pytest.mark.parametrize(
    "said",
    ["", "no", "4.1.1", "4.4.7", "5.2.2", "552 5.2.2 full", "5.7.1", "550 5.7.26 unauthenticated", "5.1.8", "5.3.4",
     "554", "450", "5.0.0", "4.0.0 smtp; 550 later", "5.1.1.7 is a host", "15.1.1", "5501"],
)  # fmt: skip
def test_all_else_is_soft_and_so_is_doubt(said):
    assert not is_hard(said)


@pytest.mark.parametrize(("said", "code"), [("550 5.1.1 x", "5.1.1"), ("550 x", "550"), ("x", "")])
def test_the_code_is_found_among_words(said, code):
    assert code_of(said) == code


@pytest.mark.parametrize(
    ("bounced", "run"),
    [([], 0), ([False], 0), ([True, True], 2), ([True, False, True, True], 2), ([False, True, True, True, False], 3)],
)
def test_a_row_ends_with_a_message_that_arrived(bounced, run):
    assert in_a_row(bounced) == run
