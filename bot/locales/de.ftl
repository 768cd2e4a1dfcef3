### Every sentence that members read in Discord, in German. en.ftl says how long a message may be, and which values come.

# Glossary, so that the same thing keeps its word. Members are "du"; their gender is unknown.
#   device Gerät, PC PC, phone Handy. setup Setup, setup file Setup-Datei. VPN das VPN, VPN's service VPN-Dienst.
#   port Port, open öffnen/offen, close schließen/geschlossen, forward Freigabe. address Adresse. traffic Traffic.
#   host Host/hosten. match Runde. game night Zockabend, match nights gezockte Abende. player Spieler.
#   member Mitglied. admin Admin. request Anfrage: annehmen, ablehnen. access Zugang: geben, entziehen. revoke: aus dem VPN nehmen, rausnehmen.
#   take off the VPN aus dem VPN nehmen. suspended, cut off gesperrt, let back in entsperrt.
#   address: block blockieren (die Blockade), let in zulassen, kick kicken. live message Live-Nachricht, card Karte.
#   press drücken, type tippen, choose wählen, tick Häkchen. server (a game's) Server, VPS der VPS, gateway das Gateway.
#   Labels of WireGuard's client are those of its German translation, where it has one.

## Slash commands, as Discord shows them while they are typed.

join-command-name = beitreten
join-command = PC, Handy oder Router ins VPN bringen: in drei Schritten eingerichtet
join-option-device = Ein Name für das Gerät, etwa laptop (sonst nehme ich einen)
join-option-mode = Wofür es ist (Standard: hosting)
join-option-public_key = Für Profis: dein eigener öffentlicher WireGuard-Schlüssel. Der private bleibt bei dir
join-option-ipv4_only = Für ein Gerät mit abgeschaltetem IPv6, auf dem WireGuard sonst nicht startet
join-option-region = Wo es dazukommt (sonst da, wo du zuletzt warst)
host-command-name = hosten
host-command = Ein Spiel hosten: öffnet den Port und zeigt, wann Freunde mitspielen können
forward-command-name = freigeben
forward-command = Einen Port zum Internet öffnen, damit Freunde auf deinem Gerät mitspielen können
forward-option-port = Ein Spiel wie minecraft, ein Port 25565, Bereich 27015-27030, mehrere: 2456-2458, 27015/udp
forward-option-protocol = TCP, UDP oder beides (Standard)
forward-option-to_port = Falls dein Server einen anderen Port benutzt (bei einem Bereich: den ersten)
forward-option-device = Das Gerät, auf dem dein Server läuft (unnötig, wenn du nur eins hast)
forward-option-duration = Wie lange oder bis wann: 2h, 1h30, until 2am, friday 20:00, forever (oder leer)
forward-option-announce = Hier eine Karte posten: Adresse und Spieler, bis die Runde vorbei ist
forward-choice-protocol-both = { protocol-both }
forward-choice-protocol-tcp = { protocol-tcp }
forward-choice-protocol-udp = { protocol-udp }
forward-option-every = Zockabend, der von selbst öffnet und schließt: friday 20:00, fri, sat 8pm oder day 20:00
forward-option-only = friends: nur Geräte im VPN und mit /connections zugelassene Adressen (Standard: alle)
forward-option-region = Wo das Gerät ist (unnötig, wenn du nur eins hast)
forward-choice-only-friends = friends: Geräte im VPN und zugelassene Adressen
connections-command-name = verbindungen
connections-command = Wer auf deinen Ports ist: kicken, blockieren, nur Freunde zulassen (Admins: alle Ports)
connections-option-port = Nur dieser Port (Standard: alle)
unforward-command-name = schließen
unforward-command = Ports von dir schließen. Spieler darauf fliegen raus
unforward-option-port = Was zu soll: ein Port 25565, ein Bereich 27015-27030, mehrere: 2456-2458, 27015/udp
unforward-option-region = Wo der Port offen ist (nur nötig, wenn er in mehreren offen ist)
leave-command-name = verlassen
leave-command = Ein Gerät von dir aus dem VPN nehmen und seine Ports schließen
leave-option-device = Das Gerät, das raus soll (unnötig, wenn du nur eins hast)
leave-option-region = Wo das Gerät ist (nur nötig, wenn es den Namen in mehreren Regionen gibt)
rotate-command-name = erneuern
rotate-command = Neue Schlüssel für dein Gerät: das alte Setup geht nicht mehr, Adresse und Ports bleiben
rotate-option-device = Das Gerät, das neue Schlüssel bekommt (unnötig, wenn du nur eins hast)
rotate-option-ipv4_only = True: für ein Gerät mit abgeschaltetem IPv6; False: wieder mit IPv6
rotate-option-region = Wo das Gerät ist (nur nötig, wenn es den Namen in mehreren Regionen gibt)
rename-command-name = umbenennen
rename-command = Ein Gerät von dir umbenennen: Setup, Ports und Runde laufen weiter
rename-option-device = Das Gerät, das umbenannt wird
rename-option-new_name = Wie es ab jetzt heißt
rename-option-member = Admins: das Mitglied mit diesem Gerät
rename-option-region = Wo das Gerät ist (nur nötig, wenn es den Namen in mehreren Regionen gibt)
rename-done = ✏️ **{ $device }** heißt jetzt **{ $name }**. Setup, Ports und Runde laufen weiter.
status-command-name = status
status-command = Deine Geräte und Ports, und wer verbunden ist (Admins sehen alle)
traffic-command-name = traffic
traffic-command = Traffic deiner Geräte und wie viele Spieler du hattest, als Bild (Admins: von allen)
traffic-option-member = Admins: nur von diesem Mitglied
traffic-option-period = Wie weit zurück (Standard: ein Tag)
traffic-choice-period-day = ein Tag
traffic-choice-period-week = eine Woche
traffic-choice-period-month = ein Monat
traffic-choice-period-year = ein Jahr
policy-command-name = regeln
policy-command = Was du hier darfst: wie viele Geräte und Ports, und wie lange
doctor-command-name = diagnose
doctor-command = Admins: nachsehen, was beim Server und beim Bot nicht stimmt
lan-command-name = lan
lan-command = Admins: Geräte im VPN einander erreichen lassen oder wieder trennen
lan-option-state = Gilt sofort, bis zum nächsten /lan
lan-choice-state-on = an: Geräte erreichen einander wie in einem Heimnetz
lan-choice-state-off = aus: Geräte erreichen nur das Internet und offene Ports
revoke-command-name = rausnehmen
revoke-command = Admins: Geräte eines Mitglieds samt Ports aus dem VPN nehmen; zeigt vorher, was wegfällt
revoke-option-member = Das Mitglied, das raus soll
revoke-option-device = Nur dieses Gerät (Standard: alle Geräte des Mitglieds)
peers-command-name = geräte
peers-command = Admins: die Geräte von allen oder von einem Mitglied
peers-option-member = Nur von diesem Mitglied
peers-option-state = Nur die in diesem Zustand
peers-choice-state-connected = { state-connected }
peers-choice-state-away = { state-away }
peers-choice-state-never = { state-never }
peers-choice-state-suspended = { state-suspended }
forwards-command-name = ports
forwards-command = Admins: die offenen Ports von allen oder von einem Mitglied
forwards-option-member = Nur von diesem Mitglied
forwards-option-port = Nur die zu diesem Spiel oder auf diesem Port
audit-command-name = protokoll
audit-command = Admins: wer was getan hat, das Neueste zuerst
audit-option-region = Wessen Protokoll (sonst da, wo du zuletzt warst)
devices-menu-command = VPN-Geräte
settings-command-name = einstellungen
settings-command = Admins: was für diesen Server eingestellt ist, und wo man es ändert
setup-command-name = einrichten
setup-command = Erste Einrichtung: mit dem Code, den der VPS ausgegeben hat
setup-option-code = Der Code, etwa ABCDE-FGHJK
help-command-name = hilfe
help-command = Womit du anfängst, und welche Befehle es gibt
panel-command-name = panel
panel-command = Admins: Live-Nachricht in diesen Kanal posten, mit den Runden und Buttons für alle
posts-command-name = posts
posts-command = Ob ich in diesem Server über deine Runden posten darf
posts-option-state = Gilt nur für deine eigenen Runden
posts-choice-state-on = an: Freunde lesen, wenn du hostest
posts-choice-state-off = aus: über dich wird nichts gepostet

## Words that other messages are made of.

list-or = { $first } oder { $last }
list-and = { $first } und { $last }
list-more = { $names } und { $count } weitere
more-lines = … und { $count } weitere
purpose-hosting = Hosting: echte Spieler-IPs (Linux: der Rest bleibt zu Hause; sonst aller Traffic)
purpose-everything = Alles: der ganze Traffic
purpose-light = Leicht: nur VPN-Traffic. Spieler-IPs verborgen
mode-full = Aller Traffic; echte Spieler-IPs
mode-split = Nur VPN-Traffic; Spieler-IPs verborgen
mode-linux = Nur Traffic von VPN und Spielern; echte Spieler-IPs
protocol-tcp = TCP
protocol-udp = UDP
protocol-both = TCP und UDP
state-connected = Verbunden
state-away = Gerade nicht verbunden
state-never = Noch nie verbunden
state-suspended = Gesperrt
# $count: how many ports these are.
port = { $count ->
    [one] Port { $ports }
   *[other] Ports { $ports }
}
port-begin = { $count ->
    [one] Port { $ports }
   *[other] Ports { $ports }
}
reach-range = { $count ->
    [one] { $address }, Port { $ports }
   *[other] { $address }, Ports { $ports }
}
device-of = { $device } von { $owner }
live = { $connections ->
    [one] { $connections } Verbindung
   *[other] { $connections } Verbindungen
} von { $players ->
    [one] { $players } Spieler
   *[other] { $players } Spielern
}
live-none = niemand verbunden
# $live is the message `live` or `live-none`.
live-refused = { $live }; { $refused ->
    [one] { $refused } Versuch
   *[other] { $refused } Versuche
} blockiert (Flood-Schutz)
ends = endet { $relative }

## Time.

forever = für immer
days = { $count ->
    [one] { $count } Tag
   *[other] { $count } Tage
}
hours = { $count ->
    [one] { $count } Stunde
   *[other] { $count } Stunden
}
minutes = { $count ->
    [one] { $count } Minute
   *[other] { $count } Minuten
}
seconds = { $count ->
    [one] { $count } Sekunde
   *[other] { $count } Sekunden
}
weekday = { $day ->
    [1] Montag
    [2] Dienstag
    [3] Mittwoch
    [4] Donnerstag
    [5] Freitag
    [6] Samstag
   *[7] Sonntag
}
short-days = { $count } d
short-hours = { $count } h
short-minutes = { $count } min
# A suggestion for an option: what to type, and what it means by the server's clocks.
duration-choice = { $typed } · { $day } { $time } ({ $zone }), noch { $left }
duration-unreadable = Die Zeit verstehe ich nicht. Schreib, wie lange, etwa `2h` oder `1h30`. Oder bis wann, etwa `2am`, `tomorrow 20:00` oder `friday 20:00`. Oder `forever`.
duration-past = Die Zeit ist schon vorbei. Schreib eine, die noch kommt, etwa `tomorrow 20:00`.
duration-too-long = Höchstens zehn Jahre, oder `forever`.

## Game nights: ports that open and close by themselves.

night-ports = { $count ->
    [one] Port { $ports }
   *[other] Ports { $ports }
}
night-every = jeden { $days } um { $time }
night-every-day = jeden Tag um { $time }
night-added = 📅 Ich öffne { $what } von selbst { $when } ({ $zone }), für { $duration }.
night-next = Nächstes Mal: { $time }, { $relative }.
night-has-event = Es steht bei den Events des Servers. Dort können andere auf *Interessiert* drücken.
nights-title = 📅 Zockabende
night-line = { $what } auf **{ $device }**, { $when }, für { $duration }. Nächstes Mal: { $relative }
night-stop-button = Serie beenden
night-stop-one-button = { $series } beenden
night-stopped = Beendet. Ich öffne { $what } nicht mehr { $when }.
night-stays-open = Gerade ist es noch offen und schließt { $relative }.
night-ended = Diese Serie ist schon vorbei.
night-not-yours = Diese Serie ist nicht von dir. Beenden kann sie nur, wer sie angelegt hat, oder ein Admin.
night-too-many = Du hast schon { $count } Zockabende, mehr geht nicht. Beende erst einen: `/status` zeigt sie.
night-unreadable = Das verstehe ich nicht. Schreib Tage und eine Uhrzeit, etwa `friday 20:00`, `fri, sat 8pm` oder `day 20:00`.
night-how-long = Ein Zockabend dauert höchstens { $duration }. Gib bei `duration` an, wie lange, etwa `3h` oder `until 1am`.
night-event = { $what } mit { $host }
night-event-about = Der Port öffnet von selbst, { $when }.
night-refused = Dein Zockabend mit { $what } konnte nicht öffnen. { $why } Ich versuche es jede Minute wieder, bis { $time }.
night-device-gone = Dein Zockabend mit { $what }, { $when }, ist vorbei, weil **{ $device }** weg ist. Für einen neuen füge ein Gerät hinzu und tippe `/forward` mit `every`.

