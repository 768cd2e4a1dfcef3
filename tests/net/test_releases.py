"""Releases of a real repository: which tags an update takes, and what it fetches of them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gateway.errors import NotUpdated
from gateway.update.build import check_version
from gateway.update.repository import Repository, check_signers, read_source
from gateway.version import Version
from tests.releases import Releases, signers

ONE, TWO, THREE = Version(1, 0, 0), Version(1, 1, 0), Version(2, 0, 0)


class Fetched:
    """A repository of releases with a pinned key, and what an update has of it."""

    def __init__(self, folder: Path) -> None:
        self.releases = Releases(folder / "releases")
        self.key, self.signers = self.releases.key("release"), folder / "release-signers"
        self.signers.write_text(signers(self.key))
        self.repository = Repository(folder / "fetched.git")

    def fetch(self) -> list[Version]:
        return self.repository.fetch(str(self.releases.folder))

    def refused(self, version: Version) -> str:
        """Return the code of the refusal."""
        self.fetch()
        with pytest.raises(NotUpdated) as refusal:
            self.repository.commit(version, self.signers)
        return str(refusal.value.details["reason"])


@pytest.fixture
def fetched(tmp_path: Path) -> Fetched:
    return Fetched(tmp_path)


def test_a_release_is_what_its_signed_tag_names_and_not_the_working_tree(fetched: Fetched, tmp_path: Path) -> None:
    fetched.releases.publish("1.0.0", fetched.key, {"README.md": "the first"})
    fetched.releases.publish("1.1.0", fetched.key, {"README.md": "the second"})
    (fetched.releases.folder / "README.md").write_text("not committed")
    assert fetched.fetch() == [TWO, ONE]
    tree = tmp_path / "tree"
    tree.mkdir()
    fetched.repository.export(fetched.repository.commit(ONE, fetched.signers), tree)
    assert (tree / "README.md").read_text() == "the first"
    check_version(tree, ONE)
    with pytest.raises(NotUpdated, match="says that it is version"):
        check_version(tree, TWO)


def test_a_tag_without_a_signature_is_refused_unless_it_is_asked_for(fetched: Fetched) -> None:
    """A tag may be a mere name of a commit, too."""
    fetched.releases.publish("1.0.0")
    fetched.releases.tag_lightly("v1.1.0")
    assert fetched.refused(ONE) == fetched.refused(TWO) == "unsigned"
    assert fetched.repository.commit(ONE, None) == fetched.repository.commit(TWO, None)


def test_another_key_is_refused(fetched: Fetched) -> None:
    """The key has to be pinned for git, and not for something else."""
    fetched.releases.publish("1.0.0", fetched.releases.key("stranger"))
    fetched.releases.publish("1.1.0", fetched.key)
    assert fetched.refused(ONE) == "wrong_key"
    fetched.signers.write_text(signers(fetched.key).replace('"git"', '"file"'))
    assert fetched.refused(TWO) == "wrong_key"


def test_a_changed_tag_is_refused(fetched: Fetched) -> None:
    """The signature is of another commit."""
    fetched.releases.publish("1.0.0", fetched.key)
    fetched.releases.publish("1.1.0", fetched.key)
    fetched.releases.put_signature("v1.0.0", "v1.1.0")
    assert fetched.refused(TWO) == "wrong_key"


def test_an_older_tag_under_a_newer_name_is_refused(fetched: Fetched) -> None:
    """Its signature is good, but it names itself. `--unsigned` does not take it either."""
    fetched.releases.publish("1.0.0", fetched.key)
    fetched.releases.rename_tag("v1.0.0", "v2.0.0")
    assert fetched.refused(THREE) == "another_tag"
    with pytest.raises(NotUpdated, match="another tag"):
        fetched.repository.commit(THREE, None)


def test_a_key_of_roots_own_keyring_signs_no_release(
    fetched: Fetched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git chooses the program by the signature, and root may know many keys of gpg."""
    program = tmp_path / "gpg"
    program.write_text("#!/bin/sh\ncat >/dev/null\nprintf '\\n[GNUPG:] GOODSIG 1 root\\n[GNUPG:] TRUST_ULTIMATE\\n'\n")
    program.chmod(0o755)
    settings = tmp_path / "gitconfig"
    settings.write_text(f"[gpg]\n\tprogram = {program}\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".gitconfig").write_text(settings.read_text())
    pgp = "-----BEGIN PGP SIGNATURE-----\n\niQ\n-----END PGP SIGNATURE-----\n"
    fetched.releases.publish("1.0.0")
    fetched.releases.append_to_tag("v1.0.0", pgp)
    assert fetched.refused(ONE) == "unsigned"
    fetched.releases.publish("1.1.0", fetched.key)
    fetched.releases.append_to_tag("v1.1.0", pgp)
    assert fetched.refused(TWO) == "wrong_key"


def test_a_tag_that_is_taken_back_is_forgotten(fetched: Fetched) -> None:
    fetched.releases.publish("1.0.0", fetched.key)
    fetched.releases.publish("1.1.0", fetched.key)
    assert fetched.fetch() == [TWO, ONE]
    subprocess.run(["git", "-C", fetched.releases.folder, "tag", "--delete", "v1.1.0"], check=True, capture_output=True)
    assert fetched.fetch() == [ONE]


def test_without_a_pinned_key_nothing_is_verified(tmp_path: Path) -> None:
    """A file that others may write pins nothing."""
    pinned = tmp_path / "signers"
    for text in (None, "", "# only a comment\n"):
        if text is not None:
            pinned.write_text(text)
        with pytest.raises(NotUpdated, match="no release key is pinned"):
            check_signers(pinned)
    pinned.write_text('releases@guildgate namespaces="git" ssh-ed25519 AAAA\n')
    check_signers(pinned)
    pinned.chmod(0o664)
    with pytest.raises(NotUpdated, match="others than root may write"):
        check_signers(pinned)


@pytest.mark.parametrize(
    "source", ["https://example.org/g.git", "ssh://git@example.org/g", "git@example.org:g", "/srv/g"]
)
def test_sources(tmp_path: Path, source: str) -> None:
    path = tmp_path / "source"
    path.write_text(f"{source}\n")
    assert read_source(path) == source


@pytest.mark.parametrize("source", ["", "--upload-pack=touch /tmp/x", "ext::sh -c id", "http://example.org/g", "g"])
def test_sources_that_are_refused(tmp_path: Path, source: str) -> None:
    path = tmp_path / "source"
    path.write_text(f"{source}\n")
    with pytest.raises(NotUpdated):
        read_source(path)
