"""A list of business customers, read: what may stand there, and how it is told what may not."""

from __future__ import annotations

import pytest

from status.config.model import Settings
from status.domain.states import Visibility
from status.domain.subscriptions import ContactKind
from status.notifiers.email import canonical
from status.services.customer_file import Listed, Reading, read_customers

COMPONENTS = {"sip": Visibility.PUBLIC, "line": Visibility.CUSTOMERS, "core": Visibility.INTERNAL}
HEADER = "external_ref;name;language;component;circuits;contacts\n"


def read(text: str | bytes) -> Reading:
    content = text if isinstance(text, bytes) else text.encode()
    return read_customers(content, COMPONENTS, lambda address: canonical(address, Settings()))


def one(text: str | bytes) -> Listed:
    found = read(text)
    assert found.faults == ()
    (customer,) = found.customers
    return customer


def test_lines_of_one_customer_are_put_together():
    customer = one(HEADER + "C1;Mairie;fr;sip;L-1 | L-2|L-1;a@b.example\nC1;;;line;;maintnote:n@B.example\n")
    assert customer.circuits == {"sip": ("L-1", "L-2"), "line": ()}
    assert [(each.address, each.domain, each.kind) for each in customer.contacts] == [
        ("a@b.example", "b.example", ContactKind.NEWS), ("n@b.example", "b.example", ContactKind.MAINTNOTE),
    ]  # fmt: skip


def test_an_address_in_other_letters_is_the_same_contact():
    assert [each.address for each in one("C1;N;fr;;;Noc@b.example|noc@B.example\n").contacts] == ["Noc@b.example"]


@pytest.mark.parametrize(
    "content",
    [
        "C1;Hôtel;fr;;;\n",
        "C1,Hôtel,fr,,,\n",
        HEADER + "\n\nC1;Hôtel;FR;;;\n\n",
        "\ufeffC1;Hôtel;fr;;;",
        "C1;Ho\u0302tel;fr;;;\n",
        "C1;Hôtel;fr;;;\n".encode("cp1252"),
    ],
)
def test_it_is_read_as_programs_write_it(content):
    customer = one(content)
    assert (customer.external_ref, customer.name, customer.language) == ("C1", "Hôtel", "fr")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("C1;N;fr;sip;", "found 5 columns, expected 6"),
        (";N;fr;;;", "external_ref has 0 characters"),
        (f"{'x' * 121};N;fr;;;", "external_ref has 121 characters"),
        (f"C1;{'x' * 201};fr;;;", "the name has 201 characters"),
        ("C1;;fr;;;", "'C1' has no name"),
        ("C1;N;de;;;", "found the language 'de', expected one of fr, en"),
        ("C1;N;fr;nowhere;;", "there is no component 'nowhere' in service"),
        ("C1;N;fr;core;;", "component 'core' is internal"),
        ("C1;N;fr;;L-1;", "found circuits without a component"),
        (f"C1;N;fr;sip;{'x' * 121};", "a circuit has more than 120 characters"),
        (f"C1;N;fr;sip;{'|'.join(map(str, range(501)))};", "found 501 circuits"),
        ("C1;N;fr;;;pager:a@b.example", "found the kind 'pager', expected one of news, maintnote, both"),
        ("C1;N;fr;;;nobody", "expected a mail address"),
        ("C1;N;fr;;;a@b.example|maintnote:a@b.example", "named twice with different kinds: say `both:a@b.example`"),
        (f"C1;N;fr;;;{'|'.join(f'a{n}@b.example' for n in range(51))}", "found 51 contacts"),
        ("C1;N\x07;fr;;;", "a cell holds a control character"),
        ('C1;"N;fr;;;', "the file can't be read as CSV from here"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(line, message):
    found = read(HEADER + line + "\n")
    assert [fault.place for fault in found.faults] == ["line 2"]
    assert message in found.faults[0].message


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ("C1;Other;;;;", "found the name 'Other', but line 1 says 'N'"),
        ("C1;;en;;;", "found the language 'en', but an earlier line says 'fr'"),
        ("C1;;;sip;;", "component 'sip' stands on an earlier line"),
    ],
)
def test_lines_that_contradict_one_another_are_told(second, message):
    found = read(f"C1;N;fr;sip;;\n{second}\n")
    assert [(fault.place, message in fault.message) for fault in found.faults] == [("line 2", True)]


@pytest.mark.parametrize("content", ["", HEADER, b"\x81\x8d"])
def test_a_file_with_nobody_in_it_is_a_fault(content):
    assert [fault.place for fault in read(content).faults] == ["the file"]
