"""Every sentence the bot says, in one place, so that a translation is one file.

Arguments are ready to be shown: names already made safe by `render.safe`, code already in backticks. What the
gateway refuses is said by `refusal` here, whose arguments are as the gateway gave them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.api.contract import PRIVATE_KEY_PLACEHOLDER
from gateway.model import Mode

# Shown by Discord while a command is typed: at most 100 characters each.
JOIN = "Add a device of yours to the VPN: you get its WireGuard config by direct message"
JOIN_DEVICE = "What you call the device, such as pc or phone (pc when left out)"
JOIN_MODE = "What goes through the VPN (everything when left out)"
JOIN_PUBLIC_KEY = "For experts: your own WireGuard public key, if you want to keep your private key to yourself"
MODES = {
    Mode.FULL: "full: everything; your server sees the players' real addresses",
    Mode.SPLIT: "split: only the VPN; your server sees every player as the gateway",
    Mode.LINUX: "linux: only forwards, for wg-quick; your server sees real addresses",
}
FORWARD = "Open a port to the Internet, so that players reach the server on your device"
FORWARD_PORT = "A game such as minecraft, a port 25565, a range 27015-27030, or several: 2456-2458, 27015/udp"
FORWARD_PROTOCOL = "For ports without /tcp or /udp of their own (both when left out)"
FORWARD_TO_PORT = "The port your server listens on, if it is a different one (of a range: its first)"
FORWARD_DEVICE = "The device your server runs on (not needed with only one device)"
FORWARD_DURATION = "How long: 2h, 90m, 2h30m, until 02:00, or forever (the server's usual time when left out)"
FORWARD_ANNOUNCE = "Post a card in this channel that shows address and players, until the match ends"
UNFORWARD = "Close ports you opened, running connections included"
UNFORWARD_PORT = "What to close: a port 25565, a range 27015-27030, several: 2456-2458, 27015/udp"
LEAVE = "Take a device of yours off the VPN and close its ports"
LEAVE_DEVICE = "The device to take off (not needed with only one device)"
ROTATE = "New keys for a device of yours: the old config stops working, address and ports stay"
ROTATE_DEVICE = "The device that gets new keys (not needed with only one device)"
REVOKE = "Admins: take a member's devices off the VPN, with their open ports; shows what will go first"
REVOKE_MEMBER = "Whose access ends"
REVOKE_DEVICE = "Only this device (all of the member's devices when left out)"
LAN = "Admins: let the devices on the VPN reach each other, or keep them apart again"
LAN_STATE = "Applies at once and until the next /lan"
LAN_STATES = {
    "on": "on: devices reach each other, as in one home network",
    "off": "off: devices reach the Internet and forwarded ports only",
}
PEERS = "Admins: everyone's devices, or one member's"
PEERS_MEMBER = "Only this member's"
PEERS_STATE = "Only those in this state"
STATES = {
    "connected": "Connected",
    "away": "Not connected now",
    "never": "Never connected yet",
    "suspended": "Cut off",
}
FORWARDS = "Admins: everyone's open ports, or one member's"
FORWARDS_MEMBER = "Only this member's"
FORWARDS_PORT = "Only those of this game or on this port"
AUDIT = "Admins: who did what when, the newest first"
MEMBERS_DEVICES = "VPN devices"  # in a member's context menu: at most 32 characters
POLICY = "What you may do here: how many devices and ports, and for how long"
STATUS = "Your devices and ports, and who is connected (admins see everyone's)"

# Refusals and failures.
ONLY_IN_SERVER = "I only take commands inside the server I belong to. Type this one there."
NOT_IN_SERVER = "You are no longer in the server that these ports belong to."
ADMINS_ONLY = "Sorry, only admins can do that."
OUTDATED_COMMAND = "That command has changed meanwhile. Restart Discord (Ctrl+R on a computer), then try again."
OUTDATED_BUTTON = "That is from an older version of me and does nothing any more. Type the command again."
DISCORD_FAILED = "Discord failed just now. Look at `/status` before you try again."


def no_access(roles: Sequence[str], *, may_ask: bool) -> str:
    ask = "Type `/join` to ask the admins for access." if may_ask else "Ask an admin of this server for it."
    return f"Sorry, the VPN is only for people with the role {' or '.join(roles)}. {ask}"


def bug(log_id: str) -> str:
    return f"Something broke inside the bot. Tell the admin this number: {log_id}."


def another_device(sentence: str) -> str:
    return f"{sentence} Adding another device? Give it its own name: `/join device:laptop`."


def not_delivered(device: str) -> str:
    return f"**{device}** is set up, but Discord let me send its config nowhere. `/rotate` makes a new one."


def nothing_to_revoke(member: str) -> str:
    return f"{member} has no device on the VPN, so there is nothing to take away."


# Delivery.
STEPS_TITLE = "How to set it up"
INSTALL = "First install [WireGuard](https://www.wireguard.com/install/). Then, on the device:"
STEPS_END = "In the Discord server, /status shows if it works and /forward opens a port."


def headline(device: str, ends: str) -> str:
    """Above the steps; `ends` may be empty."""
    return (
        f"🔑 **Your VPN config for {device}.** {ends}\n"
        "Keep it secret: whoever has this file is you. Did somebody else see it? Type `/rotate` in the server: "
        "that gives you a new one, and this one stops working."
    )


def lacks_key(file: str) -> str:
    return (
        "It still lacks your private key, which only you have: "
        f"open {file} and put the key in place of `{PRIVATE_KEY_PLACEHOLDER}`."
    )


def device_ends(time: str, relative: str) -> str:
    return f"It works until {time} ({relative})."


def steps(file: str, up: str, *, picture: bool, full: bool) -> tuple[tuple[str, str], ...]:
    """Platforms, each with what to do there; `up` is a command, and without `picture` there is no QR code."""
    desktop = f"*Import tunnel(s) from file*, choose {file}, then *Activate*."
    router = (
        f"Import {file} as a WireGuard client; leave *Allowed IPs* and *Persistent keepalive* as they are."
        f"{' Everything behind the router then goes through the VPN.' if full else ''}\n"
        "Ports you forward arrive at the router: let it pass them on to your PC."
    )
    return (
        ("🪟 Windows", desktop),
        ("🍎 macOS", desktop),
        ("🐧 Linux", _wg_quick(up, resolver=full)),
        ("🤖 Android", _phone(file, "Scan from QR code" if picture else None, "Import")),
        ("📱 iOS", _phone(file, "Create from QR code" if picture else None, "Create")),
        ("📡 Router", router),
    )


def wg_quick_steps(up: str, addresses: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The same for linux mode."""
    note = (
        "Your server sees the players' real addresses, and all other traffic of the machine stays at home.\n"
        f"A UDP server must listen on the VPN address ({' or '.join(addresses)}): one that listens on all addresses "
        "answers past the VPN, and players hear nothing."
    )
    return ("🐧 Linux", _wg_quick(up, resolver=False)), ("💡 Good to know", note)


