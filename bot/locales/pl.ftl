### Every sentence that members read in Discord, in Polish. en.ftl says how long a message may be, and which values come.
###
### A number that is shown takes the forms one, few, many and other; [1] and other choose between «port» and «porty»
### where no number is shown. Names of devices, members and roles stay in the nominative: «na urządzeniu { $device }»,
### «{ $device } ({ $owner })». Durations and weekdays are accusatives: «na 1 godzinę», «przez 1 minutę», «co środę».

# Glossary. Members are "ty"; their gender is unknown, so no past tense of theirs. The bot says "ja".
# PC: komputer. device: urządzenie. phone: telefon. setup: konfiguracja. setup file: plik konfiguracyjny.
# VPN: VPN. the VPN's service: usługa VPN. gateway: brama. firewall: zapora. VPS: VPS, na VPS-ie. traffic: ruch.
# port: port. open, close: otworzyć, zamknąć. extend: przedłużyć. forward (counted): przekierowanie. address: adres.
# host (of a match): host. to host: hostować. match: rozgrywka. game: gra. player: gracz. join: dołączyć, wejść.
# game night: wieczór gier. its series: seria. match nights: wieczory przy grach.
# member: członek, osoba. admin: admin. guest: gość. owner: właściciel. request: prośba. approve, deny: przyjąć, odrzucić.
# take off the VPN: usunąć z VPN. revoke: odebrać dostęp. cut off, suspended: odcięte. let back in: wpuścić z powrotem.
# address, connection: let in: wpuścić. block: zablokować, blokada. kick: wyrzucić. last seen: ostatni kontakt.
# live message: wiadomość na żywo. card: karta. announce: ogłosić. DM: prywatna wiadomość. permission: uprawnienie.
# log channel, audit log: dziennik. the gateway's log: log. backup: kopia zapasowa. key: klucz. tunnel: tunel.
# WireGuard's labels are those of its Polish translation. Menus of games stay English. Permissions whose Polish name.
# is uncertain have the English one in parentheses.

## Slash commands, as Discord shows them while they are typed.

join-command-name = dołącz
join-command = Dodaj swój komputer, telefon lub router do VPN: konfiguracja w trzech krokach
join-option-device = Nazwa urządzenia, np. laptop (inaczej sam coś wybiorę)
join-option-mode = Do czego ma służyć (domyślnie: hosting)
join-option-public_key = Dla wtajemniczonych: własny klucz publiczny WireGuard. Prywatny zostaje u ciebie
join-option-ipv4_only = Dla urządzenia z wyłączonym IPv6, na którym WireGuard inaczej nie wystartuje
join-option-region = Gdzie je dodać (domyślnie: tam, gdzie ostatnio)
host-command-name = hostuj
host-command = Hostuj grę: otwiera jej port i pokazuje, kiedy znajomi mogą wejść
forward-command-name = otwórz
forward-command = Otwórz port na internet, żeby znajomi mogli wejść do gry na twoim urządzeniu
forward-option-port = Gra, np. minecraft, port 25565, zakres 27015-27030 albo kilka: 2456-2458, 27015/udp
forward-option-protocol = TCP, UDP albo oba (domyślnie)
forward-option-to_port = Jeśli twój serwer używa innego portu (przy zakresie: pierwszego)
forward-option-device = Urządzenie, na którym działa twój serwer (zbędne, gdy masz tylko jedno)
forward-option-duration = Jak długo albo do kiedy: 2h, 1h30, until 2am, friday 20:00, forever (albo puste)
forward-option-announce = Wstaw na tym kanale kartę z adresem i graczami, do końca rozgrywki
forward-choice-protocol-both = { protocol-both }
forward-choice-protocol-tcp = { protocol-tcp }
forward-choice-protocol-udp = { protocol-udp }
forward-option-every = Wieczór gier: sam się otwiera i zamyka, np. friday 20:00, fri, sat 8pm albo day 20:00
forward-option-only = friends: tylko urządzenia w VPN i adresy wpuszczone przez /connections (domyślnie: wszyscy)
forward-option-region = Gdzie jest urządzenie (zbędne, gdy masz tylko jedno)
forward-choice-only-friends = friends: urządzenia w VPN i wpuszczone adresy
connections-command-name = połączenia
connections-command = Kto jest na twoich portach: wyrzuć, zablokuj, wpuść tylko znajomych (admini: wszystkie porty)
connections-option-port = Tylko ten port (domyślnie: wszystkie)
unforward-command-name = zamknij
unforward-command = Zamknij swoje porty. Gracze na nich zostaną rozłączeni
unforward-option-port = Co zamknąć: port 25565, zakres 27015-27030 albo kilka: 2456-2458, 27015/udp
unforward-option-region = Gdzie port jest otwarty (tylko gdy w kilku regionach)
leave-command-name = usuń
leave-command = Usuń swoje urządzenie z VPN i zamknij jego porty
leave-option-device = Urządzenie do usunięcia (zbędne, gdy masz tylko jedno)
leave-option-region = Gdzie jest urządzenie (tylko gdy nazwa jest w kilku regionach)
rotate-command-name = klucze
rotate-command = Nowe klucze dla urządzenia: stara konfiguracja przestaje działać, adres i porty zostają
rotate-option-device = Urządzenie, które dostanie nowe klucze (zbędne, gdy masz tylko jedno)
rotate-option-ipv4_only = True: dla urządzenia z wyłączonym IPv6; False: znowu z IPv6
rotate-option-region = Gdzie jest urządzenie (tylko gdy nazwa jest w kilku regionach)
rename-command-name = zmień-nazwę
rename-command = Inna nazwa dla twojego urządzenia: konfiguracja, porty i rozgrywka działają dalej
rename-option-device = Urządzenie, które ma dostać inną nazwę
rename-option-new_name = Nowa nazwa
rename-option-member = Admini: osoba, do której należy to urządzenie
rename-option-region = Gdzie jest urządzenie (tylko gdy nazwa jest w kilku regionach)
rename-done = ✏️ **{ $device }** nazywa się teraz **{ $name }**. Konfiguracja, porty i rozgrywka działają dalej.
status-command-name = status
status-command = Twoje urządzenia i porty oraz kto jest połączony (admini widzą wszystkich)
traffic-command-name = ruch
traffic-command = Ile danych przesłały twoje urządzenia i ilu było graczy, na obrazku (admini: u wszystkich)
traffic-option-member = Admini: tylko ta osoba
traffic-option-period = Z jakiego czasu (domyślnie: dzień)
traffic-choice-period-day = dzień
traffic-choice-period-week = tydzień
traffic-choice-period-month = miesiąc
traffic-choice-period-year = rok
policy-command-name = zasady
policy-command = Co ci tu wolno: ile urządzeń i portów, i na jak długo
doctor-command-name = doktor
doctor-command = Admini: sprawdź, co jest nie tak z serwerem i botem
lan-command-name = lan
lan-command = Admini: pozwól urządzeniom w VPN łączyć się ze sobą albo znowu je rozdziel
lan-option-state = Działa od razu, aż do następnego /lan
lan-choice-state-on = on: urządzenia widzą się nawzajem, jak w jednej domowej sieci
lan-choice-state-off = off: urządzenia mają dostęp tylko do internetu i otwartych portów
revoke-command-name = odbierz
revoke-command = Admini: usuń z VPN urządzenia członka razem z otwartymi portami; najpierw pokaże, co zniknie
revoke-option-member = Komu odebrać dostęp
revoke-option-device = Tylko to urządzenie (domyślnie: wszystkie tej osoby)
peers-command-name = urządzenia
peers-command = Admini: urządzenia wszystkich albo jednej osoby
peers-option-member = Tylko urządzenia tej osoby
peers-option-state = Tylko te w tym stanie
peers-choice-state-connected = { state-connected }
peers-choice-state-away = { state-away }
peers-choice-state-never = { state-never }
peers-choice-state-suspended = { state-suspended }
forwards-command-name = porty
forwards-command = Admini: otwarte porty wszystkich albo jednej osoby
forwards-option-member = Tylko porty tej osoby
forwards-option-port = Tylko te z tą grą albo na tym porcie
audit-command-name = dziennik
audit-command = Admini: kto co zrobił, od najnowszych
audit-option-region = Z którego regionu (domyślnie: tam, gdzie ostatnio)
devices-menu-command = Urządzenia VPN
settings-command-name = ustawienia
settings-command = Admini: co jest ustawione na tym serwerze i gdzie to zmienić
setup-command-name = konfiguruj
setup-command = Pierwsza konfiguracja: wpisz kod, który wypisał VPS
setup-option-code = Kod, np. ABCDE-FGHJK
help-command-name = pomoc
help-command = Co zrobić najpierw i jakie są komendy
panel-command-name = panel
panel-command = Admini: wstaw na ten kanał wiadomość na żywo z rozgrywkami i przyciskami dla wszystkich
posts-command-name = posty
posts-command = Czy mogę pisać na tym serwerze o twoich rozgrywkach
posts-option-state = Dotyczy tylko twoich rozgrywek
posts-choice-state-on = on: znajomi widzą, kiedy hostujesz
posts-choice-state-off = off: nic o tobie nie piszę

## Words that other messages are made of.

list-or = { $first } lub { $last }
list-and = { $first } i { $last }
list-more = { $names } i jeszcze { $count }
more-lines = … i jeszcze { $count }
purpose-hosting = Hosting: prawdziwe IP graczy (Linux: reszta ruchu zostaje w domu; gdzie indziej cały ruch)
purpose-everything = Wszystko: cały ruch
purpose-light = Lekko: tylko ruch VPN. IP graczy ukryte
mode-full = Cały ruch; prawdziwe IP graczy
mode-split = Tylko ruch VPN; IP graczy ukryte
mode-linux = Tylko ruch VPN i graczy; prawdziwe IP graczy
protocol-tcp = TCP
protocol-udp = UDP
protocol-both = TCP i UDP
state-connected = Połączone
state-away = Teraz niepołączone
state-never = Jeszcze nigdy niepołączone
state-suspended = Odcięte
# $count: how many ports these are.
port = { $count ->
    [1] port { $ports }
   *[other] porty { $ports }
}
port-begin = { $count ->
    [1] Port { $ports }
   *[other] Porty { $ports }
}
reach-range = { $count ->
    [1] { $address }, port { $ports }
   *[other] { $address }, porty { $ports }
}
device-of = { $device } ({ $owner })
live = { $connections ->
    [one] { $connections } połączenie
    [few] { $connections } połączenia
    [many] { $connections } połączeń
   *[other] { $connections } połączenia
} od { $players ->
    [one] { $players } gracza
    [few] { $players } graczy
    [many] { $players } graczy
   *[other] { $players } gracza
}
live-none = nikt nie jest połączony
# $live is the message `live` or `live-none`.
live-refused = { $live }; { $refused ->
    [one] { $refused } próba zablokowana
    [few] { $refused } próby zablokowane
    [many] { $refused } prób zablokowanych
   *[other] { $refused } próby zablokowanej
} (ochrona przed zalewem)
ends = koniec { $relative }

## Time.

forever = na zawsze
days = { $count ->
    [one] { $count } dzień
    [few] { $count } dni
    [many] { $count } dni
   *[other] { $count } dnia
}
hours = { $count ->
    [one] { $count } godzinę
    [few] { $count } godziny
    [many] { $count } godzin
   *[other] { $count } godziny
}
minutes = { $count ->
    [one] { $count } minutę
    [few] { $count } minuty
    [many] { $count } minut
   *[other] { $count } minuty
}
seconds = { $count ->
    [one] { $count } sekundę
    [few] { $count } sekundy
    [many] { $count } sekund
   *[other] { $count } sekundy
}
weekday = { $day ->
    [1] poniedziałek
    [2] wtorek
    [3] środę
    [4] czwartek
    [5] piątek
    [6] sobotę
   *[7] niedzielę
}
short-days = { $count } d
short-hours = { $count } h
short-minutes = { $count } min
# A suggestion for an option: what to type, and what it means by the server's clocks.
duration-choice = { $typed } · { $day } { $time } ({ $zone }), za { $left }
duration-unreadable = Nie rozumiem tego czasu. Napisz, jak długo, np. `2h` albo `1h30`. Albo do kiedy, np. `2am`, `tomorrow 20:00` lub `friday 20:00`. Albo `forever`.
duration-past = Ta godzina już minęła. Napisz taką, która dopiero będzie, np. `tomorrow 20:00`.
duration-too-long = Najwyżej dziesięć lat albo `forever`.

## Game nights: ports that open and close by themselves.

