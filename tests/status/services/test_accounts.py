from __future__ import annotations

import stat
import threading
from datetime import timedelta

import pytest

from status.domain.permissions import Role
from status.domain.refused import Refused
from status.models import AuditEntry, Installation, RecoveryCode, SignInAttempt
from status.models.engine import reading, writing
from status.services import accounts, actors, passwords, sealing, second_factor, signing_in
from tests.status.web.builder import NOW

PACE = signing_in.Pace(
    5, 20, timedelta(hours=1), timedelta(seconds=2), timedelta(minutes=5), timedelta(days=30)
)  # fmt: skip


def add(sessions, name: str = "alice", role: Role = Role.LEAD) -> str:
    with writing(sessions) as session:
        return accounts.create(session, name, accounts.Details(role), actors.robot(session), NOW).uid


def test_names_are_folded_and_taken_once(sessions):
    add(sessions, " Alice ")
    with pytest.raises(Refused, match="already"):
        add(sessions, "ALICE")


def test_every_change_is_in_the_record_with_before_and_after(sessions):
    uid = add(sessions)
    with writing(sessions) as session:
        account, author = accounts.of_uid(session, uid), actors.robot(session)
        accounts.change(session, account, accounts.Details(Role.READER, "en", areas=("email",)), author, NOW)
    with reading(sessions) as session:
        entry = session.query(AuditEntry).filter_by(action="account.changed").one()
    assert (entry.before, entry.after) == (
        {"role": "lead", "language": "fr", "areas": []}, {"role": "reader", "language": "en", "areas": ["email"]},
    )  # fmt: skip


def test_no_secret_is_in_the_record(sessions, tmp_path):
    uid, secret = add(sessions), second_factor.new_secret()
    codes, hashes = second_factor.make_recovery_codes(uid)
    with writing(sessions) as session:
        account, author = accounts.of_uid(session, uid), actors.robot(session)
        stored = passwords.hashed("un cheval sur le toit")
        accounts.set_password(session, account, stored, author, NOW)
        second_factor.keep_recovery_codes(session, account, hashes, author, NOW)
    with reading(sessions) as session:
        said = str([(entry.before, entry.after) for entry in session.query(AuditEntry)])
        kept = {row.code_hash for row in session.query(RecoveryCode)}
    assert not any(each in said for each in (stored, secret, *codes, *hashes))
    assert kept.isdisjoint(codes)


def test_the_key_is_made_once_and_readable_by_its_owner_alone(tmp_path):
    threads = [threading.Thread(target=sealing.make_key, args=(tmp_path,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600


def test_what_is_sealed_with_one_key_is_not_opened_with_another(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    sealed = sealing.seal(tmp_path / "a", "secret", NOW)
    assert sealing.opened(tmp_path / "a", sealed) == "secret"
    with pytest.raises(Refused):
        sealing.opened(tmp_path / "b", sealed)


def test_the_list_of_common_passwords_has_thousands_that_are_long_enough():
    """ASVS 6.2.4."""
    assert len(passwords.common()) > 3_000
    assert min(map(len, passwords.common())) >= passwords.SHORTEST


def test_passwords_are_kept_by_argon2id_with_named_parameters():
    """ASVS 11.4.2."""
    assert passwords.hashed("un cheval sur le toit").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_password_is_the_same_however_its_accents_were_typed():
    stored = passwords.hashed("forêt de hêtres")
    assert passwords.is_right(stored, "fore\u0302t de he\u0302tres")


def tries(sessions, name: str, address: str, count: int, at=NOW) -> int:
    """Try so often at one moment; give how many were looked at."""
    looked_at = 0
    for _ in range(count):
        try:
            with writing(sessions) as session:
                signing_in.begin(session, name, address, at, PACE)
            looked_at += 1
        except signing_in.TooFast:
            pass
    return looked_at


def test_an_address_is_slowed_whatever_the_names(sessions):
    assert sum(tries(sessions, f"name{number}", "203.0.113.7", 1) for number in range(40)) == 20


def test_the_addresses_of_one_customer_count_as_one(sessions):
    add(sessions)
    assert sum(tries(sessions, "alice", f"2001:db8::{number:x}", 1) for number in range(1, 11)) == 5
    with reading(sessions) as session:
        assert {row.address for row in session.query(SignInAttempt)} == {"2001:db8::/64"}


def test_many_addresses_at_one_account_are_slowed_together(sessions):
    add(sessions)
    assert sum(tries(sessions, "alice", f"198.51.100.{number}", 1) for number in range(40)) == 5


def test_tries_at_the_same_moment_are_all_counted(sessions):
    with writing(sessions) as session:
        session.add(
            Installation(id=1, authority="a", year=2026, demonstration=False, created_at=NOW, next_event_number=1)
        )
    add(sessions)
    looked_at: list[int] = []
    threads = [
        threading.Thread(target=lambda: looked_at.append(tries(sessions, "alice", "198.51.100.9", 1)))
        for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(looked_at) == 5


def test_each_wrong_try_doubles_the_wait_up_to_five_minutes(sessions):
    add(sessions)
    at, waits = NOW, []
    assert tries(sessions, "alice", "198.51.100.9", 5) == 5
    for _ in range(10):
        with pytest.raises(signing_in.TooFast) as slow, writing(sessions) as session:
            signing_in.begin(session, "alice", "198.51.100.9", at, PACE)
        waits.append(slow.value.wait_s - 1)
        at += timedelta(seconds=slow.value.wait_s)
        assert tries(sessions, "alice", "198.51.100.9", 1, at) == 1
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_a_code_that_two_type_at_the_same_moment_works_for_one(sessions, tmp_path):
    import pyotp

    uid, secret = add(sessions), second_factor.new_secret()
    code, right = pyotp.TOTP(secret).at(NOW), []
    with writing(sessions) as session:
        accounts.of_uid(session, uid).totp_secret = sealing.seal(tmp_path, secret, NOW)

    def use() -> None:
        with writing(sessions) as session:
            right.append(second_factor.use_code(session, accounts.of_uid(session, uid), code, tmp_path, NOW))

    threads = [threading.Thread(target=use) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(right) == [False] * 5 + [True]
