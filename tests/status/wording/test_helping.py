"""The first steps: complete in every language, and a faulty file says what is wrong with it."""

from __future__ import annotations

from importlib.resources import files

import pytest

from status.domain.states import SYMPTOMS
from status.wording.helping import HelpFault, guides, read_guide

TEXT = (files("status") / "wording" / "help" / "telephone.toml").read_text(encoding="utf-8")


def test_each_symptom_has_its_steps_in_order():
    assert tuple(guides()) == SYMPTOMS
    assert [step.id for step in guides()["telephone"].steps] == ["restart", "cable", "forwards"]
    assert [step.id for step in guides()["internet"].steps] == ["restart", "exchange", "cable"]
    assert [step.id for step in guides()["email"].steps][::3] == ["webmail", "mx"]


def test_french_steps_have_spaces_that_do_not_break():
    texts = [text for symptom in SYMPTOMS for text in (files("status") / "wording" / "help" / f"{symptom}.toml")
             .read_text(encoding="utf-8").splitlines() if ".fr = " in text]  # fmt: skip
    assert [text for text in texts if " ;" in text or " :" in text or " ?" in text or "'" in text] == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('area = "telephony"', 'area = "mars"', "area: found 'mars'"),
        ('area = "telephony"', 'area = "telephony"\ncolour = "red"', "unknown key 'colour'"),
        ('label.en = "Telephone"\n', "", "label: found fr, expected a text in fr, en"),
        ('then = "cable"', 'then = "nowhere"', "step 'restart': then: found 'nowhere'"),
        ('id = "forwards"', 'id = "restart"', "step 'restart'"),
        ('id = "forwards"', 'id = "contact"', "step 'restart': then: found 'forwards'"),
        ('id = "cable"', 'id = ""', "step 2: id: found ''"),
        ("[[step]]", "[step", "not TOML"),
    ],
)
def test_a_faulty_file_is_refused_with_its_place(old, new, told):
    with pytest.raises(HelpFault) as fault:
        read_guide("telephone", TEXT.replace(old, new))
    assert str(fault.value).startswith("help/telephone.toml: ")
    assert told in str(fault.value)