night-ports = { $count ->
    [1] Port { $ports }
   *[other] Porty { $ports }
}
night-every = co { $days } o { $time }
night-every-day = codziennie o { $time }
night-added = 📅 Otworzę automatycznie: { $what }, { $when } ({ $zone }), na { $duration }.
night-next = Następny raz: { $time }, { $relative }.
night-has-event = Jest wśród wydarzeń serwera: inni mogą tam zaznaczyć, że są zainteresowani.
nights-title = 📅 Wieczory gier
night-line = { $what } na urządzeniu **{ $device }**, { $when }, na { $duration }. Następny raz: { $relative }
night-stop-button = Zatrzymaj serię
night-stop-one-button = Zatrzymaj: { $series }
night-stopped = Seria zatrzymana. Nie otworzę już: { $what }, { $when }.
night-stays-open = Teraz jest otwarte i zamknie się { $relative }.
night-ended = Ta seria już się skończyła.
night-not-yours = Ta seria należy do kogoś innego. Zatrzymać ją może tylko ta osoba i admini.
night-too-many = Masz już { $count ->
    [one] { $count } wieczór
    [few] { $count } wieczory
    [many] { $count } wieczorów
   *[other] { $count } wieczoru
} gier, więcej się nie da. Najpierw zatrzymaj któryś: pokaże je `/status`.
night-unreadable = Nie rozumiem tego. Napisz dni i godzinę, np. `friday 20:00`, `fri, sat 8pm` albo `day 20:00`.
night-how-long = Wieczór gier trwa najwyżej { $duration }. Podaj czas w `duration`, np. `3h` albo `until 1am`.
night-event = { $what } z { $host }
night-event-about = Port otwiera się sam, { $when }.
night-refused = Twój wieczór gier się nie otworzył: { $what }. { $why } Próbuję co minutę aż do { $time }.
night-device-gone = Koniec twojego wieczoru gier: { $what }, { $when }. Nie ma już urządzenia **{ $device }**. Na nowy dodaj urządzenie i wpisz `/forward` z opcją `every`.

## Refusals of the bot, and failures.

server-only = Komendy przyjmuję tylko na naszym serwerze. Wpisz tę tam.
server-left = Nie ma cię już na serwerze, do którego należą te porty.
admins-only = Sorki, to mogą tylko admini.
no-access-yet = Jeszcze nie ma konfiguracji. Admin tego serwera dokończy ją przez `/setup`.
no-access = Sorki, VPN jest tylko dla osób z rolą { $roles }. Poproś o nią admina tego serwera.
no-access-ask = Sorki, VPN jest tylko dla osób z rolą { $roles }. Wpisz `/join`, żeby poprosić adminów o dostęp.
outdated-typed = Ta komenda się zmieniła. Zrestartuj Discorda (na komputerze Ctrl+R) i spróbuj znowu.
outdated-pressed = To pochodzi z mojej starszej wersji i już nie działa. Wpisz komendę jeszcze raz.
discord-failed = Discord miał problem. Zanim spróbujesz znowu, sprawdź `/status`.
bug = Coś się zepsuło. Podaj adminowi ten numer: { $number }.

## Refusals of the gateway, by its codes.

error-internal = Coś się zepsuło w usłudze VPN. Podaj adminowi ten numer: { $log_id }.
error-bad_request = Tego nie rozumiem ({ $field }): { $rule }.
error-bad_ports = { $text } to nie port. Napisz np. 25565, zakres 27015-27030 albo kilka: 2456-2458, 27015/udp.
error-not_allowed = To możesz robić tylko ze swoimi urządzeniami. Zapytaj admina.
error-admins_only = To może zrobić tylko admin.
error-root_only = To może zrobić tylko root, na VPS-ie.
error-other_service = VPN mi na to nie pozwala. Powiedz adminowi.
error-suspended = Urządzenie { $device } jest odcięte. Poproś admina, żeby wpuścił je z powrotem, albo spróbuj za minutę, jeśli twoja rola dopiero co wróciła.
error-owner_suspended = Twój dostęp jest odcięty. Poproś admina, żeby wpuścił cię z powrotem, albo spróbuj za minutę, jeśli twoja rola dopiero co wróciła.
error-guest_over = Twój czas w roli gościa się skończył. Poproś admina, żeby wpuścił cię jako członka.
error-wrong_user = Użytkownik systemu { $user } nie może rozmawiać z usługą VPN. Powiedz adminowi: trzeba go dopisać do socket_users w [gateway].
error-peer_unknown = Nie ma urządzenia o nazwie { $device }. `/status` pokaże twoje urządzenia.
error-no_devices = Najpierw dodaj swój komputer: `/join`
error-which_device = Które urządzenie? Masz { $devices }. Wybierz jedno w opcji device.
error-peer_exists = Masz już urządzenie o nazwie { $device }. Nie masz do niego konfiguracji? `/rotate` zrobi nową.
error-key_in_use = Tego klucza publicznego używa już inne urządzenie. Zrób nową parę kluczy i spróbuj znowu.
error-forward_unknown = Port { $ports } nie jest otwarty. `/status` pokaże twoje otwarte porty.
error-forward_gone = Ten port jest już zamknięty. `/status` pokaże twoje otwarte porty.
error-part_of_forward = { $ports } należy do { $whole }. Zamknij całość: { $whole }.
# $owner is a member's name, for admins only.
error-address_not_listed = { $network } nie ma tam na liście: ani blokady, ani wpuszczenia.
error-port_taken = Zajęte: { $ports } { $holder ->
    [you] masz już otwarte ty
    [someone] ma już otwarte ktoś inny
   *[named] ma już otwarte { $owner }
}. { $hint }
error-port_forbidden = Portu { $ports } nie da się otworzyć: { $rule }.
error-port_in_use = { $ports } zajmuje program na VPS-ie. { $hint }
error-port_needed = Portu { $ports } nie da się otworzyć: reszty zakresu { $range } VPS potrzebuje na własne połączenia. { $hint }
error-limit_reached = Limit { $what ->
    [devices] urządzeń
    [forwards] przekierowań
    [ports] publicznych portów
    [devices_in_all] urządzeń wszystkich członków razem
    [forwards_in_all] przekierowań wszystkich członków razem
    [addresses] adresów zablokowanych lub wpuszczonych na jeden port
    [addresses_in_all] adresów zablokowanych lub wpuszczonych na wszystkie porty razem
    [marks] otwartych portów wszystkich członków razem
   *[guests_in_all] zapamiętanych gości
} to { $limit }, a wolnych jest { $left }. Najpierw coś usuń.
error-beyond_limit = Limit { $what ->
    [devices] urządzeń
    [forwards] przekierowań
    [ports] publicznych portów
    [devices_in_all] urządzeń wszystkich członków razem
    [forwards_in_all] przekierowań wszystkich członków razem
    [addresses] adresów zablokowanych lub wpuszczonych na jeden port
    [addresses_in_all] adresów zablokowanych lub wpuszczonych na wszystkie porty razem
    [marks] otwartych portów wszystkich członków razem
   *[guests_in_all] zapamiętanych gości
} to { $limit }, a wolnych jest { $left }. Weź mniej albo poproś admina o większy limit.
error-too_many_joins = Limit nowych urządzeń na godzinę to { $limit }. Spróbuj znowu za { $wait }.
error-too_many_changes = Limit zmian na minutę to { $limit } i właśnie się wyczerpał. Spróbuj znowu za minutę.
error-too_many_watchers = Użytkownik bota śledzi już zdarzenia VPN tyle razy, ile wolno: { $limit }. Powiedz adminowi.
error-request_id_reused = To żądanie ma ten sam id co inne, więc nic nie zrobiłem. Spróbuj znowu.
error-set_up_elsewhere = Inna prośba skonfigurowała { $device } w tej samej chwili. Plik konfiguracyjny trafił tam.
error-too_long = To za długo. Możesz wybrać najwyżej { $longest }.
error-subnet_full = VPN nie ma już adresu dla kolejnego urządzenia. Poproś admina, żeby usunął stare.
error-apply_failed = VPS odrzucił zmianę, więc nic się nie zmieniło. Powiedz adminowi: { $log_id }.
error-not_saved = VPS nie mógł zapisać zmiany, więc nic się nie zmieniło. Powiedz adminowi: { $log_id }.
error-database_damaged = Baza danych VPN jest uszkodzona, więc nic się nie zmieniło. Co jest otwarte, zostaje otwarte. Powiedz adminowi: { $log_id }.
error-not_erased = Członek jest zapomniany, ale w bazie danych mogły zostać ślady tekstu. Powiedz adminowi: { $log_id }.
error-nothing_stored = { $member }: nic nie jest zapisane.
error-gateway_unreachable = Usługa VPN teraz nie działa. Twoje urządzenia i porty są bezpieczne. Spróbuj znowu za minutę.
error-region_away = { $region } przestał odpowiadać { $since }. Co jest tam otwarte, zostaje otwarte.
error-other_version = Bot i usługa VPN mają różne wersje i się nie rozumieją. Admin musi zaktualizować albo zrestartować starsze z nich.
error-region_differs = { $older ->
    [gateway] **{ $region }** ma starszą wersję niż bot i go nie rozumie. Admin musi zaktualizować **{ $region }**.
    [bot] **{ $region }** ma nowszą wersję, której bot nie rozumie. Admin musi zaktualizować bota.
   *[unknown] **{ $region }** i bot mają różne wersje i się nie rozumieją. Admin musi zaktualizować starsze z nich.
}
error-region_unknown = Nie ma regionu { $region }. Do wyboru: { $regions }.
error-which_region = Który region? { $name } jest w: { $regions }. Wybierz jeden w opcji region.
error-gateway_waiting = VPN startuje i czeka na swoją sieć. Twoje urządzenia i porty są bezpieczne. Spróbuj znowu za minutę.
error-name_not_kept = Nazwa VPN nie jest aktualizowana: { $reason }.
error-bad_backup = Z tego pliku nie da się nic przywrócić. Nic się nie zmieniło.
error-newer_backup = Kopia zapasowa jest z nowszej wersji guildgate. Nic się nie zmieniło.
error-wrong_secret = To nie otwiera kopii zapasowej. Nic się nie zmieniło.
error-state_there = VPS ma już urządzenia. Nic się nie zmieniło.
error-still_running = Brama albo bot jeszcze działa. Nic się nie zmieniło.
error-not_updated = { $problem }.
error-kernel_behind = Baza danych jest zmieniona, ale tego nie udało się zmienić: { $what }. Zrobi to następny start.
error-cannot_import = Nie udało się przejąć serwera innego programu: { $problem }.
error-gateway_timeout = Usługa VPN nie odpowiedziała na czas. Zanim spróbujesz znowu, sprawdź `/status`.
error-not_authentic = Odpowiedź nie przyszła od usługi VPN ({ $reason }). Zanim spróbujesz znowu, sprawdź `/status`.
error-not_signed = Usługa VPN nie uznała tego za prośbę bota. Powiedz adminowi: { $reason }.
error-gateway_busy = Usługa VPN ma teraz za dużo roboty, więc nic nie zrobiła. Spróbuj znowu za parę minut.

# The $hint of a taken port.
hint-free = { $free } jest wolny.
hint-none = Żaden inny port nie jest teraz wolny.
# The $rule that a request breaks.
rule-one_port = to działa tylko z jednym portem albo zakresem
rule-inside = porty muszą być z zakresu 1-65535
rule-twice = { $value } jest tam dwa razy
rule-too_many = limit portów naraz to { $value }
rule-weak = nie pasuje do niego żaden klucz prywatny
rule-key = to musi być klucz WireGuard: 44 znaki base64 z = na końcu
rule-name = nazwa ma od 1 do { $value } widocznych znaków
rule-only = wybierz z zakresu { $value }
rule-own = { $value } zajmuje VPN. Wybierz inny
rule-denied = admin trzyma { $value } zamknięte
rule-prefix = może to być jeden adres, /24 IPv4 albo /64 IPv6

## A device and its setup.

join-purpose-unknown = Wybierz `hosting`, `everything` albo `light`.
platform-windows = PC z Windowsem
platform-mac = Mac
platform-linux = Linux
platform-phone = Telefon
platform-router = Router
join-question = ### Co chcesz dodać?
# $devices: the names of those that the member has. $device: a free name.
join-have = Masz już { $devices }. Nowe dostanie wolną nazwę, np. **{ $device }**. Potrzebujesz tylko nowego pliku? Użyj `/rotate`.
join-free = Wolna nazwa: **{ $device }**.
join-free-button = Dodaj kolejne urządzenie
rotate-question = ### Co to za urządzenie: { $device }?
    Dostaniesz nowy plik konfiguracyjny. Stary przestanie wtedy działać.