## Refusals of the bot, and failures.

server-only = Befehle nehme ich nur in unserem Server an. Tippe diesen dort.
server-left = Du bist nicht mehr in dem Server, zu dem diese Ports gehören.
admins-only = Sorry, das können nur Admins.
no-access-yet = Ich bin noch nicht eingerichtet. Ein Admin dieses Servers macht das mit `/setup` fertig.
no-access = Sorry, das VPN ist nur für Leute mit der Rolle { $roles }. Frag einen Admin dieses Servers danach.
no-access-ask = Sorry, das VPN ist nur für Leute mit der Rolle { $roles }. Tippe `/join`, um die Admins um Zugang zu bitten.
outdated-typed = Dieser Befehl wurde erneuert. Starte Discord neu (am Computer: Strg+R), dann versuch es nochmal.
outdated-pressed = Das stammt von einer älteren Version von mir und geht nicht mehr. Tippe den Befehl nochmal.
discord-failed = Discord hatte ein Problem. Sieh in `/status` nach, bevor du es nochmal versuchst.
bug = Da ist etwas kaputtgegangen. Sag einem Admin diese Nummer: { $number }.

## Refusals of the gateway, by its codes.

error-internal = Im VPN-Dienst ist etwas kaputtgegangen. Sag einem Admin diese Nummer: { $log_id }.
error-bad_request = { $field } verstehe ich nicht: { $rule }.
error-bad_ports = { $text } ist kein Port. Schreib einen wie 25565, einen Bereich wie 27015-27030, oder mehrere: 2456-2458, 27015/udp.
error-not_allowed = Das darfst du nur mit deinen eigenen Geräten. Frag einen Admin.
error-admins_only = Das darf nur ein Admin.
error-root_only = Das darf nur root, auf dem VPS.
error-other_service = Das VPN lässt mich das nicht tun. Sag einem Admin Bescheid.
error-suspended = { $device } ist gesperrt. Bitte einen Admin, es zu entsperren. Hast du deine Rolle gerade erst zurück? Dann versuch es in einer Minute nochmal.
error-owner_suspended = Dein Zugang ist gesperrt. Bitte einen Admin, ihn zu entsperren. Hast du deine Rolle gerade erst zurück? Dann versuch es in einer Minute nochmal.
error-guest_over = Deine Zeit als Gast ist um. Bitte einen Admin, dich als Mitglied reinzulassen.
error-wrong_user = Der Systembenutzer { $user } darf nicht mit dem VPN-Dienst sprechen. Sag einem Admin: Er gehört in socket_users in [gateway].
error-peer_unknown = Es gibt kein Gerät namens { $device }. `/status` zeigt deine Geräte.
error-no_devices = Füge zuerst deinen PC hinzu: `/join`
error-which_device = Welches Gerät? Du hast { $devices }. Wähl eins in der Option device.
error-peer_exists = Du hast schon ein Gerät namens { $device }. Setup verloren? `/rotate` macht ein neues.
error-key_in_use = Diesen öffentlichen Schlüssel benutzt schon ein anderes Gerät. Mach ein neues Schlüsselpaar und versuch es nochmal.
error-forward_unknown = Port { $ports } ist nicht offen. `/status` zeigt deine offenen Ports.
error-forward_gone = Dieser Port ist schon geschlossen. `/status` zeigt deine offenen Ports.
error-part_of_forward = { $ports } gehört zu { $whole }. Schließ { $whole } im Ganzen.
# $owner is a member's name, for admins only.
error-address_not_listed = { $network } ist dort weder blockiert noch zugelassen.
error-port_taken = { $ports } ist schon offen, und zwar für { $holder ->
    [you] dich
    [someone] ein anderes Mitglied
   *[named] { $owner }
}. { $hint }
error-port_forbidden = Port { $ports } lässt sich nicht öffnen: { $rule }.
error-port_in_use = { $ports } wird von einem Programm auf dem VPS benutzt. { $hint }
error-port_needed = Port { $ports } lässt sich nicht öffnen: Was von { $range } noch übrig ist, braucht der VPS für eigene Verbindungen. { $hint }
error-limit_reached = Das Limit: { $limit } { $what ->
    [devices] Geräte
    [forwards] Freigaben
    [ports] öffentliche Ports
    [devices_in_all] Geräte aller Mitglieder zusammen
    [forwards_in_all] Freigaben aller Mitglieder zusammen
    [addresses] blockierte oder zugelassene Adressen für einen Port
    [addresses_in_all] blockierte oder zugelassene Adressen für alle Ports zusammen
    [marks] offene Ports aller Mitglieder zusammen
   *[guests_in_all] gemerkte Gäste
}, noch frei: { $left }. Entferne zuerst etwas davon.
error-beyond_limit = Das Limit: { $limit } { $what ->
    [devices] Geräte
    [forwards] Freigaben
    [ports] öffentliche Ports
    [devices_in_all] Geräte aller Mitglieder zusammen
    [forwards_in_all] Freigaben aller Mitglieder zusammen
    [addresses] blockierte oder zugelassene Adressen für einen Port
    [addresses_in_all] blockierte oder zugelassene Adressen für alle Ports zusammen
    [marks] offene Ports aller Mitglieder zusammen
   *[guests_in_all] gemerkte Gäste
}, noch frei: { $left }. Nimm weniger, oder bitte einen Admin, es zu erhöhen.
error-too_many_joins = Pro Stunde gehen höchstens { $limit } neue Geräte. Warte noch { $wait }, dann versuch es nochmal.
error-too_many_changes = Ich habe in einer Minute { $limit } Änderungen gemacht, mehr geht nicht. Versuch es in einer Minute nochmal.
error-too_many_watchers = Der Benutzer des Bots verfolgt die Ereignisse des VPN schon { $limit }-mal, mehr geht nicht. Sag einem Admin Bescheid.
error-request_id_reused = Diese Anfrage hat die Kennung einer anderen, darum ist nichts passiert. Versuch es nochmal.
error-set_up_elsewhere = { $device } wurde gerade durch eine andere Anfrage eingerichtet. Die Setup-Datei ist dort.
error-too_long = Das ist zu lang. Möglich ist bis zu { $longest }.
error-subnet_full = Das VPN hat keine Adresse mehr für ein weiteres Gerät. Bitte einen Admin, alte zu entfernen.
error-apply_failed = Der VPS hat die Änderung abgelehnt, darum ist alles wie vorher. Sag einem Admin: { $log_id }.
error-not_saved = Der VPS konnte die Änderung nicht speichern, darum ist alles wie vorher. Sag einem Admin: { $log_id }.
error-database_damaged = Die Datenbank des VPN ist beschädigt, darum ist alles wie vorher. Was offen ist, bleibt offen. Sag einem Admin: { $log_id }.
error-not_erased = Das Mitglied ist vergessen, aber in der Datenbank können noch Spuren des Texts stehen. Sag einem Admin: { $log_id }.
error-nothing_stored = Von { $member } ist nichts gespeichert.
error-gateway_unreachable = Der VPN-Dienst läuft gerade nicht. Deine Geräte und Ports bleiben erhalten. Versuch es in einer Minute nochmal.
error-region_away = { $region } antwortet nicht, zuletzt { $since }. Was dort offen ist, bleibt offen.
error-other_version = Der Bot und der VPN-Dienst haben verschiedene Versionen und verstehen einander nicht. Ein Admin muss aktualisieren oder neu starten, was älter ist.
error-region_differs = { $older ->
    [gateway] **{ $region }** hat eine ältere Version als der Bot und versteht ihn nicht. Ein Admin muss **{ $region }** aktualisieren.
    [bot] **{ $region }** hat eine neuere Version, die der Bot nicht versteht. Ein Admin muss den Bot aktualisieren.
   *[unknown] **{ $region }** und der Bot haben verschiedene Versionen und verstehen einander nicht. Ein Admin muss aktualisieren, was älter ist.
}
error-region_unknown = Eine Region { $region } gibt es nicht. Zur Wahl stehen { $regions }.
error-which_region = Welche Region? { $name } gibt es in { $regions }. Wähl eine in der Option region.
error-gateway_waiting = Das VPN startet gerade und wartet auf sein Netz. Deine Geräte und Ports bleiben erhalten. Versuch es in einer Minute nochmal.
error-name_not_kept = Der Name des VPN wird nicht aktuell gehalten: { $reason }.
error-bad_backup = Die Datei lässt sich nicht wiederherstellen. Es ist alles wie vorher.
error-newer_backup = Das Backup ist von einem neueren guildgate. Es ist alles wie vorher.
error-wrong_secret = Damit lässt sich das Backup nicht öffnen. Es ist alles wie vorher.
error-state_there = Der VPS hat schon Geräte. Es ist alles wie vorher.
error-still_running = Das Gateway oder der Bot läuft noch. Es ist alles wie vorher.
error-not_updated = { $problem }.
error-kernel_behind = Die Datenbank ist geändert, aber bei { $what } ging es nicht. Der nächste Start holt das nach.
error-cannot_import = Der Server des anderen Programms ließ sich nicht übernehmen: { $problem }.
error-gateway_timeout = Der VPN-Dienst hat nicht rechtzeitig geantwortet. Sieh in `/status` nach, bevor du es nochmal versuchst.
error-not_authentic = Die Antwort kam nicht vom VPN-Dienst ({ $reason }). Sieh in `/status` nach, bevor du es nochmal versuchst.
error-not_signed = Der VPN-Dienst hält das für keine Anfrage des Bots. Sag einem Admin: { $reason }.
error-gateway_busy = Der VPN-Dienst hat gerade zu viel zu tun, darum ist nichts passiert. Versuch es in ein paar Minuten nochmal.

# The $hint of a taken port.
hint-free = { $free } ist frei.
hint-none = Gerade ist kein anderer Port frei.
# The $rule that a request breaks.
rule-one_port = dazu gehört genau ein Port oder ein Bereich
rule-inside = Ports liegen zwischen 1 und 65535
rule-twice = { $value } steht zweimal drin
rule-too_many = höchstens { $value } Ports auf einmal
rule-weak = dazu gibt es keinen privaten Schlüssel
rule-key = es muss ein WireGuard-Schlüssel sein: 44 Zeichen in base64, am Ende ein =
rule-name = ein Name hat 1 bis { $value } sichtbare Zeichen
rule-only = wähl innerhalb von { $value }
rule-own = { $value } benutzt das VPN selbst. Wähl etwas anderes
rule-denied = die Admins halten { $value } geschlossen
rule-prefix = erlaubt ist eine Adresse, ein /24 bei IPv4 oder ein /64 bei IPv6

## A device and its setup.

join-purpose-unknown = Wähl `hosting`, `everything` oder `light`.
platform-windows = Windows-PC
platform-mac = Mac
platform-linux = Linux
platform-phone = Handy
platform-router = Router
join-question = ### Was willst du hinzufügen?
# $devices: the names of those that the member has. $device: a free name.
join-have = Du hast schon { $devices }. Ein neues Gerät bekommt einen freien Namen, etwa **{ $device }**. Brauchst du nur eine neue Datei? Nimm `/rotate`.
join-free = **{ $device }** ist frei.
join-free-button = Noch eins hinzufügen
rotate-question = ### Was ist { $device }?
    Du bekommst eine neue Setup-Datei. Die alte geht dann nicht mehr.

