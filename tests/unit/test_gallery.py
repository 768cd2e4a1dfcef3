"""docs/gallery.md shows the bot's present texts."""

from __future__ import annotations

from tests.gallery import PAGE, page


async def test_the_gallery_is_up_to_date() -> None:
    """`python -m tests.gallery` writes it anew."""
    assert await page() == PAGE.read_text()