# A setup has at most 60 words on every platform, as a test counts them.
setup-title = ### { $icon } { $device } ⏳ czekam…
setup-install = **1.** Zainstaluj
setup-get-button = Pobierz WireGuard
setup-iphone-button = iPhone
setup-android-button = Android
setup-import = **2.** Zapisz { $file }, *Importuj tunel(e) z pliku*
setup-activate = **3.** *Aktywuj*
setup-mac-allow = **3.** *Pozwól* na konfigurację VPN, potem *Aktywuj*
setup-linux-save = **2.** Tam, gdzie jest zapisany plik: { $command }
setup-linux-start = **3.** { $command }
setup-phone-scan = **2.** Otwórz to na komputerze. Zeskanuj telefonem: **+** → *kod QR*
setup-phone-import = **2.** Zapisz { $file } na telefonie: **+** → *z pliku*
setup-phone-allow = **3.** Pozwól na konfigurację VPN, nazwij ją { $tunnel }, włącz
setup-router-open = **1.** Otwórz stronę swojego routera: VPN → *klient* WireGuard
setup-router-import = **2.** Zaimportuj { $file }. Nie zmieniaj *Allowed IPs* ani *Persistent keepalive*.
setup-router-ports = **3.** Przepuść jego porty do swojego komputera
setup-lacks-key = Najpierw wpisz w { $file } swój klucz prywatny zamiast `{ $placeholder }`.
setup-qr-alt = Kod QR z konfiguracją urządzenia { $device }
setup-file-alt = Konfiguracja WireGuard urządzenia { $device }
setup-full = ⚠️ Cały { $family ->
    [ipv4] internet IPv4
   *[both] internet
} { $platform ->
    [router] za routerem
    [phone] tego telefonu
    [mac] tego Maca
   *[windows] tego komputera
} idzie przez nasz serwer.
setup-split = Przez nasz serwer idzie tylko ruch VPN. IP graczy są ukryte.
setup-linux = Prawdziwe IP graczy. Cała reszta ruchu zostaje w domu. Zainstaluj też pakiet nftables.
setup-windows-firewall = 🛡️ Zapora: zezwól grze na *Sieci publiczne*, po `/rotate` jeszcze raz.
setup-windows-block = 🖨️ Zniknęła drukarka? *Edytuj* → odznacz *Zablokuj niezabezpieczony ruch (wyłącznik awaryjny)*.
# $relative is a time such as `in 14 minutes`.
setup-private-until = 🔒 Plik tylko dla ciebie, zniknie { $relative }.
setup-private = 🔒 Plik tylko dla ciebie, zniknie po połączeniu.
setup-ends = Koniec { $relative }.
setup-trouble-button = Nie działa
setup-send-button = Wyślij mi prywatnie
setup-new-button = Nowy plik konfiguracyjny
setup-sent = 📬 Konfiguracja czeka w prywatnych wiadomościach.
setup-not-sent = Nie mogę ci wysłać prywatnej wiadomości. Zezwól na nie na tym serwerze (nazwa serwera → *Ustawienia prywatności*) albo użyj pliku stąd.
setup-not-there = W tej wiadomości nie ma już konfiguracji. `/rotate` zrobi nową.
setup-connected = ✅ **Połączone:** { $device } jest w VPN. Pliku konfiguracyjnego już tu nie ma.
setup-taken-out = ⌛ Konfiguracji urządzenia **{ $device }** już tu nie ma. Jeszcze nie połączone? Weź nowy plik.
setup-gone = Urządzenia **{ $device }** nie ma już w VPN. Użyj `/join`, żeby dodać je znowu.
setup-undelivered = Urządzenie **{ $device }** jest gotowe, ale nie udało mi się dostarczyć pliku konfiguracyjnego. `/rotate` zrobi nowy.

# What is behind the button *It doesn't work*.
trouble-waiting = **Wciąż czeka?** Tunel w WireGuard musi być *aktywny*. Niektóre sieci (szkoła, praca) blokują VPN: spróbuj w innej.
trouble-windows-firewall = **Znajomi nie mogą wejść?** Dla Windowsa VPN to *sieć publiczna*. Wyszukaj *Zezwalaj aplikacji na dostęp przez Zaporę systemu Windows* i przy swojej grze zaznacz sieci publiczne. Po `/rotate` to nowa sieć, więc Windows może zapytać znowu.
trouble-windows-block = **Zniknęła drukarka albo gry w LAN?** WireGuard → *Edytuj* → odznacz *Zablokuj niezabezpieczony ruch (wyłącznik awaryjny)*.
trouble-linux-resolver = **Nie znaleziono resolvconf?** Z systemd-resolved, jak w Ubuntu: `sudo ln -s /usr/bin/resolvectl /usr/local/bin/resolvconf`. W innym razie zainstaluj openresolv.
trouble-linux-ipv6 = **Wywala się na `ip -6`?** IPv6 jest na tej maszynie wyłączone: użyj `/rotate ipv4_only:True`.
trouble-linux-manager = **NetworkManager?** Pomija część tego pliku. Użyj `wg-quick`.
trouble-linux-silent = **Gracze nie dostają odpowiedzi?** Zainstaluj nftables, potem `wg-quick down` i `up`. Niech serwer nasłuchuje na wszystkich adresach, nie tylko na adresie LAN. Otwórz jego port w ufw albo firewalld tak jak dla LAN. Inny VPN włącz przed tym.
trouble-linux-list = **Publiczna lista serwerów pokazuje twój domowy adres?** Niech serwer nasłuchuje na adresie VPN, który jest w pliku po *Address*.
trouble-phone-screen = **Nie masz drugiego ekranu?** Zapisz plik na telefonie, potem w WireGuard: **+** → *Utwórz z pliku lub archiwum* (tak samo na iPhonie).
trouble-router = **Znajomi nie mogą wejść?** Porty kończą się na routerze. Niech przekazuje je dalej do twojego komputera.
trouble-ipv4 = **IPv6?** Ta konfiguracja to tylko IPv4: IPv6 zostaje poza VPN.
trouble-file = **Plik zniknął albo ma go ktoś inny?** `/rotate` zrobi nowy, a stary przestanie działać.
trouble-admin = **Dalej nic?** Zapytaj admina: zobaczy, czy twoje urządzenie dociera do serwera.
leave-done = **{ $device }** nie jest już w VPN. Możesz usunąć tunel w WireGuard.

## Asking for access.

request-asked = Proszę adminów, żeby cię wpuścili. Dam ci znać prywatną wiadomością. Zezwól na prywatne wiadomości z tego serwera (nazwa serwera → *Ustawienia prywatności*).
request-waiting = Twoja prośba (wysłana { $since }) czeka jeszcze na decyzję adminów. Dam ci znać prywatną wiadomością.
request-welcome = ✅ **Wchodzisz!** Twoja prośba jest przyjęta.
request-refused = ⛔ Admini odmówili ci dostępu do VPN.
request-refused-reason = Powód: { $reason }
request-ran-out = Twoja prośba o VPN wygasła bez odpowiedzi. Użyj `/join` na serwerze, żeby poprosić znowu.

# The request that the admins see, and the answers to their clicks.
request-title = { $name } chce dołączyć
request-about = { $mention } wpisuje `/join`, ale nie ma dostępu do VPN.
request-account-field = Konto założone
request-joined-field = Dołączenie do serwera
request-asked-field = Prośba wysłana
request-device-field = Urządzenie
request-mode-field = Przez VPN
request-outcome-field = Decyzja
request-approve-button = Przyjmij
request-deny-button = Odrzuć
request-form-title = Odrzuć prośbę
request-form-label = Powód (opcjonalny, ta osoba go zobaczy)
request-outcome-approved = ✅ Przyjęta { $when }, admin: { $admin }.
request-outcome-undelivered = ✅ Przyjęta { $when }, admin: { $admin }. Moja prywatna wiadomość nie doszła: żeby iść dalej, trzeba znowu wpisać `/join`.
request-outcome-denied = ⛔ Odrzucona { $when }, admin: { $admin }.
request-outcome-expired = ⌛ Wygasła { $when } bez odpowiedzi.
request-outcome-left = 🚪 Zamknięta { $when }: tej osoby nie ma już na serwerze.
request-outcome-needless = ✅ Zamknięta { $when }: ta osoba ma już dostęp.
request-reason = Powód: { $reason }
request-discord-fails = Discord miał problem. Spróbuj znowu za minutę.
request-stays-open = Nic się nie zmieniło, prośba czeka dalej.
request-unknown = Ta prośba już nie działa. Użyj `/join`, żeby poprosić znowu.
request-being-approved = { $admin } właśnie ją przyjmuje.
request-let-in = **{ $member }** ma dostęp. Konfiguracja poszła w prywatnej wiadomości.
request-let-in-undelivered = **{ $member }** ma dostęp, ale moja prywatna wiadomość nie doszła. Przekaż tej osobie, żeby znowu wpisała `/join`.
request-left = **{ $member }** nie jest już na serwerze, więc zamknąłem prośbę.
request-denied = Odrzucona. **{ $member }** nie ma dostępu i wie o tym z prywatnej wiadomości.
request-denied-untold = Odrzucona. **{ $member }** nie ma dostępu. Moja prywatna wiadomość nie doszła.
# Discord shows it in its own audit log.
request-role-reason = guildgate: prośba o dostęp przyjęta, admin: { $admin }
request-role-failed = Nie udało mi się teraz nadać roli, więc sam pamiętam, że ta osoba ma dostęp. Możesz nadać jej rolę ręcznie.
request-role-refused = ⚠️ Discord nie pozwala mi nadać roli { $role }, więc sam pamiętam, że ta osoba ma dostęp. Na przyszłość: daj mojej roli uprawnienie *Zarządzanie rolami* i przeciągnij ją nad { $role }.
request-role-missing = ⚠️ Na serwerze nie ma roli { $role } (pierwszej z `member_roles`), więc sam pamiętam, że ta osoba ma dostęp.
request-trouble-title = ⚠️ Nowe osoby nie mogą prosić o dostęp
request-no-channel = Na serwerze nie ma kanału tekstowego { $channel } albo go nie widzę: `admin_channel` w `[discord]`.
request-no-permission = Ktoś poprosił o dostęp, ale nie mogę pisać na { $channel }. Daj mi tam *Wyświetlanie kanału*, *Wysyłanie wiadomości* i *Wyświetlanie podglądu linków* (Embed Links).

## Opening and closing ports.

forward-opened = { $count ->
    [1] **Port { $ports } jest otwarty ({ $protocol }).** Gracze łączą się z:
   *[other] **Porty { $ports } są otwarte ({ $protocol }).** Gracze łączą się z:
}
forward-opened-ipv6 = Gracze z IPv6 mogą też użyć { $address }.
forward-opened-target = Działa na urządzeniu **{ $device }**, { $count ->
    [1] port { $ports }
   *[other] porty { $ports }
}. Nie wyłączaj WireGuard ani serwera.
forward-opened-several = **Otwarte.** Gracze łączą się z:
forward-opened-game = **Otwarte: { $game }.** Gracze łączą się z:
forward-opened-several-keep = Działa na urządzeniu **{ $device }**. Nie wyłączaj WireGuard ani serwera.
forward-opened-several-moved = Port publiczny → port na urządzeniu **{ $device }**: { $ports }
# Small print below the address that players paste, and inside a sentence.
address-port = Port: { $port }
address-also = Otwarte też: { $ports }
# $how is a `game-join-` message.
address-game = W grze: { $how }
address-port-of = { $address } z portem { $port }
forward-friends-only = Połączyć się mogą tylko urządzenia w VPN i adresy, które wpuścisz przez `/connections`.
forward-already-open = To masz już otwarte.
forward-note-split = Przez VPN idzie tylko ruch VPN tego urządzenia: twój serwer nie widzi IP graczy.
forward-note-linux = Twój serwer widzi prawdziwe IP graczy. Niech nasłuchuje na wszystkich adresach, nie tylko na adresie LAN.
forward-closes = Zamknie się { $relative } ({ $time }).
forward-never-closes = Zostaje otwarte, aż zamkniesz.
forward-has-ended = To już zamknięte. `/forward` otworzy znowu.
# What is missing for an opening, above a button or menu that makes it.
forward-meant = Chodzi o { $games }? Nie znam { $text }. Numer portu też zadziała.
forward-instead-button = Otwórz zamiast tego { $port }
forward-instead-keeps = Twój serwer zostaje na { $port }: skieruję tam { $free }.
forward-no-device = **Najpierw dodaj swój komputer.** Potem naciśnij drugi przycisk.
forward-again-button = Otwórz teraz
forward-which-device = Na którym to działa?
forward-device-menu = Wybierz swój komputer…
forward-close-menu = Zamknij zamiast tego któryś z nich…
unforward-done = { $count ->
    [one] **Zamknięte.** Nikt już nie wejdzie:
    [few] **Zamknięte { $count } porty.** Nikt już nie wejdzie:
    [many] **Zamknięte { $count } portów.** Nikt już nie wejdzie:
   *[other] **Zamknięte { $count } portu.** Nikt już nie wejdzie:
}

