"""What a name of the configuration stands for: the first bearer of it, whatever happens to names afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import DiscordSection, Kind, Named
from bot.core.names import EVERYONE, Finding, Known, Present, Trouble, decide, describe
from tests.unit.bot.english import words

FRIENDS, ADMIN = Named.role("Friends"), Named.role("Admin")
KEYS = ("admin_roles",)


def present(names: dict[int, str], *bots: int) -> Present:
    return Present(names, names.keys() - set(bots))


def troubles(findings: tuple[Finding, ...]) -> list[Trouble]:
    return [finding.trouble for finding in findings]


def judged(names: dict[int, str], known: Known, named: Named = ADMIN) -> tuple[Known, tuple[Finding, ...]]:
    return decide({named: KEYS}, known, present(names))


def test_the_only_bearer_of_a_name_is_remembered() -> None:
    assert judged({1: "everyone", 5: "Admin"}, {}) == ({ADMIN: 5}, ())
    assert judged({5: "Admin"}, {ADMIN: 5}) == ({}, ())


def test_a_later_namesake_does_not_count() -> None:
    new, (finding,) = judged({5: "Admin", 9: "Admin"}, {ADMIN: 5})
    assert new == {}
    assert finding == Finding(ADMIN, KEYS, Trouble.NAMESAKE, 5, (9,))


def test_a_namesake_does_not_count_when_the_first_bearer_is_gone() -> None:
    new, (finding,) = judged({9: "Admin"}, {ADMIN: 5})
    assert new == {}
    assert finding == Finding(ADMIN, KEYS, Trouble.GONE, 5, (9,))


def test_of_two_bearers_at_first_sight_none_counts_for_ever() -> None:
    """Otherwise a member that may delete roles decides which one counts."""
    new, (finding,) = judged({5: "Admin", 9: "Admin"}, {})
    assert new == {ADMIN: None}
    assert finding == Finding(ADMIN, KEYS, Trouble.AMBIGUOUS, others=(5, 9))
    new, (finding,) = judged({9: "Admin"}, {ADMIN: None})
    assert new == {}
    assert finding.trouble is Trouble.AMBIGUOUS


def test_a_renamed_bearer_counts() -> None:
    new, findings = judged({5: "Boss", 9: "Admin"}, {ADMIN: 5})
    assert new == {}
    assert troubles(findings) == [Trouble.RENAMED, Trouble.NAMESAKE]
    assert findings[0].now == "Boss"


def test_a_name_without_a_bearer_is_told_with_one_that_differs_in_case_only() -> None:
    new, (finding,) = judged({5: "admin"}, {})
    assert new == {}
    assert finding == Finding(ADMIN, KEYS, Trouble.MISSING, now="admin")


def test_the_role_of_a_bot_bears_no_name() -> None:
    """It is named like the bot, and no member can have it. Its id may be configured all the same."""
    names = {5: "Admin", 9: "Admin"}
    assert decide({ADMIN: KEYS}, {}, present(names, 5))[0] == {ADMIN: 9}
    assert troubles(decide({ADMIN: KEYS}, {}, present({5: "Admin"}, 5))[1]) == [Trouble.MISSING]
    assert decide({Named.role(5): KEYS}, {}, present(names, 5)) == ({}, ())


def test_an_id_is_never_a_name() -> None:
    new, (finding,) = judged({5: "900"}, {}, Named.role(900))
    assert new == {}
    assert finding.trouble is Trouble.NO_ID
    assert judged({900: "whatever"}, {}, Named.role("900")) == ({}, ())


def test_the_role_of_all_members_is_no_matter_of_names() -> None:
    assert judged({1: "@everyone", 5: "@everyone"}, {}, EVERYONE) == ({}, ())


def test_a_section_names_each_role_and_channel_once_with_its_keys() -> None:
    section = DiscordSection(
        member_roles=("Friends", 7), admin_roles=("Friends",), admin_channel="#vpn", log_channel="vpn"
    )
    assert section.named() == {
        FRIENDS: ("member_roles", "admin_roles"),
        Named.role("7"): ("member_roles",),
        Named.channel("vpn"): ("admin_channel", "log_channel"),
    }


@dataclass
class Server:
    """A server whose roles are made, renamed and deleted, and a bot that looks now and then."""

    roles: dict[int, str] = field(default_factory=dict)
    known: dict[Named, int | None] = field(default_factory=dict)
    made: int = 0

    def do(self, act: str, name: str, nth: int) -> None:
        if act == "make":
            self.made += 1
            self.roles[self.made] = name
        elif self.roles:
            one = sorted(self.roles)[nth % len(self.roles)]
            if act == "delete":
                del self.roles[one]
            else:
                self.roles[one] = name


ACTS = st.lists(
    st.tuples(st.sampled_from(["make", "delete", "rename", "look"]), st.sampled_from("ab"), st.integers(0, 5)),
    max_size=30,
)


@given(ACTS)
def test_a_name_stands_for_one_role_in_its_whole_life(acts: list[tuple[str, str, int]]) -> None:
    """The role is the one that bore the name alone when the bot first saw a bearer of it."""
    server, first, wanted = Server(), dict[Named, int | None](), {Named.role("a"): KEYS, Named.role("b"): KEYS}
    for act, name, nth in acts:
        if act != "look":
            server.do(act, name, nth)
            continue
        for named in wanted:
            bearers = [one for one, called in server.roles.items() if called == named.text]
            if bearers and named not in first:
                first[named] = bearers[0] if len(bearers) == 1 else None
        new, findings = decide(wanted, server.known, present(server.roles))
        assert not new.keys() & server.known.keys()
        server.known |= new
        assert server.known == first
        well = {named for named, one in first.items() if one and server.roles.get(one) == named.text}
        unique = {named for named in well if [*server.roles.values()].count(named.text) == 1}
        assert {finding.named for finding in findings} == wanted.keys() - unique


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("trouble", Trouble)
def test_every_trouble_is_said_with_its_ids_and_keys(kind: Kind, trouble: Trouble) -> None:
    """A terminal gets no markup, and a name of Discord neither sends control characters nor mentions a role."""
    name = "77" if trouble is Trouble.NO_ID else "x"
    finding = Finding(Named(kind, name), ("admin_roles", "log_channel"), trouble, 5, (8, 9), "\x1b[2J@here **b**")
    plain, shown = (describe(words, finding, for_discord=one) for one in (False, True))
    assert "admin_roles, log_channel" in plain
    assert "`admin_roles`, `log_channel`" in shown
    assert not set("\x1b`<>") & set(plain)
    assert "\x1b" not in shown
    assert "**b**" not in shown
    if trouble in (Trouble.NAMESAKE, Trouble.AMBIGUOUS, Trouble.GONE):
        assert "8, 9" in plain
        assert ("<@&8> (`8`)" if kind is Kind.ROLE else "<#8> (`8`)") in shown