def _wg_quick(up: str, *, resolver: bool) -> str:
    packages = "the packages wireguard-tools and openresolv" if resolver else "the package wireguard-tools"
    return f"Install {packages}; then, where you saved the file:\n{up}"


def _phone(file: str, scan: str | None, verb: str) -> str:
    save = f"Save {file} on the phone, tap **+**, *{verb} from file or archive*, choose it and switch the tunnel on."
    if scan is None:
        return save
    return (
        f"Tap **+**, *{scan}*, point the camera at the QR code on another screen, and switch the tunnel on.\n"
        f"No other screen? {save}"
    )


def delivered(device: str, ends: str = "") -> str:
    return f"**{device}** is ready. I sent you a direct message with its config and what to do. {ends}".rstrip()


def direct_messages_closed(headline: str) -> str:
    return (
        f"I could not send you a direct message, so here it is. Only you can see this; save the file now.\n\n{headline}"
    )


# Asking for access.
REQUEST_TITLE = "Somebody asks for access"
REQUEST_TROUBLE = "⚠️ Nobody can ask for access"
REQUEST_ACCOUNT = "Account made"
REQUEST_JOINED = "Joined the server"
REQUEST_ASKED = "Asked"
REQUEST_DEVICE = "Device"
REQUEST_MODE = "Through the VPN"
REQUEST_OUTCOME = "Decision"
REQUEST_BUTTONS = {"approve": "Approve", "deny": "Deny"}
DENY_TITLE = "Deny the request"
DENY_REASON = "Why? They read it. May be left out."
OUTCOMES = {
    "approved": "✅ Approved by {admin} {when}.",
    "undelivered": (
        "✅ Approved by {admin} {when}. My direct message did not arrive: to get the config, they type `/join` again."
    ),
    "denied": "⛔ Denied by {admin} {when}.",
    "expired": "⌛ Expired {when}, as nobody decided.",
    "left": "🚪 Closed {when}: they have left the server.",
    "needless": "✅ Closed {when}: they have access by now.",
}
ASKED = (
    "You have no access yet, so I asked the admins for you. Once they approve, you get your config by direct message: "
    "let members of this server write to you (*Privacy Settings* of the server)."
)
DISCORD_FAILS = "Discord fails just now: try again in a minute."
STAYS_OPEN = "Nothing was changed, and the request stays open."
REQUEST_UNKNOWN = "I no longer know this request. Whoever still wants in types `/join` again."
REQUEST_EXPIRED = (
    "Nobody decided on your request for access to the VPN, so it has expired. Still want in? Type `/join` in the "
    "server again."
)
WELCOME = "✅ **You are in:** an admin has approved your request."
ROLE_FAILED = (
    "I could not give them the role just now, so I remember their access myself. You can give them the role yourself."
)