## How the most played games are hosted, below the line that misses the server, and how they are joined.

game-host-minecraft = Gra otwarta dla LAN? Ustaw jej port na { $port }.
game-join-minecraft = *Multiplayer* → *Direct Connection*
game-host-minecraft-bedrock = Uruchom Bedrock Dedicated Server z `server-port={ $port }`.
game-join-minecraft-bedrock = *Play* → *Servers* → *Add Server*
game-host-valheim = *Start Game* → zaznacz *Start Server*, a *Crossplay* zostaw wyłączone.
game-join-valheim = *Join Game* → *Add server*
game-host-palworld = Uruchom Palworld Dedicated Server z `-port={ $port }`.
game-join-palworld = *Join Multiplayer Game* i wklej na dole
game-host-terraria = *Multiplayer* → *Host & Play* albo uruchom TerrariaServer na porcie { $port }.
game-join-terraria = *Multiplayer* → *Join via IP*
game-host-factorio = *Multiplayer* → *Host saved game*. Port jest w `config.ini`: `port={ $port }`.
game-join-factorio = *Multiplayer* → *Connect to address*
game-host-satisfactory = Uruchom Satisfactory Dedicated Server z `-Port={ $port }`.
game-join-satisfactory = *Server Manager* → *Add Server*
game-host-project-zomboid = *Host* w menu głównym, z portem { $port }.
game-join-project-zomboid = *Join* → *Favorites*, port w osobnym polu
game-host-enshrouded = Uruchom Enshrouded Dedicated Server.
game-join-enshrouded = *Play* → *Join* i szukaj nazwy serwera
game-host-7-days-to-die = Startując grę, ustaw *Server Port* na { $port }.
game-join-7-days-to-die = *Join a Game* → *Connect to IP*, port w osobnym polu
game-host-counter-strike-2 = Uruchom serwer dedykowany z `-port { $port }`.
game-join-counter-strike-2 = Konsola (`~`): `connect`, spacja i adres
game-host-rust = Uruchom RustDedicated z `+server.port { $port }`.
game-join-rust = Naciśnij F1: `client.connect`, spacja i adres
game-host-ark = Uruchom ARK Dedicated Server z `?Port={ $port }`.
game-join-ark = Konsola (Tab): `open`, spacja i adres
game-host-ark-ascended = Uruchom ARK Ascended Dedicated Server z `-port={ $port }`.
game-join-ark-ascended = Konsola (Tab): `open`, spacja i adres
game-host-garrys-mod = Uruchom srcds z `-port { $port }`.
game-join-garrys-mod = Konsola: `connect`, spacja i adres

## The gateway has another address.

moved-lost = 🚚 **VPN się przeprowadził. Jego adres to teraz { $address }.** { $count ->
    [1] Konfiguracja tego urządzenia ma stary adres. Wpisz `/rotate` i podmień stary plik na nowy.
   *[other] Konfiguracje tych urządzeń mają stary adres. Wpisz `/rotate` dla każdego i podmień stary plik na nowy.
} Twoje porty zostają otwarte:
moved-waiting = 🚚 **VPN się przeprowadził.** { $count ->
    [1] To urządzenie szuka go jeszcze w starym miejscu. Wyłącz i włącz na nim WireGuard:
   *[other] Te urządzenia szukają go jeszcze w starym miejscu. Wyłącz i włącz na każdym WireGuard:
}

## Time running out.

reminder = { $count ->
    [one] ⏰ **Twój port zamknie się { $relative }.** Grasz jeszcze? Przedłuż go:
    [few] ⏰ **{ $count } twoje porty zamkną się { $relative }.** Grasz jeszcze? Przedłuż je:
    [many] ⏰ **{ $count } twoich portów zamknie się { $relative }.** Grasz jeszcze? Przedłuż je:
   *[other] ⏰ **{ $count } twojego portu zamknie się { $relative }.** Grasz jeszcze? Przedłuż je:
}
reminder-extend-button = Przedłuż
reminder-close-button = Zamknij
extended = **Przedłużone.**
extended-already = Już przedłużone:

## Whether players can join, hop by hop. Bold: the one thing to do.

proof-check-button = Sprawdź znowu
proof-how-button = Pokaż mi, jak
proof-how =
    1. Otwórz aplikację WireGuard na komputerze.
    2. Wybierz tunel i naciśnij *Aktywuj*.

    Jeszcze nieskonfigurowane? `/join`
proof-other-port-button = Inny port…
proof-other-port-form-title = Inny port
proof-other-port-form-label = Port, którego używa twój serwer
proof-other-port-bad = To nie port. Napisz liczbę od 1 do 65535.
change-button = Zmień…
change-form-title = Zmień
change-which-form-label = Który port?
change-device-form-label = Komputer, na którym to działa
change-time-form-label = Jak długo albo do kiedy
proof-looking-title = Czy gracze mogą wejść?
proof-done-title = Gracze mogą wejść
proof-ready-title = Gotowe na graczy
proof-missing-title = Gracze jeszcze nie mogą wejść
proof-unknown-title = Prawie gotowe
proof-over-title = Przy ostatnim sprawdzeniu niegotowe
proof-gone-title = Zamknięte
proof-until = Na żywo do { $time }
proof-stopped = Już nie na żywo. Naciśnij *{ proof-check-button }*.
proof-gateway-away = VPN teraz nie odpowiada. Co jest otwarte, zostaje otwarte, a ja próbuję dalej.
proof-open = { $count ->
    [1] Port { $ports } jest otwarty
   *[other] Porty { $ports } są otwarte
}
# $problem: a `problem-` message.
proof-blocked = **Poproś admina, żeby przepuścił graczy.** { $problem }
proof-suspended = **Poproś admina, żeby wpuścił z powrotem { $device }.** Urządzenie jest odcięte, a jego porty do tego czasu zamknięte.
proof-tunnel = WireGuard na urządzeniu { $device }
proof-connected = { $device } jest w VPN ({ $handshake })
proof-not-connected = **Włącz WireGuard na urządzeniu { $device }.** Ostatni kontakt { $handshake }.
proof-never-connected = **Włącz WireGuard na urządzeniu { $device }.** Jeszcze nigdy się nie połączyło.
proof-server = Serwer na urządzeniu { $device }
# $ports is the message `port`.
proof-server-refused = **Uruchom serwer na urządzeniu { $device }.** Nic tam nie działa: { $ports }.
proof-server-silent = **Uruchom serwer na urządzeniu { $device } i zezwól na niego w zaporze.** Nic nie odpowiada: { $ports }.
proof-server-frozen = **Zajrzyj do serwera na urządzeniu { $device }.** Przyjmuje graczy ({ $ports }), ale potem milczy: jeszcze startuje albo się zawiesił.
proof-server-refused-tcp = **Uruchom serwer na urządzeniu { $device }.** Nic tam nie działa: TCP { $ports }. Serwerów UDP nie da się sprawdzić.
proof-server-silent-tcp = **Uruchom serwer na urządzeniu { $device } i zezwól na niego w zaporze.** Nic nie odpowiada: TCP { $ports }. Serwerów UDP nie da się sprawdzić.
proof-playing = Serwer na urządzeniu { $device } odpowiada, graczy: { $players }
proof-playing-of = Serwer na urządzeniu { $device } odpowiada, graczy: { $players } z { $slots }
# Follows proof-playing and proof-playing-of.
proof-version = , wersja { $version }
proof-answers = Serwer na urządzeniu { $device } odpowiada
proof-takes = Serwer na urządzeniu { $device } przyjmuje graczy
proof-udp = Tej gry nie mogę stąd sprawdzić. Upewnij się, że działa na urządzeniu { $device }.
proof-players = Pierwszy gracz
proof-knocked = Jakiś gracz próbował się połączyć. Teraz nikogo nie ma.
proof-nobody = **Podaj graczom { $address }.** Nikt jeszcze nie próbował. Jeśli znajomi nie mogą się połączyć, poproś admina, żeby otworzył { $ports } ({ $protocol }) w zaporze dostawcy VPS-a.

## Match cards.

card-announce-button = Ogłoś
card-close-button = Zamknij
card-anyway-button = Ogłoś mimo to
card-not-ready-offline = 🟡 Jeszcze nieogłoszone: { $device } jest offline. Najpierw włącz tam WireGuard.
card-not-ready-silent = 🟡 Jeszcze nieogłoszone: serwer na urządzeniu { $device } nie odpowiada.
card-not-ready-blocked = 🟡 Jeszcze nieogłoszone: zapora albo ustawienie na naszym serwerze nie wpuszcza graczy. Admini zobaczą więcej w /status.
card-announced = 📣 Ogłoszone tutaj: { $link }
card-announced-already = 📣 Już ogłoszone: { $link }
card-not-announced = Nie udało mi się tego ogłosić. Naciśnij **{ card-announce-button }**, żeby spróbować znowu.
card-not-here = W prywatnych wiadomościach nie mogę tego ogłosić. Wpisz to na kanale, na którym mają to zobaczyć znajomi: { $command }
card-cannot-announce = Nie udało mi się tego ogłosić: na { $channel } brakuje mi { $count ->
    [1] uprawnienia { $permissions }
   *[other] uprawnień { $permissions }
}. Gdy admin tego serwera mi je da, naciśnij **{ card-announce-button }**.
# The names of permissions in Discord's client.
permission-view_channel = Wyświetlanie kanału
permission-send_messages = Wysyłanie wiadomości
permission-send_messages_in_threads = Wysyłanie wiadomości we wątkach
permission-embed_links = Wyświetlanie podglądu linków (Embed Links)
permission-create_events = Tworzenie wydarzeń
permission-manage_events = Zarządzanie wydarzeniami
card-not-yours = Zamknąć to może tylko host i admini.
card-title = 🎮 { $what }
card-ended-title = 🏁 { $what }: koniec
card-host = Hostuje **{ $host }**
card-stale = ⚠️ VPN nie odpowiada. Ostatnie dane: { $since }.
card-offline = 🟡 { $device } ({ $host }) jest offline. Ostatnio online { $since }.
card-offline-never = 🟡 { $device } ({ $host }): jeszcze bez połączenia.
card-way-blocked = 🟡 Zapora albo ustawienie na naszym serwerze nie wpuszcza graczy. Admini zobaczą więcej w /status.
card-way-silent = 🟡 Serwer na urządzeniu { $device } nie odpowiada.
card-way-ready = 🟢 Gotowe: serwer odpowiada.
card-version-field = Wersja
card-address-field = Adres
card-players-field = Gracze teraz
card-players = { $players ->
    [one] { $players } gracz
    [few] { $players } graczy
    [many] { $players } graczy
   *[other] { $players } gracza
} (najwięcej { $peak })
card-players-of = { $slots ->
    [1] { $players } z { $slots } gracza
   *[other] { $players } z { $slots } graczy
} (najwięcej { $peak })
card-since-field = Otwarcie
card-until-field = Otwarte do
card-until = { $time }, { $relative }
card-until-closed = zamknięcia przez hosta
card-lasted-field = Czas trwania
card-most-field = Najwięcej naraz
card-most = { $players ->
    [one] { $players } gracz
    [few] { $players } graczy
    [many] { $players } graczy
   *[other] { $players } gracza
}
card-open-field = Otwarte
card-open = od { $since } do { $until }

## The live message of /panel.

panel-head = ## 🎮 { $server }
panel-away = 🔴 **VPN przestał odpowiadać { $since }.** Co jest otwarte, zostaje otwarte.
panel-blocked = 🔴 **Znajomi nie mogą teraz wejść.**
    Admini: `/doctor` mówi, co zrobić.
