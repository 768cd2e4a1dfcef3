"""The one tree of errors. Each has a stable code, and a sentence for the terminal.

An error crosses the socket as `{"code", "details"}`. The client builds the same class again, so that both sides raise
and catch the same classes. `details` holds JSON values and never a secret: codes such as `rule` and `what`, and values.
The bot has sentences of its own in every language it speaks.
"""

from __future__ import annotations

import errno
import logging
import os
from typing import Any, ClassVar

log = logging.getLogger(__name__)


# Words for the codes in `rule`. They fill `problem` in a sentence, unless the details have a `problem` themselves.
RULES = {
    "one_port": "it goes with exactly one port or range",
    "inside": "the ports must lie inside 1-65535",
    "twice": "{value} is in it twice",
    "too_many": "{value} ports at once at most",
    "weak": "no private key goes with it",
    "key": "it must be a WireGuard key: 44 characters of base64 ending in =",
    "name": "a name has 1 to {value} visible characters",
    "only": "choose one within {value}",
    "own": "{value} is used by the VPN. Choose another",
    "prefix": "one address, a /24 of IPv4 or a /64 of IPv6 may be",
    "denied": "the admin keeps {value} closed",
}
LIMITS = {
    "devices": "devices",
    "forwards": "forwards",
    "ports": "public ports",
    "devices_in_all": "devices of all members together",
    "forwards_in_all": "forwards of all members together",
    "guests_in_all": "guests that are remembered",
    "decisions_in_all": "decisions on members that are remembered",
    "addresses": "addresses that are blocked or let in for one forward",
    "addresses_in_all": "addresses that are blocked or let in for all forwards together",
    "marks": "forwards that conntrack_mask can number",
}


class GatewayError(Exception):
    """The root of the tree. `str()` fills `sentence` from `details`, whose codes are put into words."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500  # HTTP's
    sentence: ClassVar[str] = "Something broke inside the gateway. Tell the admin this number: {log_id}."

    def __init__(self, **details: Any) -> None:
        super().__init__(self.code)
        self.details = details

    def __str__(self) -> str:
        values = _Lenient(self.details)
        if (rule := str(values.get("rule"))) in RULES:
            values["problem"] = RULES[rule].format_map(values)
        if (what := str(values.get("what"))) in LIMITS:
            values["what"] = LIMITS[what]
        values.setdefault("hint", _hint(self.details))
        return self.sentence.format_map(values)


class _Lenient(dict[str, Any]):
    """The values for a sentence. A missing one becomes `?`, because a newer gateway may leave out a detail."""

    def __missing__(self, key: str) -> str:
        return "?"


def _hint(details: dict[str, Any]) -> str:
    """Return what to try instead of ports that are taken."""
    if "free" not in details:
        return "Try another one."
    return f"{details['free']} is free." if details["free"] else "No other port is free right now."


class BadRequest(GatewayError):
    """A request breaks a rule.

    Details are `field` and `rule`, with `value` where the rule's words need it. Where no member can cause it, `problem`
    says the same in words.
    """

    code, status = "bad_request", 400
    sentence = "I don't understand {field}: {problem}."


class OtherVersion(GatewayError):
    """Bot and gateway are of different versions: one said in `field` what the other does not know. `problem` says more.

    The gateway makes this error of a request, and the client of an answer. Then the change has happened.
    """

    code, status = "other_version", 400
    sentence = "The other side is of another version ({field}: {problem}). Update or restart the older one."


class BadPorts(BadRequest):
    code = "bad_ports"
    sentence = "{text} is not a port. Write one like 25565, a range like 27015-27030, or several: 2456-2458, 27015/udp."


class NotAllowed(GatewayError):
    code, status = "not_allowed", 403
    sentence = "You may only do that with your own devices. Ask an admin."


class AdminsOnly(NotAllowed):
    code = "admins_only"
    sentence = "Only an admin may do that."


class RootOnly(NotAllowed):
    """The bot's user may not ask for that, whatever it claims."""

    code = "root_only"
    sentence = "Only root may do that, on the VPS."


class OtherService(NotAllowed):
    """An operation is for one of the services, and its system user has that operation alone."""

    code = "other_service"
    sentence = "This system user may not ask for {operation}. That is for another service of guildgate."


