"""The encryption of a backup, in the age format (https://age-encryption.org/v1), which `age --decrypt` opens.

pyrage is imported where it is used, because no other command needs it.
"""

from __future__ import annotations

from gateway.errors import BadBackup, ConfigError, WrongSecret

MAGIC = b"age-encryption.org/v1"
SHORTEST = 8  # characters of a passphrase
_TRIES = 20
_BY_PASSPHRASE = b"-> scrypt "


def seal(content: bytes, passphrase: str) -> bytes:
    """Encrypt with a passphrase. It takes a second, because scrypt is meant to."""
    from pyrage import passphrase as by_passphrase

    return bytes(by_passphrase.encrypt(content, passphrase))


def seal_to(content: bytes, recipient: str) -> bytes:
    """Encrypt to a public key. Raise ConfigError when it is none."""
    import pyrage

    try:
        key = pyrage.x25519.Recipient.from_str(recipient)
    except pyrage.RecipientError as error:
        raise ConfigError(key="backup.recipient", problem=f"{recipient} is mistyped ({error})") from error
    return bytes(pyrage.encrypt(content, [key]))


def is_sealed(raw: bytes) -> bool:
    return raw.startswith(MAGIC)


def needs_passphrase(sealed: bytes) -> bool:
    """Report whether a passphrase opens it, and no key."""
    return sealed[len(MAGIC) + 1 :].startswith(_BY_PASSPHRASE)


def unseal(sealed: bytes, passphrase: str, *, file: str) -> bytes:
    """Decrypt. Raise WrongSecret, or BadBackup where this machine is much slower than the one that encrypted.

    pyrage measures the machine first, and refuses what would take some 16 s. A busy machine seems slow for a moment.
    """
    from pyrage import DecryptError
    from pyrage import passphrase as by_passphrase

    for _ in range(_TRIES):
        try:
            return bytes(by_passphrase.decrypt(sealed, passphrase))
        except DecryptError as error:
            if "Excessive work" not in str(error):
                raise WrongSecret(file=file, kind="passphrase") from error
    raise BadBackup(
        file=file, problem="takes this machine too long; `age --decrypt` on another one makes what it takes"
    )


def unseal_by(sealed: bytes, identities: str, *, file: str) -> bytes:
    """Decrypt with the text of an identity file, which age-keygen writes. Raise WrongSecret or ConfigError."""
    import pyrage

    lines = [line.strip() for line in identities.splitlines() if line.strip() and not line.startswith("#")]
    try:
        keys = [pyrage.x25519.Identity.from_str(line) for line in lines]
    except pyrage.IdentityError as error:
        raise ConfigError(key="--identity", problem="must name a file of AGE-SECRET-KEY-1... lines") from error
    try:
        return bytes(pyrage.decrypt(sealed, keys))
    except pyrage.DecryptError as error:
        raise WrongSecret(file=file, kind="identity file") from error