def request(mention: str, name: str) -> str:
    return f"{mention} (**{name}**) typed `/join`, but has no access to the VPN."


def reason(reason: str) -> str:
    return f"Reason: {reason}"


def still_waiting(since: str) -> str:
    return f"You asked {since}, and the admins have not decided yet. You get a direct message when they do."


def being_approved(admin: str) -> str:
    return f"{admin} is approving this right now."


def let_in(member: str) -> str:
    return f"**{member}** is in, and has the config by direct message."


def let_in_undelivered(member: str) -> str:
    return (
        f"**{member}** is in, but my direct message with the config did not arrive. Tell them to type `/join` again: "
        "then they get it in the answer, which only they see."
    )


def has_left(member: str) -> str:
    return f"**{member}** has left the server, so I closed the request."


def denied(member: str, *, told: bool) -> str:
    end = "I told them by direct message." if told else "My direct message to them did not arrive."
    return f"Denied. **{member}** stays without access. {end}"


def you_were_denied(reason: str | None) -> str:
    why = f"\nThe reason: {reason}" if reason else ""
    return f"⛔ The admins denied your request for access to the VPN.{why}"


def role_reason(admin: str) -> str:
    """In Discord's own audit log."""
    return f"guildgate: {admin} approved the request for access"


def role_refused(role: str) -> str:
    return (
        f"⚠️ Discord does not let me give them {role}, so I remember their access myself. For the next time: give my "
        f"role the permission *Manage Roles*, and drag it above {role}."
    )


def no_such_role(role: str) -> str:
    return f"⚠️ The server has no role {role} (the first of `member_roles`), so I remember their access myself."


def access_withdrawn(member: str) -> str:
    return f"{member} had no device, but an admin had let them in: that is withdrawn."


def no_such_channel(key: str, channel: str) -> str:
    return f"The server has no text channel {channel}, or I cannot see it: `{key}` in `[discord]`."


def cannot_ask(channel: str) -> str:
    return (
        f"Somebody asked for access, but I cannot write to {channel}. Give me *View Channel*, *Send Messages* and "
        "*Embed Links* there."
    )


# Time.
NO_DURATION = (
    "I can't read that duration. Write how long, like `2h`, `90m` or `2h30m`; or until when, like `until 02:00`; "
    "or `forever`."
)
DURATION_TOO_LONG = "Nothing here lasts longer than ten years, but for what lasts `forever`."
FOREVER = "forever"


REMINDER_BUTTONS = {"extend": "Extend", "close": "Close"}
NEVER_CLOSES = "It stays open until somebody closes it."
HAS_ENDED = "That has ended already. `/forward` opens it again."


def reminder(count: int, relative: str) -> str:
    """Before a list of the forwards."""
    what = "A port of yours will close by itself" if count == 1 else f"{count} ports of yours will close by themselves"
    return f"⏰ **{what} {relative}.** Still playing? Extend the time:"


def extended(*, again: bool) -> str:
    """Before a list of the forwards."""
    return "The end of that has been moved already:" if again else "**Extended.**"


def length(days: int, hours: int, minutes: int, seconds: int) -> str:
    """`1 day 2 hours`: the parts that are not zero."""
    parts = ((days, "day"), (hours, "hour"), (minutes, "minute"), (seconds, "second"))
    return " ".join(_count(number, noun) for number, noun in parts if number)


def until_choice(until: str, zone: str) -> str:
    return f"{until} ({zone})"


def closes(count: int, time: str, relative: str) -> str:
    return f"{'It closes by itself' if count == 1 else 'They close by themselves'} at {time}, {relative}."


def ends(relative: str) -> str:
    return f"ends {relative}"


# Ports.
PROTOCOLS = {"tcp": "TCP", "udp": "UDP", "both": "TCP and UDP"}
MODE_NOTES = {
    Mode.SPLIT: "This device is in split mode: your server sees all players with the gateway's address instead of "
    "their own.",
    Mode.LINUX: "This device is in linux mode: a UDP server must listen on the device's VPN address. One that listens "
    "on all addresses answers past the VPN, and players hear nothing.",
}


def opened(
    game: str | None, ports: str, protocol: str, address: str, address6: str | None, target: str, close: str
) -> str:
    over6 = f"\nPlayers with IPv6 may also use {address6}." if address6 else ""
    what = f"{game}: {_port(ports)}" if game else _port(ports).capitalize()
    verb = "are" if "-" in ports else "is"
    return (
        f"**{what} {verb} open ({protocol}).** Players connect to {address}{over6}\n"
        f"That leads to {target}; keep WireGuard on and your server running there.\n"
        f"To close it: {close}"
    )


def opened_several(game: str | None, device: str) -> str:
    """Before a list of `opened_line`."""
    what = f"{game} is open" if game else "Open"
    return f"**{what}.** Players reach the same ports on your device **{device}** if they connect to:"