class NotSigned(NotAllowed):
    """A signed request is not what a bot has signed for this gateway, just now and never before.

    `reason` is one of signed.py's `REASONS`.
    """

    code = "not_signed"
    sentence = (
        "The gateway did not take that for a request of the bot ({reason}). `old` and `future` mean that the clocks "
        "of both differ."
    )


class AccessSuspended(NotAllowed):
    """The device is suspended. When the role is only just back, the bot takes seconds to restore the devices."""

    code, status = "suspended", 409
    sentence = (
        "{device} is suspended. Ask an admin to restore it, or try again in a minute if you just got your role back."
    )


class OwnerSuspended(NotAllowed):
    """The member is suspended, with devices here or without."""

    code, status = "owner_suspended", 409
    sentence = (
        "Your access is suspended. Ask an admin to restore it, or try again in a minute if you just got your role back."
    )


class GuestOver(NotAllowed):
    code = "guest_over"
    sentence = "Your time as a guest is over. Ask an admin to let you in as a member."


class WrongUser(GatewayError):
    code, status = "wrong_user", 403
    sentence = "The system user {user} may not talk to the gateway. Add it to socket_users in [gateway]."


class PeerUnknown(GatewayError):
    code, status = "peer_unknown", 404
    sentence = "There is no device called {device}. `guildgate status` lists your devices."


class NoDevices(PeerUnknown):
    code = "no_devices"
    sentence = "There is no device yet. Type `guildgate join` first."


class WhichDevice(GatewayError):
    code, status = "which_device", 409
    sentence = "Which device? There is more than one: {devices}. Name it in the device option."


class PeerExists(GatewayError):
    code, status = "peer_exists", 409
    sentence = "You already have a device called {device}. Lost its setup? `guildgate rotate` makes a new one."


class KeyInUse(GatewayError):
    code, status = "key_in_use", 409
    sentence = "Another device already uses that public key. Make a new key pair and try again."


class ForwardUnknown(GatewayError):
    code, status = "forward_unknown", 404
    sentence = "Port {ports} is not open. `guildgate status` lists your open ports."


class ForwardGone(ForwardUnknown):
    """A message's button is about forwards that are closed by now."""

    code = "forward_gone"
    sentence = "That port is closed already. `guildgate status` lists your open ports."


class PartOfForward(ForwardUnknown):
    code, status = "part_of_forward", 409
    sentence = "{ports} belongs to {whole}. Close {whole} as a whole."


class AddressNotListed(GatewayError):
    code, status = "address_not_listed", 404
    sentence = "{network} is neither blocked nor let in there. `guildgate connections` lists what is."


class PortTaken(GatewayError):
    """Another forward has the ports.

    `holder` is `you`, `someone` (to members) or `named` (to admins, with the name in `owner`). `free` is the nearest
    free port or range of the same size, or None without one. It is absent when none was looked for.
    """

    code, status = "port_taken", 409
    sentence = "{ports} is already open for {owner}. {hint}"


class PortForbidden(GatewayError):
    code, status = "port_forbidden", 409
    sentence = "Port {ports} can't be opened: {problem}."


class PortInUse(GatewayError):
    code, status = "port_in_use", 409
    sentence = "{ports} is used by a program on the VPS. {hint}"


class PortNeeded(PortInUse):
    """The host's own connections leave from ports of `range`, and too few of them would be left."""

    code = "port_needed"
    sentence = "Port {ports} can't be opened: the VPS needs what is left of {range} for its own connections. {hint}"


class LimitReached(GatewayError):
    """A request asks for more than is free. `left` counts that."""

    code, status = "limit_reached", 409
    sentence = "The limit is {limit} {what}, and {left} are left. Remove one first."


class BeyondLimit(LimitReached):
    """A request asks for more than the limit allows at all."""

    code = "beyond_limit"
    sentence = "The limit is {limit} {what}, and {left} are left. Ask for fewer, or ask an admin to raise it."


class TooManyJoins(LimitReached):
    code, status = "too_many_joins", 429
    sentence = "At most {limit} devices can be added in an hour. Try again in {wait}."


class TooManyChanges(GatewayError):
    """A system user other than root has made as many changes within a minute as all of these may together."""

    code, status = "too_many_changes", 429
    sentence = "There were {limit} changes within a minute, which is the limit. Try again in a minute."