panel-problems = ⚠️ { $count ->
    [one] { $count } problem na serwerze.
    [few] { $count } problemy na serwerze.
    [many] { $count } problemów na serwerze.
   *[other] { $count } problemu na serwerze.
} Admini: `/doctor` mówi, co zrobić.
panel-none = Nic nie jest teraz otwarte. Naciśnij **Hostuj grę**, żeby zacząć.
panel-more = { $count ->
    [one] … i jeszcze { $count } rozgrywka
    [few] … i jeszcze { $count } rozgrywki
    [many] … i jeszcze { $count } rozgrywek
   *[other] … i jeszcze { $count } rozgrywki
}
panel-match = ### { $game } · { $host }
# $state is one of the messages below.
panel-match-short = **{ $game }** · { $host } · { $state }
panel-playing = { $players ->
    [0] 🟢 Otwarte
    [one] 🟢 **{ $players }** gracz
    [few] 🟢 **{ $players }** graczy
    [many] 🟢 **{ $players }** graczy
   *[other] 🟢 **{ $players }** gracza
}
panel-playing-of = 🟢 **{ $players }**/{ $slots }
panel-players = { $state } · najwięcej { $most } { $picture }
panel-pc-offline = 🟡 Komputer offline, ostatnio online { $since }
panel-pc-never = 🟡 Czekam na komputer hosta
panel-silent = 🟡 Gra nie odpowiada
panel-time = -# Start { $since }
panel-time-until = -# Start { $since } · zamknie się { $until }
panel-devices = { $devices ->
    [1] { $online } z { $devices } urządzenia online
   *[other] { $online } z { $devices } urządzeń online
}
# $devices is the message `panel-devices`.
panel-foot = -# { $devices }
panel-foot-traffic = -# { $devices } · { $rate }
panel-host-button = Hostuj grę
panel-again-button = Hostuj znowu
panel-add-button = Dodaj mój komputer
panel-mine-button = Moje rzeczy
panel-help-button = Pomoc
panel-devices-button = Urządzenia
panel-requests-button = { $count ->
    [0] Prośby
   *[other] Prośby ({ $count })
}
panel-host-which = Co chcesz hostować?
panel-host-choose-menu = Wybierz grę
panel-host-other-menu = Inne…
panel-host-form-title = Hostuj grę
panel-host-form-label = Jaka gra albo jaki port?
panel-host-hint-menu = minecraft, valheim, 25565
panel-no-device = Najpierw dodaj swój komputer: naciśnij **{ panel-add-button }** albo wpisz `/join`.
panel-try-again = Discord miał problem. Naciśnij przycisk jeszcze raz.
panel-nothing-again = Nie masz jeszcze żadnej hostowanej gry. Naciśnij **{ panel-host-button }**.
panel-requests-none = Nikt nie czeka na wpuszczenie.
panel-requests = { $count ->
    [one] **Czeka { $count } prośba:**
    [few] **Czekają { $count } prośby:**
    [many] **Czeka { $count } próśb:**
   *[other] **Czeka { $count } prośby:**
}
panel-request = - **{ $name }**, wysłana { $since }: { $link }
panel-there = 📌 Wiadomość na żywo już tam jest: { $link }
panel-posted = 📌 Wiadomość na żywo jest tutaj: { $link }
    Przypnij ją, żeby każdy ją znalazł.
panel-cannot-post = Nie mogę tu pisać. Daj mi **{ permission-view_channel }** i **{ permission-send_messages }** na tym kanale, potem wpisz `/panel` jeszcze raz.
# What /help says, by whether the member has a device.
help-join = **Zacznij tutaj: `/join`** doda twój komputer do VPN.
    1. Włącz WireGuard i uruchom grę.
    2. `/forward` da ci adres dla znajomych.
help-host = **Zacznij tutaj: `/forward`** da ci adres dla znajomych.
    Nie wyłączaj WireGuard ani gry. `/join` doda kolejne urządzenie.
help-more = Więcej:
    - `/status` twoje urządzenia i porty
    - `/unforward` zamknij port
    - `/connections` kto jest połączony
    - `/rotate` nowy plik konfiguracyjny
    - `/policy` twoje limity
help-admin = **Admini:**
    - `/panel` wiadomość na żywo
    - `/peers` urządzenia wszystkich
    - `/forwards` porty wszystkich
    - `/revoke` odbierz komuś dostęp
    - `/audit` kto co zrobił
    - `/doctor` co jest nie tak
    - `/settings` co jest ustawione
panel-help = **Hostuj grę dla znajomych**
    1. **{ panel-add-button }**: dostaniesz konfigurację do WireGuard.
    2. Włącz WireGuard i uruchom serwer gry.
    3. **{ panel-host-button }**: dostaniesz adres dla znajomych.
    - **{ panel-again-button }** otworzy twoją ostatnią grę.
    - **{ panel-mine-button }** pokaże twoje urządzenia i porty.
    Coś nie idzie? **{ panel-host-button }** powie, jakiego kroku brakuje.

# The set-up in Discord: /setup with its code, and the form.
setup-begin = **Prawie gotowe.** Utwórz rolę dla znajomych i rolę dla adminów, jeśli ich jeszcze nie ma. Potem wybierz je tutaj.
setup-form-button = Wybierz role i kanał
setup-form-title = Konfiguracja VPN
setup-members-form-label = Kto może używać VPN?
setup-admins-form-label = Kto jest adminem?
setup-channel-form-label = Kanał na prośby i dziennik (opcjonalny)
setup-zone-form-label = Strefa czasowa, np. Europe/Warsaw
setup-language-form-label = Język wiadomości na kanałach
setup-language-menu = Taki jak na serwerze
setup-done = ✅ **Skonfigurowane.** Teraz znajomi wpisują `/join`. `/settings` pokaże, co jest ustawione, a `/help`, co robić.
# $keys: keys of the configuration file, in backticks.
setup-fixed = `config.toml` ma już { $keys }: to zostaje.
setup-lack = ⚠️ { $problem }
setup-not-allowed = Skonfigurować mnie mogą tylko osoby z uprawnieniem **Zarządzanie serwerem**.
setup-code-wrong = Ten kod jest zły. Zajrzyj do terminala, w którym działa `setup`.
setup-code-over = Ten kod już nie działa: minęła jego godzina albo było za dużo prób. `sudo guildgate setup` wypisze nowy.
setup-code-none = Nie ma nic do skonfigurowania. `sudo guildgate setup` na VPS-ie wypisze kod.
setup-missing = Wybranej roli albo wybranego kanału już nie ma. Otwórz formularz jeszcze raz.
setup-bot-role = To własna rola bota, nikt inny nie może jej mieć. Wybierz inną.
setup-everyone-admin = @everyone nie może być rolą adminów. Wybierz inną.
setup-unknown-zone = Nie znam tej strefy czasowej. Napisz np. Europe/Warsaw albo America/New_York.
setup-refused = To nie pasuje do `config.toml`: zajrzyj tam do { $key }.

# What /settings shows.
settings-title = Ustawienia
settings-line = **{ $what }:** { $shown }
settings-none = brak
settings-member_roles = Członkowie
settings-admin_roles = Admini
settings-guest_roles = Goście
settings-admin_channel = Prośby o dostęp
settings-log_channel = Dziennik
settings-posts_channel = Posty o rozgrywkach
settings-timezone = Strefa czasowa
settings-language = Język na kanałach
# What set it: /setup or the configuration file.
settings-by-chosen = · wybrane w Discordzie
settings-by-file = · `config.toml`
settings-members-field = Co wolno członkom
settings-policy = Pokaże to `/policy`. Ustawia się to w `[policy]` w `config.toml`, nie stąd.
settings-change-field = Żeby coś zmienić
settings-change = Uruchom `sudo guildgate setup` na VPS-ie: wypisze kod do `/setup`. Co jest w `config.toml`, to zostaje.
settings-hide-field = Kto widzi komendy adminów
settings-hidden = Widzą je tylko osoby z uprawnieniem **Zarządzanie serwerem**, bo każda rola adminów je ma.
settings-hide = Widzą je wszyscy, a używać mogą tylko admini. Żeby je ukryć: *Ustawienia serwera → Integracje*, wybierz mnie i zezwól na każdą z tych komend tylko roli adminów. Albo daj każdej roli adminów **Zarządzanie serwerem**.

# Beside the bot's name.
presence-playing = { $players ->
    [one] { $players } gracz
    [few] { $players } graczy
    [many] { $players } graczy
   *[other] { $players } gracza
} w { $matches ->
    [one] { $matches } rozgrywce
    [few] { $matches } rozgrywkach
    [many] { $matches } rozgrywkach
   *[other] { $matches } rozgrywki
}
presence-open = { $matches ->
    [one] { $matches } otwarta rozgrywka
    [few] { $matches } otwarte rozgrywki
    [many] { $matches } otwartych rozgrywek
   *[other] { $matches } otwartej rozgrywki
}

# The posts in `posts_channel`.
post-hosting = 🎮 **{ $host }** hostuje **{ $game }** pod adresem { $address }
post-first-player = 👋 Jest pierwszy gracz: **{ $game }**, hostuje **{ $host }**.
post-offline = 📴 Komputer hosta (**{ $host }**) rozłączył się { $since }, a w **{ $game }** { $players ->
    [one] był { $players } gracz
    [few] było { $players } graczy
    [many] było { $players } graczy
   *[other] było { $players } gracza
}.
    Gra wróci, gdy WireGuard znowu będzie włączony.
post-silent = 🟡 **{ $game }** (**{ $host }**): brak odpowiedzi, ostatnia { $since }.
    Czy serwer gry jeszcze działa?
posts-on = Znowu mogę pisać o twoich rozgrywkach.
posts-off = Nic już nie piszę o twoich rozgrywkach. `/posts state:on` to cofnie.

## Status.

status-title = Twoje urządzenia
status-everyone-title = Wszystkie urządzenia
status-none = Nie masz jeszcze urządzenia w VPN. Wpisz `/join`, żeby je dodać.
status-none-at-all = W VPN nie ma jeszcze urządzeń. Wpisz `/join`, żeby jakieś dodać.
status-connected = { $devices ->
    [1] Połączone: { $connected } z { $devices } urządzenia.
   *[other] Połączone: { $connected } z { $devices } urządzeń.
}
status-address = Gracze łączą się z { $address } i jednym z portów poniżej.
status-no-ports = Żaden port nie jest otwarty; `/forward` otworzy.
# $problem: a `problem-` message.
status-problem = ⚠️ { $problem }
status-lan = Tryb LAN jest włączony: urządzenia widzą się nawzajem pod adresami VPN.
status-never = Jeszcze nigdy niepołączone. Zaimportuj konfigurację do WireGuard i włącz ją.
status-handshake = Połączone, ostatni kontakt { $handshake }
status-handshake-from = Połączone z { $endpoint }, ostatni kontakt { $handshake }
status-away = Niepołączone, ostatni kontakt { $handshake }
# The device sent and received.
status-traffic = Wysłane { $sent }, odebrane { $received }
status-vpn-address = Adres VPN { $addresses }
status-more = { $count ->
    [one] … i jeszcze { $count } urządzenie. Wszystkie pokaże `guildgate status` na VPS-ie.
    [few] … i jeszcze { $count } urządzenia. Wszystkie pokaże `guildgate status` na VPS-ie.
    [many] … i jeszcze { $count } urządzeń. Wszystkie pokaże `guildgate status` na VPS-ie.
   *[other] … i jeszcze { $count } urządzenia. Wszystkie pokaże `guildgate status` na VPS-ie.
}

## LAN mode.

doctor-title = 🩺 Doktor
doctor-level-failure = ❌ **{ $check }**: { $found }
doctor-level-warning = ⚠️ **{ $check }**: { $found }
doctor-step = → { $advice }
# $check is found by another version of guildgate on the VPS.
doctor-other = Coś jest nie tak. `guildgate doctor` na VPS-ie powie co.
doctor-where = -# Komendy po → wpisz na VPS-ie jako root.
doctor-fine = ✅ W porządku: { $count ->
    [one] { $count } test
    [few] { $count } testy
    [many] { $count } testów
   *[other] { $count } testu
}.
doctor-check-gateway = usługa VPN
doctor-check-names = role i kanały
doctor-check-permissions = uprawnienia
doctor-check-intents = intencje (intents)
doctor-check-commands = komendy
doctor-check-version = wersja

# The names of the gateway's checks.
doctor-check-backups = kopie zapasowe
doctor-check-clock = zegar
doctor-check-configs = pliki konfiguracyjne
doctor-check-conntrack = śledzenie połączeń
doctor-check-database = baza danych
doctor-check-disk = dysk
doctor-check-doctor = doktor
doctor-check-firewalls = zapory
doctor-check-flow-table = tablica połączeń
doctor-check-forwarding = przekazywanie pakietów
doctor-check-ipv6-route = trasa IPv6
doctor-check-listen-port = port VPN
doctor-check-nf_tables = nf_tables
doctor-check-privileges = uprawnienia systemowe
doctor-check-problem = problem
doctor-check-public-address = adres publiczny
doctor-check-reserved-ports = zarezerwowane porty
doctor-check-reverse-path = droga powrotna
doctor-check-socket-users = użytkownicy gniazda
doctor-check-state = stan
doctor-check-tunnel-size = rozmiar pakietów
doctor-check-vpn-subnets = sieć VPN
doctor-check-way-out = droga na zewnątrz
doctor-check-way-to-devices = droga do urządzeń
doctor-check-wireguard = WireGuard