def opened_line(reach: str, protocol: str) -> str:
    return f"- {reach} ({protocol})"


def opened_end(address6: str | None, close: str | None) -> str:
    """After that list; without `close`, a command, what finds one."""
    over6 = f"Players with IPv6 may also use {address6} with the same ports.\n" if address6 else ""
    end = f"To close them all: {close}" if close else "To close one of them: `/unforward`, which suggests each."
    return f"{over6}Keep WireGuard on and your server running there.\n{end}"


def _port(ports: str) -> str:
    return f"ports {ports}" if "-" in ports else f"port {ports}"


def target(device: str, to_ports: str) -> str:
    return f"{_port(to_ports)} on your device **{device}**"


def address_and_ports(address: str, ports: str) -> str:
    return f"{address}, {_port(ports)}"


def labelled(label: str | None) -> str:
    """Before what is said of a forward; the label is the name of a game."""
    return f"{label} · " if label else ""


def game_choice(name: str, ports: str) -> str:
    return f"{name} — {ports}"


def open_choice(forward: str) -> str:
    return f"✅ {forward}"


def port_choice(ports: str) -> str:
    return _port(ports).capitalize()


ALREADY_OPEN = "You have that open already."


def did_you_mean(names: Sequence[str]) -> str:
    return f"Did you mean {' or '.join(names)}?"


def open_instead(ports: str) -> str:
    """On a button: at most 80 characters."""
    return f"Open {ports} instead"


def forward_of(label: str | None, ports: str, protocol: str, device: str, to_ports: str) -> str:
    """One forward in plain text, for lists and suggestions."""
    return f"{labelled(label)}{ports} ({protocol}) → {device}, {_port(to_ports)}"


def closed(count: int) -> str:
    return (
        "**Closed.** Nobody reaches it any more:" if count == 1 else f"**Closed {count} ports.** Nobody reaches them:"
    )


def left(device: str) -> str:
    return f"**{device}** is off the VPN. You can delete the tunnel in WireGuard."


def revoked(member: str, count: int) -> str:
    return f"Took {_count(count, 'device')} of **{member}** off the VPN, running connections included:"


def closed_with_it(count: int) -> str:
    return f"{_count(count, 'port')} closed with it:"


def whose(line: str, owner: str) -> str:
    return f"{line} ({owner})"


def lan(*, on: bool) -> str:
    if on:
        return (
            "**LAN mode is on.** The devices on the VPN now reach each other by their VPN addresses, on every port "
            "their own firewalls let through. `/status` shows everyone the addresses of their own devices. "
            "To end it: `/lan state:off`"
        )
    return (
        "**LAN mode is off.** The devices on the VPN no longer reach each other directly, and what ran between them "
        "is cut. Forwarded ports stay open."
    )


# Status.
YOUR_DEVICES = "Your devices"
ALL_DEVICES = "All devices"
NO_DEVICES = "You have no device on the VPN yet. Type `/join` to add one."
NO_DEVICES_AT_ALL = "Nobody has a device on the VPN yet. Type `/join` to add one."
NEVER_CONNECTED = "Never connected yet. Import the config into WireGuard and switch the tunnel on."
NO_PORTS = "No port is open; `/forward` opens one."
LAN_IS_ON = "LAN mode is on: devices reach each other by their VPN addresses."


def status_intro(connected: int, devices: int, address: str, address6: str | None, *, ports: bool, lan: bool) -> str:
    over6 = f" or {address6}" if address6 else ""
    players = f"Players connect to {address}{over6} and one of the ports below." if ports else NO_PORTS
    return f"{connected} of {_count(devices, 'device')} connected. {players}" + (f"\n{LAN_IS_ON}" if lan else "")


def device_title(icon: str, device: str, owner: str | None) -> str:
    return f"{icon} {device} · {owner}" if owner else f"{icon} {device}"


def connected(handshake: str, endpoint: str | None) -> str:
    return f"Connected{f' from {endpoint}' if endpoint else ''}, last handshake {handshake}"


def not_connected(handshake: str) -> str:
    return f"Not connected, last handshake {handshake}"


def traffic(rx: str, tx: str) -> str:
    """rx and tx are seen from the gateway, the sentence is seen from the device."""
    return f"Sent {rx}, received {tx}"


def vpn_addresses(addresses: Sequence[str]) -> str:
    return f"VPN address {both(addresses)}"


def both(addresses: Sequence[str]) -> str:
    return " and ".join(addresses)


def forward_status(
    label: str | None,
    ports: str,
    protocol: str,
    to_ports: str | None,
    connections: int,
    players: int,
    refused: int,
    end: str | None,
) -> str:
    target = f" → {to_ports}" if to_ports else ""
    until = f" · {ends(end)}" if end else ""
    return f"{labelled(label)}**{ports}** {protocol}{target}: {live(connections, players, refused)}{until}"