class TooManyWatchers(GatewayError):
    code, status = "too_many_watchers", 429
    sentence = "Your user follows the events {limit} times already, which is the limit. End one of these first."


class SetUpElsewhere(GatewayError):
    code, status = "set_up_elsewhere", 409
    sentence = "{device} was set up by another request at the same moment, and its config went there."


class RequestIdReused(GatewayError):
    """The caller has used the request id for something else. No client of ours does."""

    code, status = "request_id_reused", 409
    sentence = "That request has the id of another one, so nothing was done. Try again."


class TooLong(GatewayError):
    code, status = "too_long", 409
    sentence = "That is too long. Up to {longest} is possible."


class SubnetFull(GatewayError):
    code, status = "subnet_full", 409
    sentence = "The gateway has no address left for another device. Ask the admin to remove old ones."


class ApplyFailed(GatewayError):
    code, status = "apply_failed", 503
    sentence = "The gateway's system refused the change, so nothing was changed. Tell the admin: {log_id}."


class NotSaved(GatewayError):
    code, status = "not_saved", 503
    sentence = "The gateway could not write its database, so nothing was changed. Tell the admin: {log_id}."


class DatabaseDamaged(NotSaved):
    """The database does not hold what the gateway has written. It is left as it is, and the log says what to do."""

    code = "database_damaged"
    sentence = (
        "The gateway's database is damaged, so nothing was changed. What is open stays open. Tell the admin: {log_id}."
    )


class NotErased(GatewayError):
    code, status = "not_erased", 503
    sentence = (
        "The member is forgotten, but the database file may still hold traces. Make room on the disk, close other "
        "programs that read the file, and run it again. The line with {log_id} in the log says more."
    )


class NothingStored(GatewayError):
    code, status = "nothing_stored", 404
    sentence = "Nothing is stored of {member}. Write the id that `guildgate audit` shows."


class GatewayUnreachable(GatewayError):
    """No gateway answers on the socket. Only the client makes this error."""

    code, status = "gateway_unreachable", 503
    sentence = "The gateway is not running right now. Your devices and ports are kept; try again in a minute."


class RegionAway(GatewayUnreachable):
    """The gateway of one region does not answer, `since` a Unix time. Only a client of several makes this error."""

    code = "region_away"
    sentence = "{region} is away. What it forwards goes on."


class RegionDiffers(RegionAway):
    """A region's gateway and the bot are of versions that do not understand each other.

    `older` is `gateway`, `bot`, or `unknown`.
    """

    code = "region_differs"
    sentence = "{region} and the bot are of versions that do not understand each other. Update the older one."


class RegionUnknown(GatewayError):
    """No region has that name, or something belongs to one that has left. `regions` names all that there are."""

    code, status = "region_unknown", 404
    sentence = "There is no region {region}. There are: {regions}."


class WhichRegion(GatewayError):
    """What is meant is there in several regions. `name` is a device or ports, `regions` names those that have it."""

    code, status = "which_region", 409
    sentence = "Which region? {name} is in more than one: {regions}. Name it in the region option."


class GatewayTimeout(GatewayError):
    """The answer took too long, and the change may have happened. Only the client makes this error."""

    code, status = "gateway_timeout", 504
    sentence = "The gateway did not answer in time. Look at `guildgate status` before you try again."


class NotAuthentic(GatewayTimeout):
    """What came is not the gateway's answer, so the change may have happened. Only the client makes this error.

    `reason` is what the answer itself says, or `forged`, or `mixed` when it answers another request.
    """

    code = "not_authentic"
    sentence = (
        "An answer came that is not from the gateway ({reason}). Look at `guildgate status` before you try again."
    )


class GatewayBusy(GatewayError):
    """The request was not sent: the client waited too long for its turn, or the gateway has too many connections."""

    code, status = "gateway_busy", 503
    sentence = "The gateway has too much to do right now, so nothing was done. Try again in a few minutes."


class GatewayWaiting(GatewayError):
    """The host lacks `what`, which comes by itself, such as a default route. `hint` says what else may be wrong."""

    code, status = "gateway_waiting", 503
    sentence = "The gateway waits for {what}, and starts when that is there. {hint}"


