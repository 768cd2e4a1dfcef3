"""Discord's ordinary rate limits, counted on a clock of the test."""

from __future__ import annotations

import pytest

from tests.fakediscord.buckets import Buckets, Taken

CHANNEL = "/channels/1/messages"


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def buckets(clock: Clock) -> Buckets:
    return Buckets(1.0, clock)


def refused(taken: Taken) -> bool:
    return taken.refusal is not None


def test_the_sixth_message_in_five_seconds_is_refused_in_its_channel_alone(buckets: Buckets, clock: Clock) -> None:
    assert [refused(buckets.take("POST", CHANNEL)) for _ in range(6)] == [False] * 5 + [True]
    assert not refused(buckets.take("POST", "/channels/2/messages"))
    clock.now += 5
    assert not refused(buckets.take("POST", CHANNEL))


def test_the_bucket_has_one_name_for_all_channels_and_the_headers_tell_what_is_left(buckets: Buckets) -> None:
    first, second = buckets.take("PATCH", f"{CHANNEL}/7"), buckets.take("PATCH", "/channels/2/messages/8")
    assert first.headers["X-RateLimit-Bucket"] == second.headers["X-RateLimit-Bucket"]
    assert first.headers["X-RateLimit-Remaining"] == "4"
    assert float(first.headers["X-RateLimit-Reset"]) > 1.7e9
    assert buckets.take("PATCH", f"{CHANNEL}/9").headers["X-RateLimit-Remaining"] == "3"


def test_ids_share_a_bucket_unless_they_are_of_a_channel_a_guild_or_a_webhook(buckets: Buckets) -> None:
    for user in range(30):
        buckets.take("GET", f"/guilds/1/members/{user}")
        buckets.take("GET", f"/users/{user}")
    assert buckets.take("GET", "/users/31").headers["X-RateLimit-Remaining"] == "19"
    assert buckets.take("GET", "/guilds/2/members/1").headers["X-RateLimit-Remaining"] == "49"


def test_fifty_requests_in_a_second_are_the_whole_bots_limit(buckets: Buckets, clock: Clock) -> None:
    """Interactions and their answers are free of it."""
    for number in range(50):
        assert not refused(buckets.take("POST", f"/channels/{number}/messages"))
    taken = buckets.take("POST", CHANNEL)
    assert taken.refusal
    assert taken.refusal["global"]
    assert taken.headers["X-RateLimit-Scope"] == "global"
    assert not refused(buckets.take("POST", "/interactions/1/token/callback"))
    clock.now += 1
    assert not refused(buckets.take("POST", CHANNEL))