def live(connections: int, players: int, refused: int) -> str:
    who = f"{_count(connections, 'connection')} from {_count(players, 'player')}" if connections else "nobody connected"
    flood = f"; flood protection turned {_count(refused, 'attempt')} away" if refused else ""
    return who + flood


# Revoking.
REVOKE_BUTTONS = {"revoke": "Revoke", "cancel": "Cancel"}
NOTHING_REVOKED = "Cancelled; nothing was taken away."
LOOK_AGAIN = "**That has changed meanwhile.** This is what would go now:"
DEVICE_IS_GONE = "That device is off the VPN already; there is nothing left to take away."
DEVICES_ARE_GONE = "Those devices are off the VPN already; there is nothing left to take away."


def confirm_revoke(member: str, devices: int) -> str:
    return f"Revoke {_count(devices, 'device')} of {member}?"


def doomed_device(icon: str, device: str, mode: str, since: str) -> str:
    return f"{icon} **{device}**, {mode} mode, added {since}"


def port_line(label: str | None, ports: str, live: str) -> str:
    return f"{labelled(label)}**{ports}**: {live}"


def revoke_means(ports: int, connections: int) -> str:
    """After a list of the devices with their ports."""
    closes = f" {_count(ports, 'port')} close{'s' if ports == 1 else ''} with it" if ports else ""
    ends = f", which ends {_count(connections, 'connection')} of players" if connections else ""
    return (
        f"This takes effect at once.{closes}{ends}{'.' if ports else ''} "
        "It cannot be undone: a device comes back only with a new `/join`."
    )


# Lists for admins, and the limits.
BUTTONS = {
    "previous": "Previous",
    "next": "Next",
    "back": "Back",
    "show": "Show address",
    "revoke": "Revoke…",
    "extend": "Extend",
    "close": "Close…",
    "sure": "Close it",
    "keep": "Keep it",
}
CHOOSE_DEVICE = "Choose a device…"
CHOOSE_PORT = "Choose a port…"
FORWARD_IS_GONE = "That port is closed already."
ASK_CLOSE = "**Close this?** Players on it are cut off at once."
NOT_YOUR_DEVICES = "Only admins see other members' devices. `/status` shows yours."
STATE, LAST_HANDSHAKE, COMES_FROM, TRAFFIC = "State", "Last handshake", "Connects from", "Traffic"
VPN_ADDRESS, MODE, ADDED, CUT_OFF = "VPN address", "What goes through the VPN", "Added", "Cut off since"
GAME, PLAYERS_CONNECT_TO, LEADS_TO, NOW, OPENED, ENDS = (
    "Game",
    "Players connect to",
    "Leads to",
    "Now",
    "Opened",
    "Ends",
)
ACTIONS = {
    "join": "added",
    "rotate": "made new keys for",
    "revoke": "took off the VPN",
    "forward": "opened",
    "unforward": "closed",
    "extend": "extended",
    "suspend": "cut off",
    "restore": "let back in",
    "expire": "removed, for its time was over,",
    "lan": "turned LAN mode",
    "repair": "repaired what somebody else changed on the host:",
    "follow": "moved to the new address",
}


def target_of(device: str, to_ports: str) -> str:
    return f"{_port(to_ports)} of **{device}**"


def from_players(rx: str, tx: str) -> str:
    return f"{rx} from players, {tx} to them"


PEERS_TITLE = "Devices"
FORWARDS_TITLE = "Open ports"
AUDIT_TITLE = "Who did what"
POLICY_TITLE = "What you may do here"
NO_DEVICES_THERE = "There is no device."
NO_FORWARDS_THERE = "No port is open."
NO_AUDIT = "Nothing has been done yet."
NEVER_ENDS = "open until closed"


def page(number: int, of: int) -> str:
    return f"Page {number} of {of}"


def peers_intro(connected: int, devices: int) -> str:
    return f"{connected} of {_count(devices, 'device')} connected."


def forwards_intro(forwards: int, address: str) -> str:
    return f"{_count(forwards, 'forward')}, at {address}."


def peer_facts(addresses: Sequence[str], mode: str, since: str) -> str:
    return f"{' and '.join(addresses)}, {mode} mode, added {since}"


def suspended(since: str) -> str:
    return f"Cut off since {since}"


def peer_ends(relative: str) -> str:
    return f"Ends {relative}"


def ports_of_peer(ports: str) -> str:
    return f"Open: {ports}"


def forward_title(ports: str, protocol: str, device: str, owner: str) -> str:
    return f"{ports} {protocol} → {device} · {owner}"


def leads_to(port: int) -> str:
    return f"Leads to {_port(str(port))} of the device"


def opened_at(since: str, end: str) -> str:
    return f"Opened {since}, {end}"