# A setup has at most 60 words on every platform, as a test counts them.
setup-title = ### { $icon } { $device } ⏳ wartet…
setup-install = **1.** Installieren
setup-get-button = WireGuard holen
setup-iphone-button = iPhone
setup-android-button = Android
setup-import = **2.** { $file } speichern, *Tunnel aus Datei importieren*
setup-activate = **3.** *Aktivieren*
setup-mac-allow = **3.** VPN-Konfiguration *erlauben*, dann *Aktiviere*
setup-linux-save = **2.** Da, wo die Datei liegt: { $command }
setup-linux-start = **3.** { $command }
setup-phone-scan = **2.** Öffne das hier am PC. Scanne es mit dem Handy: **+** → *QR-Code*
setup-phone-import = **2.** { $file } auf dem Handy speichern: **+** → *Aus Datei*
setup-phone-allow = **3.** VPN-Konfiguration *erlauben*, { $tunnel } nennen, einschalten
setup-router-open = **1.** Öffne die Seite deines Routers: VPN → WireGuard-*Client*
setup-router-import = **2.** { $file } importieren. *Allowed IPs* und *Persistent keepalive* so lassen.
setup-router-ports = **3.** Lass seine Ports zu deinem PC durch
setup-lacks-key = Setz zuerst deinen privaten Schlüssel in { $file } ein, anstelle von `{ $placeholder }`.
setup-qr-alt = QR-Code mit dem Setup von { $device }
setup-file-alt = WireGuard-Setup von { $device }
setup-full = ⚠️ Der ganze { $family ->
    [ipv4] IPv4-Traffic
   *[both] Internet-Traffic
} { $platform ->
    [router] hinter dem Router
    [phone] dieses Handys
    [mac] dieses Macs
   *[windows] dieses PCs
} läuft über unseren Server.
setup-split = Nur VPN-Traffic läuft über unseren Server. Spieler-IPs sind verborgen.
setup-linux = Echte Spieler-IPs. Anderer Traffic bleibt zu Hause. Installiere auch das Paket nftables.
setup-windows-firewall = 🛡️ Firewall: Spiel für *Öffentliche Netzwerke* zulassen, nach `/rotate` nochmal.
setup-windows-block = 🖨️ Drucker weg? *Bearbeiten* → *Blockiere Verkehr außerhalb des Tunnels (Not-Aus)* abwählen.
# $relative is a time such as `in 14 minutes`.
setup-private-until = 🔒 Private Datei, weg { $relative }.
setup-private = 🔒 Private Datei, weg, sobald verbunden.
setup-ends = Endet { $relative }.
setup-trouble-button = Klappt nicht
setup-send-button = Per DM schicken
setup-new-button = Neue Setup-Datei
setup-sent = 📬 Das Setup ist in deinen DMs.
setup-not-sent = Ich kann dir keine DM schicken. Erlaube DMs von diesem Server (Servername → *Privatsphäre-Einstellungen*), oder nimm die Datei hier.
setup-not-there = Das Setup ist nicht mehr in dieser Nachricht. `/rotate` macht ein neues.
setup-connected = ✅ **Verbunden:** { $device } ist im VPN. Die Setup-Datei ist nicht mehr hier.
setup-taken-out = ⌛ Das Setup von **{ $device }** ist nicht mehr hier. Noch nicht verbunden? Hol dir eine neue Datei.
setup-gone = **{ $device }** ist nicht mehr im VPN. Mit `/join` fügst du es wieder hinzu.
setup-undelivered = **{ $device }** ist bereit, aber ich konnte die Setup-Datei nicht schicken. `/rotate` macht eine neue.

# What is behind the button *It doesn't work*.
trouble-waiting = **Wartet es immer noch?** Der Tunnel muss in WireGuard *aktiv* sein. Manche Netze (Schule, Arbeit) blockieren VPNs: Nimm ein anderes.
trouble-windows-firewall = **Freunde kommen nicht rein?** Für Windows ist das VPN ein *Öffentliches Netzwerk*. Such in Windows nach *Firewall*, öffne *Zugriff von App durch Firewall zulassen* und setz bei deinem Spiel das Häkchen *Öffentlich*. Nach `/rotate` ist es ein neues Netzwerk, und Windows fragt vielleicht nochmal.
trouble-windows-block = **Drucker oder LAN-Spiele weg?** WireGuard → *Bearbeiten* → *Blockiere Verkehr außerhalb des Tunnels (Not-Aus)* abwählen.
trouble-linux-resolver = **resolvconf not found?** Mit systemd-resolved, wie bei Ubuntu: `sudo ln -s /usr/bin/resolvectl /usr/local/bin/resolvconf`. Sonst installiere openresolv.
trouble-linux-ipv6 = **Scheitert es bei `ip -6`?** Auf diesem Rechner ist IPv6 aus: Nimm `/rotate ipv4_only:True`.
trouble-linux-manager = **NetworkManager?** Er ignoriert einen Teil dieser Datei. Nimm `wg-quick`.
trouble-linux-silent = **Spieler bekommen keine Antwort?** Installiere nftables, dann `wg-quick down` und `up`. Lass den Server auf allen Adressen lauschen, nicht nur auf der LAN-Adresse. Öffne seinen Port in ufw oder firewalld wie für dein LAN. Starte ein anderes VPN vor diesem.
trouble-linux-list = **Eine öffentliche Serverliste zeigt deine Adresse von zu Hause?** Lass den Server auf der VPN-Adresse lauschen. Sie steht in der Datei hinter *Address*.
trouble-phone-screen = **Kein zweiter Bildschirm?** Speichere die Datei auf dem Handy, dann in WireGuard: **+** → *Aus Datei oder Archiv importieren* (iPhone: *Aus Datei oder Archiv erstellen*).
trouble-router = **Freunde kommen nicht rein?** Die Ports kommen am Router an. Lass ihn sie an deinen PC weiterleiten.
trouble-ipv4 = **IPv6?** Dieses Setup ist nur für IPv4: IPv6 läuft am VPN vorbei.
trouble-file = **Datei weg, oder hat sie jemand anderes?** `/rotate` macht eine neue, und die alte geht nicht mehr.
trouble-admin = **Hängt es immer noch?** Frag einen Admin: Admins sehen, ob dein Gerät den Server erreicht.
leave-done = **{ $device }** ist nicht mehr im VPN. Du kannst den Tunnel in WireGuard löschen.

## Asking for access.

request-asked = Ich habe die Admins gebeten, dich reinzulassen. Sobald sie das tun, schreibe ich dir eine DM. Bitte erlaube DMs von diesem Server (Servername → *Privatsphäre-Einstellungen*).
request-waiting = Du hast { $since } gefragt, und die Admins haben noch nicht entschieden. Ich schreibe dir eine DM, sobald sie es tun.
request-welcome = ✅ **Du bist drin!** Ein Admin hat deine Anfrage angenommen.
request-refused = ⛔ Die Admins haben deine Anfrage für das VPN abgelehnt.
request-refused-reason = Grund: { $reason }
request-ran-out = Deine Anfrage für das VPN ist ohne Antwort abgelaufen. Mit `/join` im Server fragst du nochmal.

# The request that the admins see, and the answers to their clicks.
request-title = { $name } möchte rein
request-about = { $mention } hat `/join` getippt, hat aber keinen Zugang zum VPN.
request-account-field = Account erstellt
request-joined-field = Dem Server beigetreten
request-asked-field = Gefragt
request-device-field = Gerät
request-mode-field = Über das VPN
request-outcome-field = Entscheidung
request-approve-button = Annehmen
request-deny-button = Ablehnen
request-form-title = Anfrage ablehnen
request-form-label = Grund (optional, wird mitgeteilt)
request-outcome-approved = ✅ Angenommen von { $admin } { $when }.
request-outcome-undelivered = ✅ Angenommen von { $admin } { $when }. Meine DM kam nicht an: Weiter geht es, wenn das Mitglied nochmal `/join` tippt.
request-outcome-denied = ⛔ Abgelehnt von { $admin } { $when }.
request-outcome-expired = ⌛ Abgelaufen { $when }, ohne Antwort.
request-outcome-left = 🚪 Geschlossen { $when }: nicht mehr auf dem Server.
request-outcome-needless = ✅ Geschlossen { $when }: hat schon Zugang.
request-reason = Grund: { $reason }
request-discord-fails = Discord hatte ein Problem. Versuch es in einer Minute nochmal.
request-stays-open = Es ist alles wie vorher, und die Anfrage bleibt offen.
request-unknown = Diese Anfrage geht nicht mehr. Frag mit `/join` nochmal.
request-being-approved = { $admin } nimmt das gerade an.
request-let-in = **{ $member }** ist drin. Das Setup habe ich per DM geschickt.
request-let-in-undelivered = **{ $member }** ist drin, aber meine DM kam nicht an. Sag Bescheid: nochmal `/join` tippen.
request-left = **{ $member }** ist nicht mehr auf dem Server, darum habe ich die Anfrage geschlossen.
request-denied = Abgelehnt. **{ $member }** hat keinen Zugang und weiß es aus meiner DM.
request-denied-untold = Abgelehnt. **{ $member }** hat keinen Zugang. Meine DM kam nicht an.
# Discord shows it in its own audit log.
request-role-reason = guildgate: { $admin } hat die Anfrage auf Zugang angenommen
request-role-failed = Ich konnte die Rolle gerade nicht geben, darum merke ich mir den Zugang selbst. Du kannst die Rolle selbst geben.
request-role-refused = ⚠️ Discord lässt mich { $role } nicht geben, darum merke ich mir den Zugang selbst. Fürs nächste Mal: Gib meiner Rolle die Berechtigung *Rollen verwalten*, und zieh sie über { $role }.
request-role-missing = ⚠️ Der Server hat keine Rolle { $role } (die erste von `member_roles`), darum merke ich mir den Zugang selbst.
request-trouble-title = ⚠️ Neue Mitglieder können nicht um Zugang bitten
request-no-channel = Der Server hat keinen Textkanal { $channel }, oder ich sehe ihn nicht: `admin_channel` in `[discord]`.
request-no-permission = Ein Mitglied hat um Zugang gebeten, aber ich kann nicht in { $channel } schreiben. Gib mir dort *Kanal ansehen*, *Nachrichten senden* und *Links einbetten*.

## Opening and closing ports.

forward-opened = { $count ->
    [one] **Port { $ports } ist offen ({ $protocol }).** Spieler verbinden sich mit:
   *[other] **Ports { $ports } sind offen ({ $protocol }).** Spieler verbinden sich mit:
}
forward-opened-ipv6 = Spieler mit IPv6 können auch { $address } nehmen.
forward-opened-target = Läuft auf **{ $device }**, { $count ->
    [one] Port { $ports }
   *[other] Ports { $ports }
}. Lass WireGuard und deinen Server an.
forward-opened-several = **Offen.** Spieler verbinden sich mit:
forward-opened-game = **{ $game } ist offen.** Spieler verbinden sich mit:
forward-opened-several-keep = Läuft auf **{ $device }**. Lass WireGuard und deinen Server an.
forward-opened-several-moved = Öffentlicher Port → Port auf **{ $device }**: { $ports }
# Small print below the address that players paste, and inside a sentence.
address-port = Port: { $port }
address-also = Auch offen: { $ports }
# $how is a `game-join-` message.
address-game = Im Spiel: { $how }
address-port-of = { $address } mit Port { $port }
forward-friends-only = Verbinden können sich nur Geräte im VPN und Adressen, die du mit `/connections` zulässt.
forward-already-open = Das hast du schon offen.
forward-note-split = Nur VPN-Traffic dieses Geräts läuft hier durch: Dein Server sieht keine Spieler-IPs.
forward-note-linux = Dein Server sieht echte Spieler-IPs. Lass ihn auf allen Adressen lauschen, nicht nur auf der LAN-Adresse.
forward-closes = Schließt { $relative } ({ $time }).
forward-never-closes = Bleibt offen, bis du schließt.
forward-has-ended = Das ist schon geschlossen. `/forward` öffnet es wieder.
# What is missing for an opening, above a button or menu that makes it.
forward-meant = Meinst du { $games }? { $text } kenne ich nicht. Eine Portnummer geht auch.
forward-instead-button = Stattdessen { $port } öffnen
forward-instead-keeps = Dein Server bleibt auf { $port }: Ich leite { $free } dahin.
forward-no-device = **Füge zuerst deinen PC hinzu.** Dann drück den zweiten Button.
forward-again-button = Jetzt öffnen
forward-which-device = Auf welchem läuft es?
forward-device-menu = Wähl deinen PC…
forward-close-menu = Stattdessen etwas davon schließen…
unforward-done = { $count ->
    [one] **Geschlossen.** Hier kommt niemand mehr rein:
   *[other] **{ $count } Ports geschlossen.** Hier kommt niemand mehr rein:
}

## How the most played games are hosted, below the line that misses the server, and how they are joined.