# What a check of the VPS found, for admins. Words in backticks and in [brackets] are keys of the configuration.
# $reason: what was refused and why, in English, as the system says it.
finding-unread = Tego testu nie udało się zrobić. `guildgate doctor` na VPS-ie powie dlaczego.
finding-privileges = Brama nie ma prawa zmieniać sieci (CAP_NET_ADMIN), więc część testów jest pominięta.
finding-container = Brama działa jako root bez CAP_NET_ADMIN. W Dockerze dodaj `--cap-add NET_ADMIN --network host`.
finding-no_wireguard = Jądro nie ma WireGuard: { $reason }. Użyj nowszego jądra albo ustaw `backend = "auto"`.
finding-no_wireguard_go = Jądro nie ma WireGuard, a `wireguard-go` nie jest zainstalowane.
finding-no_tun = `wireguard-go` nie może użyć /dev/net/tun: { $reason }. W Dockerze dodaj `--device /dev/net/tun`.
finding-no_nftables = Nie da się odczytać zapory: { $reason }.
finding-no_libnftables = Brakuje biblioteki libnftables.
finding-no_conntrack = Nie da się wypisać połączeń: { $reason }.
finding-few_flows = Limit połączeń śledzonych przez VPS to { $size }, a jedna osoba może ich otworzyć { $most }. Gdy tablica jest pełna, nowe połączenia się nie udają.
finding-few_buckets = Tablica połączeń działa wolno, gdy się zapełnia (wpisów: { $size }).
finding-ipv4_only = VPS nie ma IPv6, więc VPN przenosi tylko IPv4. Jeśli tak ma być, ustaw `subnet6 = ""`.
finding-no_forwarding = VPS nie przekazuje pakietów, a brama nie może tego zmienić ({ $settings }).
finding-reverse_path = Gracze, którzy przychodzą drugim łączem, są odrzucani ({ $setting }).
finding-way_out = Odpowiedzi do graczy wychodzą przez { $interface }, a to zła droga. Przyczyną może być klient VPN na VPS-ie.
finding-devices_astray = Pakiety do { $address } wychodzą przez { $interface }, a nie przez VPN. Dotyczy to tylu urządzeń: { $count }.
finding-devices_nowhere = Pakiety do { $address } nigdzie nie docierają. Dotyczy to tylu urządzeń: { $count }.
finding-reserved_ports = Inny program na VPS-ie może zająć otwarty port (nie da się zapisać { $setting }).
finding-state_unwritable = Brama nie może zapisywać w swoim folderze { $folder }.
finding-state_exposed = Inni użytkownicy VPS-a mogą czytać { $files } w { $folder }.
finding-firewall_players = { $program } na VPS-ie zatrzymuje graczy, w { $chains }.
finding-firewall_devices = { $program } na VPS-ie zatrzymuje urządzenia, w { $chains }.
finding-firewall_flowtable = { $program } na VPS-ie przekazuje połączenia do flowtable, w { $chains }. Zamknięty port jest dla nich wciąż otwarty.
finding-firewall_doubt = { $program } na VPS-ie być może zatrzymuje graczy albo urządzenia, w { $chains }.
finding-firewall_legacy = W użyciu jest stare iptables (legacy), a jego reguł nie da się wypisać.
finding-firewall_hidden = { $program } być może zatrzymuje graczy. Jego reguły widzi tylko root.
finding-firewall_crash = Reguła innego programu wywala bibliotekę zapory. `guildgate doctor` na VPS-ie powie która.
finding-mark_written = Reguła innego programu zrywa połączenia graczy: { $rules } nadpisuje cały znacznik conntrack. Niech zapisuje tylko swoje bity.
finding-mark_compared = Reguła innego programu porównuje cały znacznik conntrack: { $rules }. Niech porównuje tylko swoje bity.
finding-mark_shared = Reguła innego programu używa bitów bramy w znaczniku conntrack: { $rules }. Ustaw inne `conntrack_mask`.
finding-no_route = VPS nie ma trasy domyślnej. Ustaw `public_interface` na interfejs od strony internetu.
finding-no_interface = Nie ma interfejsu { $interface }. Popraw `public_interface`.
finding-no_address = { $interface } nie ma adresu IPv4. Ustaw `public_address`.
finding-address_shared = { $address } dzieli wielu klientów dostawcy (CGNAT), więc znajomi nie mogą się połączyć. Użyj VPS-a z własnym adresem.
finding-address_private = { $address } to adres prywatny, więc znajomi nie mogą się połączyć. Ustaw `public_address` na adres z panelu dostawcy i otwórz tam porty.
finding-address_unresolved = Nie da się znaleźć nazwy { $name }. Skieruj ją na ten VPS albo wpisz adres IPv4.
finding-address_lan = Adres publiczny { $address } jest prywatny. To dobre tylko w sieci LAN.
finding-address_other = Adres publiczny to { $address }, ale { $interface } ma { $own }. Czy `public_address` się zgadza?
finding-subnet_taken = { $interface } ma { $address }, a to adres z sieci VPN. Ustaw inne `subnet4` albo `subnet6`.
finding-mtu_uplink = Pakiety VPN są za duże dla łącza VPS-a, więc pobieranie może się zacinać. Ustaw `mtu = "auto"`.
finding-mtu_path = Pakiety VPN są za duże dla niektórych urządzeń ({ $count }), więc pobieranie może się zacinać. Ustaw `mtu = { $mtu }`.
finding-listen_port = Inny program używa portu UDP { $port }, którego potrzebuje VPN. Zatrzymaj go albo ustaw inny `listen_port`.
finding-accept_ra = VPS może stracić IPv6 ({ $setting } to 1).
finding-socket_user = Nie ma użytkownika systemu { $user }. Utwórz go albo usuń z `socket_users`.
finding-clock_wrong = Zegar źle chodzi: pokazuje { $date }. Gdy się cofnie, urządzenia nie będą mogły się połączyć.
finding-clock_set_back = Zegar się cofnął: pokazuje { $now } UTC, a w logu jest wpis z { $newest }. Urządzenia nie mogą się połączyć.
finding-clock_alone = Żaden serwer czasu nie pilnuje zegara. Gdy się cofnie, urządzenia nie będą mogły się połączyć.
finding-no_answer = Brama nie odpowiada.
finding-other_version = Działa wersja { $running } bramy, a zainstalowana jest { $installed }. Zrestartuj ją.
finding-bare_addresses = Niektóre pliki konfiguracyjne mają adres zamiast nazwy ({ $count }). Poproś o /rotate: { $names }.
finding-disk_full = Na dysku z { $folder } jest jeszcze { $left } MiB, a baza danych może potrzebować { $needed }. Zrób miejsce, inaczej żadna zmiana się nie zapisze.
finding-disk_files = Dysk z { $folder } nie przyjmuje więcej plików. Zrób miejsce, inaczej żadna zmiana się nie zapisze.
finding-journal_full = Dysk z { $folder } jest prawie pełny, więc log traci najstarsze wpisy.
finding-database_unreadable = Nie da się odczytać { $file }. Przywróć kopię zapasową; więcej jest w logu.
finding-database_damaged = { $file } jest uszkodzony. Przywróć kopię zapasową; więcej jest w logu.
finding-database_newer = { $file } zapisała nowsza wersja guildgate. Zainstaluj tę wersję.
finding-database_owner = { $file } należy do złego użytkownika, więc zapis może się nie udać.
finding-database_exposed = Inni użytkownicy VPS-a mogą czytać { $file }.
finding-backups_unreadable = Nie da się zajrzeć do kopii zapasowych w { $folder }.
finding-no_backup = W { $folder } nie ma jeszcze kopii zapasowej. Brama robi ją minutę po starcie.
finding-old_backup = Najnowsza kopia zapasowa w { $folder } jest sprzed { $days } dni. Log bramy mówi dlaczego.
lan-on = **Tryb LAN jest włączony.** Urządzenia w VPN widzą się nawzajem pod adresami VPN, jeśli pozwolą na to ich własne zapory. Twoje adresy pokaże `/status`. Żeby to skończyć: `/lan state:off`
lan-off = **Tryb LAN jest wyłączony.** Urządzenia w VPN już się nie widzą, a połączenia między nimi są zerwane. Otwarte porty zostają otwarte.

## What members may do.

policy-title = Co ci tu wolno
policy-devices-field = Urządzenia
policy-devices = Najwyżej { $count }, nowych na godzinę: { $joins }.
policy-devices-until = Najwyżej { $count }, nowych na godzinę: { $joins }. Każde działa przez { $duration }, potem je usuwam.
policy-flows = Limit otwartych naraz połączeń jednego urządzenia to { $count }, osobno dla IPv4 i IPv6.
policy-forwards-field = Porty
policy-forwards = Limit portów i zakresów to { $count }, na portach { $ports }, a wszystkich portów razem { $most }.
policy-time-field = Jak długo port zostaje otwarty
# $usual is a time such as 12 hours, or `policy-usual-forever`. $longest is `policy-longest` or `policy-longest-forever`.
policy-time = { $usual } (domyślnie), { $longest }.
policy-usual-forever = Aż zamkniesz
policy-longest = najwyżej { $duration }
policy-longest-forever = jak długo chcesz
policy-leave-field = Gdy odejdziesz albo stracisz rolę
policy-leave = Twoje urządzenia są odcięte. Czekają jeszcze { $duration }, potem je usuwam.
policy-leave-kept = Twoje urządzenia są odcięte, ale zostają zapisane.
policy-kept-field = Co jest zapamiętywane
policy-kept = Admini mogą przez { $duration } czytać, co tu zmieniasz.
policy-flow-log = Adresy w internecie, z którymi łączą się twoje urządzenia, są zapisywane i trzymane przez { $duration }.
policy-no-flow-log = Co twoje urządzenia robią w internecie, nie jest zapisywane.
policy-kept-forever = Admini mogą czytać, co tu zmieniasz.

## Lists for admins.

connections-title = Połączenia
connections-count = { $count ->
    [0] Nikt nie jest połączony.
    [one] { $count } połączenie
    [few] { $count } połączenia
    [many] { $count } połączeń
   *[other] { $count } połączenia
}
connections-to = { $name } → { $port }
connections-since = Początek { $since }
# Both are seen from the player.
connections-traffic = Wysłane { $sent }, odebrane { $received }
connections-live = Połączone teraz
connections-from-device = Zaczęte przez twoje urządzenie
connections-friends-only = 🚪 { $ports }: tylko znajomi. Odrzucone pakiety innych: { $packets }.
connections-hint = *Wyrzuć* kończy połączenie i przez minutę nie wpuszcza programu tego gracza. Blokada zostaje, także gdy otworzysz port znowu.
connections-kick-button = Wyrzuć
connections-block-button = Zablokuj
connections-around-button = Zablokuj { $network }
connections-let-in-button = Wpuść
connections-undo-button = Cofnij
connections-again-button = Odśwież
connections-rules-button = Blokady i wpuszczeni ({ $count })
connections-friends-button = Tylko znajomi
connections-all-button = Wpuść wszystkich
connections-flow-menu = Wybierz połączenie…
connections-rule-menu = Cofnij jedną pozycję…
connections-rules-title = Zablokowane i wpuszczone
connections-rules-none = Żaden adres nie jest zablokowany ani wpuszczony.
connections-rule-since = Dodane { $since }
connections-dropped = { $packets ->
    [one] { $packets } odrzucony pakiet
    [few] { $packets } odrzucone pakiety
    [many] { $packets } odrzuconych pakietów
   *[other] { $packets } odrzuconego pakietu
}
connections-blocked = 🚷 { $address } · { $ports }
connections-let-in = 🚪 { $address } · { $ports }
connections-kick-done = 👢 Wyrzucony: { $address } z { $ports }, urządzenie **{ $device }**. Może wrócić za minutę.
connections-block-done = 🚷 Zablokowany: { $address } na { $ports }, urządzenie **{ $device }**. Jego połączenia są zerwane.
connections-let-in-done = 🚪 { $address } może łączyć się z { $ports } na urządzeniu **{ $device }**.
connections-undo-done = ↩️ { $address } nie jest już ani zablokowany, ani wpuszczony na { $ports }, urządzenie **{ $device }**.
connections-friends-said = 🚪 Teraz mogą się łączyć tylko urządzenia w VPN i adresy, które wpuścisz.
connections-all-said = Znowu mogą się łączyć wszyscy gracze. Blokady zostają.
connections-old = Ta lista jest za stara. Użyj `/connections` jeszcze raz.
let-in-button = Wpuść adres…
let-in-form-title = Wpuść adres
let-in-form-label = Adres tej osoby, jaki pokazuje whatismyip
list-previous-button = Poprzednia
list-next-button = Następna
list-back-button = Wróć
list-show-button = Pokaż adres
list-revoke-button = Odbierz dostęp…
list-extend-button = Przedłuż
list-close-button = Zamknij…
list-sure-button = Zamknij to
list-keep-button = Zostaw
list-device-menu = Wybierz urządzenie…
list-port-menu = Wybierz port…
list-page = Strona { $number } z { $last }
list-port-gone = Ten port jest już zamknięty.
list-close = **Zamknąć to?** Gracze na tym porcie od razu stracą połączenie.
list-not-yours = Urządzenia innych widzą tylko admini. Twoje pokaże `/status`.
peers-title = Urządzenia
peers-none = Nie ma żadnego urządzenia.
peers-facts = { $addresses }, tryb { $mode }, dodane { $since }
peers-suspended = Odcięte { $since }
peers-ends = Koniec { $relative }
peers-ports = Otwarte: { $ports }
forwards-title = Otwarte porty
forwards-none = Żaden port nie jest otwarty.
forwards-count = { $count ->
    [one] { $count } otwarty port lub zakres, adres: { $address }.
    [few] { $count } otwarte porty lub zakresy, adres: { $address }.
    [many] { $count } otwartych portów lub zakresów, adres: { $address }.
   *[other] { $count } otwartego portu lub zakresu, adres: { $address }.
}
forwards-target = Na porcie { $port } urządzenia
# $end is the message `ends` or `forwards-never-ends`.
forwards-opened = Otwarte { $since }, { $end }
forwards-never-ends = zostaje, aż ktoś zamknie