class ConfigError(GatewayError):
    """The configuration has a mistake, which only an edit of it mends. `problem` is a predicate about `key`."""

    code, status = "config", 500
    sentence = "{key}: {problem}"


class HostProblem(GatewayError):
    """The host, or another program on it, is in the way. Another try may succeed with the same configuration.

    `problem` is a predicate about `key`.
    """

    code, status = "host", 503
    sentence = "{key}: {problem}"


class NameNotKept(GatewayError):
    """The records of `public_address` could not be read or changed. Another try may succeed.

    Only gateway/names makes this error. `reason` is a sentence without its end, the same for the same cause.
    """

    code, status = "name_not_kept", 503
    sentence = "{reason}"


class CannotImport(GatewayError):
    """Another program's files cannot be taken over. `where` names the file and the line. Only the terminal makes it."""

    code, status = "cannot_import", 409
    sentence = "{where}: {problem}."


class KernelBehind(GatewayError):
    """A change was made without a gateway, in the database alone. Only the terminal makes this error."""

    code, status = "kernel_behind", 503
    sentence = (
        "The database is changed, but {what} could not be. The gateway's next start does that; "
        "until then, what was taken away may go on."
    )


class BadBackup(GatewayError):
    """A file cannot be restored. `problem` is a predicate about it. Only the terminal makes this error."""

    code, status = "bad_backup", 400
    sentence = "{file} {problem}. Nothing was changed."


class NewerBackup(BadBackup):
    code = "newer_backup"
    sentence = (
        "{file} holds {what} of a newer guildgate. Install version {version} or a later one. Nothing was changed."
    )


class WrongSecret(BadBackup):
    """The passphrase or the identity file does not fit. A damaged file looks the same."""

    code = "wrong_secret"
    sentence = "{file} does not open with this {kind}: it is another's, or the file is damaged. Nothing was changed."


class StateThere(GatewayError):
    """A restore would replace a state that has devices. Only the terminal makes this error."""

    code, status = "state_there", 409
    sentence = (
        "{folder} holds the state of a gateway with devices ({devices}). --replace puts it aside. Nothing was changed."
    )


class StillRunning(GatewayError):
    """A restore would change files under a running process. Only the terminal makes this error."""

    code, status = "still_running", 409
    sentence = (
        "{folder} is in use by {holder}. Stop it first, as by `systemctl stop guildgate-bot guildgate-gateway`. "
        "Nothing was changed."
    )


class NotUpdated(GatewayError):
    """An update was refused, or taken back. `reason` is a code. Only the terminal makes this error."""

    code, status = "not_updated", 503
    sentence = "{problem}."


def log_id() -> str:
    """Return a random number for a log line. A member can pass it on, because Discord must not show the line itself."""
    return os.urandom(4).hex()


def apply_failed(action: str, cause: object) -> ApplyFailed:
    """Return the error after logging its cause under a number. The cause's text must hold no keys."""
    number = log_id()
    what = f"{type(cause).__name__}: {cause}" if isinstance(cause, Exception) else cause
    log.error("[%s] %s failed: %s", number, action, what)
    return ApplyFailed(log_id=number)


def why(error: OSError | int) -> str:
    """Return the system's words for an error or an errno, such as `permission denied`."""
    if isinstance(error, int):
        return os.strerror(error).lower()
    return (error.strerror or "it took too long").lower()


def path_refused(key: str, path: object, cannot: str, error: OSError) -> GatewayError:
    """Return the error about a configured path. No such path can be, or the host does not let us have it now."""
    impossible = error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG)
    return (ConfigError if impossible else HostProblem)(key=key, problem=f"{path} cannot be {cannot} ({why(error)})")


def _tree(cls: type[GatewayError]) -> dict[str, type[GatewayError]]:
    found = {cls.code: cls}
    for sub in cls.__subclasses__():
        found |= _tree(sub)
    return found


BY_CODE = _tree(GatewayError)


def from_wire(code: str, details: dict[str, Any]) -> GatewayError:
    """Return the error that a reply stands for. A newer gateway's unknown code becomes OtherVersion."""
    if code not in BY_CODE:
        return OtherVersion(field="error", problem=f"there is no {code}")
    return BY_CODE[code](**details)