game-host-minecraft = *Im LAN öffnen* benutzt? Stell dort den Port { $port } ein.
game-join-minecraft = *Mehrspieler* → *Direktverbindung*
game-host-minecraft-bedrock = Starte den Bedrock Dedicated Server mit `server-port={ $port }`.
game-join-minecraft-bedrock = *Play* → *Servers* → *Add Server*
game-host-valheim = *Start Game* → Häkchen bei *Start Server*, und lass *Crossplay* aus.
game-join-valheim = *Join Game* → *Add server*
game-host-palworld = Starte den Palworld Dedicated Server mit `-port={ $port }`.
game-join-palworld = *Join Multiplayer Game*, und füg die Adresse unten ein
game-host-terraria = *Multiplayer* → *Host & Play*, oder starte TerrariaServer auf Port { $port }.
game-join-terraria = *Multiplayer* → *Join via IP*
game-host-factorio = *Multiplayer* → *Host saved game*. Sein Port steht in `config.ini`: `port={ $port }`.
game-join-factorio = *Multiplayer* → *Connect to address*
game-host-satisfactory = Starte den Satisfactory Dedicated Server mit `-Port={ $port }`.
game-join-satisfactory = *Server Manager* → *Add Server*
game-host-project-zomboid = *Host* im Hauptmenü, mit Port { $port }.
game-join-project-zomboid = *Join* → *Favorites*, mit dem Port im eigenen Feld
game-host-enshrouded = Starte den Enshrouded Dedicated Server.
game-join-enshrouded = *Play* → *Join*, und such nach dem Namen des Servers
game-host-7-days-to-die = Stell *Server Port* auf { $port }, wenn du das Spiel startest.
game-join-7-days-to-die = *Join a Game* → *Connect to IP*, mit dem Port im eigenen Feld
game-host-counter-strike-2 = Starte den Dedicated Server mit `-port { $port }`.
game-join-counter-strike-2 = Konsole (`~`): `connect`, ein Leerzeichen und die Adresse
game-host-rust = Starte RustDedicated mit `+server.port { $port }`.
game-join-rust = Drück F1: `client.connect`, ein Leerzeichen und die Adresse
game-host-ark = Starte den ARK Dedicated Server mit `?Port={ $port }`.
game-join-ark = Konsole (Tab): `open`, ein Leerzeichen und die Adresse
game-host-ark-ascended = Starte den ARK Ascended Dedicated Server mit `-port={ $port }`.
game-join-ark-ascended = Konsole (Tab): `open`, ein Leerzeichen und die Adresse
game-host-garrys-mod = Starte srcds mit `-port { $port }`.
game-join-garrys-mod = Konsole: `connect`, ein Leerzeichen und die Adresse

## The gateway has another address.

moved-lost = 🚚 **Das VPN ist umgezogen. Seine Adresse ist jetzt { $address }.** { $count ->
    [one] Im Setup dieses Geräts steht die alte Adresse. Tippe `/rotate`, und ersetz die alte Datei durch die neue.
   *[other] In den Setups dieser Geräte steht die alte Adresse. Tippe für jedes `/rotate`, und ersetz die alte Datei durch die neue.
} Deine Ports bleiben offen:
moved-waiting = 🚚 **Das VPN ist umgezogen.** { $count ->
    [one] Dieses Gerät sucht es noch am alten Ort. Schalte WireGuard darauf einmal aus und wieder an:
   *[other] Diese Geräte suchen es noch am alten Ort. Schalte WireGuard auf jedem einmal aus und wieder an:
}

## Time running out.

reminder = { $count ->
    [one] ⏰ **Ein Port von dir schließt { $relative }.** Spielt ihr noch? Dann verlänger ihn:
   *[other] ⏰ **{ $count } Ports von dir schließen { $relative }.** Spielt ihr noch? Dann verlänger sie:
}
reminder-extend-button = Verlängern
reminder-close-button = Schließen
extended = **Verlängert.**
extended-already = Schon verlängert:

## Whether players can join, hop by hop. Bold: the one thing to do.

proof-check-button = Nochmal prüfen
proof-how-button = Zeig mir, wie
proof-how =
    1. Öffne die App WireGuard auf deinem PC.
    2. Wähl den Tunnel, und drück *Aktivieren*.

    Noch nicht eingerichtet? `/join`
proof-other-port-button = Anderer Port…
proof-other-port-form-title = Anderer Port
proof-other-port-form-label = Der Port, den dein Server benutzt
proof-other-port-bad = Das ist kein Port. Schreib eine Zahl von 1 bis 65535.
change-button = Ändern…
change-form-title = Ändern
change-which-form-label = Welcher Port?
change-device-form-label = Der PC, auf dem es läuft
change-time-form-label = Wie lange oder bis wann
proof-looking-title = Können Spieler rein?
proof-done-title = Spieler können rein
proof-ready-title = Bereit für Spieler
proof-missing-title = Spieler können noch nicht rein
proof-unknown-title = Fast geschafft
proof-over-title = Beim letzten Nachsehen noch nicht bereit
proof-gone-title = Geschlossen
proof-until = Live bis { $time }
proof-stopped = Nicht mehr live. Drück *{ proof-check-button }*.
proof-gateway-away = Das VPN antwortet gerade nicht. Was offen ist, bleibt offen, und ich versuche es weiter.
proof-open = { $count ->
    [one] Port { $ports } ist offen
   *[other] Ports { $ports } sind offen
}
# $problem: a `problem-` message.
proof-blocked = **Bitte einen Admin, Spieler durchzulassen.** { $problem }
proof-suspended = **Bitte einen Admin, { $device } zu entsperren.** Bis dahin ist es gesperrt, und seine Ports sind zu.
proof-tunnel = WireGuard auf { $device }
proof-connected = { $device } ist verbunden ({ $handshake })
proof-not-connected = **Schalte WireGuard auf { $device } ein.** Zuletzt gesehen { $handshake }.
proof-never-connected = **Schalte WireGuard auf { $device } ein.** Es war noch nie verbunden.
proof-server = Server auf { $device }
# $ports is the message `port`.
proof-server-refused = **Starte den Server auf { $device }.** Auf { $ports } läuft nichts.
proof-server-silent = **Starte den Server auf { $device }, und lass ihn in der Firewall dort zu.** Auf { $ports } antwortet nichts.
proof-server-frozen = **Sieh nach dem Server auf { $device }.** Er nimmt Spieler auf { $ports } an, sagt dann aber nichts: Er startet noch oder hängt.
proof-server-refused-tcp = **Starte den Server auf { $device }.** Auf TCP { $ports } läuft nichts. UDP-Server lassen sich nicht prüfen.
proof-server-silent-tcp = **Starte den Server auf { $device }, und lass ihn in der Firewall dort zu.** Auf TCP { $ports } antwortet nichts. UDP-Server lassen sich nicht prüfen.
proof-playing = Der Server auf { $device } antwortet: { $players } im Spiel
proof-playing-of = Der Server auf { $device } antwortet: { $players } von { $slots } im Spiel
# Follows proof-playing and proof-playing-of.
proof-version = , Version { $version }
proof-answers = Der Server auf { $device } antwortet
proof-takes = Der Server auf { $device } nimmt Spieler an
proof-udp = Dieses Spiel kann ich von hier nicht prüfen. Sieh nach, ob es auf { $device } läuft.
proof-players = Erster Spieler
proof-knocked = Ein Spieler hat es schon versucht. Gerade ist niemand drauf.
proof-nobody = **Gib Spielern { $address }.** Noch hat es niemand versucht. Kommen Freunde nicht rein? Dann bitte einen Admin, { $ports } ({ $protocol }) in der Firewall des VPS-Anbieters zu öffnen.

## Match cards.

card-announce-button = Ankündigen
card-close-button = Schließen
card-anyway-button = Trotzdem ankündigen
card-not-ready-offline = 🟡 Noch nicht angekündigt: { $device } ist offline. Schalte dort erst WireGuard ein.
card-not-ready-silent = 🟡 Noch nicht angekündigt: Der Server auf { $device } antwortet nicht.
card-not-ready-blocked = 🟡 Noch nicht angekündigt: Eine Firewall oder Einstellung auf unserem Server lässt Spieler nicht durch. Admins sehen mehr in /status.
card-announced = 📣 Hier angekündigt: { $link }
card-announced-already = 📣 Schon angekündigt: { $link }
card-not-announced = Das Ankündigen hat nicht geklappt. Drück **{ card-announce-button }**, um es nochmal zu versuchen.
card-not-here = In unseren DMs kann ich es nicht ankündigen. Tippe das in dem Kanal, in dem Freunde es sehen sollen: { $command }
card-cannot-announce = Das Ankündigen hat nicht geklappt: In { $channel } { $count ->
    [one] fehlt mir die Berechtigung { $permissions }
   *[other] fehlen mir die Berechtigungen { $permissions }
}. Sobald ein Admin dieses Servers mir das gegeben hat, drück **{ card-announce-button }**.
# The names of permissions in Discord's client.
permission-view_channel = Kanal ansehen
permission-send_messages = Nachrichten senden
permission-send_messages_in_threads = Nachrichten in Threads senden
permission-embed_links = Links einbetten
permission-create_events = Events erstellen
permission-manage_events = Events verwalten
card-not-yours = Schließen können das nur der Host und Admins.
card-title = 🎮 { $what }
card-ended-title = 🏁 { $what }: vorbei
card-host = Host: **{ $host }**
card-stale = ⚠️ Das VPN antwortet nicht. Stand: { $since }.
card-offline = 🟡 { $device } von { $host } ging { $since } offline.
card-offline-never = 🟡 { $device } von { $host } ist noch nicht verbunden.
card-way-blocked = 🟡 Eine Firewall oder Einstellung auf unserem Server lässt Spieler nicht durch. Admins sehen mehr in /status.
card-way-silent = 🟡 Der Server auf { $device } antwortet nicht.
card-way-ready = 🟢 Bereit: Der Server antwortet.
card-version-field = Version
card-address-field = Adresse
card-players-field = Spieler jetzt
card-players = { $players ->
    [one] { $players } Spieler (Spitze { $peak })
   *[other] { $players } Spieler (Spitze { $peak })
}
card-players-of = { $slots ->
    [one] { $players } von { $slots } Spieler (Spitze { $peak })
   *[other] { $players } von { $slots } Spielern (Spitze { $peak })
}
card-since-field = Geöffnet
card-until-field = Offen bis
card-until = { $time }, { $relative }
card-until-closed = der Host schließt
card-lasted-field = Dauer
card-most-field = Spitze
card-most = { $players ->
    [one] { $players } Spieler
   *[other] { $players } Spieler
}
card-open-field = Offen
card-open = { $since } bis { $until }

## The live message of /panel.

panel-head = ## 🎮 { $server }
panel-away = 🔴 **Das VPN antwortet nicht, zuletzt { $since }.** Was offen ist, bleibt offen.
panel-blocked = 🔴 **Freunde kommen gerade nicht rein.**
    Admins: `/doctor` sagt, was zu tun ist.
panel-problems = ⚠️ { $count ->
    [one] { $count } Problem auf dem Server.
   *[other] { $count } Probleme auf dem Server.
} Admins: `/doctor` sagt, was zu tun ist.
panel-none = Gerade ist nichts offen. Drück **Spiel hosten**, um loszulegen.
panel-more = { $count ->
    [one] … und { $count } weitere Runde
   *[other] … und { $count } weitere Runden
}
panel-match = ### { $game } · { $host }
# $state is one of the messages below.
panel-match-short = **{ $game }** · { $host } · { $state }
panel-playing = { $players ->
    [0] 🟢 Offen
    [one] 🟢 **{ $players }** Spieler
   *[other] 🟢 **{ $players }** Spieler
}
panel-playing-of = 🟢 **{ $players }**/{ $slots }
panel-players = { $state } · max. { $most } { $picture }
panel-pc-offline = 🟡 PC ging { $since } offline
panel-pc-never = 🟡 Wartet auf den PC des Hosts
panel-silent = 🟡 Das Spiel antwortet nicht
panel-time = -# Geöffnet { $since }
panel-time-until = -# Geöffnet { $since } · schließt { $until }
panel-devices = { $devices ->
    [one] { $online } von { $devices } Gerät online
   *[other] { $online } von { $devices } Geräten online
}
# $devices is the message `panel-devices`.
panel-foot = -# { $devices }
panel-foot-traffic = -# { $devices } · { $rate }
panel-host-button = Spiel hosten
panel-again-button = Nochmal hosten
panel-add-button = PC hinzufügen
panel-mine-button = Meine Sachen
panel-help-button = Hilfe
panel-devices-button = Geräte
panel-requests-button = { $count ->
    [0] Anfragen
   *[other] Anfragen ({ $count })
}
panel-host-which = Was willst du hosten?
panel-host-choose-menu = Wähl ein Spiel
panel-host-other-menu = Anderes…
panel-host-form-title = Spiel hosten
panel-host-form-label = Welches Spiel oder welcher Port?
panel-host-hint-menu = minecraft, valheim, 25565
panel-no-device = Füge zuerst deinen PC hinzu: Drück **{ panel-add-button }** oder tippe `/join`.
panel-try-again = Discord hatte ein Problem. Drück den Button nochmal.
panel-nothing-again = Du hast noch kein Spiel gehostet. Drück **{ panel-host-button }**.
panel-requests-none = Niemand wartet darauf, reinzukommen.
panel-requests = { $count ->
    [one] **{ $count } Anfrage wartet:**
   *[other] **{ $count } Anfragen warten:**
}
panel-request = - **{ $name }** hat { $since } gefragt: { $link }
panel-there = 📌 Die Live-Nachricht ist schon da: { $link }
panel-posted = 📌 Die Live-Nachricht ist hier: { $link }
    Pinne sie an, damit alle sie finden.
