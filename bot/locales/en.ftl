### Every sentence that members read in Discord, in English. Another language is a file with the same messages beside
### this one, named by Discord's locale: de.ftl, pl.ftl, pt-BR.ftl. A message that it lacks is said in English.
###
### Discord limits the length of a message by the place it is shown in. The end of the message's id names the place:
###   -command-name   32   lower case; the sentences write a command by its English name
###   -command, -option-NAME, -choice-NAME-VALUE   100   shown while a command is typed
###   -menu-command   32   -button   80   -form-title   45   -form-label   45   -menu   150   -title   256   -field   256
### Values arrive ready to be shown: names with their markdown escaped, commands and addresses in backticks. A value
### that counts something ($count, $players) is a number and may choose a plural form.
### Names of options are the same in every language, because sentences give commands to copy.

## Slash commands, as Discord shows them while they are typed.

join-command-name = join
join-command = Add your PC, phone or router to the VPN: setup in three steps
join-option-device = A name for the device, such as laptop (I choose one otherwise)
join-option-mode = What it is for (default: hosting)
join-option-public_key = For experts: your own WireGuard public key. Your private key stays with you
join-option-ipv4_only = For a device that has IPv6 switched off, where WireGuard fails to start otherwise
join-option-region = Where it is added (default: where you were last)
host-command-name = host
host-command = Host a game: opens its port, and shows when friends can join
forward-command-name = forward
forward-command = Open a port to the Internet, so that friends can join the game on your device
forward-option-port = A game such as minecraft, a port 25565, a range 27015-27030, or several: 2456-2458, 27015/udp
forward-option-protocol = TCP, UDP or both (default)
forward-option-to_port = If your server uses another port (of a range: its first)
forward-option-device = The device your server runs on (not needed with only one device)
forward-option-duration = How long, or until when: 2h, 1h30, until 2am, friday 20:00, forever (or left out)
forward-option-announce = Post a card in this channel that shows address and players, until the match ends
forward-choice-protocol-both = { protocol-both }
forward-choice-protocol-tcp = { protocol-tcp }
forward-choice-protocol-udp = { protocol-udp }
forward-option-every = A game night: opens and closes by itself, like friday 20:00, fri, sat 8pm or day 20:00
forward-option-only = friends: only devices in the VPN and addresses you let in with /connections (default: everyone)
forward-option-region = Where the device is (not needed with only one device)
forward-choice-only-friends = friends: devices in the VPN, and addresses that are let in
connections-command-name = connections
connections-command = Who is connected to your ports: kick, block, or let only friends in (admins: everyone's ports)
connections-option-port = Only this port (default: all)
unforward-command-name = unforward
unforward-command = Close ports of yours. Players on them are disconnected
unforward-option-port = What to close: a port 25565, a range 27015-27030, several: 2456-2458, 27015/udp
unforward-option-region = Where the port is open (only needed if it is open in several)
leave-command-name = leave
leave-command = Take a device of yours off the VPN and close its ports
leave-option-device = The device to take off (not needed with only one device)
leave-option-region = Where the device is (only needed if the name is in several regions)
rotate-command-name = rotate
rotate-command = New keys for a device of yours: the old setup stops working, address and ports stay
rotate-option-device = The device that gets new keys (not needed with only one device)
rotate-option-ipv4_only = True: for a device that has IPv6 switched off; False: with IPv6 again
rotate-option-region = Where the device is (only needed if the name is in several regions)
rename-command-name = rename
rename-command = Another name for a device of yours: its setup, ports and match go on
rename-option-device = The device to rename
rename-option-new_name = Its name from now on
rename-option-member = Admins: the member with that device
rename-option-region = Where the device is (only needed if the name is in several regions)
rename-done = ✏️ **{ $device }** is called **{ $name }** now. Its setup, ports and match go on.
status-command-name = status
status-command = Your devices and ports, and who is connected (admins see everyone's)
traffic-command-name = traffic
traffic-command = What your devices moved and how many players you had, as a picture (admins: of everyone)
traffic-option-member = Admins: only this member's
traffic-option-period = How far back (default: a day)
traffic-choice-period-day = a day
traffic-choice-period-week = a week
traffic-choice-period-month = a month
traffic-choice-period-year = a year
policy-command-name = policy
policy-command = What you may do here: how many devices and ports, and for how long
doctor-command-name = doctor
doctor-command = Admins: look for what is wrong with the server and the bot
lan-command-name = lan
lan-command = Admins: let the devices on the VPN reach each other, or keep them apart again
lan-option-state = Applies at once and until the next /lan
lan-choice-state-on = on: devices reach each other, as in one home network
lan-choice-state-off = off: devices reach the Internet and open ports only
revoke-command-name = revoke
revoke-command = Admins: take a member's devices off the VPN, with their open ports; shows what will go first
revoke-option-member = Member to remove
revoke-option-device = Only this device (default: all of the member's devices)
peers-command-name = peers
peers-command = Admins: everyone's devices, or one member's
peers-option-member = Only this member's
peers-option-state = Only those in this state
peers-choice-state-connected = { state-connected }
peers-choice-state-away = { state-away }
peers-choice-state-never = { state-never }
peers-choice-state-suspended = { state-suspended }
forwards-command-name = forwards
forwards-command = Admins: everyone's open ports, or one member's
forwards-option-member = Only this member's
forwards-option-port = Only those of this game or on this port
audit-command-name = audit
audit-command = Admins: what was done by each member, newest first
audit-option-region = Whose log it is (default: where you were last)
devices-menu-command = VPN devices
settings-command-name = settings
settings-command = Admins: what is set for this server, and where to change it
setup-command-name = setup
setup-command = First set-up: takes the code that the VPS printed
setup-option-code = The code, such as ABCDE-FGHJK
help-command-name = help
help-command = What to do first, and which commands there are
panel-command-name = panel
panel-command = Admins: put the live message into this channel, with the matches and buttons for everyone
posts-command-name = posts
posts-command = Whether I may post about your matches in this server
posts-option-state = Applies to your own matches only
posts-choice-state-on = on: friends read when you host
posts-choice-state-off = off: nothing is posted about you

## Words that other messages are made of.

list-or = { $first } or { $last }
list-and = { $first } and { $last }
list-more = { $names } and { $count } more
more-lines = … and { $count } more
purpose-hosting = Hosting: real player IPs (Linux: the rest stays at home; elsewhere all traffic)
purpose-everything = Everything: all traffic
purpose-light = Light: only VPN traffic. Player IPs hidden
mode-full = All traffic; real player IPs
mode-split = Only VPN traffic; player IPs hidden
mode-linux = Only VPN and players' traffic; real player IPs
protocol-tcp = TCP
protocol-udp = UDP
protocol-both = TCP and UDP
state-connected = Connected
state-away = Not connected now
state-never = Never connected yet
state-suspended = Cut off
# $count: how many ports these are.
port = { $count ->
    [one] port { $ports }
   *[other] ports { $ports }
}
port-begin = { $count ->
    [one] Port { $ports }
   *[other] Ports { $ports }
}
reach-range = { $count ->
    [one] { $address }, port { $ports }
   *[other] { $address }, ports { $ports }
}
device-of = { $device } of { $owner }
live = { $connections ->
    [one] { $connections } connection
   *[other] { $connections } connections
} from { $players ->
    [one] { $players } player
   *[other] { $players } players
}
live-none = no one connected
# $live is the message `live` or `live-none`.
live-refused = { $live }; { $refused ->
    [one] { $refused } attempt
   *[other] { $refused } attempts
} blocked (flood protection)
ends = ends { $relative }

## Time.

forever = forever
days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
}
weekday = { $day ->
    [1] Monday
    [2] Tuesday
    [3] Wednesday
    [4] Thursday
    [5] Friday
    [6] Saturday
   *[7] Sunday
}
short-days = { $count } d
short-hours = { $count } h
short-minutes = { $count } min
# A suggestion for an option: what to type, and what it means by the server's clocks.
duration-choice = { $typed } · { $day } { $time } ({ $zone }), in { $left }
duration-unreadable = I can't read that time. Write how long, like `2h` or `1h30`. Or until when, like `2am`, `tomorrow 20:00` or `friday 20:00`. Or `forever`.
duration-past = That time is over. Write one that is still to come, like `tomorrow 20:00`.
duration-too-long = Ten years at most, or `forever`.

## Game nights: ports that open and close by themselves.

night-ports = { $count ->
    [one] Port { $ports }
   *[other] Ports { $ports }
}
night-every = every { $days } at { $time }
night-every-day = every day at { $time }
night-added = 📅 { $what } opens by itself { $when } ({ $zone }), for { $duration }.
night-next = Next time: { $time }, { $relative }.
night-has-event = It is among the server's events, where others can press *Interested*.
nights-title = 📅 Game nights
night-line = { $what } on **{ $device }**, { $when }, for { $duration }. Next: { $relative }
night-stop-button = Stop the series
night-stop-one-button = Stop { $series }
night-stopped = Stopped. { $what } no longer opens { $when }.
night-stays-open = It is open now, and closes { $relative }.
night-ended = That series is over already.
night-not-yours = That series is someone else's. Only they and the admins can stop it.
night-too-many = You have { $count } game nights already, which is the most. Stop one of them first: `/status` shows them.
night-unreadable = I can't read that. Write days and a time, like `friday 20:00`, `fri, sat 8pm` or `day 20:00`.
night-how-long = A game night lasts { $duration } at most. Say how long with `duration`, like `3h` or `until 1am`.
night-event = { $what } with { $host }
night-event-about = The port opens by itself, { $when }.
night-refused = { $what } did not open for your game night. { $why } I try again every minute until { $time }.
night-device-gone = Your game night { $what }, { $when }, is over, because **{ $device }** is gone. For a new one, add a device and type `/forward` with `every`.

## Refusals of the bot, and failures.

server-only = I only take commands inside our server. Type this one there.
server-left = You are no longer in the server that these ports belong to.
admins-only = Sorry, only admins can do that.
no-access-yet = I'm not set up yet. An admin of this server finishes it with `/setup`.
no-access = Sorry, the VPN is only for people with the role { $roles }. Ask an admin of this server for it.
no-access-ask = Sorry, the VPN is only for people with the role { $roles }. Type `/join` to ask the admins for access.
outdated-typed = This command was updated. Restart Discord (Ctrl+R on a computer), then try again.
outdated-pressed = This is from an older version of me and no longer works. Type the command again.
discord-failed = Discord had a problem. Look at `/status` before you try again.
bug = Something broke. Tell an admin this number: { $number }.

## Refusals of the gateway, by its codes.

error-internal = Something broke in the VPN's service. Tell an admin this number: { $log_id }.
error-bad_request = I don't understand { $field }: { $rule }.
error-bad_ports = { $text } is not a port. Write one like 25565, a range like 27015-27030, or several: 2456-2458, 27015/udp.
error-not_allowed = You may only do that with your own devices. Ask an admin.
error-admins_only = Only an admin may do that.
error-root_only = Only root may do that, on the VPS.
error-other_service = The VPN does not let me do that. Tell an admin.
error-suspended = { $device } is suspended. Ask an admin to restore it, or try again in a minute if you just got your role back.
error-owner_suspended = Your access is suspended. Ask an admin to restore it, or try again in a minute if you just got your role back.
error-guest_over = Your time as a guest is over. Ask an admin to let you in as a member.
error-wrong_user = The system user { $user } may not talk to the VPN's service. Tell an admin: add it to socket_users in [gateway].
error-peer_unknown = There is no device called { $device }. `/status` lists your devices.
error-no_devices = Add your PC first: `/join`
error-which_device = Which device? You have { $devices }. Choose one in the device option.
error-peer_exists = You already have a device called { $device }. Lost its setup? `/rotate` makes a new one.
error-key_in_use = Another device already uses that public key. Make a new key pair and try again.
error-forward_unknown = Port { $ports } is not open. `/status` lists your open ports.
error-forward_gone = That port is closed already. `/status` lists your open ports.
error-part_of_forward = { $ports } belongs to { $whole }. Close { $whole } as a whole.
# $owner is a member's name, for admins only.
error-address_not_listed = { $network } is neither blocked nor let in there.
error-port_taken = { $ports } is already open for { $holder ->
    [you] you
    [someone] another member
   *[named] { $owner }
}. { $hint }
error-port_forbidden = Port { $ports } can't be opened: { $rule }.
error-port_in_use = { $ports } is used by a program on the VPS. { $hint }
error-port_needed = Port { $ports } can't be opened: the VPS needs what is left of { $range } for its own connections. { $hint }
error-limit_reached = The limit is { $limit } { $what ->
    [devices] devices
    [forwards] forwards
    [ports] public ports
    [devices_in_all] devices of all members together
    [forwards_in_all] forwards of all members together
    [addresses] addresses that are blocked or let in for one port
    [addresses_in_all] addresses that are blocked or let in for all ports together
    [marks] open ports of all members together
   *[guests_in_all] guests that are remembered
}, and { $left } are left. Remove one first.
error-beyond_limit = The limit is { $limit } { $what ->
    [devices] devices
    [forwards] forwards
    [ports] public ports
    [devices_in_all] devices of all members together
    [forwards_in_all] forwards of all members together
    [addresses] addresses that are blocked or let in for one port
    [addresses_in_all] addresses that are blocked or let in for all ports together
    [marks] open ports of all members together
   *[guests_in_all] guests that are remembered
}, and { $left } are left. Ask for fewer, or ask an admin to raise it.
error-too_many_joins = At most { $limit } devices can be added in an hour. Try again in { $wait }.
error-too_many_changes = I made { $limit } changes within a minute, and that is my limit. Try again in a minute.
error-too_many_watchers = The bot's user follows the VPN's events { $limit } times already, and that is the limit. Tell an admin.
error-request_id_reused = That request has the id of another one, so nothing was done. Try again.
error-set_up_elsewhere = { $device } was set up by another request at the same moment. Its setup file went there.
error-too_long = That is too long. Up to { $longest } is possible.
error-subnet_full = The VPN has no address left for another device. Ask an admin to remove old ones.
error-apply_failed = The VPS refused the change, so nothing was changed. Tell an admin: { $log_id }.
error-not_saved = The VPS could not save the change, so nothing was changed. Tell an admin: { $log_id }.
error-database_damaged = The VPN's database is damaged, so nothing was changed. What is open stays open. Tell an admin: { $log_id }.
error-not_erased = The member is forgotten, but the database may still hold traces of the text. Tell an admin: { $log_id }.
error-nothing_stored = Nothing is stored of { $member }.
error-gateway_unreachable = The VPN's service is not running right now. Your devices and ports are kept. Try again in a minute.
error-region_away = { $region } has not answered since { $since }. What is open there stays open.
error-other_version = The bot and the VPN's service have different versions and do not understand each other. An admin has to update or restart the older one.
error-region_differs = { $older ->
    [gateway] **{ $region }** has an older version than the bot and does not understand it. An admin has to update **{ $region }**.
    [bot] **{ $region }** has a newer version, which the bot does not understand. An admin has to update the bot.
   *[unknown] **{ $region }** and the bot have different versions and do not understand each other. An admin has to update the older one.
}
error-region_unknown = There is no region { $region }. You can choose { $regions }.
error-which_region = Which region? { $name } is in { $regions }. Choose one in the region option.
error-gateway_waiting = The VPN is starting and waits for its network. Your devices and ports are kept. Try again in a minute.
error-name_not_kept = The VPN's name is not kept: { $reason }.
error-bad_backup = The file cannot be restored. Nothing was changed.
error-newer_backup = The backup is of a newer guildgate. Nothing was changed.
error-wrong_secret = The backup does not open with that. Nothing was changed.
error-state_there = The VPS has devices already. Nothing was changed.
error-still_running = The gateway or the bot still runs. Nothing was changed.
error-not_updated = { $problem }.
error-kernel_behind = The database is changed, but { $what } could not be. The next start does that.
error-cannot_import = The other program's server could not be taken over: { $problem }.
error-gateway_timeout = The VPN's service did not answer in time. Look at `/status` before you try again.
error-not_authentic = The answer that came is not from the VPN's service ({ $reason }). Look at `/status` before you try again.
error-not_signed = The VPN's service did not take that for a request of the bot. Tell an admin: { $reason }.
error-gateway_busy = The VPN's service has too much to do right now, so nothing was done. Try again in a few minutes.

# The $hint of a taken port.
hint-free = { $free } is free.
hint-none = No other port is free right now.
# The $rule that a request breaks.
rule-one_port = it goes with exactly one port or range
rule-inside = the ports must lie inside 1-65535
rule-twice = { $value } is in it twice
rule-too_many = { $value } ports at once at most
rule-weak = no private key goes with it
rule-key = it must be a WireGuard key: 44 characters of base64 ending in =
rule-name = a name has 1 to { $value } visible characters
rule-only = choose one within { $value }
rule-own = { $value } is used by the VPN. Choose another
rule-denied = the admin keeps { $value } closed
rule-prefix = one address, a /24 of IPv4 or a /64 of IPv6 may be

## A device and its setup.

join-purpose-unknown = Choose `hosting`, `everything` or `light`.
platform-windows = Windows PC
platform-mac = Mac
platform-linux = Linux
platform-phone = Phone
platform-router = Router
join-question = ### What do you want to add?
# $devices: the names of those that the member has. $device: a free name.
join-have = You have { $devices } already. A new one gets a free name, like **{ $device }**. Only need a new file? Use `/rotate`.
join-free = **{ $device }** is free.
join-free-button = Add another one
rotate-question = ### What is { $device }?
    You get a new setup file. The old one stops working then.

# A setup has at most 60 words on every platform, as a test counts them.
setup-title = ### { $icon } { $device } ⏳ waiting…
setup-install = **1.** Install
setup-get-button = Get WireGuard
setup-iphone-button = iPhone
setup-android-button = Android
setup-import = **2.** Save { $file }, *Import tunnel(s) from file*
setup-activate = **3.** *Activate*
setup-mac-allow = **3.** *Allow VPN configuration*, then *Activate*
setup-linux-save = **2.** Where you saved the file: { $command }
setup-linux-start = **3.** { $command }
setup-phone-scan = **2.** Open this on your PC. Scan it with the phone: **+** → *QR code*
setup-phone-import = **2.** Save { $file } on the phone: **+** → *from file*
setup-phone-allow = **3.** *Allow VPN configuration*, name it { $tunnel }, switch it on
setup-router-open = **1.** Open your router's page: VPN → WireGuard *client*
setup-router-import = **2.** Import { $file }. Keep *Allowed IPs* and *Persistent keepalive*.
setup-router-ports = **3.** Let its ports through to your PC
setup-lacks-key = First put your private key into { $file } for `{ $placeholder }`.
setup-qr-alt = QR code with the setup of { $device }
setup-file-alt = WireGuard setup of { $device }
setup-full = ⚠️ All { $family ->
    [ipv4] IPv4 internet
   *[both] internet
} { $platform ->
    [router] behind the router
    [phone] of this phone
    [mac] of this Mac
   *[windows] of this PC
} goes through our server.
setup-split = Only VPN traffic goes through our server. Player IPs are hidden.
setup-linux = Real player IPs. All other traffic stays at home. Install the package nftables too.
setup-windows-firewall = 🛡️ Firewall: allow the game on *Public networks*, again after `/rotate`.
setup-windows-block = 🖨️ Printer gone? *Edit* → untick *Block untunneled traffic (kill-switch)*.
# $relative is a time such as `in 14 minutes`.
setup-private-until = 🔒 Private file, gone { $relative }.
setup-private = 🔒 Private file, gone once connected.
setup-ends = Ends { $relative }.
setup-trouble-button = It doesn't work
setup-send-button = Send to my DMs
setup-new-button = New setup file
setup-sent = 📬 Check your DMs for the setup.
setup-not-sent = I can't DM you. Allow DMs from this server (server name → *Privacy Settings*), or use the file here.
setup-not-there = The setup is no longer in this message. `/rotate` makes a new one.
setup-connected = ✅ **Connected:** { $device } is on the VPN. Its setup file is no longer here.
setup-taken-out = ⌛ The setup of **{ $device }** is no longer here. Not connected yet? Get a new file.
setup-gone = **{ $device }** is off the VPN. Use `/join` to add it again.
setup-undelivered = **{ $device }** is ready, but I couldn't deliver the setup file. `/rotate` makes a new one.

# What is behind the button *It doesn't work*.
trouble-waiting = **Still waiting?** The tunnel must be *active* in WireGuard. Some networks (school, work) block VPNs: try another.
trouble-windows-firewall = **Friends can't join?** For Windows the VPN is a *Public network*. Search for *Allow an app through Windows Firewall* and tick *Public* for your game. After `/rotate` it is a new network, and Windows may ask again.
trouble-windows-block = **Printer or LAN games gone?** WireGuard → *Edit* → untick *Block untunneled traffic (kill-switch)*.
trouble-linux-resolver = **resolvconf not found?** With systemd-resolved, as on Ubuntu: `sudo ln -s /usr/bin/resolvectl /usr/local/bin/resolvconf`. Else install openresolv.
trouble-linux-ipv6 = **It fails at `ip -6`?** IPv6 is off on this machine: use `/rotate ipv4_only:True`.
trouble-linux-manager = **NetworkManager?** It ignores part of this file. Use `wg-quick`.
trouble-linux-silent = **Players hear nothing?** Install nftables, then `wg-quick down` and `up`. Let the server listen on all addresses, not on the LAN address only. Open its port in ufw or firewalld as for your LAN. Start another VPN before this one.
trouble-linux-list = **A public server list shows your home's address?** Let the server listen on the VPN address, which is in the file after *Address*.
trouble-phone-screen = **No second screen?** Save the file on the phone, then in WireGuard: **+** → *Import from file or archive* (iPhone: *Create from file or archive*).
trouble-router = **Friends can't join?** Ports arrive at the router. Let it pass them on to your PC.
trouble-ipv4 = **IPv6?** This setup is IPv4 only: IPv6 stays outside of the VPN.
trouble-file = **File gone, or did someone else get it?** `/rotate` makes a new one, and the old one stops working.
trouble-admin = **Still stuck?** Ask an admin: they can see if your device reaches the server.
leave-done = **{ $device }** is off the VPN. You can delete the tunnel in WireGuard.

## Asking for access.

request-asked = I've asked the admins to let you in. I'll DM you when they do. Please allow DMs from this server (server name → *Privacy Settings*).
request-waiting = You asked { $since }, and the admins have not decided yet. I'll DM you when they do.
request-welcome = ✅ **You're in!** An admin has approved your request.
request-refused = ⛔ The admins said no to your request for the VPN.
request-refused-reason = Reason: { $reason }
request-ran-out = Your request for the VPN expired without an answer. Use `/join` in the server to ask again.

# The request that the admins see, and the answers to their clicks.
request-title = { $name } wants to join
request-about = { $mention } typed `/join`, but has no access to the VPN.
request-account-field = Account created
request-joined-field = Joined the server
request-asked-field = Asked
request-device-field = Device
request-mode-field = Through the VPN
request-outcome-field = Decision
request-approve-button = Approve
request-deny-button = Deny
request-form-title = Deny the request
request-form-label = Reason (optional, they will see it)
request-outcome-approved = ✅ Approved by { $admin } { $when }.
request-outcome-undelivered = ✅ Approved by { $admin } { $when }. My DM did not arrive: to go on, they type `/join` again.
request-outcome-denied = ⛔ Denied by { $admin } { $when }.
request-outcome-expired = ⌛ Expired { $when } without an answer.
request-outcome-left = 🚪 Closed { $when }: they left the server.
request-outcome-needless = ✅ Closed { $when }: they already have access.
request-reason = Reason: { $reason }
request-discord-fails = Discord had a problem. Try again in a minute.
request-stays-open = Nothing was changed, and the request stays open.
request-unknown = This request no longer works. Use `/join` to ask again.
request-being-approved = { $admin } is approving this right now.
request-let-in = **{ $member }** is in. I sent them the setup by DM.
request-let-in-undelivered = **{ $member }** is in, but my DM to them did not arrive. Tell them to type `/join` again.
request-left = **{ $member }** left the server, so I closed the request.
request-denied = Denied. **{ $member }** has no access, and I told them by DM.
request-denied-untold = Denied. **{ $member }** has no access. My DM to them did not arrive.
# Discord shows it in its own audit log.
request-role-reason = guildgate: { $admin } approved the request for access
request-role-failed = I could not give them the role just now, so I remember their access myself. You can give them the role yourself.
request-role-refused = ⚠️ Discord does not let me give them { $role }, so I remember their access myself. For the next time: give my role the permission *Manage Roles*, and drag it above { $role }.
request-role-missing = ⚠️ The server has no role { $role } (the first of `member_roles`), so I remember their access myself.
request-trouble-title = ⚠️ New members can't ask for access
request-no-channel = The server has no text channel { $channel }, or I cannot see it: `admin_channel` in `[discord]`.
request-no-permission = A member asked for access, but I cannot write to { $channel }. Give me *View Channel*, *Send Messages* and *Embed Links* there.

## Opening and closing ports.

forward-opened = { $count ->
    [one] **Port { $ports } is open ({ $protocol }).** Players connect to:
   *[other] **Ports { $ports } are open ({ $protocol }).** Players connect to:
}
forward-opened-ipv6 = Players with IPv6 may also use { $address }.
forward-opened-target = Runs on **{ $device }**, { $count ->
    [one] port { $ports }
   *[other] ports { $ports }
}. Keep WireGuard and your server on.
forward-opened-several = **Open.** Players connect to:
forward-opened-game = **{ $game } is open.** Players connect to:
forward-opened-several-keep = Runs on **{ $device }**. Keep WireGuard and your server on.
forward-opened-several-moved = Public port → port on **{ $device }**: { $ports }
# Small print below the address that players paste, and inside a sentence.
address-port = Port: { $port }
address-also = Also open: { $ports }
# $how is a `game-join-` message.
address-game = In the game: { $how }
address-port-of = { $address } with port { $port }
forward-friends-only = Only devices in the VPN, and addresses that you let in with `/connections`, can connect.
forward-already-open = You have this open already.
forward-note-split = Only VPN traffic of this device goes through: your server does not see player IPs.
forward-note-linux = Your server sees real player IPs. Let it listen on all addresses, not on the LAN address only.
forward-closes = Closes { $relative } ({ $time }).
forward-never-closes = Stays open until you close it.
forward-has-ended = That is closed already. `/forward` opens it again.
# What is missing for an opening, above a button or menu that makes it.
forward-meant = Did you mean { $games }? I don't know { $text }. A port number works too.
forward-instead-button = Open { $port } instead
forward-instead-keeps = Your server stays on { $port }: I lead { $free } to it.
forward-no-device = **Add your PC first.** Then press the second button.
forward-again-button = Open it now
forward-which-device = Which one does it run on?
forward-device-menu = Choose your PC…
forward-close-menu = Close one of these instead…
unforward-done = { $count ->
    [one] **Closed.** No one can join any more:
   *[other] **Closed { $count } ports.** No one can join any more:
}

## How the most played games are hosted, below the line that misses the server, and how they are joined.

game-host-minecraft = Opened to LAN? Set its port to { $port }.
game-join-minecraft = *Multiplayer* → *Direct Connection*
game-host-minecraft-bedrock = Run the Bedrock Dedicated Server with `server-port={ $port }`.
game-join-minecraft-bedrock = *Play* → *Servers* → *Add Server*
game-host-valheim = *Start Game* → tick *Start Server*, and leave *Crossplay* off.
game-join-valheim = *Join Game* → *Add server*
game-host-palworld = Run the Palworld Dedicated Server with `-port={ $port }`.
game-join-palworld = *Join Multiplayer Game*, and paste it at the bottom
game-host-terraria = *Multiplayer* → *Host & Play*, or run TerrariaServer on port { $port }.
game-join-terraria = *Multiplayer* → *Join via IP*
game-host-factorio = *Multiplayer* → *Host saved game*. Its port is in `config.ini`: `port={ $port }`.
game-join-factorio = *Multiplayer* → *Connect to address*
game-host-satisfactory = Run the Satisfactory Dedicated Server with `-Port={ $port }`.
game-join-satisfactory = *Server Manager* → *Add Server*
game-host-project-zomboid = *Host* in the main menu, with port { $port }.
game-join-project-zomboid = *Join* → *Favorites*, with the port in its own field
game-host-enshrouded = Run the Enshrouded Dedicated Server.
game-join-enshrouded = *Play* → *Join*, and search for the server's name
game-host-7-days-to-die = Set *Server Port* to { $port } when you start the game.
game-join-7-days-to-die = *Join a Game* → *Connect to IP*, with the port in its own field
game-host-counter-strike-2 = Start the dedicated server with `-port { $port }`.
game-join-counter-strike-2 = Console (`~`): `connect`, a space, and the address
game-host-rust = Start RustDedicated with `+server.port { $port }`.
game-join-rust = Press F1: `client.connect`, a space, and the address
game-host-ark = Run the ARK Dedicated Server with `?Port={ $port }`.
game-join-ark = Console (Tab): `open`, a space, and the address
game-host-ark-ascended = Run the ARK Ascended Dedicated Server with `-port={ $port }`.
game-join-ark-ascended = Console (Tab): `open`, a space, and the address
game-host-garrys-mod = Start srcds with `-port { $port }`.
game-join-garrys-mod = Console: `connect`, a space, and the address

## The gateway has another address.

moved-lost = 🚚 **The VPN has moved. Its address is { $address } now.** { $count ->
    [one] The setup of this device has the old address. Type `/rotate`, and put the new file in place of the old one.
   *[other] The setups of these devices have the old address. Type `/rotate` for each, and put the new file in place of the old one.
} Your ports stay open:
moved-waiting = 🚚 **The VPN has moved.** { $count ->
    [one] This device still looks for it at the old place. Switch WireGuard off and on once:
   *[other] These devices still look for it at the old place. Switch WireGuard off and on once on each:
}

## Time running out.

reminder = { $count ->
    [one] ⏰ **A port of yours closes { $relative }.** Still playing? Extend it:
   *[other] ⏰ **{ $count } ports of yours close { $relative }.** Still playing? Extend them:
}
reminder-extend-button = Extend
reminder-close-button = Close
extended = **Extended.**
extended-already = Already extended:

## Whether players can join, hop by hop. Bold: the one thing to do.

proof-check-button = Check again
proof-how-button = Show me how
proof-how =
    1. Open the WireGuard app on your PC.
    2. Choose the tunnel, and press *Activate*.

    Is it not set up yet? `/join`
proof-other-port-button = Other port…
proof-other-port-form-title = Other port
proof-other-port-form-label = The port that your server uses
proof-other-port-bad = That is no port. Write a number from 1 to 65535.
change-button = Change…
change-form-title = Change
change-which-form-label = Which port?
change-device-form-label = The PC it runs on
change-time-form-label = How long, or until when
proof-looking-title = Can players join?
proof-done-title = Players can join
proof-ready-title = Ready for players
proof-missing-title = Players cannot join yet
proof-unknown-title = Almost there
proof-over-title = Not ready when I last looked
proof-gone-title = Closed
proof-until = Live until { $time }
proof-stopped = Not live any more. Press *{ proof-check-button }*.
proof-gateway-away = The VPN does not answer right now. What is open stays open, and I keep trying.
proof-open = { $count ->
    [one] Port { $ports } is open
   *[other] Ports { $ports } are open
}
# $problem: a `problem-` message.
proof-blocked = **Ask an admin to let players through.** { $problem }
proof-suspended = **Ask an admin to let { $device } back in.** It is suspended, and its ports are closed until then.
proof-tunnel = WireGuard on { $device }
proof-connected = { $device } is connected ({ $handshake })
proof-not-connected = **Turn on WireGuard on { $device }.** Last seen { $handshake }.
proof-never-connected = **Turn on WireGuard on { $device }.** It has never been connected.
proof-server = Server on { $device }
# $ports is the message `port`.
proof-server-refused = **Start the server on { $device }.** Nothing is running on { $ports }.
proof-server-silent = **Start the server on { $device }, and allow it in its firewall.** Nothing answers on { $ports }.
proof-server-frozen = **Look at the server on { $device }.** It accepts players on { $ports }, then says nothing: it is still starting, or hangs.
proof-server-refused-tcp = **Start the server on { $device }.** Nothing is running on TCP { $ports }. UDP servers can't be checked.
proof-server-silent-tcp = **Start the server on { $device }, and allow it in its firewall.** Nothing answers on TCP { $ports }. UDP servers can't be checked.
proof-playing = The server on { $device } answers: { $players } playing
proof-playing-of = The server on { $device } answers: { $players } of { $slots } playing
# Follows proof-playing and proof-playing-of.
proof-version = , version { $version }
proof-answers = The server on { $device } answers
proof-takes = The server on { $device } accepts players
proof-udp = I can't check this game from here. Make sure it's running on { $device }.
proof-players = First player
proof-knocked = A player has tried to connect. No one is on right now.
proof-nobody = **Give players { $address }.** No one has tried yet. If friends can't connect, ask an admin to open { $ports } ({ $protocol }) in the VPS provider's firewall.

## Match cards.

card-announce-button = Announce
card-close-button = Close
card-anyway-button = Announce anyway
card-not-ready-offline = 🟡 Not announced yet: { $device } is offline. Turn WireGuard on there first.
card-not-ready-silent = 🟡 Not announced yet: the server on { $device } does not answer.
card-not-ready-blocked = 🟡 Not announced yet: a firewall or setting on our server keeps players out. Admins see more in /status.
card-announced = 📣 Announced here: { $link }
card-announced-already = 📣 Announced already: { $link }
card-not-announced = I could not announce it. Press **{ card-announce-button }** to try again.
card-not-here = I can't announce it in our DMs. Type this in the channel where friends should see it: { $command }
card-cannot-announce = I could not announce it: in { $channel } I lack { $count ->
    [one] the permission { $permissions }
   *[other] the permissions { $permissions }
}. Once an admin of this server has given me that, press **{ card-announce-button }**.
# The names of permissions in Discord's client.
permission-view_channel = View Channel
permission-send_messages = Send Messages
permission-send_messages_in_threads = Send Messages in Threads
permission-embed_links = Embed Links
permission-create_events = Create Events
permission-manage_events = Manage Events
card-not-yours = Only its host and admins can close it.
card-title = 🎮 { $what }
card-ended-title = 🏁 { $what }: ended
card-host = Hosted by **{ $host }**
card-stale = ⚠️ The VPN does not answer. This is from { $since }.
card-offline = 🟡 { $host }'s { $device } is offline since { $since }.
card-offline-never = 🟡 { $host }'s { $device } is not connected yet.
card-way-blocked = 🟡 A firewall or setting on our server keeps players out. Admins see more in /status.
card-way-silent = 🟡 The server on { $device } does not answer.
card-way-ready = 🟢 Ready: the server answers.
card-version-field = Version
card-address-field = Address
card-players-field = Players now
card-players = { $players ->
    [one] { $players } player (peak { $peak })
   *[other] { $players } players (peak { $peak })
}
card-players-of = { $slots ->
    [one] { $players } of { $slots } player (peak { $peak })
   *[other] { $players } of { $slots } players (peak { $peak })
}
card-since-field = Open since
card-until-field = Open until
card-until = { $time }, { $relative }
card-until-closed = the host closes it
card-lasted-field = Lasted
card-most-field = Most at once
card-most = { $players ->
    [one] { $players } player
   *[other] { $players } players
}
card-open-field = Open
card-open = { $since } to { $until }

## The live message of /panel.

panel-head = ## 🎮 { $server }
panel-away = 🔴 **The VPN has not answered since { $since }.** What is open stays open.
panel-blocked = 🔴 **Friends can't join right now.**
    Admins: `/doctor` says what to do.
panel-problems = ⚠️ { $count ->
    [one] { $count } problem on the server.
   *[other] { $count } problems on the server.
} Admins: `/doctor` says what to do.
panel-none = Nothing is open right now. Press **Host a game** to begin.
panel-more = { $count ->
    [one] … and { $count } more match
   *[other] … and { $count } more matches
}
panel-match = ### { $game } · { $host }
# $state is one of the messages below.
panel-match-short = **{ $game }** · { $host } · { $state }
panel-playing = { $players ->
    [0] 🟢 Open
    [one] 🟢 **{ $players }** player
   *[other] 🟢 **{ $players }** players
}
panel-playing-of = 🟢 **{ $players }**/{ $slots }
panel-players = { $state } · most { $most } { $picture }
panel-pc-offline = 🟡 PC offline since { $since }
panel-pc-never = 🟡 Waiting for the host's PC
panel-silent = 🟡 The game does not answer
panel-time = -# Since { $since }
panel-time-until = -# Since { $since } · closes { $until }
panel-devices = { $devices ->
    [one] { $online } of { $devices } device online
   *[other] { $online } of { $devices } devices online
}
# $devices is the message `panel-devices`.
panel-foot = -# { $devices }
panel-foot-traffic = -# { $devices } · { $rate }
panel-host-button = Host a game
panel-again-button = Host again
panel-add-button = Add my PC
panel-mine-button = My stuff
panel-help-button = Help
panel-devices-button = Devices
panel-requests-button = { $count ->
    [0] Requests
   *[other] Requests ({ $count })
}
panel-host-which = What do you want to host?
panel-host-choose-menu = Choose a game
panel-host-other-menu = Other…
panel-host-form-title = Host a game
panel-host-form-label = Which game or port?
panel-host-hint-menu = minecraft, valheim, 25565
panel-no-device = Add your PC first: press **{ panel-add-button }** or type `/join`.
panel-try-again = Discord had a problem. Press the button again.
panel-nothing-again = You have not hosted a game yet. Press **{ panel-host-button }**.
panel-requests-none = No one is waiting to be let in.
panel-requests = { $count ->
    [one] **{ $count } request waits:**
   *[other] **{ $count } requests wait:**
}
panel-request = - **{ $name }** asked { $since }: { $link }
panel-there = 📌 The live message is there already: { $link }
panel-posted = 📌 The live message is here: { $link }
    Pin it, so that everyone finds it.
panel-cannot-post = I can't write here. Give me **{ permission-view_channel }** and **{ permission-send_messages }** in this channel, then type `/panel` again.
# What /help says, by whether the member has a device.
help-join = **Start here: `/join`** adds your PC to the VPN.
    1. Turn on WireGuard, and start your game.
    2. `/forward` gives you the address for your friends.
help-host = **Start here: `/forward`** gives you the address for your friends.
    Keep WireGuard on and your game running. `/join` adds another device.
help-more = More:
    - `/status` your devices and ports
    - `/unforward` close a port
    - `/connections` who is on
    - `/rotate` a new setup file
    - `/policy` your limits
help-admin = **Admins:**
    - `/panel` the live message
    - `/peers` everyone's devices
    - `/forwards` everyone's ports
    - `/revoke` take a member off
    - `/audit` who did what
    - `/doctor` what is wrong
    - `/settings` what is set
panel-help = **Host a game for your friends**
    1. **{ panel-add-button }**: you get the setup for WireGuard.
    2. Turn on WireGuard, and start your game's server.
    3. **{ panel-host-button }**: you get the address for your friends.
    - **{ panel-again-button }** opens your last game again.
    - **{ panel-mine-button }** shows your devices and ports.
    Stuck? **{ panel-host-button }** says which step is missing.

# The set-up in Discord: /setup with its code, and the form.
setup-begin = **Almost there.** Make a role for your friends and one for the admins, if there are none. Then choose them here.
setup-form-button = Choose roles and channel
setup-form-title = Set up the VPN
setup-members-form-label = Who may use the VPN?
setup-admins-form-label = Who are the admins?
setup-channel-form-label = Channel for requests and the log (optional)
setup-zone-form-label = Time zone, such as Europe/Berlin
setup-language-form-label = Language of messages in channels
setup-language-menu = As the server has it
setup-done = ✅ **Set up.** Friends type `/join` now. `/settings` shows what is set, `/help` what to do.
# $keys: keys of the configuration file, in backticks.
setup-fixed = `config.toml` already says { $keys }: that stays.
setup-lack = ⚠️ { $problem }
setup-not-allowed = Only members with **Manage Server** can set me up.
setup-code-wrong = That code is wrong. Look at the terminal where you ran `setup`.
setup-code-over = That code no longer works: its hour is over, or it was tried too often. `sudo guildgate setup` prints a new one.
setup-code-none = There is nothing to set up. `sudo guildgate setup` on the VPS prints a code.
setup-missing = A role or channel you chose is gone. Open the form again.
setup-bot-role = You chose a bot's own role, which no member can have. Choose another.
setup-everyone-admin = @everyone can't be an admin role. Choose another.
setup-unknown-zone = I don't know that time zone. Write one like Europe/Berlin or America/New_York.
setup-refused = That doesn't fit `config.toml`: see { $key } there.

# What /settings shows.
settings-title = Settings
settings-line = **{ $what }:** { $shown }
settings-none = none
settings-member_roles = Members
settings-admin_roles = Admins
settings-guest_roles = Guests
settings-admin_channel = Requests to join
settings-log_channel = Log
settings-posts_channel = Posts about matches
settings-timezone = Time zone
settings-language = Language in channels
# What set it: /setup or the configuration file.
settings-by-chosen = · chosen in Discord
settings-by-file = · `config.toml`
settings-members-field = What members may do
settings-policy = `/policy` shows it. It is set in `[policy]` of `config.toml`, and not from here.
settings-change-field = To change something
settings-change = Run `sudo guildgate setup` on the VPS: it prints a code for `/setup`. What `config.toml` says stays.
settings-hide-field = Who sees the admins' commands
settings-hidden = Only members with **Manage Server** see them, because each admin role has it.
settings-hide = Everyone sees them, and only admins can use them. To hide them: *Server Settings → Integrations*, choose me, and allow each command for your admin role only. Or give each admin role **Manage Server**.

# Beside the bot's name.
presence-playing = { $players ->
    [one] { $players } player
   *[other] { $players } players
} in { $matches ->
    [one] { $matches } match
   *[other] { $matches } matches
}
presence-open = { $matches ->
    [one] { $matches } match is open
   *[other] { $matches } matches are open
}

# The posts in `posts_channel`.
post-hosting = 🎮 **{ $host }** is hosting **{ $game }** at { $address }
post-first-player = 👋 The first player joined **{ $host }**'s **{ $game }**.
post-offline = 📴 **{ $host }**'s PC went offline { $since }, while { $players ->
    [one] { $players } player was
   *[other] { $players } players were
} on **{ $game }**.
    The game is back once WireGuard is on again.
post-silent = 🟡 **{ $host }**'s **{ $game }** has not answered since { $since }.
    Is the game's server still running?
posts-on = I may post about your matches again.
posts-off = I post nothing about your matches any more. `/posts state:on` changes it back.

## Status.

status-title = Your devices
status-everyone-title = All devices
status-none = You have no device on the VPN yet. Type `/join` to add one.
status-none-at-all = The VPN has no devices yet. Type `/join` to add one.
status-connected = { $devices ->
    [one] { $connected } of { $devices } device connected.
   *[other] { $connected } of { $devices } devices connected.
}
status-address = Players connect to { $address } and one of the ports below.
status-no-ports = No port is open; `/forward` opens one.
# $problem: a `problem-` message.
status-problem = ⚠️ { $problem }
status-lan = LAN mode is on: devices reach each other by their VPN addresses.
status-never = Never connected yet. Import the setup into WireGuard and switch it on.
status-handshake = Connected, last seen { $handshake }
status-handshake-from = Connected from { $endpoint }, last seen { $handshake }
status-away = Not connected, last seen { $handshake }
# The device sent and received.
status-traffic = Sent { $sent }, received { $received }
status-vpn-address = VPN address { $addresses }
status-more = { $count ->
    [one] … and { $count } more device. `guildgate status` on the VPS lists all.
   *[other] … and { $count } more devices. `guildgate status` on the VPS lists all.
}

## LAN mode.

doctor-title = 🩺 Doctor
doctor-level-failure = ❌ **{ $check }**: { $found }
doctor-level-warning = ⚠️ **{ $check }**: { $found }
doctor-step = → { $advice }
# $check is found by another version of guildgate on the VPS.
doctor-other = Something is wrong. `guildgate doctor` on the VPS says what.
doctor-where = -# Type the commands after → on the VPS, as root.
doctor-fine = ✅ { $count ->
    [one] { $count } check is
   *[other] { $count } checks are
} fine.
doctor-check-gateway = VPN's service
doctor-check-names = roles and channels
doctor-check-permissions = permissions
doctor-check-intents = intents
doctor-check-commands = commands
doctor-check-version = version

# The names of the gateway's checks.
doctor-check-backups = backups
doctor-check-clock = clock
doctor-check-configs = setup files
doctor-check-conntrack = connection tracking
doctor-check-database = database
doctor-check-disk = disk
doctor-check-doctor = doctor
doctor-check-firewalls = firewalls
doctor-check-flow-table = connection table
doctor-check-forwarding = forwarding
doctor-check-ipv6-route = IPv6 route
doctor-check-listen-port = VPN port
doctor-check-nf_tables = nf_tables
doctor-check-privileges = privileges
doctor-check-problem = problem
doctor-check-public-address = public address
doctor-check-reserved-ports = reserved ports
doctor-check-reverse-path = reverse path
doctor-check-socket-users = socket users
doctor-check-state = state
doctor-check-tunnel-size = packet size
doctor-check-vpn-subnets = VPN network
doctor-check-way-out = way out
doctor-check-way-to-devices = way to devices
doctor-check-wireguard = WireGuard

# What a check of the VPS found, for admins. Words in backticks and in [brackets] are keys of the configuration.
# $reason: what was refused and why, in English, as the system says it.
finding-unread = This check could not look. `guildgate doctor` on the VPS says why.
finding-privileges = The gateway lacks the right to change the network (CAP_NET_ADMIN), so some checks were skipped.
finding-container = The gateway runs as root without CAP_NET_ADMIN. In Docker, add `--cap-add NET_ADMIN --network host`.
finding-no_wireguard = The kernel has no WireGuard: { $reason }. Use a newer kernel, or set `backend = "auto"`.
finding-no_wireguard_go = The kernel has no WireGuard, and `wireguard-go` is not installed.
finding-no_tun = `wireguard-go` can't use /dev/net/tun: { $reason }. In Docker, add `--device /dev/net/tun`.
finding-no_nftables = The firewall can't be read: { $reason }.
finding-no_libnftables = The library libnftables is missing.
finding-no_conntrack = Connections can't be listed: { $reason }.
finding-few_flows = The VPS tracks at most { $size } connections, and one member may open { $most }. When the table is full, new connections fail.
finding-few_buckets = The connection table is slow when it fills up ({ $size } entries).
finding-ipv4_only = The VPS has no IPv6, so the VPN carries IPv4 only. To do without, set `subnet6 = ""`.
finding-no_forwarding = The VPS passes no packets on, and the gateway may not change that ({ $settings }).
finding-reverse_path = Players who come in by a second line are dropped ({ $setting }).
finding-way_out = Answers to players leave by { $interface }, which is the wrong way. A VPN client on the VPS may cause that.
finding-devices_astray = Packets to { $address } leave by { $interface }, not by the VPN. Devices affected: { $count }.
finding-devices_nowhere = Packets to { $address } go nowhere. Devices affected: { $count }.
finding-reserved_ports = Another program on the VPS may take an open port ({ $setting } can't be written).
finding-state_unwritable = The gateway can't write its folder { $folder }.
finding-state_exposed = Other users of the VPS can read { $files } in { $folder }.
finding-firewall_players = { $program } on the VPS stops players, in { $chains }.
finding-firewall_devices = { $program } on the VPS stops devices, in { $chains }.
finding-firewall_flowtable = { $program } on the VPS hands connections to a flowtable, in { $chains }. A closed port stays open for them.
finding-firewall_doubt = { $program } on the VPS may stop players or devices, in { $chains }.
finding-firewall_legacy = Legacy iptables is in use, and its rules can't be listed.
finding-firewall_hidden = { $program } may stop players. Only root can see its rules.
finding-firewall_crash = A rule of another program makes the firewall's library crash. `guildgate doctor` on the VPS names it.
finding-mark_written = A rule of another program ends connections of players: { $rules } writes the whole conntrack mark. Let it write only its own bits.
finding-mark_compared = A rule of another program compares the whole conntrack mark: { $rules }. Let it compare only its own bits.
finding-mark_shared = A rule of another program uses the gateway's bits of the conntrack mark: { $rules }. Set another `conntrack_mask`.
finding-no_route = The VPS has no default route. Set `public_interface` to the interface that faces the Internet.
finding-no_interface = There is no interface { $interface }. Correct `public_interface`.
finding-no_address = { $interface } has no IPv4 address. Set `public_address`.
finding-address_shared = { $address } is shared by many customers of the provider (CGNAT), so friends can't connect. Use a VPS with its own address.
finding-address_private = { $address } is private, so friends can't connect. Set `public_address` to the address in the provider's panel, and open the ports there.
finding-address_unresolved = The name { $name } can't be found. Let it lead to this VPS, or write an IPv4 address.
finding-address_lan = The public address { $address } is private. That is right for a LAN only.
finding-address_other = The public address is { $address }, but { $interface } has { $own }. Is `public_address` right?
finding-subnet_taken = { $interface } has { $address }, which lies in the VPN's network. Set `subnet4` or `subnet6` to another one.
finding-mtu_uplink = The VPN's packets are too large for the VPS's line, so downloads may hang. Set `mtu = "auto"`.
finding-mtu_path = The VPN's packets are too large for some devices ({ $count }), so downloads may hang. Set `mtu = { $mtu }`.
finding-listen_port = Another program uses UDP port { $port }, which the VPN needs. Stop it, or set another `listen_port`.
finding-accept_ra = The VPS may lose its IPv6 ({ $setting } is 1).
finding-socket_user = There is no system user { $user }. Make it, or take it out of `socket_users`.
finding-clock_wrong = The clock is wrong: it says { $date }. Devices can't connect when it goes back.
finding-clock_set_back = The clock was set back: it says { $now } UTC, and something was logged at { $newest }. Devices can't connect.
finding-clock_alone = No time server keeps the clock. Devices can't connect when it goes back.
finding-no_answer = The gateway does not answer.
finding-other_version = Version { $running } of the gateway runs, and { $installed } is installed. Restart it.
finding-bare_addresses = Some setup files have an address in place of the name ({ $count }). Ask for /rotate: { $names }.
finding-disk_full = The disk of { $folder } has { $left } MiB left, and its database may need { $needed }. Make room, or no change can be saved.
finding-disk_files = The disk of { $folder } takes no more files. Make room, or no change can be saved.
finding-journal_full = The disk of { $folder } is nearly full, so the log loses its oldest lines.
finding-database_unreadable = { $file } can't be read. Restore a backup; the log says more.
finding-database_damaged = { $file } is damaged. Restore a backup; the log says more.
finding-database_newer = { $file } was written by a newer version of guildgate. Install that version.
finding-database_owner = { $file } belongs to the wrong user, so it may not be writable.
finding-database_exposed = Other users of the VPS can read { $file }.
finding-backups_unreadable = The backups in { $folder } can't be looked at.
finding-no_backup = There is no backup in { $folder } yet. The gateway makes one a minute after its start.
finding-old_backup = The newest backup in { $folder } is { $days } days old. The gateway's log says why.
lan-on = **LAN mode is on.** Devices on the VPN reach each other by their VPN addresses, if their own firewalls allow it. `/status` shows yours. To end it: `/lan state:off`
lan-off = **LAN mode is off.** Devices on the VPN no longer reach each other, and what ran between them is cut. Open ports stay open.

## What members may do.

policy-title = What you may do here
policy-devices-field = Devices
policy-devices = Up to { $count }, and { $joins } new ones in an hour.
policy-devices-until = Up to { $count }, and { $joins } new ones in an hour. Each is removed after { $duration }.
policy-flows = Each device may have { $count } connections open at once, for IPv4 and IPv6 each.
policy-forwards-field = Ports
policy-forwards = Up to { $count } ports or ranges, on ports { $ports }, with { $most } ports in all.
policy-time-field = How long a port stays open
# $usual is a time such as 12 hours, or `policy-usual-forever`. $longest is `policy-longest` or `policy-longest-forever`.
policy-time = { $usual } by default, { $longest }.
policy-usual-forever = Until you close it
policy-longest = { $duration } at most
policy-longest-forever = as long as you like
policy-leave-field = When you leave or lose your role
policy-leave = Your devices are cut off, and removed after { $duration }.
policy-leave-kept = Your devices are cut off, and kept.
policy-kept-field = What is remembered
policy-kept = Admins can read what you change here for { $duration }.
policy-flow-log = The addresses that your devices contact on the Internet are logged for { $duration }.
policy-no-flow-log = What your devices do on the Internet is not logged.
policy-kept-forever = Admins can read what you change here.

## Lists for admins.

connections-title = Connections
connections-count = { $count ->
    [0] No one is connected.
    [one] { $count } connection
   *[other] { $count } connections
}
connections-to = { $name } → { $port }
connections-since = Since { $since }
# Both are seen from the player.
connections-traffic = Sent { $sent }, received { $received }
connections-live = Connected now
connections-from-device = Started by your device
connections-friends-only = 🚪 { $ports }: friends only. { $packets ->
    [one] { $packets } packet
   *[other] { $packets } packets
} of others dropped.
connections-hint = *Kick* ends it, and keeps that player's program out for a minute. A block stays, also when you open the port again.
connections-kick-button = Kick
connections-block-button = Block
connections-around-button = Block { $network }
connections-let-in-button = Let in
connections-undo-button = Undo
connections-again-button = Look again
connections-rules-button = Blocked and let in ({ $count })
connections-friends-button = Friends only
connections-all-button = Let all in
connections-flow-menu = Choose a connection…
connections-rule-menu = Take one back…
connections-rules-title = Blocked and let in
connections-rules-none = No address is blocked or let in.
connections-rule-since = Since { $since }
connections-dropped = { $packets ->
    [one] { $packets } packet dropped
   *[other] { $packets } packets dropped
}
connections-blocked = 🚷 { $address } · { $ports }
connections-let-in = 🚪 { $address } · { $ports }
connections-kick-done = 👢 Kicked { $address } from { $ports } on **{ $device }**. They may come back in a minute.
connections-block-done = 🚷 Blocked { $address } on { $ports } of **{ $device }**. Their connections are cut.
connections-let-in-done = 🚪 { $address } may connect to { $ports } of **{ $device }**.
connections-undo-done = ↩️ { $address } is neither blocked nor let in on { $ports } of **{ $device }** now.
connections-friends-said = 🚪 Only devices in the VPN, and addresses that you let in, can connect now.
connections-all-said = All players can connect again. Blocks stay.
connections-old = This list is too old. Use `/connections` again.
let-in-button = Let an address in…
let-in-form-title = Let an address in
let-in-form-label = Their address, as whatismyip shows it
list-previous-button = Previous
list-next-button = Next
list-back-button = Back
list-show-button = Show address
list-revoke-button = Revoke…
list-extend-button = Extend
list-close-button = Close…
list-sure-button = Close it
list-keep-button = Keep it
list-device-menu = Choose a device…
list-port-menu = Choose a port…
list-page = Page { $number } of { $last }
list-port-gone = That port is closed already.
list-close = **Close this?** Players on it are cut off at once.
list-not-yours = Only admins see other members' devices. `/status` shows yours.
peers-title = Devices
peers-none = There is no device.
peers-facts = { $addresses }, { $mode } mode, added { $since }
peers-suspended = Cut off since { $since }
peers-ends = Ends { $relative }
peers-ports = Open: { $ports }
forwards-title = Open ports
forwards-none = No port is open.
forwards-count = { $count ->
    [one] { $count } open port or range, at { $address }.
   *[other] { $count } open ports or ranges, at { $address }.
}
forwards-target = On port { $port } of the device
# $end is the message `ends` or `forwards-never-ends`.
forwards-opened = Opened { $since }, { $end }
forwards-never-ends = open until closed

# The details of one device or one port.
detail-state-field = State
detail-handshake-field = Last seen
detail-endpoint-field = Connects from
traffic-title = 📈 { $period ->
    [day] The last day
    [week] The last week
    [month] The last month
   *[year] The last year
}
graph-period-button = { $period ->
    [day] Day
    [week] Week
    [month] Month
   *[year] Year
}
# Names inside the picture, of at most 24 characters. The arrows stand for the colours.
graph-received = ▼ { $size } received
graph-sent = ▲ { $size } sent
graph-from-players = ▼ { $size } from players
graph-to-players = ▲ { $size } to players
graph-players = { $players ->
    [0] no players
    [one] up to 1 player
   *[other] up to { $players } players
}
graph-online = connected for { $hours } hours
graph-weekday = { $day ->
    [1] Mon
    [2] Tue
    [3] Wed
    [4] Thu
    [5] Fri
    [6] Sat
   *[7] Sun
}
graph-month = { $month ->
    [1] Jan
    [2] Feb
    [3] Mar
    [4] Apr
    [5] May
    [6] Jun
    [7] Jul
    [8] Aug
    [9] Sep
    [10] Oct
    [11] Nov
   *[12] Dec
}
# The picture's text, for screen readers.
graph-alt = { $period ->
    [day] In the last day
    [week] In the last week
    [month] In the last month
   *[year] In the last year
}: { $incoming }, { $outgoing }, { $presence }. The peak was { $rate } ({ $when }).
graph-nothing = { $period ->
    [day] Nothing moved in the last day.
    [week] Nothing moved in the last week.
    [month] Nothing moved in the last month.
   *[year] Nothing moved in the last year.
}
nights-field = 🌙 Match nights
nights-line = { $day }: { $what }
nights-played = { $hours ->
    [0] played { $minutes } min
   *[other] played { $hours } h { $minutes } min
}
nights-hosted = { $hours ->
    [0] hosted { $minutes } min
   *[other] hosted { $hours } h { $minutes } min
}
nights-none = None in the last month. From now on, I note how long you play.
nights-on-button = Show my match nights
nights-off-button = Hide my match nights
detail-traffic-field = Traffic
detail-address-field = VPN address
detail-mode-field = What goes through the VPN
detail-added-field = Added
detail-suspended-field = Cut off since
detail-ports-field = Open ports
detail-game-field = Game
detail-reach-field = Players connect to
detail-target-field = Runs on
detail-target = { $count ->
    [one] port { $ports } of **{ $device }**
   *[other] ports { $ports } of **{ $device }**
}
detail-now-field = Now
detail-traffic = { $received } from players, { $sent } to them
detail-opened-field = Opened
detail-ends-field = Ends

# The answer to /audit.
audit-title = What was done
audit-none = Nothing has been done yet.
# $user: the system user of the VPS whose program asked: root, or the bot's by its number.
audit-asked-by = by { $user }
log-asked-by = Asked by { $user } on the VPS
audit-ports-of = { $ports } on { $devices }
audit-devices-with = { $devices } with { $ports }

# What differs on the VPS from what should be. $what: a device with its owner, or an interface.
difference-table = the firewall rules that another program changed
difference-unseen = changes that went unseen
difference-address = the VPN's address that another program removed
difference-down = the VPN's interface that another program switched off
difference-deleted = the VPN's interface that another program removed
difference-drift = what may have changed
difference-uplinks = the way to the Internet
difference-torn = what a failed change left
difference-key = the VPN's key
difference-port = the VPN's port
difference-peer = the VPN device { $what }
difference-link = the interface { $what }
difference-flows = connections from before a change

# What does not work on the VPS. Admins read these in the log channel, /status and /audit.
problem-firewall = { $program } on the VPS stops players, in { $chains }. `guildgate doctor` there names the commands that let them through.
problem-firewall_devices = { $program } on the VPS stops devices, in { $chains }. `guildgate doctor` there names the commands that let them through.
problem-offload = { $program } on the VPS hands connections to a flowtable, in { $chains }. A closed port stays open for them. `guildgate doctor` there names the commands that end this.
problem-marks = A rule of another program on the VPS ends connections of players: { $rules } writes the whole conntrack mark. `guildgate doctor` there names the cure.
problem-unreadable = I can't judge other programs' firewalls on the VPS: { $reason }.
problem-left = A repair on the VPS left this as it was: { $difference }. It is tried again, ever more seldom. The gateway's log may say why.
# $reason: what was refused and why, in English, as the system says it.
problem-forwarding = The VPS forwards no packets, so no one can join a match: { $reason }. Set it there with `sysctl`, or start the container with `--sysctl`.
problem-settings = The settings of the VPS can't be changed: { $reason }. Without forwarding no IPv6 reaches a device, and without accept_ra=2 the VPS may lose its IPv6. Set them there with `sysctl`, or start the container with `--sysctl`.
problem-reserved = Open ports can't be kept from the VPS's own connections: { $reason }. Ports work all the same; rarely one player is not let through.
problem-link = The VPN's interface lacks an address or a route: { $reason }. The gateway's log says more.
problem-flows = Connections from before a change can't be ended: { $reason }. They may lead to the wrong device.
problem-name = The name { $name } is not kept: { $reason }. It may lead to an old address, and Minecraft's record to an old port.
problem-backup = There is no new backup on the VPS: { $reason }. Older ones are kept.
problem-strict = Players who come in by another line of the VPS than the usual one are dropped. Set { $settings } to 2 there, with `sysctl`.
problem-astray = Players get no answer from the VPS: { $reason }. Type there, as root: `{ $commands }`
problem-unresolved = The public address { $name } { $reason }. Devices and players that look for that name find nothing.
problem-database = The VPN's database can't be written: { $reason }. What is open stays open, and every change is refused. Make room on the disk, or make it writable.
problem-traffic = { $share } % of this month's traffic ({ $limit }) is used. The provider may slow the line down, or charge for more.
problem-no_ipv6 = IPv6 is switched off on the VPS: { $reason }. The VPN carries IPv4 only until it is on again. Devices keep their IPv6 addresses.
problem-other = Something does not work on the VPS: { $code }. `guildgate status` there says more.

# Why a device was cut off or let back in.
reason-left = not on the server any more
reason-banned = banned from the server
reason-no_role = no role any more that gives access
reason-back = has access again
reason-revoked = removed by an admin

# How far it has come to cut a member off, with several regions.
cut-off-in = Cut off in { $regions }.
cut-off-later = **{ $region }** is away since { $time }. They are cut off there as soon as it is back.

## The actions of the audit log: a line for /audit, and the title in the log channel. $subject: devices, ports, or both.

audit-join = { $when } **{ $actor }** added { $subject }
log-join-title = 🆕 Device added
audit-rotate = { $when } **{ $actor }** made new keys for { $subject }
log-rotate-title = 🔑 New keys
audit-rename = { $when } **{ $actor }** renamed a device, its old name first: { $subject }
log-rename-title = ✏️ Device renamed, its old name first
audit-give = { $when } **{ $actor }** gave a device to another member, its old owner first: { $subject }
log-give-title = 🎁 Device given to another member
audit-import = { $when } **{ $actor }** took over devices and ports from { $subject }
log-import-title = 📦 Taken over from another program
log-leave-title = 👋 Device taken off
audit-revoke = { $when } **{ $actor }** removed from the VPN { $subject }
log-revoke-title = ⛔ Access removed
audit-forward = { $when } **{ $actor }** opened { $subject }
log-forward-title = 🔓 Port opened
audit-unforward = { $when } **{ $actor }** closed { $subject }
log-unforward-title = 🔒 Port closed
audit-extend = { $when } **{ $actor }** extended { $subject }
log-extend-title = ⏰ Port stays open longer
audit-to-port = { $when } **{ $actor }** led { $subject } to another port or device
log-to-port-title = ↪️ Port leads elsewhere
audit-kick = { $when } **{ $actor }** kicked a player from { $subject }
log-kick-title = 👢 Player kicked
audit-block = { $when } **{ $actor }** blocked an address on { $subject }
log-block-title = 🚷 Address blocked
audit-let-in = { $when } **{ $actor }** let an address in on { $subject }
log-let-in-title = 🚪 Address let in
audit-unblock = { $when } **{ $actor }** took back a block, or letting in, on { $subject }
log-unblock-title = ↩️ Block taken back
audit-friends-only = { $when } **{ $actor }** changed whether only friends may connect to { $subject }
log-friends-only-title = 🚪 Friends only
log-friends-only-on = Only devices in the VPN, and addresses that are let in, can connect now.
log-friends-only-off = All players can connect again.
log-address = The address: { $address }
audit-suspend = { $when } **{ $actor }** cut off { $subject }
log-suspend-title = ⛔ Cut off
audit-restore = { $when } **{ $actor }** let back in { $subject }
log-restore-title = ✅ Let back in
audit-guest = { $when } **{ $actor }** set the end of a guest's time, or took it away: { $subject }
log-guest-title = ⏳ Guest's time set, or taken away
audit-forget = { $when } **{ $actor }** had a member forgotten, called { $subject } here
log-forget-title = 🧹 Member forgotten
log-forgotten = The log says { $alias } instead of the member.
audit-expire = { $when } **{ $actor }** closed (time's up): { $subject }
log-expire-title = ⌛ Time's up
audit-lan = { $when } **{ $actor }** turned LAN mode { $subject }
log-lan-title = 🏠 LAN mode
audit-repair = { $when } **{ $actor }** put back { $subject }
log-repair-title = 🔧 Repaired
audit-problem = { $when } **{ $actor }** has a problem: { $subject }
log-problem-title = ⚠️ Problem
audit-solved = { $when } **{ $actor }** no longer has a problem: { $subject }
log-solved-title = ✅ No longer a problem
audit-follow = { $when } **{ $actor }** moved to the new address { $subject }
log-follow-title = 📍 New public address
audit-other = { $when } **{ $actor }** { $action } { $subject }
log-other-title = 📝 { $action }

## Taking devices away.

revoke-revoke-button = Revoke
revoke-cancel-button = Cancel
revoke-title = { $count ->
    [one] Revoke { $count } device of { $member }?
   *[other] Revoke { $count } devices of { $member }?
}
revoke-device = **{ $device }**, { $mode } mode, added { $since }
revoke-means = This takes effect at once. It can't be undone: a device comes back only with a new `/join`.
revoke-means-ports = This takes effect at once. { $ports ->
    [one] It also closes { $ports } port
   *[other] It also closes { $ports } ports
}. It can't be undone: a device comes back only with a new `/join`.
revoke-means-players = This takes effect at once. { $ports ->
    [one] It also closes { $ports } port
   *[other] It also closes { $ports } ports
} and ends { $connections ->
    [one] { $connections } connection
   *[other] { $connections } connections
} of players. It can't be undone: a device comes back only with a new `/join`.
revoke-cancelled = Cancelled. Nothing was removed.
revoke-changed = **This changed in the meantime.** This is what would go now:
revoke-device-gone = That device is off the VPN already.
revoke-devices-gone = Those devices are off the VPN already.
revoke-nothing = { $member } has no device on the VPN.
revoke-unseen = { $member } has no device in the regions that answer. If you confirm, their devices in the others go as soon as those are back.
revoke-access = { $member } had no device; their access is removed.
revoke-done = { $count ->
    [one] **Removed { $count } device of { $member }.** Its connections are cut:
   *[other] **Removed { $count } devices of { $member }.** Their connections are cut:
}
revoke-ports = { $count ->
    [one] { $count } port closed with it:
   *[other] { $count } ports closed with it:
}

## The log channel.

log-by = Done by { $actor }
log-why = Why: { $reason }
log-device = **{ $device }**, { $mode } mode
log-device-until = **{ $device }**, { $mode } mode, until { $time }
log-closed = { $count ->
    [one] Closed port:
   *[other] Closed ports:
}
log-kept = Cut off, and players were disconnected. Devices and ports are kept until { $time }, and work again { $again ->
    [restored] after `guildgate restore` on the VPS
   *[role] with the role
}.
log-kept-forever = Cut off, and players were disconnected. Devices and ports are kept until an admin removes them, and work again { $again ->
    [restored] after `guildgate restore` on the VPS
   *[role] with the role
}.
log-lan-on = On: devices reach each other.
log-lan-off = Off: devices are kept apart.
log-repaired = I put this back: { $difference }.
log-followed = Players now connect to { $address }. Setups with the old address no longer work.
log-skipped-title = … and more
log-skipped = { $count } older entries are not repeated here; `/audit` has them.
log-refused-title = 🚫 Refused
log-broken-title = 💥 Error
# $count: refusals like the one above.
log-repeated = … and { $count } more like this within a minute.
# $command is a command or `log-button`, in backticks.
log-asked = { $member }: { $command }
# A member without the role for it.
log-turned-away = { $member } has no role for { $command }
log-button = a button
log-away-title = 🔴 The VPN's service does not answer
log-away = Since { $time }, { $relative }. Players and devices stay connected, but nothing can be changed.
log-back-title = 🟢 The VPN's service answers again
log-back = It was away for { $duration }.
log-undelivered-title = 📭 A setup was not delivered
log-undelivered = The setup of **{ $device }** couldn't be delivered to { $member }. They can type `/rotate` to get a new one.
log-not-reminded-title = 📭 A reminder was not delivered
log-not-reminded = { $member } has DMs off and wasn't told that this is about to close:
log-not-told-of-move-title = 📭 An owner was not told of the new address
log-not-told-of-move = { $member } has DMs off. These devices need a new setup by `/rotate`, or WireGuard switched off and on once:
log-card-lost-title = 📭 A match card is out of date
log-card-lost = I can't update the card of { $member } in { $channel }: the channel is gone, or I may not write there. The card goes on once I may. What is open stays open:
log-no-events-title = 📅 Game nights are not among the server's events
log-no-events = Ports of game nights open all the same. To show them as events, I need { $count ->
    [one] the permission { $permissions }.
   *[other] the permissions { $permissions }.
}
log-panel-lost-title = 📭 The live message is out of date
log-panel-lost = I can't update the live message in { $channel }: I may not see it or write there. Give me the permissions, and it goes on.
log-panel-gone-title = 🗑️ The live message is gone
log-panel-gone = The live message in { $channel } was deleted. Want it back? Press the button, or type `/panel`.
log-panel-back-button = Bring it back
log-no-intent-title = 🙉 Discord does not tell me about members
log-no-intent = Members who lose the role or leave are cut off all the same, but some seconds later, because I have to ask about each owner of a device. To change that, open Discord's developer portal, choose my application, switch on *Bot → Server Members Intent*, and restart me.
log-versions-title = 🧩 Bot and gateway are different versions
# $bot and $gateway are versions.
versions-differ = The bot is version { $bot }, the gateway is { $gateway }. Some commands may not work. Update or restart the older one.
log-release-title = 🎁 New version
# $version and $present are versions.
log-release = guildgate { $version } is out; this one is { $present }. To update, run `sudo guildgate update` on the VPS. Matches go on.
log-misnamed-title = 🪪 Configured roles and channels

## What is wrong with a role or channel that the configuration names.
## $kind is role or channel. $keys are keys of [discord]. $id, $others and $now are ids and a name.

named-missing = { $kind ->
    [role] No role is called { $name }, which is in { $keys }. Make one, or put the id of another role there.
   *[channel] No text channel is called { $name }, which is in { $keys }. Make one, or put the id of another channel there.
}
named-other-case = There is { $now }, but upper and lower case count.
named-no-id = { $kind ->
    [role] No role has the id { $id }, which is in { $keys }.
   *[channel] I see no channel with the id { $id }, which is in { $keys }.
}
named-gone = { $kind ->
    [role] The role { $name } of { $keys }, { $id }, is deleted. Put the id of another role there.
   *[channel] The channel { $name } of { $keys }, { $id }, is deleted. Put the id of another channel there.
}
named-gone-others = Now { $others } has that name, and does not count without its id there.
named-ambiguous = { $kind ->
    [role] Several roles were called { $name } when I first looked, so none of them gives access. Put the id of the right one into { $keys }.
   *[channel] Several channels were called { $name } when I first looked, so I use none of them. Put the id of the right one into { $keys }.
}
named-ambiguous-now = Now so called: { $others }.
named-namesake = { $kind ->
    [role] Another role is called { $name } as well: { $others }. It gives no access, because { $keys } means { $id }.
   *[channel] Another channel is called { $name } as well: { $others }. I do not use it, because { $keys } means { $id }.
}
named-renamed = { $kind ->
    [role] The role { $name } of { $keys } is called { $now } now, and keeps its access. Put its id there: { $id }.
   *[channel] The channel { $name } of { $keys } is called { $now } now, and I still use it. Put its id there: { $id }.
}
named-found = { $kind ->
    [role] There is a role { $name } now: { $id }. It has the access of { $keys }, and no other role of that name gets it.
   *[channel] There is a channel { $name } now: { $id }. I use it for { $keys }, and no other channel of that name.
}

## What the bot lacks on its server. $key is a key of [discord], $permissions are names of permissions in Discord.

need-write = I cannot write to #{ $channel } ({ $key }). Give me { $permissions } there.
need-history = I cannot read back what I wrote in #{ $channel } ({ $key }), so it may come twice after a long outage. Give me Read Message History there.
need-give-roles = I cannot give { $role } when an admin approves a request. Give my role the permission Manage Roles.
need-rank = I cannot give { $role } when an admin approves a request, because that role is not below mine. Drag my role above it in Server Settings, Roles.
need-events = Discord does not tell me when a member leaves or loses a role, so I ask about each owner of a device. Switch on Server Members Intent on the Bot page of the application, and restart me.
need-commands = The server lacks my commands { $commands }. Restart me; if that does not help, invite me with the scopes bot and applications.commands.

# The line of the log that says that the bot works.

ready = ready in { $name }
ready-wrong = ready in { $name }, where { $count ->
        [one] 1 thing is
       *[other] { $count } things are
    } wrong: { $reason }
ready-not-registered = The commands are not registered yet.
ready-no-gateway = The gateway does not answer ({ $code }).
ready-private-address = Players get the private address { $address }, which the Internet cannot reach: set public_address in [gateway] to the public one.