# The details of one device or one port.
detail-state-field = Stan
detail-handshake-field = Ostatni kontakt
detail-endpoint-field = Łączy się z adresu
traffic-title = 📈 { $period ->
    [day] Ostatni dzień
    [week] Ostatni tydzień
    [month] Ostatni miesiąc
   *[year] Ostatni rok
}
graph-period-button = { $period ->
    [day] Dzień
    [week] Tydzień
    [month] Miesiąc
   *[year] Rok
}
# Names inside the picture, of at most 24 characters. The arrows stand for the colours.
graph-received = ▼ { $size } odebrane
graph-sent = ▲ { $size } wysłane
graph-from-players = ▼ { $size } od graczy
graph-to-players = ▲ { $size } do graczy
graph-players = { $players ->
    [0] bez graczy
    [one] najwięcej 1 gracz
    [few] najwięcej { $players } graczy
    [many] najwięcej { $players } graczy
   *[other] najwięcej { $players } gracza
}
graph-online = połączone { $hours } h
graph-weekday = { $day ->
    [1] pon
    [2] wt
    [3] śr
    [4] czw
    [5] pt
    [6] sob
   *[7] ndz
}
graph-month = { $month ->
    [1] sty
    [2] lut
    [3] mar
    [4] kwi
    [5] maj
    [6] cze
    [7] lip
    [8] sie
    [9] wrz
    [10] paź
    [11] lis
   *[12] gru
}
# The picture's text, for screen readers.
graph-alt = { $period ->
    [day] W ostatnim dniu
    [week] W ostatnim tygodniu
    [month] W ostatnim miesiącu
   *[year] W ostatnim roku
}: { $incoming }, { $outgoing }, { $presence }. Szczyt: { $rate } ({ $when }).
graph-nothing = { $period ->
    [day] W ostatnim dniu nic nie przeszło.
    [week] W ostatnim tygodniu nic nie przeszło.
    [month] W ostatnim miesiącu nic nie przeszło.
   *[year] W ostatnim roku nic nie przeszło.
}
nights-field = 🌙 Wieczory przy grach
nights-line = { $day }: { $what }
nights-played = { $hours ->
    [0] granie { $minutes } min
   *[other] granie { $hours } h { $minutes } min
}
nights-hosted = { $hours ->
    [0] hostowanie { $minutes } min
   *[other] hostowanie { $hours } h { $minutes } min
}
nights-none = W ostatnim miesiącu żadnego. Od teraz notuję, jak długo grasz.
nights-on-button = Pokaż wieczory przy grach
nights-off-button = Ukryj wieczory przy grach
detail-traffic-field = Ruch
detail-address-field = Adres VPN
detail-mode-field = Co idzie przez VPN
detail-added-field = Dodane
detail-suspended-field = Odcięte
detail-ports-field = Otwarte porty
detail-game-field = Gra
detail-reach-field = Gracze łączą się z
detail-target-field = Gdzie działa
detail-target = { $count ->
    [1] port { $ports }, urządzenie **{ $device }**
   *[other] porty { $ports }, urządzenie **{ $device }**
}
detail-now-field = Teraz
detail-traffic = { $received } od graczy, { $sent } do nich
detail-opened-field = Otwarte
detail-ends-field = Koniec

# The answer to /audit.
audit-title = Co się działo
audit-none = Jeszcze nic się nie działo.
# $user: the system user of the VPS whose program asked: root, or the bot's by its number.
audit-asked-by = na polecenie { $user }
log-asked-by = Na polecenie użytkownika { $user } na VPS-ie
audit-ports-of = { $ports } → { $devices }
audit-devices-with = { $devices }, porty { $ports }

# What differs on the VPS from what should be. $what: a device with its owner, or an interface.
difference-table = reguły zapory, które zmienił inny program
difference-unseen = zmiany, których nikt nie zauważył
difference-address = adres VPN, który usunął inny program
difference-down = interfejs VPN, który wyłączył inny program
difference-deleted = interfejs VPN, który usunął inny program
difference-drift = to, co mogło się zmienić
difference-uplinks = droga do internetu
difference-torn = to, co zostało po nieudanej zmianie
difference-key = klucz VPN
difference-port = port VPN
difference-peer = urządzenie VPN { $what }
difference-link = interfejs { $what }
difference-flows = połączenia sprzed zmiany

# What does not work on the VPS. Admins read these in the log channel, /status and /audit.
problem-firewall = { $program } na VPS-ie zatrzymuje graczy, w { $chains }. `guildgate doctor` poda tam komendy, które ich przepuszczą.
problem-firewall_devices = { $program } na VPS-ie zatrzymuje urządzenia, w { $chains }. `guildgate doctor` poda tam komendy, które je przepuszczą.
problem-offload = { $program } na VPS-ie przekazuje połączenia do flowtable, w { $chains }. Zamknięty port jest dla nich wciąż otwarty. `guildgate doctor` poda tam komendy, które to zakończą.
problem-marks = Reguła innego programu na VPS-ie zrywa połączenia graczy: { $rules } nadpisuje cały znacznik conntrack. `guildgate doctor` powie tam, jak to naprawić.
problem-unreadable = Nie mogę ocenić zapór innych programów na VPS-ie: { $reason }.
problem-left = Naprawa na VPS-ie nic tu nie zmieniła: { $difference }. Kolejne próby będą coraz rzadsze. Log bramy może powiedzieć dlaczego.
# $reason: what was refused and why, in English, as the system says it.
problem-forwarding = VPS nie przekazuje pakietów, więc nikt nie może wejść do rozgrywki: { $reason }. Ustaw to tam przez `sysctl` albo uruchom kontener z `--sysctl`.
problem-settings = Nie da się zmienić ustawień VPS-a: { $reason }. Bez przekazywania żadne IPv6 nie dotrze do urządzenia, a bez accept_ra=2 VPS może stracić IPv6. Ustaw je tam przez `sysctl` albo uruchom kontener z `--sysctl`.
problem-reserved = Nie da się ochronić otwartych portów przed własnymi połączeniami VPS-a: { $reason }. Porty i tak działają; rzadko jakiś gracz nie wejdzie.
problem-link = Interfejsowi VPN brakuje adresu albo trasy: { $reason }. Więcej jest w logu bramy.
problem-flows = Nie da się zakończyć połączeń sprzed zmiany: { $reason }. Mogą prowadzić do złego urządzenia.
problem-name = Nazwa { $name } nie jest aktualizowana: { $reason }. Może prowadzić do starego adresu, a rekord Minecrafta do starego portu.
problem-backup = Na VPS-ie nie ma nowej kopii zapasowej: { $reason }. Starsze zostają.
problem-strict = Gracze, którzy przychodzą innym łączem VPS-a niż zwykle, są odrzucani. Ustaw tam { $settings } na 2, przez `sysctl`.
problem-astray = Gracze nie dostają odpowiedzi od VPS-a: { $reason }. Wpisz tam jako root: `{ $commands }`
problem-unresolved = Adres publiczny { $name } { $reason }. Urządzenia i gracze, którzy szukają tej nazwy, nic nie znajdą.
problem-database = Nie da się zapisywać w bazie danych VPN: { $reason }. Co jest otwarte, zostaje otwarte, ale żadna zmiana nie przejdzie. Zrób miejsce na dysku albo zezwól na zapis.
problem-traffic = Wykorzystane { $share } % ruchu na ten miesiąc ({ $limit }). Dostawca może zwolnić łącze albo policzyć więcej.
problem-no_ipv6 = IPv6 jest na VPS-ie wyłączone: { $reason }. VPN przenosi tylko IPv4, aż znowu będzie włączone. Urządzenia zachowują adresy IPv6.
problem-other = Coś na VPS-ie nie działa: { $code }. Więcej powie tam `guildgate status`.

# Why a device was cut off or let back in.
reason-left = nie ma już tej osoby na serwerze
reason-banned = ban na serwerze
reason-no_role = nie ma już roli, która daje dostęp
reason-back = znowu ma dostęp
reason-revoked = admin odebrał dostęp

# How far it has come to cut a member off, with several regions.
cut-off-in = Odcięto w { $regions }.
cut-off-later = **{ $region }** nie odpowiada od { $time }. Tam nastąpi odcięcie, gdy tylko region wróci.

## The actions of the audit log: a line for /audit, and the title in the log channel. $subject: devices, ports, or both.

audit-join = { $when } **{ $actor }**: dodano { $subject }
log-join-title = 🆕 Dodano urządzenie
audit-rotate = { $when } **{ $actor }**: nowe klucze: { $subject }
log-rotate-title = 🔑 Nowe klucze
audit-rename = { $when } **{ $actor }**: zmieniono nazwę urządzenia, najpierw stara nazwa: { $subject }
log-rename-title = ✏️ Nowa nazwa urządzenia, najpierw stara
audit-give = { $when } **{ $actor }**: przekazano urządzenie innej osobie, najpierw poprzedni właściciel: { $subject }
log-give-title = 🎁 Przekazano urządzenie innej osobie
audit-import = { $when } **{ $actor }**: przejęto urządzenia i porty, źródło: { $subject }
log-import-title = 📦 Przejęto z innego programu
log-leave-title = 👋 Usunięto urządzenie z VPN
audit-revoke = { $when } **{ $actor }**: usunięto z VPN { $subject }
log-revoke-title = ⛔ Odebrano dostęp
audit-forward = { $when } **{ $actor }**: otwarto { $subject }
log-forward-title = 🔓 Otwarto port
audit-unforward = { $when } **{ $actor }**: zamknięto { $subject }
log-unforward-title = 🔒 Zamknięto port
audit-extend = { $when } **{ $actor }**: przedłużono { $subject }
log-extend-title = ⏰ Port zostaje otwarty dłużej
audit-to-port = { $when } **{ $actor }**: skierowano na inny port albo urządzenie: { $subject }
log-to-port-title = ↪️ Port prowadzi gdzie indziej
audit-kick = { $when } **{ $actor }**: wyrzucono gracza: { $subject }
log-kick-title = 👢 Wyrzucono gracza
audit-block = { $when } **{ $actor }**: zablokowano adres: { $subject }
log-block-title = 🚷 Zablokowano adres
audit-let-in = { $when } **{ $actor }**: wpuszczono adres: { $subject }
log-let-in-title = 🚪 Wpuszczono adres
audit-unblock = { $when } **{ $actor }**: cofnięto blokadę albo wpuszczenie: { $subject }
log-unblock-title = ↩️ Cofnięto blokadę
audit-friends-only = { $when } **{ $actor }**: zmieniono, czy łączyć się mogą tylko znajomi: { $subject }
log-friends-only-title = 🚪 Tylko znajomi
log-friends-only-on = Teraz mogą się łączyć tylko urządzenia w VPN i wpuszczone adresy.
log-friends-only-off = Znowu mogą się łączyć wszyscy gracze.
log-address = Adres: { $address }
audit-suspend = { $when } **{ $actor }**: odcięto { $subject }
log-suspend-title = ⛔ Odcięto
audit-restore = { $when } **{ $actor }**: wpuszczono z powrotem { $subject }
log-restore-title = ✅ Wpuszczono z powrotem
audit-guest = { $when } **{ $actor }**: ustawiono albo zniesiono koniec czasu gościa: { $subject }
log-guest-title = ⏳ Ustawiono albo zniesiono czas gościa
audit-forget = { $when } **{ $actor }**: zapomniano członka, który tutaj nazywa się { $subject }
log-forget-title = 🧹 Zapomniano członka
log-forgotten = W dzienniku zamiast tej osoby jest { $alias }.
audit-expire = { $when } **{ $actor }**: zamknięto (koniec czasu): { $subject }
log-expire-title = ⌛ Koniec czasu
audit-lan = { $when } **{ $actor }**: tryb LAN { $subject }
log-lan-title = 🏠 Tryb LAN
audit-repair = { $when } **{ $actor }**: przywrócono: { $subject }
log-repair-title = 🔧 Naprawiono
audit-problem = { $when } **{ $actor }** ma problem: { $subject }
log-problem-title = ⚠️ Problem
audit-solved = { $when } **{ $actor }** nie ma już problemu: { $subject }
log-solved-title = ✅ Już bez problemu
audit-follow = { $when } **{ $actor }**: przejście na nowy adres { $subject }
log-follow-title = 📍 Nowy adres publiczny
audit-other = { $when } **{ $actor }**: { $action } { $subject }
log-other-title = 📝 { $action }