panel-cannot-post = Hier kann ich nicht schreiben. Gib mir in diesem Kanal **{ permission-view_channel }** und **{ permission-send_messages }**, dann tippe nochmal `/panel`.
# What /help says, by whether the member has a device.
help-join = **Fang hier an: `/join`** bringt deinen PC ins VPN.
    1. Schalte WireGuard ein, und starte dein Spiel.
    2. `/forward` gibt dir die Adresse für deine Freunde.
help-host = **Fang hier an: `/forward`** gibt dir die Adresse für deine Freunde.
    Lass WireGuard an und dein Spiel laufen. `/join` fügt noch ein Gerät hinzu.
help-more = Mehr:
    - `/status` deine Geräte und Ports
    - `/unforward` einen Port schließen
    - `/connections` wer verbunden ist
    - `/rotate` eine neue Setup-Datei
    - `/policy` deine Limits
help-admin = **Admins:**
    - `/panel` die Live-Nachricht
    - `/peers` alle Geräte
    - `/forwards` alle Ports
    - `/revoke` ein Mitglied rausnehmen
    - `/audit` wer was getan hat
    - `/doctor` was nicht stimmt
    - `/settings` was eingestellt ist
panel-help = **So hostest du ein Spiel für deine Freunde**
    1. **{ panel-add-button }**: Du bekommst das Setup für WireGuard.
    2. Schalte WireGuard ein, und starte den Server deines Spiels.
    3. **{ panel-host-button }**: Du bekommst die Adresse für deine Freunde.
    - **{ panel-again-button }** öffnet dein letztes Spiel wieder.
    - **{ panel-mine-button }** zeigt deine Geräte und Ports.
    Hängt es? **{ panel-host-button }** sagt, welcher Schritt fehlt.

# The set-up in Discord: /setup with its code, and the form.
setup-begin = **Fast geschafft.** Leg eine Rolle für deine Freunde und eine für die Admins an, falls es keine gibt. Dann wähl sie hier aus.
setup-form-button = Rollen und Kanal wählen
setup-form-title = VPN einrichten
setup-members-form-label = Wer darf das VPN benutzen?
setup-admins-form-label = Wer sind die Admins?
setup-channel-form-label = Kanal für Anfragen und Log (optional)
setup-zone-form-label = Zeitzone, etwa Europe/Berlin
setup-language-form-label = Sprache der Nachrichten in Kanälen
setup-language-menu = Wie der Server
setup-done = ✅ **Eingerichtet.** Freunde tippen jetzt `/join`. `/settings` zeigt, was eingestellt ist, `/help`, was zu tun ist.
# $keys: keys of the configuration file, in backticks.
setup-fixed = In `config.toml` steht schon { $keys }: Das bleibt so.
setup-lack = ⚠️ { $problem }
setup-not-allowed = Einrichten können mich nur Mitglieder mit **Server verwalten**.
setup-code-wrong = Der Code ist falsch. Sieh im Terminal nach, wo du `setup` ausgeführt hast.
setup-code-over = Dieser Code gilt nicht mehr: Seine Stunde ist um, oder es gab zu viele Versuche. `sudo guildgate setup` gibt einen neuen aus.
setup-code-none = Es gibt nichts einzurichten. `sudo guildgate setup` auf dem VPS gibt einen Code aus.
setup-missing = Eine Rolle oder ein Kanal aus deiner Auswahl ist weg. Öffne das Formular nochmal.
setup-bot-role = Das ist die eigene Rolle eines Bots, kein Mitglied kann sie haben. Wähl eine andere.
setup-everyone-admin = @everyone kann keine Admin-Rolle sein. Wähl eine andere.
setup-unknown-zone = Diese Zeitzone kenne ich nicht. Schreib eine wie Europe/Berlin oder America/New_York.
setup-refused = Das passt nicht zu `config.toml`: Sieh dort bei { $key } nach.

# What /settings shows.
settings-title = Einstellungen
settings-line = **{ $what }:** { $shown }
settings-none = nicht gesetzt
settings-member_roles = Mitglieder
settings-admin_roles = Admins
settings-guest_roles = Gäste
settings-admin_channel = Anfragen auf Zugang
settings-log_channel = Log
settings-posts_channel = Posts über Runden
settings-timezone = Zeitzone
settings-language = Sprache in Kanälen
# What set it: /setup or the configuration file.
settings-by-chosen = · in Discord gewählt
settings-by-file = · `config.toml`
settings-members-field = Was Mitglieder dürfen
settings-policy = `/policy` zeigt es. Eingestellt wird es unter `[policy]` in `config.toml`, nicht von hier.
settings-change-field = Um etwas zu ändern
settings-change = Führ `sudo guildgate setup` auf dem VPS aus: Es gibt einen Code für `/setup` aus. Was in `config.toml` steht, bleibt.
settings-hide-field = Wer die Admin-Befehle sieht
settings-hidden = Nur Mitglieder mit **Server verwalten** sehen sie, denn jede Admin-Rolle hat das.
settings-hide = Alle sehen sie, benutzen können sie nur Admins. Um sie zu verstecken: *Servereinstellungen → Integrationen*, wähl mich, und erlaube jeden Befehl nur für deine Admin-Rolle. Oder gib jeder Admin-Rolle **Server verwalten**.

# Beside the bot's name.
presence-playing = { $players ->
    [one] { $players } Spieler
   *[other] { $players } Spieler
} in { $matches ->
    [one] { $matches } Runde
   *[other] { $matches } Runden
}
presence-open = { $matches ->
    [one] { $matches } Runde ist offen
   *[other] { $matches } Runden sind offen
}

# The posts in `posts_channel`.
post-hosting = 🎮 **{ $host }** hostet **{ $game }** auf { $address }
post-first-player = 👋 Der erste Spieler ist da: **{ $game }** bei **{ $host }**.
post-offline = 📴 Der PC von **{ $host }** ging { $since } offline, mit { $players ->
    [one] { $players } Spieler
   *[other] { $players } Spielern
} in **{ $game }**.
    Es geht weiter, sobald WireGuard wieder an ist.
post-silent = 🟡 **{ $game }** bei **{ $host }** antwortet nicht, zuletzt { $since }.
    Läuft der Server des Spiels noch?
posts-on = Ich darf wieder über deine Runden posten.
posts-off = Ich poste nichts mehr über deine Runden. `/posts state:on` macht das rückgängig.

## Status.

status-title = Deine Geräte
status-everyone-title = Alle Geräte
status-none = Du hast noch kein Gerät im VPN. Tippe `/join`, um eins hinzuzufügen.
status-none-at-all = Im VPN gibt es noch keine Geräte. Tippe `/join`, um eins hinzuzufügen.
status-connected = { $devices ->
    [one] { $connected } von { $devices } Gerät verbunden.
   *[other] { $connected } von { $devices } Geräten verbunden.
}
status-address = Spieler verbinden sich mit { $address } und einem der Ports unten.
status-no-ports = Kein Port ist offen; `/forward` öffnet einen.
# $problem: a `problem-` message.
status-problem = ⚠️ { $problem }
status-lan = Der LAN-Modus ist an: Geräte erreichen einander unter ihren VPN-Adressen.
status-never = Noch nie verbunden. Importiere das Setup in WireGuard, und schalte es ein.
status-handshake = Verbunden, zuletzt gesehen { $handshake }
status-handshake-from = Verbunden von { $endpoint }, zuletzt gesehen { $handshake }
status-away = Nicht verbunden, zuletzt gesehen { $handshake }
# The device sent and received.
status-traffic = Gesendet { $sent }, empfangen { $received }
status-vpn-address = VPN-Adresse { $addresses }
status-more = { $count ->
    [one] … und { $count } weiteres Gerät. `guildgate status` auf dem VPS zeigt alle.
   *[other] … und { $count } weitere Geräte. `guildgate status` auf dem VPS zeigt alle.
}

## LAN mode.

doctor-title = 🩺 Diagnose
doctor-level-failure = ❌ **{ $check }**: { $found }
doctor-level-warning = ⚠️ **{ $check }**: { $found }
doctor-step = → { $advice }
# $check is found by another version of guildgate on the VPS.
doctor-other = Etwas stimmt nicht. `guildgate doctor` auf dem VPS sagt, was.
doctor-where = -# Tippe die Befehle hinter → auf dem VPS, als root.
doctor-fine = ✅ { $count ->
    [one] { $count } Prüfung ist
   *[other] { $count } Prüfungen sind
} in Ordnung.
doctor-check-gateway = VPN-Dienst
doctor-check-names = Rollen und Kanäle
doctor-check-permissions = Berechtigungen
doctor-check-intents = Intents
doctor-check-commands = Befehle
doctor-check-version = Version

# The names of the gateway's checks.
doctor-check-backups = Backups
doctor-check-clock = Uhr
doctor-check-configs = Setup-Dateien
doctor-check-conntrack = Verbindungsverfolgung
doctor-check-database = Datenbank
doctor-check-disk = Festplatte
doctor-check-doctor = Diagnose
doctor-check-firewalls = Firewalls
doctor-check-flow-table = Verbindungstabelle
doctor-check-forwarding = Weiterleitung
doctor-check-ipv6-route = IPv6-Route
doctor-check-listen-port = VPN-Port
doctor-check-nf_tables = nf_tables
doctor-check-privileges = Rechte
doctor-check-problem = Problem
doctor-check-public-address = öffentliche Adresse
doctor-check-reserved-ports = reservierte Ports
doctor-check-reverse-path = Rückweg
doctor-check-socket-users = Socket-Benutzer
doctor-check-state = Zustand
doctor-check-tunnel-size = Paketgröße
doctor-check-vpn-subnets = VPN-Netz
doctor-check-way-out = Weg nach draußen
doctor-check-way-to-devices = Weg zu den Geräten
doctor-check-wireguard = WireGuard

