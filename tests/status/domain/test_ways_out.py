from __future__ import annotations

import pytest

from status.domain.ways_out import Snare, snare_of


@pytest.mark.parametrize(("rides_on", "watched", "mail", "found"), [
    ([], {"smtp"}, True, None),
    (["smtp"], {"smtp"}, True, Snare.ALL_ON_ONE),
    (["smtp", "smtp"], {"smtp"}, False, Snare.ALL_ON_ONE),
    (["smtp", "sip"], {"smtp", "sip"}, True, Snare.ALL_WATCHED),
    (["smtp", ""], {"smtp"}, True, None),
    (["smtp", "sip"], {"smtp"}, True, None),
    ([""], {"smtp"}, True, Snare.UNTOLD),
    (["", ""], {"http"}, False, None),
])  # fmt: skip
def test_a_way_out_that_falls_with_what_it_tells_of_is_seen(rides_on, watched, mail, found):
    assert snare_of(rides_on, watched, mail_is_watched=mail) is found