def audit_entry(when: str, actor: str, action: str, subject: str, reason: str | None) -> str:
    return f"{when} **{actor}** {action} {subject}{f' ({reason})' if reason else ''}"


def audit_subject(ports: Sequence[str], devices: Sequence[str], *, ports_first: bool) -> str:
    """Either ports of devices, or devices and the ports that closed with them."""
    if not ports:
        return _some(devices, 2)
    if ports_first:
        return f"{_some(ports, 3)} on {_some(devices, 2)}"
    return f"{_some(devices, 2)} with {_some(ports, 3)}"


def device_of(device: str, owner: str | None) -> str:
    return f"{device} of {owner}" if owner else device


def _some(names: Sequence[str], most: int) -> str:
    rest = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest


def policy(
    ports: str, devices: int, forwards: int, usual: str, longest: str, device: str, kept: str
) -> tuple[tuple[str, str], ...]:
    """Headlines, each with what it means; the last four are lengths of time."""
    most = "as long as you like" if longest == FOREVER else f"up to {longest}"
    stays = "until you close it" if usual == FOREVER else usual
    lasts = "" if device == FOREVER else f" Each is removed after {device}."
    lost = "kept" if kept == FOREVER else f"removed after {kept}"
    return (
        ("Devices", f"{devices} for each member.{lasts}"),
        ("Forwards", f"{forwards} for each member, each one port or a range out of {ports}."),
        ("How long a port stays open", f"{stays.capitalize()} when you do not say; {most} when you do."),
        ("When you leave or lose your role", f"Your devices are cut off, and {lost}."),
    )


# Match cards.
ANNOUNCE = "Announce"
CLOSE_MATCH = "Close"
PERMISSIONS = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Threads",
    "embed_links": "Embed Links",
}
NOT_ANNOUNCED = "It could not be announced just now. Press **Announce** to try again."
NOT_YOUR_MATCH = "Only the one who opened it and admins can close it."


def announced(card: str) -> str:
    """`card` is a link."""
    return f"📣 Announced here: {card}"


def announced_already(card: str) -> str:
    return f"📣 Announced already: {card}"


def cannot_announce(permissions: Sequence[str]) -> str:
    """`permissions` as discord.py calls them."""
    names = _and([f"**{PERMISSIONS[name]}**" for name in permissions])
    what = "the permission" if len(permissions) == 1 else "the permissions"
    return (
        f"I could not announce it: in this channel I lack {what} {names}. "
        "Once an admin of this server has given me that, press **Announce**."
    )


def card_title(what: str) -> str:
    return f"🎮 {what}"


def card_ended_title(what: str) -> str:
    return f"🏁 {what}: ended"


def card_ports(specs: Sequence[str]) -> str:
    return _port(", ".join(specs)).capitalize() if len(specs) == 1 else f"Ports {', '.join(specs)}"


def card_host(host: str) -> str:
    return f"Hosted by **{host}**"


def card_stale(since: str) -> str:
    return f"⚠️ The gateway does not answer. This is from {since}."


def card_live(
    reach: str, players: int, slots: int | None, peak: int, since: str, until: tuple[str, str] | None
) -> tuple[tuple[str, str, bool], ...]:
    """Fields: name, value and whether it stands beside others; `until` is a time, and how far away that is."""
    now = _count(players, "player") if slots is None else f"{players:,} of {_count(slots, 'player')}"
    return (
        ("Address", reach, False),
        ("Connected now", f"{now} (peak {peak:,})", False),
        ("Open since", since, True),
        ("Open until", f"{until[0]}, {until[1]}" if until else "somebody closes it", True),
    )


def card_ended(length: str, peak: int, since: str, until: str) -> tuple[tuple[str, str, bool], ...]:
    return (
        ("Lasted", length, True),
        ("Most at once", _count(peak, "player"), True),
        ("Open", f"{since} to {until}", False),
    )


def card_lost(host: str, channel: str) -> str:
    """Before a list of the forwards, which stay open."""
    return (
        f"The card of {host} in {channel} is not kept up to date any more: the channel is gone, or I may not see it. "
        "What is open stays open:"
    )