# What a check of the VPS found, for admins. Words in backticks and in [brackets] are keys of the configuration.
# $reason: what was refused and why, in English, as the system says it.
finding-unread = Diese Prüfung konnte nicht nachsehen. `guildgate doctor` auf dem VPS sagt, warum.
finding-privileges = Dem Gateway fehlt das Recht, das Netz zu ändern (CAP_NET_ADMIN), darum fielen einige Prüfungen aus.
finding-container = Das Gateway läuft als root ohne CAP_NET_ADMIN. In Docker ergänze `--cap-add NET_ADMIN --network host`.
finding-no_wireguard = Der Kernel hat kein WireGuard: { $reason }. Nimm einen neueren Kernel, oder setz `backend = "auto"`.
finding-no_wireguard_go = Der Kernel hat kein WireGuard, und `wireguard-go` ist nicht installiert.
finding-no_tun = `wireguard-go` kann /dev/net/tun nicht benutzen: { $reason }. In Docker ergänze `--device /dev/net/tun`.
finding-no_nftables = Die Firewall ist nicht lesbar: { $reason }.
finding-no_libnftables = Die Bibliothek libnftables fehlt.
finding-no_conntrack = Verbindungen lassen sich nicht auflisten: { $reason }.
finding-few_flows = Der VPS verfolgt höchstens { $size } Verbindungen, und ein Mitglied allein darf { $most } öffnen. Ist die Tabelle voll, scheitern neue Verbindungen.
finding-few_buckets = Die Verbindungstabelle wird langsam, wenn sie sich füllt ({ $size } Einträge).
finding-ipv4_only = Der VPS hat kein IPv6, darum gibt es im VPN nur IPv4. Soll es so bleiben, setz `subnet6 = ""`.
finding-no_forwarding = Der VPS leitet keine Pakete weiter, und das Gateway darf das nicht ändern ({ $settings }).
finding-reverse_path = Spieler, die über eine zweite Leitung kommen, werden verworfen ({ $setting }).
finding-way_out = Antworten an Spieler gehen über { $interface } raus, das ist der falsche Weg. Schuld kann ein VPN-Client auf dem VPS sein.
finding-devices_astray = Pakete an { $address } gehen über { $interface } raus, nicht durchs VPN. Betroffene Geräte: { $count }.
finding-devices_nowhere = Pakete an { $address } gehen nirgendwohin. Betroffene Geräte: { $count }.
finding-reserved_ports = Ein anderes Programm auf dem VPS kann sich einen offenen Port nehmen ({ $setting } lässt sich nicht schreiben).
finding-state_unwritable = Das Gateway kann nicht in seinen Ordner { $folder } schreiben.
finding-state_exposed = Andere Benutzer des VPS können { $files } in { $folder } lesen.
finding-firewall_players = { $program } auf dem VPS hält Spieler auf, in { $chains }.
finding-firewall_devices = { $program } auf dem VPS hält Geräte auf, in { $chains }.
finding-firewall_flowtable = { $program } auf dem VPS übergibt Verbindungen an eine Flowtable, in { $chains }. Für sie bleibt ein geschlossener Port offen.
finding-firewall_doubt = { $program } auf dem VPS hält vielleicht Spieler oder Geräte auf, in { $chains }.
finding-firewall_legacy = Das alte iptables ist in Gebrauch, und seine Regeln lassen sich nicht auflisten.
finding-firewall_hidden = { $program } hält vielleicht Spieler auf. Seine Regeln sieht nur root.
finding-firewall_crash = Eine Regel eines anderen Programms lässt die Firewall-Bibliothek abstürzen. `guildgate doctor` auf dem VPS nennt sie.
finding-mark_written = Eine Regel eines anderen Programms beendet Verbindungen von Spielern: { $rules } schreibt die ganze conntrack-Markierung. Lass sie nur ihre eigenen Bits schreiben.
finding-mark_compared = Eine Regel eines anderen Programms vergleicht die ganze conntrack-Markierung: { $rules }. Lass sie nur ihre eigenen Bits vergleichen.
finding-mark_shared = Eine Regel eines anderen Programms benutzt die Bits des Gateways in der conntrack-Markierung: { $rules }. Setz eine andere `conntrack_mask`.
finding-no_route = Der VPS hat keine Standardroute. Setz `public_interface` auf die Schnittstelle zum Internet.
finding-no_interface = Es gibt keine Schnittstelle { $interface }. Korrigiere `public_interface`.
finding-no_address = { $interface } hat keine IPv4-Adresse. Setz `public_address`.
finding-address_shared = { $address } teilen sich viele Kunden des Anbieters (CGNAT), darum kommen Freunde nicht rein. Nimm einen VPS mit eigener Adresse.
finding-address_private = { $address } ist privat, darum kommen Freunde nicht rein. Setz `public_address` auf die Adresse aus der Oberfläche des Anbieters, und öffne dort die Ports.
finding-address_unresolved = Der Name { $name } wird nicht gefunden. Lass ihn auf diesen VPS zeigen, oder schreib eine IPv4-Adresse.
finding-address_lan = Die öffentliche Adresse { $address } ist privat. Das ist nur in einem LAN richtig.
finding-address_other = Die öffentliche Adresse ist { $address }, aber { $interface } hat { $own }. Stimmt `public_address`?
finding-subnet_taken = { $interface } hat { $address }, und das liegt im Netz des VPN. Setz `subnet4` oder `subnet6` auf ein anderes.
finding-mtu_uplink = Die Pakete des VPN sind zu groß für die Leitung des VPS, darum können Downloads hängen. Setz `mtu = "auto"`.
finding-mtu_path = Die Pakete des VPN sind für manche Geräte ({ $count }) zu groß, darum können Downloads hängen. Setz `mtu = { $mtu }`.
finding-listen_port = Ein anderes Programm benutzt den UDP-Port { $port }, den das VPN braucht. Beende es, oder setz einen anderen `listen_port`.
finding-accept_ra = Der VPS kann sein IPv6 verlieren ({ $setting } ist 1).
finding-socket_user = Es gibt keinen Systembenutzer { $user }. Leg ihn an, oder nimm ihn aus `socket_users` heraus.
finding-clock_wrong = Die Uhr geht falsch: Sie zeigt { $date }. Geräte können sich nicht verbinden, wenn sie zurückgestellt wird.
finding-clock_set_back = Die Uhr wurde zurückgestellt: Sie zeigt { $now } UTC, und um { $newest } gab es schon einen Eintrag. Geräte können sich nicht verbinden.
finding-clock_alone = Kein Zeitserver hält die Uhr richtig. Geräte können sich nicht verbinden, wenn sie zurückgestellt wird.
finding-no_answer = Das Gateway antwortet nicht.
finding-other_version = Das Gateway läuft in Version { $running }, installiert ist { $installed }. Starte es neu.
finding-bare_addresses = In manchen Setup-Dateien ({ $count }) steht eine Adresse statt des Namens. Bitte um /rotate: { $names }.
finding-disk_full = Auf der Festplatte von { $folder } sind noch { $left } MiB frei, und die Datenbank dort kann { $needed } brauchen. Schaff Platz, sonst lässt sich keine Änderung speichern.
finding-disk_files = Die Festplatte von { $folder } nimmt keine weiteren Dateien auf. Schaff Platz, sonst lässt sich keine Änderung speichern.
finding-journal_full = Die Festplatte von { $folder } ist fast voll, darum verliert das Log seine ältesten Zeilen.
finding-database_unreadable = { $file } ist nicht lesbar. Stell ein Backup wieder her; im Log steht mehr.
finding-database_damaged = { $file } ist beschädigt. Stell ein Backup wieder her; im Log steht mehr.
finding-database_newer = { $file } stammt von einer neueren Version von guildgate. Installiere diese Version.
finding-database_owner = { $file } gehört dem falschen Benutzer und ist darum vielleicht nicht beschreibbar.
finding-database_exposed = Andere Benutzer des VPS können { $file } lesen.
finding-backups_unreadable = Die Backups in { $folder } lassen sich nicht ansehen.
finding-no_backup = In { $folder } gibt es noch kein Backup. Das Gateway macht eine Minute nach seinem Start eins.
finding-old_backup = Das neueste Backup in { $folder } ist { $days } Tage alt. Im Log des Gateways steht, warum.
lan-on = **Der LAN-Modus ist an.** Geräte im VPN erreichen einander unter ihren VPN-Adressen, wenn ihre eigenen Firewalls es erlauben. `/status` zeigt deine. Zum Beenden: `/lan state:off`
lan-off = **Der LAN-Modus ist aus.** Geräte im VPN erreichen einander nicht mehr, und was zwischen ihnen lief, ist getrennt. Offene Ports bleiben offen.

## What members may do.

policy-title = Was du hier darfst
policy-devices-field = Geräte
policy-devices = Bis zu { $count }, und { $joins } neue pro Stunde.
policy-devices-until = Bis zu { $count }, und { $joins } neue pro Stunde. Jedes bleibt { $duration } und wird dann entfernt.
policy-flows = Jedes Gerät darf { $count } Verbindungen zugleich offen haben, je für IPv4 und IPv6.
policy-forwards-field = Ports
policy-forwards = Bis zu { $count } Ports oder Bereiche, auf Ports { $ports }, zusammen höchstens { $most } Ports.
policy-time-field = Wie lange ein Port offen bleibt
# $usual is a time such as 12 hours, or `policy-usual-forever`. $longest is `policy-longest` or `policy-longest-forever`.
policy-time = Ohne Angabe: { $usual }. Möglich: { $longest }.
policy-usual-forever = bis du ihn schließt
policy-longest = höchstens { $duration }
policy-longest-forever = so lange du willst
policy-leave-field = Wenn du gehst oder deine Rolle verlierst
policy-leave = Deine Geräte werden gesperrt, bleiben { $duration } erhalten und werden dann entfernt.
policy-leave-kept = Deine Geräte werden gesperrt und bleiben erhalten.
policy-kept-field = Was gemerkt wird
policy-kept = Admins können { $duration } lang lesen, was du hier änderst.
policy-flow-log = Die Adressen, die deine Geräte im Internet kontaktieren, stehen { $duration } im Log.
policy-no-flow-log = Was deine Geräte im Internet tun, wird nicht geloggt.
policy-kept-forever = Admins können lesen, was du hier änderst.

## Lists for admins.

connections-title = Verbindungen
connections-count = { $count ->
    [0] Niemand ist verbunden.
    [one] { $count } Verbindung
   *[other] { $count } Verbindungen
}
connections-to = { $name } → { $port }
connections-since = Begann { $since }
# Both are seen from the player.
connections-traffic = Gesendet { $sent }, empfangen { $received }
connections-live = Jetzt verbunden
connections-from-device = Von deinem Gerät aus gestartet
connections-friends-only = 🚪 { $ports }: nur Freunde. { $packets ->
    [one] { $packets } Paket
   *[other] { $packets } Pakete
} von anderen verworfen.
connections-hint = *Kicken* trennt die Verbindung und hält das Programm dieses Spielers eine Minute draußen. Eine Blockade bleibt, auch wenn du den Port neu öffnest.
connections-kick-button = Kicken
connections-block-button = Blockieren
connections-around-button = { $network } blockieren
connections-let-in-button = Zulassen
connections-undo-button = Rückgängig
connections-again-button = Neu laden
connections-rules-button = Adressregeln ({ $count })
connections-friends-button = Nur Freunde
connections-all-button = Alle zulassen
connections-flow-menu = Wähl eine Verbindung…
connections-rule-menu = Eine davon zurücknehmen…
connections-rules-title = Blockiert und zugelassen
connections-rules-none = Keine Adresse ist blockiert oder zugelassen.
connections-rule-since = Festgelegt { $since }
connections-dropped = { $packets ->
    [one] { $packets } Paket verworfen
   *[other] { $packets } Pakete verworfen
}
connections-blocked = 🚷 { $address } · { $ports }
connections-let-in = 🚪 { $address } · { $ports }
connections-kick-done = 👢 { $address } von { $ports } auf **{ $device }** gekickt. Nach einer Minute geht es wieder.
connections-block-done = 🚷 { $address } auf { $ports } von **{ $device }** blockiert. Die Verbindungen sind getrennt.
connections-let-in-done = 🚪 { $address } darf sich mit { $ports } von **{ $device }** verbinden.
connections-undo-done = ↩️ { $address } ist auf { $ports } von **{ $device }** jetzt weder blockiert noch zugelassen.
connections-friends-said = 🚪 Verbinden können sich jetzt nur Geräte im VPN und Adressen, die du zulässt.
connections-all-said = Alle Spieler können sich wieder verbinden. Blockaden bleiben.
connections-old = Diese Liste ist zu alt. Tippe nochmal `/connections`.
let-in-button = Adresse zulassen…
let-in-form-title = Adresse zulassen
let-in-form-label = Die Adresse, wie whatismyip sie zeigt
list-previous-button = Zurück
list-next-button = Weiter
list-back-button = Zur Liste
list-show-button = Adresse zeigen
list-revoke-button = Rausnehmen…
list-extend-button = Verlängern
list-close-button = Schließen…
list-sure-button = Ja, schließen
list-keep-button = Offen lassen
list-device-menu = Wähl ein Gerät…
list-port-menu = Wähl einen Port…
list-page = Seite { $number } von { $last }
list-port-gone = Dieser Port ist schon geschlossen.
list-close = **Wirklich schließen?** Spieler darauf fliegen sofort raus.
list-not-yours = Geräte anderer Mitglieder sehen nur Admins. `/status` zeigt deine.
peers-title = Geräte
peers-none = Es gibt kein Gerät.
peers-facts = { $addresses }, Modus { $mode }, hinzugefügt { $since }
peers-suspended = Gesperrt { $since }
peers-ends = Endet { $relative }
peers-ports = Offen: { $ports }
forwards-title = Offene Ports
forwards-none = Kein Port ist offen.
forwards-count = { $count ->
    [one] { $count } offener Port oder Bereich, auf { $address }.
   *[other] { $count } offene Ports oder Bereiche, auf { $address }.
}
forwards-target = Auf Port { $port } des Geräts
# $end is the message `ends` or `forwards-never-ends`.
forwards-opened = Geöffnet { $since }, { $end }
forwards-never-ends = offen, bis jemand schließt