## Taking devices away.

revoke-revoke-button = Odbierz dostęp
revoke-cancel-button = Anuluj
revoke-title = { $count ->
    [one] Odebrać dostęp: { $member }, { $count } urządzenie?
    [few] Odebrać dostęp: { $member }, { $count } urządzenia?
    [many] Odebrać dostęp: { $member }, { $count } urządzeń?
   *[other] Odebrać dostęp: { $member }, { $count } urządzenia?
}
revoke-device = **{ $device }**, tryb { $mode }, dodane { $since }
revoke-means = Działa od razu. Nie da się tego cofnąć: urządzenie wróci tylko przez nowe `/join`.
revoke-means-ports = Działa od razu. { $ports ->
    [one] Zamknie też { $ports } port
    [few] Zamknie też { $ports } porty
    [many] Zamknie też { $ports } portów
   *[other] Zamknie też { $ports } portu
}. Nie da się tego cofnąć: urządzenie wróci tylko przez nowe `/join`.
revoke-means-players = Działa od razu. { $ports ->
    [one] Zamknie też { $ports } port
    [few] Zamknie też { $ports } porty
    [many] Zamknie też { $ports } portów
   *[other] Zamknie też { $ports } portu
} i zakończy { $connections ->
    [one] { $connections } połączenie
    [few] { $connections } połączenia
    [many] { $connections } połączeń
   *[other] { $connections } połączenia
} graczy. Nie da się tego cofnąć: urządzenie wróci tylko przez nowe `/join`.
revoke-cancelled = Anulowane. Nic nie zostało usunięte.
revoke-changed = **W międzyczasie coś się zmieniło.** Teraz zniknie to:
revoke-device-gone = Tego urządzenia nie ma już w VPN.
revoke-devices-gone = Tych urządzeń nie ma już w VPN.
revoke-nothing = { $member } nie ma urządzeń w VPN.
revoke-unseen = { $member } nie ma urządzeń w regionach, które odpowiadają. Po potwierdzeniu urządzenia w pozostałych znikną, gdy tylko te regiony wrócą.
revoke-access = { $member } nie ma żadnego urządzenia; dostęp jest odebrany.
revoke-done = { $count ->
    [one] **Usunięto { $count } urządzenie ({ $member }).** Jego połączenia są zerwane:
    [few] **Usunięto { $count } urządzenia ({ $member }).** Ich połączenia są zerwane:
    [many] **Usunięto { $count } urządzeń ({ $member }).** Ich połączenia są zerwane:
   *[other] **Usunięto { $count } urządzenia ({ $member }).** Ich połączenia są zerwane:
}
revoke-ports = { $count ->
    [one] Przy okazji zamknięto { $count } port:
    [few] Przy okazji zamknięto { $count } porty:
    [many] Przy okazji zamknięto { $count } portów:
   *[other] Przy okazji zamknięto { $count } portu:
}

## The log channel.

log-by = Kto: { $actor }
log-why = Dlaczego: { $reason }
log-device = **{ $device }**, tryb { $mode }
log-device-until = **{ $device }**, tryb { $mode }, do { $time }
log-closed = { $count ->
    [1] Zamknięty port:
   *[other] Zamknięte porty:
}
log-kept = Odcięto, a gracze zostali rozłączeni. Urządzenia i porty zostają zapisane do { $time } i znowu zadziałają { $again ->
    [restored] po `guildgate restore` na VPS-ie
   *[role] po odzyskaniu roli
}.
log-kept-forever = Odcięto, a gracze zostali rozłączeni. Urządzenia i porty zostają zapisane, aż usunie je admin, i znowu zadziałają { $again ->
    [restored] po `guildgate restore` na VPS-ie
   *[role] po odzyskaniu roli
}.
log-lan-on = Włączony: urządzenia widzą się nawzajem.
log-lan-off = Wyłączony: urządzenia są od siebie oddzielone.
log-repaired = Przywróciłem to: { $difference }.
log-followed = Gracze łączą się teraz z { $address }. Konfiguracje ze starym adresem już nie działają.
log-skipped-title = … i więcej
log-skipped = Starszych wpisów tu nie powtarzam ({ $count }); ma je `/audit`.
log-refused-title = 🚫 Odmowa
log-broken-title = 💥 Błąd
# $count: refusals like the one above.
log-repeated = … i podobne w ciągu minuty: { $count }.
# $command is a command or `log-button`, in backticks.
log-asked = { $member }: { $command }
# A member without the role for it.
log-turned-away = { $member } nie ma roli do { $command }
log-button = przycisk
log-away-title = 🔴 Usługa VPN nie odpowiada
log-away = Od { $time } ({ $relative }). Gracze i urządzenia zostają połączeni, ale niczego nie da się zmienić.
log-back-title = 🟢 Usługa VPN znowu odpowiada
log-back = Nie było jej przez { $duration }.
log-undelivered-title = 📭 Konfiguracja nie doszła
log-undelivered = Konfiguracji urządzenia **{ $device }** nie dało się dostarczyć: { $member }. Nową da `/rotate`.
log-not-reminded-title = 📭 Przypomnienie nie doszło
log-not-reminded = { $member } ma wyłączone prywatne wiadomości i nie wie, że to się zaraz zamknie:
log-not-told-of-move-title = 📭 Właściciel nie wie o nowym adresie
log-not-told-of-move = { $member } ma wyłączone prywatne wiadomości. Te urządzenia potrzebują nowej konfiguracji przez `/rotate` albo jednego wyłączenia i włączenia WireGuard:
log-card-lost-title = 📭 Karta rozgrywki jest nieaktualna
log-card-lost = Nie mogę zaktualizować karty na { $channel } (host: { $member }): kanału już nie ma albo nie mogę tam pisać. Karta ruszy dalej, gdy znowu będę mógł. Co jest otwarte, zostaje otwarte:
log-no-events-title = 📅 Wieczorów gier nie ma wśród wydarzeń serwera
log-no-events = Porty wieczorów gier i tak się otwierają. Żeby pokazać je jako wydarzenia, potrzebuję { $count ->
    [1] uprawnienia { $permissions }.
   *[other] uprawnień { $permissions }.
}
log-panel-lost-title = 📭 Wiadomość na żywo jest nieaktualna
log-panel-lost = Nie mogę zaktualizować wiadomości na żywo na { $channel }: nie widzę jej albo nie mogę tam pisać. Daj mi uprawnienia, a ruszy dalej.
log-panel-gone-title = 🗑️ Wiadomość na żywo zniknęła
log-panel-gone = Ktoś usunął wiadomość na żywo na { $channel }. Ma wrócić? Naciśnij przycisk albo wpisz `/panel`.
log-panel-back-button = Przywróć
log-no-intent-title = 🙉 Discord nie mówi mi o członkach
log-no-intent = Osoby, które tracą rolę albo odchodzą, i tak są odcinane, ale kilka sekund później, bo muszę pytać o każdego właściciela urządzenia. Żeby to zmienić, otwórz portal deweloperów Discorda, wybierz moją aplikację, włącz *Bot → Server Members Intent* i zrestartuj mnie.
log-versions-title = 🧩 Bot i brama mają różne wersje
# $bot and $gateway are versions.
versions-differ = Bot ma wersję { $bot }, a brama { $gateway }. Niektóre komendy mogą nie działać. Zaktualizuj albo zrestartuj starsze z nich.
log-release-title = 🎁 Nowa wersja
# $version and $present are versions.
log-release = Jest guildgate { $version }; tutaj działa { $present }. Żeby zaktualizować, uruchom `sudo guildgate update` na VPS-ie. Rozgrywki trwają dalej.
log-misnamed-title = 🪪 Role i kanały z konfiguracji

## What is wrong with a role or channel that the configuration names.
## $kind is role or channel. $keys are keys of [discord]. $id, $others and $now are ids and a name.

named-missing = { $kind ->
    [role] Żadna rola nie nazywa się { $name }, a tak jest w { $keys }. Utwórz ją albo wpisz tam id innej roli.
   *[channel] Żaden kanał tekstowy nie nazywa się { $name }, a tak jest w { $keys }. Utwórz go albo wpisz tam id innego kanału.
}
named-other-case = Jest { $now }, ale wielkość liter ma znaczenie.
named-no-id = { $kind ->
    [role] Żadna rola nie ma id { $id }, a jest ono w { $keys }.
   *[channel] Nie widzę kanału z id { $id }, a jest ono w { $keys }.
}
named-gone = { $kind ->
    [role] Rola { $name } z { $keys }, { $id }, jest usunięta. Wpisz tam id innej roli.
   *[channel] Kanał { $name } z { $keys }, { $id }, jest usunięty. Wpisz tam id innego kanału.
}
named-gone-others = Teraz tak nazywa się { $others }, ale bez swojego id tam się nie liczy.
named-ambiguous = { $kind ->
    [role] Gdy patrzyłem pierwszy raz, kilka ról nazywało się { $name }, więc żadna z nich nie daje dostępu. Wpisz id właściwej do { $keys }.
   *[channel] Gdy patrzyłem pierwszy raz, kilka kanałów nazywało się { $name }, więc nie używam żadnego z nich. Wpisz id właściwego do { $keys }.
}
named-ambiguous-now = Teraz tak się nazywają: { $others }.
named-namesake = { $kind ->
    [role] Tak samo, { $name }, nazywa się też inna rola: { $others }. Nie daje dostępu, bo { $keys } oznacza { $id }.
   *[channel] Tak samo, { $name }, nazywa się też inny kanał: { $others }. Nie używam go, bo { $keys } oznacza { $id }.
}
named-renamed = { $kind ->
    [role] Rola { $name } z { $keys } nazywa się teraz { $now } i dalej daje dostęp. Wpisz tam jej id: { $id }.
   *[channel] Kanał { $name } z { $keys } nazywa się teraz { $now } i dalej go używam. Wpisz tam jego id: { $id }.
}
named-found = { $kind ->
    [role] Jest już rola { $name }: { $id }. Ma dostęp z { $keys } i żadna inna rola o tej nazwie go nie dostanie.
   *[channel] Jest już kanał { $name }: { $id }. Używam go dla { $keys }, a nie żadnego innego o tej nazwie.
}

## What the bot lacks on its server. $key is a key of [discord], $permissions are names of permissions in Discord.

need-write = Nie mogę pisać na #{ $channel } ({ $key }). Daj mi tam { $permissions }.
need-history = Nie mogę przeczytać, co wcześniej było na #{ $channel } ({ $key }), więc po dłuższej przerwie coś może przyjść dwa razy. Daj mi tam Czytanie historii czatu (Read Message History).
need-give-roles = Nie mogę nadać { $role }, gdy admin przyjmie prośbę. Daj mojej roli uprawnienie Zarządzanie rolami.
need-rank = Nie mogę nadać { $role }, gdy admin przyjmie prośbę, bo ta rola nie jest poniżej mojej. Przeciągnij moją rolę nad nią: Ustawienia serwera, Role.
need-events = Discord nie mówi mi, kiedy ktoś odchodzi albo traci rolę, więc pytam o każdego właściciela urządzenia. Włącz Server Members Intent na stronie Bot tej aplikacji i zrestartuj mnie.
need-commands = Na serwerze brakuje moich komend { $commands }. Zrestartuj mnie; jeśli to nie pomoże, zaproś mnie z zakresami bot i applications.commands.

# The line of the log that says that the bot works.

ready = gotowy na serwerze { $name }
ready-wrong = gotowy na serwerze { $name }, ale { $count ->
        [one] 1 rzecz jest
        [few] { $count } rzeczy są
        [many] { $count } rzeczy jest
       *[other] { $count } rzeczy jest
    } nie tak: { $reason }
ready-not-registered = Komendy nie są jeszcze zarejestrowane.
ready-no-gateway = Brama nie odpowiada ({ $code }).
ready-private-address = Gracze dostają prywatny adres { $address }, do którego nie da się dotrzeć z internetu: ustaw public_address w [gateway] na publiczny.