def _and(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


# Whether players can join, hop by hop. Bold: the one thing to do.
CHECK_AGAIN = "Check again"
PROOF_LOOKING = "Can players join?"
PROOF_DONE = "Players can join"
PROOF_READY = "Ready for players"
PROOF_MISSING = "Players cannot join yet"
PROOF_UNKNOWN = "Not certain yet"
PROOF_GONE = "Closed"
NO_LONGER_LOOKS = f"-# I have stopped looking. *{CHECK_AGAIN}* makes me look for another minute."
HOP_GATEWAY_AWAY = "The gateway does not answer just now; what is open is kept. I go on asking."
HOP_PLAYERS = "First player"
HOP_KNOCKED = "Somebody from the Internet has knocked. Nobody is connected just now."


def looks_until(time: str) -> str:
    return f"-# I keep this up to date until {time}."


def ports_list(ports: Sequence[str], *, more: bool) -> str:
    many = more or len(ports) > 1 or "-" in ports[0]
    return f"{'ports' if many else 'port'} {', '.join(ports)}{' …' if more else ''}"


def hop_open(ports: str) -> str:
    return f"{ports.capitalize()} open on the gateway"


def hop_suspended(device: str) -> str:
    return f"**Ask an admin to let {device} back in.** It is suspended, and its ports are closed until then."


def hop_tunnel(device: str) -> str:
    return f"Tunnel to {device}"


def hop_connected(device: str, handshake: str) -> str:
    return f"{device} is connected, last handshake {handshake}"


def hop_not_connected(device: str, handshake: str | None) -> str:
    last = f"It was last connected {handshake}." if handshake else "It has never been connected."
    return f"**Start WireGuard on {device}.** {last}"


def hop_server(device: str) -> str:
    return f"Server on {device}"


def hop_refused(device: str, ports: str) -> str:
    return f"**Start the server on {device}.** Nothing listens on {ports}."


def hop_silent(device: str, ports: str) -> str:
    return f"**Start the server on {device}, and allow it in that machine's firewall.** Nothing answers on {ports}."


def hop_no_tcp(device: str, ports: str, *, refused: bool) -> str:
    """For a forward of both protocols, whose server may speak UDP only."""
    start = f"**Start the server on {device}" + (".**" if refused else ", and allow it in that machine's firewall.**")
    what = "listens" if refused else "answers"
    return f"{start} Nothing {what} on TCP {ports}. A server for UDP cannot be asked from here."


def hop_told(device: str, players: int, most: int | None) -> str:
    return f"The server on {device} answers: {players:,}{f' of {most:,}' if most is not None else ''} playing"


def hop_answers(device: str) -> str:
    return f"The server on {device} answers"


def hop_udp(device: str) -> str:
    return f"The server on {device} cannot be asked from here (UDP). Make sure that it runs."


def hop_connections(connections: int, players: int) -> str:
    return live(connections, players, 0)


def hop_nobody(reach: str, protocol: str, ports: str) -> str:
    return (
        f"**Give players {reach}.** Nobody has knocked yet. If they cannot get in, an admin may have to open {ports} "
        f"({protocol}) in the firewall of the provider that the gateway's machine is at."
    )


# The log channel.
LOG_TITLES = {
    "join": "🆕 Device added",
    "rotate": "🔑 New keys",
    "leave": "👋 Device taken off",
    "revoke": "⛔ Access taken away",
    "forward": "🔓 Port opened",
    "unforward": "🔒 Port closed",
    "extend": "⏰ Port stays open longer",
    "expire": "⌛ Time is over",
    "suspend": "⛔ Cut off",
    "restore": "✅ Let back in",
    "lan": "🏠 LAN mode",
    "repair": "🔧 Repaired",
    "follow": "📍 New public address",
}
LAN_SWITCHED = {"on": "On: devices reach each other.", "off": "Off: devices are kept apart."}
LOG_SKIPPED = "… and more"
A_BUTTON = "a button"
LOG_REFUSED = "🚫 Refused"
LOG_BROKEN = "💥 Went wrong"
LOG_AWAY = "🔴 The gateway does not answer"
LOG_BACK = "🟢 The gateway answers again"
LOG_UNDELIVERED = "📭 A config was not delivered"
LOG_NOT_REMINDED = "📭 A reminder was not delivered"
LOG_CARD_LOST = "📭 A match card was given up"
LOG_NO_INTENT = "🙉 Discord does not tell me about members"
NO_INTENT = (
    "Who loses the role or leaves is cut off all the same, but some seconds later, since I have to ask about everybody "
    "with a device. To change that, open Discord's developer portal, choose my application, switch on "
    "*Bot → Server Members Intent*, and restart me."
)


def log_title(action: str) -> str:
    return f"📝 {action}"


def log_device(device: str, mode: str, end: str | None) -> str:
    return f"- **{device}**, {mode} mode" + (f", until {end}" if end else "")


def why(reason: str) -> str:
    return f"Why: {reason}"


def mention(mention: str, name: str) -> str:
    return f"{mention} ({name})"


def done_by(who: str) -> str:
    return f"Done by {who}"


def kept_until(time: str | None, *, by_admin: bool) -> str:
    """Without a time, for ever."""
    kept = f"until {time}" if time else "until an admin removes them"
    again = "after `guildgate restore` on the gateway's machine" if by_admin else "with the role"
    return f"Cut off, running connections included. Devices and ports are kept {kept}, and work again {again}."


def ports_closed(count: int) -> str:
    return "Closed port:" if count == 1 else "Closed ports:"


def repaired(reason: str) -> str:
    return f"Something else on the gateway's machine interfered ({reason}). All is as it should be again."


def followed(address: str) -> str:
    return f"Players now connect to {address}. WireGuard configs with the old address no longer work."


def log_skipped(count: int) -> str:
    return f"{count:,} older entries are not repeated here; `/audit` has them."


def asked(who: str, command: str) -> str:
    return f"{who}: {command}"


def gateway_away(time: str, relative: str) -> str:
    return f"Since {time}, {relative}. Whoever is connected stays connected, but nothing can be changed."


def gateway_back(length: str) -> str:
    return f"It was away for {length}."


def undelivered(who: str, device: str) -> str:
    return f"The config of **{device}** did not reach {who} in any way. They can type `/rotate` to get a new one."


def not_reminded(who: str) -> str:
    return f"{who} takes no direct messages from me, so they do not know that this is about to close:"


def more_lines(count: int) -> str:
    return f"… and {count:,} more"


def more_devices(count: int) -> str:
    return f"… and {_count(count, 'more device')}. `guildgate status` on the gateway's machine lists all."


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


# What the gateway refuses, by its codes; in braces the details of `gateway.errors`, and `why` and `hint` of below.
REFUSALS = {
    "internal": "Something broke inside the gateway. Tell the admin this number: {log_id}.",
    "bad_request": "I don't understand {field}: {why}.",
    "bad_ports": "{text} is not a port. Write one like 25565, a range like 27015-27030, or several: 2456-2458, "
    "27015/udp.",
    "not_allowed": "You may only do that with your own devices. Ask an admin.",
    "admins_only": "Only an admin may do that.",
    "suspended": "{device} is suspended. Ask an admin to restore it, or try again in a minute if your role is only "
    "just back.",
    "wrong_user": "The system user {user} may not talk to the gateway. Tell the admin: add it to socket_users in "
    "[gateway].",
    "peer_unknown": "There is no device called {device}. /status lists the devices there are.",
    "no_devices": "There is no device yet. Type /join first.",
    "which_device": "Which device? There is more than one: {devices}. Name it in the device option.",
    "peer_exists": "You already have a device called {device}. Lost its config? /rotate makes a new one.",
    "key_in_use": "Another device already uses that public key. Make a new key pair and try again.",
    "forward_unknown": "Port {ports} is not forwarded. /status lists the ports that are.",
    "forward_gone": "Port of that message is not forwarded. /status lists the ports that are.",
    "part_of_forward": "Port {ports} is only a part of {whole}. Name all of it, and no protocol if none is shown here.",
    "port_taken": "Port {ports} is already forwarded to {owner}. {hint}",
    "port_forbidden": "Port {ports} may not be forwarded: {why}.",
    "port_in_use": "Port {ports} is used by a program on the gateway itself. {hint}",
    "limit_reached": "The limit is {limit} {what}. Remove one first.",
    "beyond_limit": "The limit is {limit} {what}. Ask for fewer, or ask an admin to raise it.",
    "too_long": "That is longer than a forward may last here: {longest} at most.",
    "subnet_full": "The gateway has no address left for another device. Ask the admin to remove old ones.",
    "apply_failed": "The gateway's system refused the change, so nothing was changed. Tell the admin: {log_id}.",
    "not_saved": "The gateway could not write its database, so nothing was changed. Tell the admin: {log_id}.",
    "gateway_unreachable": "The gateway is not running right now. Your devices and ports are kept; try again in a "
    "minute.",
    "gateway_timeout": "The gateway did not answer in time. Look at /status before you try again.",
    "gateway_busy": "The gateway has too much to do right now, so nothing was done. Try again in a few minutes.",
}
RULES = {
    "one_port": "it goes with exactly one port or range",
    "inside": "the ports must lie inside 1-65535",
    "twice": "{value} is in it twice",
    "too_many": "one forward holds at most {value} ports",
    "zeros": "it is all zeros",
    "key": "it must be a WireGuard key: 44 characters of base64 ending in =",
    "name": "a name has 1 to {value} visible characters",
    "only": "only {value} may be",
    "own": "{value} is the VPN's own UDP port",
    "denied": "the admin keeps {value} closed",
}
HOLDERS = {"you": "you", "someone": "someone"}
LIMITS = {"devices": "devices", "forwards": "forwarded ports", "forwards_ever": "forwards ever made"}


def refusal(code: str, details: Mapping[str, object]) -> str | None:
    """None for what a newer gateway says and these words do not cover."""
    words = dict(details)
    for name, known in (("owner", HOLDERS), ("what", LIMITS)):
        if name in words:
            words[name] = known.get(str(words[name]), words[name])
    if "free" in words:
        words["hint"] = f"{words['free']} is free: try that." if words["free"] else "No other one is free right now."
    try:
        if "rule" in words:
            words["why"] = RULES[str(words["rule"])].format_map(words)
        return REFUSALS[code].format_map(words)
    except KeyError:
        return None