# The details of one device or one port.
detail-state-field = Zustand
detail-handshake-field = Zuletzt gesehen
detail-endpoint-field = Verbindet sich von
traffic-title = 📈 { $period ->
    [day] Der letzte Tag
    [week] Die letzte Woche
    [month] Der letzte Monat
   *[year] Das letzte Jahr
}
graph-period-button = { $period ->
    [day] Tag
    [week] Woche
    [month] Monat
   *[year] Jahr
}
# Names inside the picture, of at most 24 characters. The arrows stand for the colours.
graph-received = ▼ { $size } empfangen
graph-sent = ▲ { $size } gesendet
graph-from-players = ▼ { $size } von Spielern
graph-to-players = ▲ { $size } zu Spielern
graph-players = { $players ->
    [0] keine Spieler
    [one] bis zu 1 Spieler
   *[other] bis zu { $players } Spieler
}
graph-online = { $hours } Std. verbunden
graph-weekday = { $day ->
    [1] Mo
    [2] Di
    [3] Mi
    [4] Do
    [5] Fr
    [6] Sa
   *[7] So
}
graph-month = { $month ->
    [1] Jan
    [2] Feb
    [3] Mär
    [4] Apr
    [5] Mai
    [6] Jun
    [7] Jul
    [8] Aug
    [9] Sep
    [10] Okt
    [11] Nov
   *[12] Dez
}
# The picture's text, for screen readers.
graph-alt = { $period ->
    [day] Am letzten Tag
    [week] In der letzten Woche
    [month] Im letzten Monat
   *[year] Im letzten Jahr
}: { $incoming }, { $outgoing }, { $presence }. Die Spitze war { $rate } ({ $when }).
graph-nothing = { $period ->
    [day] Am letzten Tag gab es keinen Traffic.
    [week] In der letzten Woche gab es keinen Traffic.
    [month] Im letzten Monat gab es keinen Traffic.
   *[year] Im letzten Jahr gab es keinen Traffic.
}
nights-field = 🌙 Gezockte Abende
nights-line = { $day }: { $what }
nights-played = { $hours ->
    [0] { $minutes } min gespielt
   *[other] { $hours } h { $minutes } min gespielt
}
nights-hosted = { $hours ->
    [0] { $minutes } min gehostet
   *[other] { $hours } h { $minutes } min gehostet
}
nights-none = Keine im letzten Monat. Ab jetzt merke ich mir, wie lange du spielst.
nights-on-button = Gezockte Abende zeigen
nights-off-button = Gezockte Abende weg
detail-traffic-field = Traffic
detail-address-field = VPN-Adresse
detail-mode-field = Was durchs VPN läuft
detail-added-field = Hinzugefügt
detail-suspended-field = Gesperrt
detail-ports-field = Offene Ports
detail-game-field = Spiel
detail-reach-field = Spieler verbinden sich mit
detail-target-field = Läuft auf
detail-target = { $count ->
    [one] Port { $ports } von **{ $device }**
   *[other] Ports { $ports } von **{ $device }**
}
detail-now-field = Jetzt
detail-traffic = { $received } von Spielern, { $sent } zu ihnen
detail-opened-field = Geöffnet
detail-ends-field = Endet

# The answer to /audit.
audit-title = Was getan wurde
audit-none = Noch wurde nichts getan.
# $user: the system user of the VPS whose program asked: root, or the bot's by its number.
audit-asked-by = durch { $user }
log-asked-by = Verlangt von { $user } auf dem VPS
audit-ports-of = { $ports } auf { $devices }
audit-devices-with = { $devices } mit { $ports }

# What differs on the VPS from what should be. $what: a device with its owner, or an interface.
difference-table = die Firewall-Regeln, die ein anderes Programm geändert hat
difference-unseen = Änderungen, die niemand bemerkt hat
difference-address = die Adresse des VPN, die ein anderes Programm entfernt hat
difference-down = die Schnittstelle des VPN, die ein anderes Programm abgeschaltet hat
difference-deleted = die Schnittstelle des VPN, die ein anderes Programm entfernt hat
difference-drift = was sich geändert haben kann
difference-uplinks = der Weg ins Internet
difference-torn = was eine gescheiterte Änderung hinterlassen hat
difference-key = der Schlüssel des VPN
difference-port = der Port des VPN
difference-peer = das VPN-Gerät { $what }
difference-link = die Schnittstelle { $what }
difference-flows = Verbindungen aus der Zeit vor einer Änderung

# What does not work on the VPS. Admins read these in the log channel, /status and /audit.
problem-firewall = { $program } auf dem VPS hält Spieler auf, in { $chains }. `guildgate doctor` dort nennt die Befehle, die sie durchlassen.
problem-firewall_devices = { $program } auf dem VPS hält Geräte auf, in { $chains }. `guildgate doctor` dort nennt die Befehle, die sie durchlassen.
problem-offload = { $program } auf dem VPS übergibt Verbindungen an eine Flowtable, in { $chains }. Für sie bleibt ein geschlossener Port offen. `guildgate doctor` dort nennt die Befehle, die das beenden.
problem-marks = Eine Regel eines anderen Programms auf dem VPS beendet Verbindungen von Spielern: { $rules } schreibt die ganze conntrack-Markierung. `guildgate doctor` dort nennt die Abhilfe.
problem-unreadable = Ich kann die Firewalls anderer Programme auf dem VPS nicht beurteilen: { $reason }.
problem-left = Eine Reparatur auf dem VPS hat das hier nicht behoben: { $difference }. Sie wird wieder versucht, in immer größeren Abständen. Im Log des Gateways steht vielleicht, warum.
# $reason: what was refused and why, in English, as the system says it.
problem-forwarding = Der VPS leitet keine Pakete weiter, darum kommt niemand in eine Runde: { $reason }. Stell es dort mit `sysctl` ein, oder starte den Container mit `--sysctl`.
problem-settings = Die Einstellungen des VPS lassen sich nicht ändern: { $reason }. Ohne Weiterleitung erreicht kein IPv6 ein Gerät, und ohne accept_ra=2 kann der VPS sein IPv6 verlieren. Stell sie dort mit `sysctl` ein, oder starte den Container mit `--sysctl`.
problem-reserved = Offene Ports lassen sich nicht von den eigenen Verbindungen des VPS freihalten: { $reason }. Die Ports gehen trotzdem; selten kommt ein einzelner Spieler nicht durch.
problem-link = Der Schnittstelle des VPN fehlt eine Adresse oder eine Route: { $reason }. Im Log des Gateways steht mehr.
problem-flows = Verbindungen aus der Zeit vor einer Änderung lassen sich nicht beenden: { $reason }. Sie können zum falschen Gerät führen.
problem-name = Der Name { $name } wird nicht aktuell gehalten: { $reason }. Er kann zu einer alten Adresse führen, und der Eintrag für Minecraft zu einem alten Port.
problem-backup = Auf dem VPS gibt es kein neues Backup: { $reason }. Ältere bleiben erhalten.
problem-strict = Spieler, die nicht über die übliche Leitung des VPS kommen, werden verworfen. Setz dort { $settings } auf 2, mit `sysctl`.
problem-astray = Spieler bekommen vom VPS keine Antwort: { $reason }. Tippe dort, als root: `{ $commands }`
problem-unresolved = Die öffentliche Adresse { $name } { $reason }. Geräte und Spieler, die nach diesem Namen suchen, finden nichts.
problem-database = In die Datenbank des VPN lässt sich nicht schreiben: { $reason }. Was offen ist, bleibt offen, und jede Änderung wird abgelehnt. Schaff Platz auf der Festplatte, oder mach die Datenbank beschreibbar.
problem-traffic = { $share } % des Traffics dieses Monats ({ $limit }) sind verbraucht. Der Anbieter kann die Leitung drosseln oder mehr berechnen.
problem-no_ipv6 = IPv6 ist auf dem VPS abgeschaltet: { $reason }. Im VPN gibt es nur IPv4, bis es wieder an ist. Geräte behalten ihre IPv6-Adressen.
problem-other = Auf dem VPS klappt etwas nicht: { $code }. `guildgate status` dort sagt mehr.

# Why a device was cut off or let back in.
reason-left = nicht mehr auf dem Server
reason-banned = vom Server gebannt
reason-no_role = keine Rolle mehr, die Zugang gibt
reason-back = hat wieder Zugang
reason-revoked = von einem Admin aus dem VPN genommen

# How far it has come to cut a member off, with several regions.
cut-off-in = Gesperrt in { $regions }.
cut-off-later = **{ $region }** ist seit { $time } weg. Dort wird gesperrt, sobald die Region zurück ist.

## The actions of the audit log: a line for /audit, and the title in the log channel. $subject: devices, ports, or both.

audit-join = { $when } · **{ $actor }** hat hinzugefügt: { $subject }
log-join-title = 🆕 Gerät hinzugefügt
audit-rotate = { $when } · **{ $actor }** hat neue Schlüssel gemacht für { $subject }
log-rotate-title = 🔑 Neue Schlüssel
audit-rename = { $when } · **{ $actor }** hat ein Gerät umbenannt, der alte Name zuerst: { $subject }
log-rename-title = ✏️ Gerät umbenannt, der alte Name zuerst
audit-give = { $when } · **{ $actor }** hat ein Gerät an ein anderes Mitglied gegeben, zuerst steht, wem es gehörte: { $subject }
log-give-title = 🎁 Gerät einem anderen Mitglied gegeben
audit-import = { $when } · **{ $actor }** hat Geräte und Ports übernommen aus { $subject }
log-import-title = 📦 Aus einem anderen Programm übernommen
log-leave-title = 👋 Gerät aus dem VPN genommen
audit-revoke = { $when } · **{ $actor }** hat aus dem VPN genommen: { $subject }
log-revoke-title = ⛔ Zugang entzogen
audit-forward = { $when } · **{ $actor }** hat geöffnet: { $subject }
log-forward-title = 🔓 Port geöffnet
audit-unforward = { $when } · **{ $actor }** hat geschlossen: { $subject }
log-unforward-title = 🔒 Port geschlossen
audit-extend = { $when } · **{ $actor }** hat verlängert: { $subject }
log-extend-title = ⏰ Port bleibt länger offen
audit-to-port = { $when } · **{ $actor }** hat auf einen anderen Port oder ein anderes Gerät geleitet: { $subject }
log-to-port-title = ↪️ Port führt woandershin
audit-kick = { $when } · **{ $actor }** hat einen Spieler gekickt von { $subject }
log-kick-title = 👢 Spieler gekickt
audit-block = { $when } · **{ $actor }** hat eine Adresse blockiert auf { $subject }
log-block-title = 🚷 Adresse blockiert
audit-let-in = { $when } · **{ $actor }** hat eine Adresse zugelassen auf { $subject }
log-let-in-title = 🚪 Adresse zugelassen
audit-unblock = { $when } · **{ $actor }** hat eine Blockade oder Zulassung zurückgenommen auf { $subject }
log-unblock-title = ↩️ Blockade zurückgenommen
audit-friends-only = { $when } · **{ $actor }** hat geändert, ob sich nur Freunde verbinden dürfen mit { $subject }
log-friends-only-title = 🚪 Nur Freunde
log-friends-only-on = Verbinden können sich jetzt nur Geräte im VPN und zugelassene Adressen.
log-friends-only-off = Alle Spieler können sich wieder verbinden.
log-address = Die Adresse: { $address }
audit-suspend = { $when } · **{ $actor }** hat gesperrt: { $subject }
log-suspend-title = ⛔ Gesperrt
audit-restore = { $when } · **{ $actor }** hat entsperrt: { $subject }
log-restore-title = ✅ Entsperrt
audit-guest = { $when } · **{ $actor }** hat die Frist eines Gasts gesetzt oder aufgehoben: { $subject }
log-guest-title = ⏳ Frist eines Gasts gesetzt oder aufgehoben
audit-forget = { $when } · **{ $actor }** hat ein Mitglied vergessen lassen, das hier { $subject } heißt
log-forget-title = 🧹 Mitglied vergessen
log-forgotten = Im Log steht { $alias } statt des Mitglieds.
audit-expire = { $when } · **{ $actor }** hat geschlossen (Zeit um): { $subject }
log-expire-title = ⌛ Zeit um
audit-lan = { $when } · **{ $actor }** hat den LAN-Modus umgeschaltet: { $subject }
log-lan-title = 🏠 LAN-Modus
audit-repair = { $when } · **{ $actor }** hat in Ordnung gebracht: { $subject }
log-repair-title = 🔧 Repariert
audit-problem = { $when } · **{ $actor }** hat ein Problem: { $subject }
log-problem-title = ⚠️ Problem
audit-solved = { $when } · **{ $actor }** hat ein Problem nicht mehr: { $subject }
log-solved-title = ✅ Kein Problem mehr
audit-follow = { $when } · **{ $actor }** ist zur neuen Adresse umgezogen: { $subject }
log-follow-title = 📍 Neue öffentliche Adresse
audit-other = { $when } · **{ $actor }** { $action } { $subject }
log-other-title = 📝 { $action }

## Taking devices away.

revoke-revoke-button = Rausnehmen
revoke-cancel-button = Abbrechen
revoke-title = { $count ->
    [one] { $count } Gerät von { $member } aus dem VPN nehmen?
   *[other] { $count } Geräte von { $member } aus dem VPN nehmen?
}
revoke-device = **{ $device }**, Modus { $mode }, hinzugefügt { $since }
revoke-means = Das gilt sofort und lässt sich nicht rückgängig machen: Ein Gerät kommt nur mit einem neuen `/join` zurück.
revoke-means-ports = Das gilt sofort. Es schließt auch { $ports ->
    [one] { $ports } Port
   *[other] { $ports } Ports
}. Es lässt sich nicht rückgängig machen: Ein Gerät kommt nur mit einem neuen `/join` zurück.
revoke-means-players = Das gilt sofort. Es schließt auch { $ports ->
    [one] { $ports } Port
   *[other] { $ports } Ports
} und trennt { $connections ->
    [one] { $connections } Verbindung
   *[other] { $connections } Verbindungen
} von Spielern. Es lässt sich nicht rückgängig machen: Ein Gerät kommt nur mit einem neuen `/join` zurück.
revoke-cancelled = Abgebrochen. Nichts wurde entfernt.
revoke-changed = **Das hat sich inzwischen geändert.** Jetzt würde wegfallen:
revoke-device-gone = Dieses Gerät ist schon nicht mehr im VPN.
revoke-devices-gone = Diese Geräte sind schon nicht mehr im VPN.
revoke-nothing = { $member } hat kein Gerät im VPN.
revoke-unseen = { $member } hat kein Gerät in den Regionen, die antworten. Bestätigst du, verschwinden die Geräte in den anderen, sobald diese zurück sind.
revoke-access = { $member } hatte kein Gerät; der Zugang ist entzogen.
revoke-done = { $count ->
    [one] **{ $count } Gerät von { $member } entfernt.** Seine Verbindungen sind getrennt:
   *[other] **{ $count } Geräte von { $member } entfernt.** Ihre Verbindungen sind getrennt:
}
revoke-ports = { $count ->
    [one] { $count } Port wurde mit geschlossen:
   *[other] { $count } Ports wurden mit geschlossen:
}

## The log channel.

log-by = Getan von { $actor }
log-why = Warum: { $reason }
log-device = **{ $device }**, Modus { $mode }
log-device-until = **{ $device }**, Modus { $mode }, bis { $time }
log-closed = { $count ->
    [one] Geschlossener Port:
   *[other] Geschlossene Ports:
}
log-kept = Gesperrt, Spieler sind getrennt. Geräte und Ports bleiben bis { $time } erhalten und gehen wieder { $again ->
    [restored] nach `guildgate restore` auf dem VPS
   *[role] mit der Rolle
}.
log-kept-forever = Gesperrt, Spieler sind getrennt. Geräte und Ports bleiben erhalten, bis ein Admin sie entfernt, und gehen wieder { $again ->
    [restored] nach `guildgate restore` auf dem VPS
   *[role] mit der Rolle
}.
log-lan-on = An: Geräte erreichen einander.
log-lan-off = Aus: Geräte sind voneinander getrennt.
log-repaired = Das habe ich in Ordnung gebracht: { $difference }.
log-followed = Spieler verbinden sich jetzt mit { $address }. Setups mit der alten Adresse gehen nicht mehr.
log-skipped-title = … und mehr
log-skipped = { $count } ältere Einträge stehen hier nicht nochmal; `/audit` hat sie.
log-refused-title = 🚫 Abgelehnt
log-broken-title = 💥 Fehler
# $count: refusals like the one above.
log-repeated = … und { $count } weitere wie diese, innerhalb einer Minute.
# $command is a command or `log-button`, in backticks.
log-asked = { $member }: { $command }
# A member without the role for it.
log-turned-away = { $member } hat keine Rolle für { $command }
log-button = ein Button
log-away-title = 🔴 Der VPN-Dienst antwortet nicht
log-away = Seit { $time }, { $relative }. Spieler und Geräte bleiben verbunden, aber ändern lässt sich nichts.
log-back-title = 🟢 Der VPN-Dienst antwortet wieder
log-back = Er war { $duration } weg.
log-undelivered-title = 📭 Ein Setup kam nicht an
log-undelivered = Das Setup von **{ $device }** konnte ich nicht an { $member } schicken. `/rotate` macht ein neues.
log-not-reminded-title = 📭 Eine Erinnerung kam nicht an
log-not-reminded = { $member } hat DMs aus und weiß nicht, dass das hier bald schließt:
log-not-told-of-move-title = 📭 Die Nachricht über die neue Adresse kam nicht an
log-not-told-of-move = { $member } hat DMs aus. Diese Geräte brauchen mit `/rotate` ein neues Setup, oder WireGuard muss einmal aus und wieder an:
log-card-lost-title = 📭 Die Karte einer Runde ist veraltet
log-card-lost = Ich kann die Karte von { $member } in { $channel } nicht aktualisieren: Der Kanal ist weg, oder ich darf dort nicht schreiben. Sobald ich darf, geht die Karte weiter. Was offen ist, bleibt offen:
log-no-events-title = 📅 Zockabende stehen nicht bei den Events des Servers
log-no-events = Ports von Zockabenden öffnen trotzdem. Um sie als Events zu zeigen, brauche ich { $count ->
    [one] die Berechtigung { $permissions }.
   *[other] die Berechtigungen { $permissions }.
}
log-panel-lost-title = 📭 Die Live-Nachricht ist veraltet
log-panel-lost = Ich kann die Live-Nachricht in { $channel } nicht aktualisieren: Ich darf den Kanal nicht sehen oder dort nicht schreiben. Gib mir die Berechtigungen, dann geht sie weiter.
log-panel-gone-title = 🗑️ Die Live-Nachricht ist weg
log-panel-gone = Die Live-Nachricht in { $channel } wurde gelöscht. Soll sie zurück? Drück den Button, oder tippe `/panel`.
log-panel-back-button = Zurückholen
log-no-intent-title = 🙉 Discord sagt mir nichts über Mitglieder
log-no-intent = Wer die Rolle verliert oder geht, wird trotzdem gesperrt, aber ein paar Sekunden später, weil ich zu jedem Gerät nachfragen muss, ob das Mitglied noch da ist. Um das zu ändern, öffne Discords Entwicklerportal, wähl meine Anwendung, schalte *Bot → Server Members Intent* ein, und starte mich neu.
log-versions-title = 🧩 Bot und Gateway haben verschiedene Versionen
# $bot and $gateway are versions.
versions-differ = Der Bot hat Version { $bot }, das Gateway { $gateway }. Manche Befehle gehen vielleicht nicht. Aktualisiere oder starte neu, was älter ist.
log-release-title = 🎁 Neue Version
# $version and $present are versions.
log-release = guildgate { $version } ist da; das hier ist { $present }. Zum Aktualisieren führ `sudo guildgate update` auf dem VPS aus. Runden laufen weiter.
log-misnamed-title = 🪪 Eingestellte Rollen und Kanäle

## What is wrong with a role or channel that the configuration names.
## $kind is role or channel. $keys are keys of [discord]. $id, $others and $now are ids and a name.

named-missing = { $kind ->
    [role] Keine Rolle heißt { $name }, aber so steht es in { $keys }. Leg eine an, oder trag dort die ID einer anderen Rolle ein.
   *[channel] Kein Textkanal heißt { $name }, aber so steht es in { $keys }. Leg einen an, oder trag dort die ID eines anderen Kanals ein.
}
named-other-case = Es gibt { $now }, aber Groß- und Kleinschreibung zählt.
named-no-id = { $kind ->
    [role] Keine Rolle hat die ID { $id }, die in { $keys } steht.
   *[channel] Ich sehe keinen Kanal mit der ID { $id }, die in { $keys } steht.
}
named-gone = { $kind ->
    [role] Die Rolle { $name } aus { $keys }, { $id }, ist gelöscht. Trag dort die ID einer anderen Rolle ein.
   *[channel] Der Kanal { $name } aus { $keys }, { $id }, ist gelöscht. Trag dort die ID eines anderen Kanals ein.
}
named-gone-others = Jetzt heißt { $others } so, zählt aber nur, wenn dort die ID davon steht.
named-ambiguous = { $kind ->
    [role] Mehrere Rollen hießen { $name }, als ich zuerst nachsah, darum gibt keine davon Zugang. Trag die ID der richtigen in { $keys } ein.
   *[channel] Mehrere Kanäle hießen { $name }, als ich zuerst nachsah, darum benutze ich keinen davon. Trag die ID des richtigen in { $keys } ein.
}
named-ambiguous-now = So heißen jetzt: { $others }.
named-namesake = { $kind ->
    [role] Noch eine Rolle heißt { $name }: { $others }. Sie gibt keinen Zugang, denn in { $keys } ist { $id } gemeint.
   *[channel] Noch ein Kanal heißt { $name }: { $others }. Ich benutze ihn nicht, denn in { $keys } ist { $id } gemeint.
}
named-renamed = { $kind ->
    [role] Die Rolle { $name } aus { $keys } heißt jetzt { $now } und behält ihren Zugang. Trag dort ihre ID ein: { $id }.
   *[channel] Der Kanal { $name } aus { $keys } heißt jetzt { $now }, und ich benutze ihn weiter. Trag dort seine ID ein: { $id }.
}
named-found = { $kind ->
    [role] Es gibt jetzt eine Rolle { $name }: { $id }. Sie hat den Zugang aus { $keys }, und keine andere Rolle dieses Namens bekommt ihn.
   *[channel] Es gibt jetzt einen Kanal { $name }: { $id }. Ich benutze ihn für { $keys }, und keinen anderen Kanal dieses Namens.
}

## What the bot lacks on its server. $key is a key of [discord], $permissions are names of permissions in Discord.

need-write = Ich kann nicht in #{ $channel } ({ $key }) schreiben. Gib mir dort { $permissions }.
need-history = Ich kann in #{ $channel } ({ $key }) nicht nachlesen, was ich geschrieben habe, darum kommt es nach einem langen Ausfall vielleicht doppelt. Gib mir dort Nachrichtenverlauf anzeigen.
need-give-roles = Ich kann { $role } nicht geben, wenn ein Admin eine Anfrage annimmt. Gib meiner Rolle die Berechtigung Rollen verwalten.
need-rank = Ich kann { $role } nicht geben, wenn ein Admin eine Anfrage annimmt, weil diese Rolle nicht unter meiner steht. Zieh meine Rolle darüber, in Servereinstellungen, Rollen.
need-events = Discord sagt mir nicht, wenn ein Mitglied geht oder eine Rolle verliert, darum frage ich zu jedem Gerät nach, ob das Mitglied noch da ist. Schalte auf der Seite Bot der Anwendung Server Members Intent ein, und starte mich neu.
need-commands = Dem Server fehlen meine Befehle { $commands }. Starte mich neu; hilft das nicht, lade mich mit den Scopes bot und applications.commands ein.

# The line of the log that says that the bot works.

ready = bereit in { $name }
ready-wrong = bereit in { $name }, wo { $count ->
        [one] 1 Sache nicht stimmt
       *[other] { $count } Sachen nicht stimmen
    }: { $reason }
ready-not-registered = Die Befehle sind noch nicht registriert.
ready-no-gateway = Das Gateway antwortet nicht ({ $code }).
ready-private-address = Spieler bekommen die private Adresse { $address }, die aus dem Internet nicht erreichbar ist: Setz public_address in [gateway] auf die öffentliche.
