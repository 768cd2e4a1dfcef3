### Every sentence that members read in Discord, in Russian. The messages and their order are those of en.ftl, which
### says what limits there are.
###
### A number that is shown takes the forms one, few, many and other; [1] and other choose between «порт» and «порты»
### where no number is shown, because 21 ports are many. Names of devices, members and roles stay in the nominative:
### «на устройстве { $device }», «хост { $host }», «{ $device } ({ $owner })».

# Glossary.
# PC: ПК. device: устройство. setup, setup file: конфиг. WireGuard's tunnel: туннель.
# VPN: VPN. the VPN's service: служба VPN. gateway: шлюз. firewall: файрвол (the one of Windows: брандмауэр).
# port: порт. open, close: открыть, закрыть. extend: продлить. address: адрес.
# host (of a match): хост. to host: хостить, захостить. match: игра. player: игрок. join a match: зайти.
# game night: игровой вечер. its series: серия. match nights: вечера за игрой.
# member: участник. admin: админ. guest: гость. owner: владелец. request: заявка. approve, deny: принять, отклонить.
# connected, online: в сети. last seen: последняя связь. connection of a player: подключение. in a firewall: соединение.
# let in: впустить. kick: выгнать. block: заблокировать. cut off, suspend: приостановить. revoke: отозвать, убрать.
# LAN mode: режим LAN. the live message: живая панель. card: карточка. announce: объявить. DM: ЛС. permission: право.
# log channel, audit log: журнал. the gateway's log: лог. backup: бэкап.
# The bot says «я» and «ты». Menus of games stay English where their Russian is uncertain.

## Slash commands, as Discord shows them while they are typed.

join-command-name = войти
join-command = Добавь в VPN свой ПК, телефон или роутер: настройка в три шага
join-option-device = Имя устройства, например laptop (иначе придумаю сам)
join-option-mode = Для чего оно (по умолчанию: hosting)
join-option-public_key = Для знатоков: свой публичный ключ WireGuard. Приватный ключ остаётся у тебя
join-option-ipv4_only = Для устройства с выключенным IPv6, на котором иначе WireGuard не запускается
join-option-region = Где добавить (по умолчанию: как в последний раз)
host-command-name = хостить
host-command = Захостить игру: открывает её порт и показывает, когда друзья могут зайти
forward-command-name = открыть
forward-command = Открой порт в интернет, чтобы друзья зашли в игру на твоём устройстве
forward-option-port = Игра, например minecraft, порт 25565, диапазон 27015-27030 или список: 2456-2458, 27015/udp
forward-option-protocol = TCP, UDP или оба (по умолчанию)
forward-option-to_port = Если у твоего сервера другой порт (у диапазона: первый)
forward-option-device = Устройство, на котором твой сервер (если оно одно, не нужно)
forward-option-duration = Сколько или до скольки: 2h, 1h30, until 2am, friday 20:00, forever (или пусто)
forward-option-announce = Повесить в этом канале карточку с адресом и игроками, до конца игры
forward-choice-protocol-both = { protocol-both }
forward-choice-protocol-tcp = { protocol-tcp }
forward-choice-protocol-udp = { protocol-udp }
forward-option-every = Игровой вечер: открывается и закрывается сам, как friday 20:00, fri, sat 8pm или day 20:00
forward-option-only = friends: только устройства в VPN и адреса, которые ты впустишь через /connections (иначе все)
forward-option-region = Где устройство (если оно одно, не нужно)
forward-choice-only-friends = friends: устройства в VPN и впущенные адреса
connections-command-name = подключения
connections-command = Кто на твоих портах: выгнать, заблокировать, впускать только друзей (админам: на всех портах)
connections-option-port = Только этот порт (по умолчанию: все)
unforward-command-name = закрыть
unforward-command = Закрой свои порты. Игроков на них отключит
unforward-option-port = Что закрыть: порт 25565, диапазон 27015-27030 или список: 2456-2458, 27015/udp
unforward-option-region = Где открыт порт (нужно, только если он открыт в нескольких)
leave-command-name = убрать
leave-command = Убери своё устройство из VPN и закрой его порты
leave-option-device = Какое устройство убрать (если оно одно, не нужно)
leave-option-region = Где устройство (нужно, только если такое имя есть в нескольких регионах)
rotate-command-name = ключи
rotate-command = Новые ключи для устройства: старый конфиг перестанет работать, адрес и порты останутся
rotate-option-device = Устройство, которому нужны новые ключи (если оно одно, не нужно)
rotate-option-ipv4_only = True: для устройства с выключенным IPv6; False: снова с IPv6
rotate-option-region = Где устройство (нужно, только если такое имя есть в нескольких регионах)
rename-command-name = переименовать
rename-command = Дай устройству другое имя: конфиг, порты и игра работают дальше
rename-option-device = Какое устройство переименовать
rename-option-new_name = Его новое имя
rename-option-member = Админам: участник, у которого это устройство
rename-option-region = Где устройство (нужно, только если такое имя есть в нескольких регионах)
rename-done = ✏️ **{ $device }** теперь называется **{ $name }**. Конфиг, порты и игра работают дальше.
status-command-name = статус
status-command = Твои устройства и порты и кто подключён (админы видят всё)
traffic-command-name = трафик
traffic-command = Картинка: сколько прокачали твои устройства и сколько было игроков (админам: у всех)
traffic-option-member = Админам: только этот участник
traffic-option-period = За какое время (по умолчанию: за день)
traffic-choice-period-day = день
traffic-choice-period-week = неделя
traffic-choice-period-month = месяц
traffic-choice-period-year = год
policy-command-name = правила
policy-command = Что тебе здесь можно: сколько устройств и портов и на какое время
doctor-command-name = доктор
doctor-command = Админам: проверить, что не так с сервером и ботом
lan-command-name = локалка
lan-command = Админам: разрешить устройствам в VPN видеть друг друга или снова разделить их
lan-option-state = Действует сразу и до следующего /lan
lan-choice-state-on = on: устройства видят друг друга, как в домашней сети
lan-choice-state-off = off: устройствам доступны только интернет и открытые порты
revoke-command-name = отозвать
revoke-command = Админам: убрать устройства участника и их порты из VPN; сначала покажу, что пропадёт
revoke-option-member = Кого убрать
revoke-option-device = Только это устройство (по умолчанию: все устройства участника)
peers-command-name = устройства
peers-command = Админам: устройства всех или одного участника
peers-option-member = Только этот участник
peers-option-state = Только в этом состоянии
peers-choice-state-connected = { state-connected }
peers-choice-state-away = { state-away }
peers-choice-state-never = { state-never }
peers-choice-state-suspended = { state-suspended }
forwards-command-name = порты
forwards-command = Админам: открытые порты всех или одного участника
forwards-option-member = Только этот участник
forwards-option-port = Только эта игра или этот порт
audit-command-name = журнал
audit-command = Админам: кто что менял, сначала новое
audit-option-region = Какого региона (по умолчанию: как в последний раз)
devices-menu-command = Устройства в VPN
settings-command-name = настройки
settings-command = Админам: что настроено на этом сервере и где это поменять
setup-command-name = настроить
setup-command = Первая настройка: нужен код, который показал VPS
setup-option-code = Код, например ABCDE-FGHJK
help-command-name = помощь
help-command = С чего начать и какие есть команды
panel-command-name = панель
panel-command = Админам: повесить в этот канал живую панель с играми и кнопками для всех
posts-command-name = посты
posts-command = Можно ли мне писать на этом сервере о твоих играх
posts-option-state = Действует только для твоих игр
posts-choice-state-on = on: друзья узнают, когда ты хостишь
posts-choice-state-off = off: о тебе ничего не пишу

## Words that other messages are made of.

list-or = { $first } или { $last }
list-and = { $first } и { $last }
list-more = { $names } и ещё { $count }
more-lines = … и ещё { $count }
purpose-hosting = Хостинг: настоящие IP игроков (Linux: остальное идёт мимо VPN; иначе весь трафик через VPN)
purpose-everything = Всё: весь трафик
purpose-light = Лайт: только трафик VPN. IP игроков скрыты
mode-full = Весь трафик; настоящие IP игроков
mode-split = Только трафик VPN; IP игроков скрыты
mode-linux = Только трафик VPN и игроков; настоящие IP игроков
protocol-tcp = TCP
protocol-udp = UDP
protocol-both = TCP и UDP
state-connected = В сети
state-away = Сейчас не в сети
state-never = Ещё не подключалось
state-suspended = Приостановлено
# $count: how many ports these are.
port = { $count ->
    [1] порт { $ports }
   *[other] порты { $ports }
}
port-begin = { $count ->
    [1] Порт { $ports }
   *[other] Порты { $ports }
}
reach-range = { $count ->
    [1] { $address }, порт { $ports }
   *[other] { $address }, порты { $ports }
}
device-of = { $device } ({ $owner })
live = { $connections ->
    [one] { $connections } подключение
    [few] { $connections } подключения
    [many] { $connections } подключений
   *[other] { $connections } подключения
} от { $players ->
    [one] { $players } игрока
    [few] { $players } игроков
    [many] { $players } игроков
   *[other] { $players } игрока
}
live-none = никто не подключён
# $live is the message `live` or `live-none`.
live-refused = { $live }; { $refused ->
    [one] отбита { $refused } попытка
    [few] отбито { $refused } попытки
    [many] отбито { $refused } попыток
   *[other] отбито { $refused } попытки
} (защита от флуда)
ends = закроется { $relative }

## Time.

forever = навсегда
days = { $count ->
    [one] { $count } день
    [few] { $count } дня
    [many] { $count } дней
   *[other] { $count } дня
}
hours = { $count ->
    [one] { $count } час
    [few] { $count } часа
    [many] { $count } часов
   *[other] { $count } часа
}
minutes = { $count } мин
seconds = { $count } сек
weekday = { $day ->
    [1] понедельникам
    [2] вторникам
    [3] средам
    [4] четвергам
    [5] пятницам
    [6] субботам
   *[7] воскресеньям
}
short-days = { $count } д
short-hours = { $count } ч
short-minutes = { $count } мин
# A suggestion for an option: what to type, and what it means by the server's clocks.
duration-choice = { $typed } · { $day } { $time } ({ $zone }), через { $left }
duration-unreadable = Не понимаю это время. Напиши, сколько: `2h` или `1h30`. Или до скольки: `2am`, `tomorrow 20:00` или `friday 20:00`. Или `forever`.
duration-past = Это время уже прошло. Напиши то, что ещё впереди, например `tomorrow 20:00`.
duration-too-long = Максимум десять лет или `forever`.

## Game nights: ports that open and close by themselves.

night-ports = { $count ->
    [1] Порт { $ports }
   *[other] Порты { $ports }
}
night-every = по { $days } в { $time }
night-every-day = каждый день в { $time }
night-added = 📅 { $what }: сам открываю { $when } ({ $zone }), на { $duration }.
night-next = Следующий раз: { $time }, { $relative }.
night-has-event = Вечер есть в событиях сервера: там остальные могут отметить, что им интересно.
nights-title = 📅 Игровые вечера
night-line = { $what }, устройство **{ $device }**: { $when }, на { $duration }. Следующий раз: { $relative }
night-stop-button = Остановить серию
night-stop-one-button = Остановить: { $series }
night-stopped = Готово. { $what }: больше не открываю { $when }.
night-stays-open = Сейчас открыто и закроется { $relative }.
night-ended = Эта серия уже закончилась.
night-not-yours = Это чужая серия. Остановить её могут только её хозяин и админы.
night-too-many = Игровых вечеров у тебя уже { $count }, больше нельзя. Сначала останови один: они есть в `/status`.
night-unreadable = Не понимаю. Напиши дни и время, например `friday 20:00`, `fri, sat 8pm` или `day 20:00`.
night-how-long = Игровой вечер длится максимум { $duration }. Напиши в `duration`, сколько: например, `3h` или `until 1am`.
night-event = { $what }, хост: { $host }
night-event-about = Порт откроется сам: { $when }.
night-refused = { $what }: не получилось открыть для твоего игрового вечера. { $why } Пробую снова каждую минуту до { $time }.
night-device-gone = Твоего игрового вечера ({ $what }, { $when }) больше нет: устройство **{ $device }** убрали. Чтобы завести новый, добавь устройство и набери `/forward` с параметром `every`.

## Refusals of the bot, and failures.

server-only = Я принимаю команды только на нашем сервере. Набери эту там.
server-left = Тебя больше нет на сервере, которому принадлежат эти порты.
admins-only = Извини, это могут только админы.
no-access-yet = Я ещё не настроен. Админ этого сервера закончит настройку через `/setup`.
no-access = Извини, VPN только для тех, у кого есть роль { $roles }. Попроси её у админа этого сервера.
no-access-ask = Извини, VPN только для тех, у кого есть роль { $roles }. Набери `/join`, чтобы попросить доступ у админов.
outdated-typed = Эта команда обновилась. Перезапусти Discord (на компьютере Ctrl+R) и попробуй снова.
outdated-pressed = Это от моей прошлой версии и больше не работает. Набери команду заново.
discord-failed = У Discord сбой. Загляни в `/status`, прежде чем пробовать снова.
bug = Что-то сломалось. Скажи админу этот номер: { $number }.

## Refusals of the gateway, by its codes.

error-internal = В службе VPN что-то сломалось. Скажи админу этот номер: { $log_id }.
error-bad_request = Не понимаю { $field }: { $rule }.
error-bad_ports = { $text } — это не порт. Напиши порт, например 25565, диапазон 27015-27030 или список: 2456-2458, 27015/udp.
error-not_allowed = Это можно только со своими устройствами. Попроси админа.
error-admins_only = Это может только админ.
error-root_only = Это может только root на VPS.
error-other_service = VPN не даёт мне это сделать. Скажи админу.
error-suspended = Устройство { $device } приостановлено. Попроси админа вернуть его. Роль только что вернули? Попробуй через минуту.
error-owner_suspended = Твой доступ приостановлен. Попроси админа вернуть его. Роль только что вернули? Попробуй через минуту.
error-guest_over = Твоё время как гостя вышло. Попроси админа принять тебя как участника.
error-wrong_user = Системному пользователю { $user } нельзя обращаться к службе VPN. Скажи админу: его нужно добавить в socket_users в [gateway].
error-peer_unknown = Устройства с именем { $device } нет. Твои устройства: `/status`.
error-no_devices = Сначала добавь свой ПК: `/join`
error-which_device = Какое устройство? У тебя есть { $devices }. Выбери одно в параметре device.
error-peer_exists = Устройство с именем { $device } у тебя уже есть. Пропал конфиг? `/rotate` сделает новый.
error-key_in_use = Этот публичный ключ уже у другого устройства. Создай новую пару ключей и попробуй снова.
error-forward_unknown = Порт { $ports } не открыт. Твои открытые порты: `/status`.
error-forward_gone = Этот порт уже закрыт. Твои открытые порты: `/status`.
error-part_of_forward = { $ports } — часть { $whole }. Закрой { $whole } целиком.
# $owner is a member's name, for admins only.
error-address_not_listed = { $network } там не в списке: не заблокировано и не впущено.
error-port_taken = { $ports } — уже открыто у { $holder ->
    [you] тебя
    [someone] другого участника
   *[named] другого участника ({ $owner })
}. { $hint }
error-port_forbidden = Порт { $ports } открыть нельзя: { $rule }.
error-port_in_use = { $ports } — занято программой на VPS. { $hint }
error-port_needed = Порт { $ports } открыть нельзя: остаток диапазона { $range } нужен VPS для своих подключений. { $hint }
error-limit_reached = Лимит { $what ->
    [devices] устройств
    [forwards] открытых портов и диапазонов
    [ports] публичных портов
    [devices_in_all] устройств у всех участников вместе
    [forwards_in_all] открытых портов и диапазонов у всех участников вместе
    [addresses] заблокированных и впущенных адресов для одного порта
    [addresses_in_all] заблокированных и впущенных адресов для всех портов вместе
    [marks] открытых портов у всех участников вместе
   *[guests_in_all] гостей, которых помнит VPN
}: { $limit }, осталось: { $left }. Сначала убери что-нибудь.
error-beyond_limit = Лимит { $what ->
    [devices] устройств
    [forwards] открытых портов и диапазонов
    [ports] публичных портов
    [devices_in_all] устройств у всех участников вместе
    [forwards_in_all] открытых портов и диапазонов у всех участников вместе
    [addresses] заблокированных и впущенных адресов для одного порта
    [addresses_in_all] заблокированных и впущенных адресов для всех портов вместе
    [marks] открытых портов у всех участников вместе
   *[guests_in_all] гостей, которых помнит VPN
}: { $limit }, осталось: { $left }. Возьми меньше или попроси админа поднять лимит.
error-too_many_joins = Новых устройств за час максимум { $limit }. Попробуй снова через { $wait }.
error-too_many_changes = Изменений за минуту: { $limit }, это мой предел. Попробуй снова через минуту.
error-too_many_watchers = Пользователь бота уже следит за событиями VPN (сколько раз: { $limit }), и это предел. Скажи админу.
error-request_id_reused = У этого запроса номер другого запроса, поэтому ничего не сделано. Попробуй снова.
error-set_up_elsewhere = Другой запрос настроил { $device } в тот же момент. Конфиг пришёл туда.
error-too_long = Это слишком надолго. Можно максимум { $longest }.
error-subnet_full = В VPN не осталось адресов для новых устройств. Попроси админа убрать старые.
error-apply_failed = VPS не принял изменение, всё осталось как было. Скажи админу: { $log_id }.
error-not_saved = VPS не смог сохранить изменение, всё осталось как было. Скажи админу: { $log_id }.
error-database_damaged = База данных VPN повреждена, всё осталось как было. Что открыто, то открыто. Скажи админу: { $log_id }.
error-not_erased = Участник забыт, но в базе данных ещё могут быть следы текста. Скажи админу: { $log_id }.
error-nothing_stored = Об участнике { $member } ничего не хранится.
error-gateway_unreachable = Служба VPN сейчас не работает. Твои устройства и порты сохранены. Попробуй снова через минуту.
error-region_away = { $region } не отвечает. Последняя связь: { $since }. Что там открыто, то открыто.
error-other_version = У бота и службы VPN разные версии, и они не понимают друг друга. Админу нужно обновить или перезапустить то, что старше.
error-region_differs = { $older ->
    [gateway] У **{ $region }** версия старше, чем у бота, и они не понимают друг друга. Админу нужно обновить **{ $region }**.
    [bot] У **{ $region }** версия новее, и бот её не понимает. Админу нужно обновить бота.
   *[unknown] У **{ $region }** и бота разные версии, и они не понимают друг друга. Админу нужно обновить то, что старше.
}
error-region_unknown = Региона { $region } нет. Можно выбрать: { $regions }.
error-which_region = Какой регион? { $name } есть здесь: { $regions }. Выбери один в параметре region.
error-gateway_waiting = VPN запускается и ждёт свою сеть. Твои устройства и порты сохранены. Попробуй снова через минуту.
error-name_not_kept = Имя VPN не обновляется: { $reason }.
error-bad_backup = Этот файл не восстановить. Ничего не изменено.
error-newer_backup = Этот бэкап от более новой версии guildgate. Ничего не изменено.
error-wrong_secret = Этим бэкап не открывается. Ничего не изменено.
error-state_there = На VPS уже есть устройства. Ничего не изменено.
error-still_running = Шлюз или бот ещё работает. Ничего не изменено.
error-not_updated = { $problem }.
error-kernel_behind = База данных изменена, а { $what } — нет. Это произойдёт при следующем запуске.
error-cannot_import = Не получилось перенести сервер другой программы: { $problem }.
error-gateway_timeout = Служба VPN не ответила вовремя. Загляни в `/status`, прежде чем пробовать снова.
error-not_authentic = Ответ пришёл не от службы VPN ({ $reason }). Загляни в `/status`, прежде чем пробовать снова.
error-not_signed = Служба VPN не приняла это за запрос бота. Скажи админу: { $reason }.
error-gateway_busy = У службы VPN сейчас слишком много дел, поэтому ничего не сделано. Попробуй снова через пару минут.

# The $hint of a taken port.
hint-free = Свободно: { $free }.
hint-none = Других свободных портов сейчас нет.
# The $rule that a request breaks.
rule-one_port = это бывает только с одним портом или диапазоном
rule-inside = порты должны быть в пределах 1-65535
rule-twice = { $value } там дважды
rule-too_many = портов за раз максимум { $value }
rule-weak = к нему нет приватного ключа
rule-key = это должен быть ключ WireGuard: 44 символа base64 с = в конце
rule-name = в имени от 1 до { $value } видимых символов
rule-only = выбери в пределах { $value }
rule-own = { $value } занимает сам VPN. Выбери что-то другое
rule-denied = админ держит { $value } закрытым
rule-prefix = можно один адрес, /24 для IPv4 или /64 для IPv6

## A device and its setup.

join-purpose-unknown = Выбери `hosting`, `everything` или `light`.
platform-windows = ПК с Windows
platform-mac = Mac
platform-linux = Linux
platform-phone = Телефон
platform-router = Роутер
join-question = ### Что добавляем?
# $devices: the names of those that the member has. $device: a free name.
join-have = У тебя уже есть { $devices }. Новое устройство получит свободное имя, например **{ $device }**. Нужен только новый файл? Набери `/rotate`.
join-free = **{ $device }** свободно.
join-free-button = Добавить ещё одно
rotate-question = ### Что такое { $device }?
    Ты получишь новый конфиг. Старый сразу перестанет работать.

# A setup has at most 60 words on every platform, as a test counts them.
setup-title = ### { $icon } { $device } ⏳ ждём…
setup-install = **1.** Установи
setup-get-button = Скачать WireGuard
setup-iphone-button = iPhone
setup-android-button = Android
setup-import = **2.** Сохрани { $file }, *Импорт туннелей из файла*
setup-activate = **3.** *Подключить*
setup-mac-allow = **3.** *Разрешить* добавление VPN, потом кнопка *Подключен*
setup-linux-save = **2.** Там, где лежит файл: { $command }
setup-linux-start = **3.** { $command }
setup-phone-scan = **2.** Открой это на ПК. Отсканируй телефоном: **+** → *QR-код*
setup-phone-import = **2.** Сохрани { $file } на телефон: **+** → *из файла*
setup-phone-allow = **3.** *Разрешить* добавление VPN, назови { $tunnel }, включи
setup-router-open = **1.** Открой страницу роутера: VPN → *клиент* WireGuard
setup-router-import = **2.** Импортируй { $file }. Оставь *Allowed IPs* и *Persistent keepalive*.
setup-router-ports = **3.** Пропусти его порты к своему ПК
setup-lacks-key = Сначала впиши свой приватный ключ в { $file } вместо `{ $placeholder }`.
setup-qr-alt = QR-код с конфигом для { $device }
setup-file-alt = Конфиг WireGuard для { $device }
setup-full = ⚠️ Весь { $family ->
    [ipv4] интернет по IPv4
   *[both] интернет
} { $platform ->
    [router] за роутером
    [phone] этого телефона
    [mac] этого Mac
   *[windows] этого ПК
} идёт через наш сервер.
setup-split = Через наш сервер идёт только трафик VPN. IP игроков скрыты.
setup-linux = Настоящие IP игроков. Остальной трафик идёт мимо VPN. Установи ещё пакет nftables.
setup-windows-firewall = 🛡️ Брандмауэр: разреши игру в *общедоступных сетях*, и после `/rotate`.
setup-windows-block = 🖨️ Пропал принтер? *Редактировать* → сними галочку *Блокировать трафик, идущий мимо туннеля (kill-switch)*.
# $relative is a time such as `in 14 minutes`.
setup-private-until = 🔒 Личный файл, исчезнет { $relative }.
setup-private = 🔒 Личный файл, исчезнет после подключения.
setup-ends = Доступ закончится { $relative }.
setup-trouble-button = Не работает
setup-send-button = Прислать в ЛС
setup-new-button = Новый конфиг
setup-sent = 📬 Конфиг у тебя в ЛС.
setup-not-sent = Не могу написать тебе в ЛС. Разреши ЛС с этого сервера (имя сервера → *Настройки конфиденциальности*) или возьми файл здесь.
setup-not-there = Конфига в этом сообщении больше нет. `/rotate` сделает новый.
setup-connected = ✅ **Подключено:** { $device } в VPN. Конфига здесь больше нет.
setup-taken-out = ⌛ Конфига для **{ $device }** здесь больше нет. Ещё не подключено? Возьми новый файл.
setup-gone = **{ $device }** больше не в VPN. Добавить снова: `/join`.
setup-undelivered = Устройство **{ $device }** готово, но доставить конфиг не получилось. `/rotate` сделает новый.

# What is behind the button *It doesn't work*.
trouble-waiting = **Всё ещё ждём?** Туннель в WireGuard должен быть *подключён*. Некоторые сети (школа, работа) блокируют VPN: попробуй другую.
trouble-windows-firewall = **Друзья не могут зайти?** Для Windows наш VPN — *общедоступная сеть*. Набери в поиске Windows *брандмауэр*, открой *Разрешить взаимодействие с приложением…* и поставь своей игре галочку *Публичная*. После `/rotate` это новая сеть, и Windows может спросить снова.
trouble-windows-block = **Пропал принтер или игры по локалке?** WireGuard → *Редактировать* → сними галочку *Блокировать трафик, идущий мимо туннеля (kill-switch)*.
trouble-linux-resolver = **resolvconf не найден?** Если есть systemd-resolved, как в Ubuntu: `sudo ln -s /usr/bin/resolvectl /usr/local/bin/resolvconf`. Иначе установи openresolv.
trouble-linux-ipv6 = **Ошибка на `ip -6`?** На этой машине выключен IPv6: набери `/rotate ipv4_only:True`.
trouble-linux-manager = **NetworkManager?** Он игнорирует часть этого файла. Бери `wg-quick`.
trouble-linux-silent = **Игрокам ничего не приходит?** Установи nftables, потом `wg-quick down` и `up`. Сервер должен слушать все адреса, а не только адрес локалки. Открой его порт в ufw или firewalld так же, как для локалки. Другой VPN запускай раньше этого.
trouble-linux-list = **В публичном списке серверов твой домашний адрес?** Пусть сервер слушает адрес VPN: он в файле после *Address*.
trouble-phone-screen = **Нет второго экрана?** Сохрани файл на телефон, потом в WireGuard: **+** → *Импорт из файла или архива* (iPhone: *Создать из файла или архива*).
trouble-router = **Друзья не могут зайти?** Порты приходят на роутер. Настрой его, чтобы он передавал их на твой ПК.
trouble-ipv4 = **IPv6?** Этот конфиг только для IPv4: IPv6 идёт мимо VPN.
trouble-file = **Файл пропал или попал к чужому?** `/rotate` сделает новый, а старый перестанет работать.
trouble-admin = **Всё равно никак?** Спроси админа: ему видно, доходит ли твоё устройство до сервера.
leave-done = **{ $device }** больше не в VPN. Туннель в WireGuard можно удалить.

## Asking for access.

request-asked = Я попросил админов тебя впустить. Когда впустят, напишу тебе в ЛС. Разреши ЛС с этого сервера (имя сервера → *Настройки конфиденциальности*).
request-waiting = Твоя заявка подана { $since }, админы ещё не решили. Когда впустят, напишу тебе в ЛС.
request-welcome = ✅ **Ты с нами!** Админ принял твою заявку.
request-refused = ⛔ Админы отклонили твою заявку на VPN.
request-refused-reason = Причина: { $reason }
request-ran-out = Твоя заявка на VPN истекла без ответа. Набери `/join` на сервере, чтобы попросить снова.

# The request that the admins see, and the answers to their clicks.
request-title = { $name } просит доступ
request-about = { $mention } набирает `/join`, но доступа к VPN пока нет.
request-account-field = Аккаунт создан
request-joined-field = Вход на сервер
request-asked-field = Заявка подана
request-device-field = Устройство
request-mode-field = Через VPN
request-outcome-field = Решение
request-approve-button = Принять
request-deny-button = Отклонить
request-form-title = Отклонить заявку
request-form-label = Причина (можно без неё; её увидят)
request-outcome-approved = ✅ Заявка принята { $when }, админ: { $admin }.
request-outcome-undelivered = ✅ Заявка принята { $when }, админ: { $admin }. Моё ЛС не дошло: чтобы продолжить, пусть снова наберёт `/join`.
request-outcome-denied = ⛔ Заявка отклонена { $when }, админ: { $admin }.
request-outcome-expired = ⌛ Заявка истекла { $when } без ответа.
request-outcome-left = 🚪 Закрыто { $when }: участника больше нет на сервере.
request-outcome-needless = ✅ Закрыто { $when }: доступ уже есть.
request-reason = Причина: { $reason }
request-discord-fails = У Discord сбой. Попробуй снова через минуту.
request-stays-open = Ничего не изменено, заявка остаётся открытой.
request-unknown = Эта заявка больше не работает. Набери `/join`, чтобы попросить снова.
request-being-approved = { $admin } прямо сейчас принимает эту заявку.
request-let-in = **{ $member }** теперь с нами. Конфиг уже в ЛС.
request-let-in-undelivered = **{ $member }** теперь с нами, но моё ЛС не дошло. Скажи, чтобы снова набрать `/join`.
request-left = Участника **{ $member }** больше нет на сервере, поэтому заявка закрыта.
request-denied = Заявка отклонена. У **{ $member }** нет доступа, об этом я написал в ЛС.
request-denied-untold = Заявка отклонена. У **{ $member }** нет доступа. Моё ЛС об этом не дошло.
# Discord shows it in its own audit log.
request-role-reason = guildgate: заявка на доступ принята, админ: { $admin }
request-role-failed = Сейчас я не смог выдать роль, поэтому сам запомню этот доступ. Ты можешь выдать роль и вручную.
request-role-refused = ⚠️ Discord не даёт мне выдать роль { $role }, поэтому я сам запомню этот доступ. На будущее: дай моей роли право *Управлять ролями* и перетащи её выше, чем { $role }.
request-role-missing = ⚠️ На сервере нет роли { $role } (первая в `member_roles`), поэтому я сам запомню этот доступ.
request-trouble-title = ⚠️ Новые участники не могут попросить доступ
request-no-channel = На сервере нет текстового канала { $channel }, или я его не вижу: `admin_channel` в `[discord]`.
request-no-permission = Участник попросил доступ, но я не могу писать в { $channel }. Дай мне там права *Просмотр канала*, *Отправлять сообщения* и *Встраивать ссылки*.

## Opening and closing ports.

forward-opened = { $count ->
    [1] **Порт { $ports } открыт ({ $protocol }).** Игроки подключаются сюда:
   *[other] **Порты { $ports } открыты ({ $protocol }).** Игроки подключаются сюда:
}
forward-opened-ipv6 = Игрокам с IPv6 подойдёт и { $address }.
forward-opened-target = Работает на устройстве **{ $device }**, { $count ->
    [1] порт { $ports }
   *[other] порты { $ports }
}. Не выключай WireGuard и свой сервер.
forward-opened-several = **Открыто.** Игроки подключаются сюда:
forward-opened-game = **{ $game }: открыто.** Игроки подключаются сюда:
forward-opened-several-keep = Работает на устройстве **{ $device }**. Не выключай WireGuard и свой сервер.
forward-opened-several-moved = Публичный порт → порт на **{ $device }**: { $ports }
# Small print below the address that players paste, and inside a sentence.
address-port = Порт: { $port }
address-also = Ещё открыто: { $ports }
# $how is a `game-join-` message.
address-game = В игре: { $how }
address-port-of = { $address }, порт { $port }
forward-friends-only = Подключиться могут только устройства в VPN и адреса, которые ты впустишь через `/connections`.
forward-already-open = Это у тебя уже открыто.
forward-note-split = С этого устройства через VPN идёт только трафик VPN: твой сервер не видит IP игроков.
forward-note-linux = Твой сервер видит настоящие IP игроков. Пусть он слушает все адреса, а не только адрес локалки.
forward-closes = Закроется { $relative } ({ $time }).
forward-never-closes = Открыто, пока ты не закроешь.
forward-has-ended = Это уже закрыто. `/forward` откроет снова.
# What is missing for an opening, above a button or menu that makes it.
forward-meant = Может быть, { $games }? Не знаю { $text }. Номер порта тоже подойдёт.
forward-instead-button = Открыть { $port } вместо этого
forward-instead-keeps = Твой сервер остаётся на { $port }: я направлю на него { $free }.
forward-no-device = **Сначала добавь свой ПК.** Потом нажми вторую кнопку.
forward-again-button = Открыть сейчас
forward-which-device = На каком устройстве это работает?
forward-device-menu = Выбери свой ПК…
forward-close-menu = Закрыть вместо этого другой…
unforward-done = { $count ->
    [1] **Закрыто.** Сюда больше никто не зайдёт:
    [one] **Закрыт { $count } порт.** Сюда больше никто не зайдёт:
    [few] **Закрыто { $count } порта.** Сюда больше никто не зайдёт:
    [many] **Закрыто { $count } портов.** Сюда больше никто не зайдёт:
   *[other] **Закрыто { $count } порта.** Сюда больше никто не зайдёт:
}

## How the most played games are hosted, below the line that misses the server, and how they are joined.

game-host-minecraft = Мир открыт для сети? Укажи ему порт { $port }.
game-join-minecraft = *Сетевая игра* → *По адресу*
game-host-minecraft-bedrock = Запусти Bedrock Dedicated Server с `server-port={ $port }`.
game-join-minecraft-bedrock = *Play* → *Servers* → *Add Server*
game-host-valheim = *Start Game* → поставь галочку *Start Server*, а *Crossplay* не включай.
game-join-valheim = *Join Game* → *Add server*
game-host-palworld = Запусти Palworld Dedicated Server с `-port={ $port }`.
game-join-palworld = *Join Multiplayer Game* и вставь адрес внизу
game-host-terraria = *Multiplayer* → *Host & Play*, или запусти TerrariaServer на порту { $port }.
game-join-terraria = *Multiplayer* → *Join via IP*
game-host-factorio = *Multiplayer* → *Host saved game*. Порт указан в `config.ini`: `port={ $port }`.
game-join-factorio = *Multiplayer* → *Connect to address*
game-host-satisfactory = Запусти Satisfactory Dedicated Server с `-Port={ $port }`.
game-join-satisfactory = *Server Manager* → *Add Server*
game-host-project-zomboid = *Host* в главном меню, порт { $port }.
game-join-project-zomboid = *Join* → *Favorites*, порт в отдельное поле
game-host-enshrouded = Запусти Enshrouded Dedicated Server.
game-join-enshrouded = *Play* → *Join* и найди сервер по имени
game-host-7-days-to-die = Когда запускаешь игру, укажи *Server Port* { $port }.
game-join-7-days-to-die = *Join a Game* → *Connect to IP*, порт в отдельное поле
game-host-counter-strike-2 = Запусти выделенный сервер с `-port { $port }`.
game-join-counter-strike-2 = Консоль (`~`): `connect`, пробел и адрес
game-host-rust = Запусти RustDedicated с `+server.port { $port }`.
game-join-rust = Нажми F1: `client.connect`, пробел и адрес
game-host-ark = Запусти ARK Dedicated Server с `?Port={ $port }`.
game-join-ark = Консоль (Tab): `open`, пробел и адрес
game-host-ark-ascended = Запусти ARK Ascended Dedicated Server с `-port={ $port }`.
game-join-ark-ascended = Консоль (Tab): `open`, пробел и адрес
game-host-garrys-mod = Запусти srcds с `-port { $port }`.
game-join-garrys-mod = Консоль: `connect`, пробел и адрес

## The gateway has another address.

moved-lost = 🚚 **VPN переехал. Его новый адрес: { $address }.** { $count ->
    [1] В конфиге этого устройства старый адрес. Набери `/rotate` и поставь новый файл вместо старого.
   *[other] В конфигах этих устройств старый адрес. Набери `/rotate` для каждого и поставь новый файл вместо старого.
} Твои порты остаются открытыми:
moved-waiting = 🚚 **VPN переехал.** { $count ->
    [1] Это устройство всё ещё ищет его на старом месте. Один раз выключи и включи WireGuard:
   *[other] Эти устройства всё ещё ищут его на старом месте. На каждом один раз выключи и включи WireGuard:
}

## Time running out.

reminder = { $count ->
    [1] ⏰ **Твой порт закроется { $relative }.** Ещё играете? Продли:
    [one] ⏰ **Скоро закроется { $count } твой порт: { $relative }.** Ещё играете? Продли:
    [few] ⏰ **Скоро закроются { $count } твоих порта: { $relative }.** Ещё играете? Продли:
    [many] ⏰ **Скоро закроются { $count } твоих портов: { $relative }.** Ещё играете? Продли:
   *[other] ⏰ **Скоро закроются { $count } твоих порта: { $relative }.** Ещё играете? Продли:
}
reminder-extend-button = Продлить
reminder-close-button = Закрыть
extended = **Продлено.**
extended-already = Уже продлено:

## Whether players can join, hop by hop. Bold: the one thing to do.

proof-check-button = Проверить снова
proof-how-button = Покажи как
proof-how =
    1. Открой на ПК приложение WireGuard.
    2. Выбери туннель и нажми *Подключить*.

    Ещё не настроено? `/join`
proof-other-port-button = Другой порт…
proof-other-port-form-title = Другой порт
proof-other-port-form-label = Порт, на котором твой сервер
proof-other-port-bad = Это не порт. Напиши число от 1 до 65535.
change-button = Изменить…
change-form-title = Изменить
change-which-form-label = Какой порт?
change-device-form-label = ПК, на котором это работает
change-time-form-label = Сколько или до скольки
proof-looking-title = Могут ли игроки зайти?
proof-done-title = Игроки могут зайти
proof-ready-title = Всё готово для игроков
proof-missing-title = Игроки пока не могут зайти
proof-unknown-title = Почти готово
proof-over-title = При последней проверке было не готово
proof-gone-title = Закрыто
proof-until = Обновляется до { $time }
proof-stopped = Больше не обновляется. Нажми *{ proof-check-button }*.
proof-gateway-away = VPN сейчас не отвечает. Что открыто, то открыто, я пробую дальше.
proof-open = { $count ->
    [1] Порт { $ports } открыт
   *[other] Порты { $ports } открыты
}
# $problem: a `problem-` message.
proof-blocked = **Попроси админа пропустить игроков.** { $problem }
proof-suspended = **Попроси админа вернуть { $device }.** Устройство приостановлено, до тех пор его порты закрыты.
proof-tunnel = WireGuard на устройстве { $device }
proof-connected = { $device } в сети ({ $handshake })
proof-not-connected = **Включи WireGuard на устройстве { $device }.** Последняя связь: { $handshake }.
proof-never-connected = **Включи WireGuard на устройстве { $device }.** Оно ещё ни разу не подключалось.
proof-server = Сервер на устройстве { $device }
# $ports is the message `port`.
proof-server-refused = **Запусти сервер на устройстве { $device }.** Там никто не слушает { $ports }.
proof-server-silent = **Запусти сервер на устройстве { $device } и разреши его в файрволе.** Оттуда нет ответа через { $ports }.
proof-server-frozen = **Глянь сервер на устройстве { $device }.** Он принимает игроков через { $ports }, а потом молчит: ещё запускается или завис.
proof-server-refused-tcp = **Запусти сервер на устройстве { $device }.** Там никто не слушает TCP { $ports }. Серверы на UDP проверить нельзя.
proof-server-silent-tcp = **Запусти сервер на устройстве { $device } и разреши его в файрволе.** Оттуда нет ответа через TCP { $ports }. Серверы на UDP проверить нельзя.
proof-playing = Сервер на устройстве { $device } отвечает: играют { $players }
proof-playing-of = Сервер на устройстве { $device } отвечает: играют { $players } из { $slots }
# Follows proof-playing and proof-playing-of.
proof-version = , версия { $version }
proof-answers = Сервер на устройстве { $device } отвечает
proof-takes = Сервер на устройстве { $device } принимает игроков
proof-udp = Эту игру отсюда не проверить. Убедись, что она запущена на устройстве { $device }.
proof-players = Первый игрок
proof-knocked = Кто-то из игроков уже пробовал зайти. Сейчас никого нет.
proof-nobody = **Дай игрокам адрес { $address }.** Пока никто не пробовал. Друзья не могут зайти? Попроси админа открыть { $ports } ({ $protocol }) в файрволе провайдера VPS.

## Match cards.

card-announce-button = Объявить
card-close-button = Закрыть
card-anyway-button = Всё равно объявить
card-not-ready-offline = 🟡 Ещё не объявлено: { $device } не в сети. Сначала включи там WireGuard.
card-not-ready-silent = 🟡 Ещё не объявлено: сервер на устройстве { $device } не отвечает.
card-not-ready-blocked = 🟡 Ещё не объявлено: файрвол или настройка на нашем сервере не пускает игроков. Админам подробнее в /status.
card-announced = 📣 Объявлено здесь: { $link }
card-announced-already = 📣 Уже объявлено: { $link }
card-not-announced = Объявить не получилось. Нажми **{ card-announce-button }**, чтобы попробовать снова.
card-not-here = В ЛС я не могу это объявить. Набери это в канале, где это увидят друзья: { $command }
card-cannot-announce = Объявить не получилось: в { $channel } мне не хватает { $count ->
    [1] права «{ $permissions }»
   *[other] прав: { $permissions }
}. Когда админ этого сервера их даст, нажми **{ card-announce-button }**.
# The names of permissions in Discord's client.
permission-view_channel = Просмотр канала
permission-send_messages = Отправлять сообщения
permission-send_messages_in_threads = Отправлять сообщения в ветках
permission-embed_links = Встраивать ссылки
permission-create_events = Создавать события
permission-manage_events = Управлять событиями
card-not-yours = Закрыть это могут только хост и админы.
card-title = 🎮 { $what }
card-ended-title = 🏁 { $what }: игра окончена
card-host = Хост: **{ $host }**
card-stale = ⚠️ VPN не отвечает. Последние данные: { $since }.
card-offline = 🟡 { $device } не в сети (хост { $host }), последняя связь: { $since }.
card-offline-never = 🟡 { $device } ещё не в сети (хост { $host }).
card-way-blocked = 🟡 Файрвол или настройка на нашем сервере не пускает игроков. Админам подробнее в /status.
card-way-silent = 🟡 Сервер на устройстве { $device } не отвечает.
card-way-ready = 🟢 Готово: сервер отвечает.
card-version-field = Версия
card-address-field = Адрес
card-players-field = Игроков сейчас
card-players = { $players ->
    [one] { $players } игрок (пик { $peak })
    [few] { $players } игрока (пик { $peak })
    [many] { $players } игроков (пик { $peak })
   *[other] { $players } игрока (пик { $peak })
}
card-players-of = { $slots ->
    [one] { $players } из { $slots } игрока (пик { $peak })
    [few] { $players } из { $slots } игроков (пик { $peak })
    [many] { $players } из { $slots } игроков (пик { $peak })
   *[other] { $players } из { $slots } игрока (пик { $peak })
}
card-since-field = Открыто
card-until-field = Закроется
card-until = { $time }, { $relative }
card-until-closed = когда хост закроет
card-lasted-field = Длилось
card-most-field = Максимум сразу
card-most = { $players ->
    [one] { $players } игрок
    [few] { $players } игрока
    [many] { $players } игроков
   *[other] { $players } игрока
}
card-open-field = Было открыто
card-open = с { $since } до { $until }

## The live message of /panel.

panel-head = ## 🎮 { $server }
panel-away = 🔴 **VPN не отвечает. Последняя связь: { $since }.** Что открыто, то открыто.
panel-blocked = 🔴 **Друзья сейчас не могут зайти.**
    Админам: `/doctor` скажет, что делать.
panel-problems = ⚠️ { $count ->
    [one] { $count } проблема на сервере.
    [few] { $count } проблемы на сервере.
    [many] { $count } проблем на сервере.
   *[other] { $count } проблемы на сервере.
} Админам: `/doctor` скажет, что делать.
panel-none = Сейчас ничего не открыто. Нажми **Захостить игру**, чтобы начать.
panel-more = { $count ->
    [one] … и ещё { $count } игра
    [few] … и ещё { $count } игры
    [many] … и ещё { $count } игр
   *[other] … и ещё { $count } игры
}
panel-match = ### { $game } · { $host }
# $state is one of the messages below.
panel-match-short = **{ $game }** · { $host } · { $state }
panel-playing = { $players ->
    [0] 🟢 Открыто
    [one] 🟢 **{ $players }** игрок
    [few] 🟢 **{ $players }** игрока
    [many] 🟢 **{ $players }** игроков
   *[other] 🟢 **{ $players }** игрока
}
panel-playing-of = 🟢 **{ $players }**/{ $slots }
panel-players = { $state } · максимум { $most } { $picture }
panel-pc-offline = 🟡 ПК не в сети, последняя связь: { $since }
panel-pc-never = 🟡 Ждём ПК хоста
panel-silent = 🟡 Игра не отвечает
panel-time = -# Открыто { $since }
panel-time-until = -# Открыто { $since } · закроется { $until }
panel-devices = { $devices ->
    [one] в сети { $online } из { $devices } устройства
    [few] в сети { $online } из { $devices } устройств
    [many] в сети { $online } из { $devices } устройств
   *[other] в сети { $online } из { $devices } устройства
}
# $devices is the message `panel-devices`.
panel-foot = -# { $devices }
panel-foot-traffic = -# { $devices } · { $rate }
panel-host-button = Захостить игру
panel-again-button = Захостить снова
panel-add-button = Добавить мой ПК
panel-mine-button = Моё
panel-help-button = Помощь
panel-devices-button = Устройства
panel-requests-button = { $count ->
    [0] Заявки
   *[other] Заявки ({ $count })
}
panel-host-which = Что хочешь захостить?
panel-host-choose-menu = Выбери игру
panel-host-other-menu = Другое…
panel-host-form-title = Захостить игру
panel-host-form-label = Какая игра или какой порт?
panel-host-hint-menu = minecraft, valheim, 25565
panel-no-device = Сначала добавь свой ПК: нажми **{ panel-add-button }** или набери `/join`.
panel-try-again = У Discord сбой. Нажми кнопку ещё раз.
panel-nothing-again = У тебя ещё не было игр. Нажми **{ panel-host-button }**.
panel-requests-none = Никто не ждёт, чтобы его впустили.
panel-requests = { $count ->
    [one] **Ждёт { $count } заявка:**
    [few] **Ждут { $count } заявки:**
    [many] **Ждут { $count } заявок:**
   *[other] **Ждут { $count } заявки:**
}
panel-request = - **{ $name }**, заявка подана { $since }: { $link }
panel-there = 📌 Живая панель уже есть: { $link }
panel-posted = 📌 Живая панель здесь: { $link }
    Закрепи её, чтобы все её находили.
panel-cannot-post = Я не могу здесь писать. Дай мне в этом канале права **{ permission-view_channel }** и **{ permission-send_messages }**, потом снова набери `/panel`.
# What /help says, by whether the member has a device.
help-join = **Начни с `/join`**: так твой ПК попадёт в VPN.
    1. Включи WireGuard и запусти игру.
    2. `/forward` даст тебе адрес для друзей.
help-host = **Начни с `/forward`**: получишь адрес для друзей.
    Не выключай WireGuard и игру. `/join` добавит ещё одно устройство.
help-more = Ещё:
    - `/status` твои устройства и порты
    - `/unforward` закрыть порт
    - `/connections` кто подключён
    - `/rotate` новый конфиг
    - `/policy` твои лимиты
help-admin = **Админам:**
    - `/panel` живая панель
    - `/peers` устройства всех
    - `/forwards` порты всех
    - `/revoke` убрать участника
    - `/audit` кто что менял
    - `/doctor` что не так
    - `/settings` что настроено
panel-help = **Захости игру для друзей**
    1. **{ panel-add-button }**: получишь конфиг для WireGuard.
    2. Включи WireGuard и запусти сервер игры.
    3. **{ panel-host-button }**: получишь адрес для друзей.
    - **{ panel-again-button }** снова откроет твою прошлую игру.
    - **{ panel-mine-button }** покажет твои устройства и порты.
    Не выходит? **{ panel-host-button }** скажет, какого шага не хватает.

# The set-up in Discord: /setup with its code, and the form.
setup-begin = **Почти готово.** Создай роль для друзей и роль для админов, если их ещё нет. Потом выбери их здесь.
setup-form-button = Выбрать роли и канал
setup-form-title = Настройка VPN
setup-members-form-label = Кому можно пользоваться VPN?
setup-admins-form-label = Кто админы?
setup-channel-form-label = Канал для заявок и журнала (по желанию)
setup-zone-form-label = Часовой пояс, например Europe/Moscow
setup-language-form-label = Язык сообщений в каналах
setup-language-menu = Как на сервере
setup-done = ✅ **Настроено.** Теперь друзья набирают `/join`. `/settings` покажет, что настроено, а `/help` — что делать.
# $keys: keys of the configuration file, in backticks.
setup-fixed = В `config.toml` уже задано: { $keys }. Это остаётся.
setup-lack = ⚠️ { $problem }
setup-not-allowed = Настроить меня могут только участники с правом **Управлять сервером**.
setup-code-wrong = Код неверный. Посмотри в терминале, где ты запускаешь `setup`.
setup-code-over = Этот код больше не работает: его час вышел или попыток было слишком много. `sudo guildgate setup` покажет новый.
setup-code-none = Настраивать нечего. `sudo guildgate setup` на VPS покажет код.
setup-missing = Выбранной роли или канала больше нет. Открой форму снова.
setup-bot-role = Это собственная роль бота, у участников её быть не может. Выбери другую.
setup-everyone-admin = @everyone не может быть ролью админов. Выбери другую.
setup-unknown-zone = Я не знаю такого часового пояса. Напиши, например, Europe/Moscow или America/New_York.
setup-refused = Это не подходит к `config.toml`: посмотри там { $key }.

# What /settings shows.
settings-title = Настройки
settings-line = **{ $what }:** { $shown }
settings-none = нет
settings-member_roles = Участники
settings-admin_roles = Админы
settings-guest_roles = Гости
settings-admin_channel = Заявки на доступ
settings-log_channel = Журнал
settings-posts_channel = Посты об играх
settings-timezone = Часовой пояс
settings-language = Язык в каналах
# What set it: /setup or the configuration file.
settings-by-chosen = · выбрано в Discord
settings-by-file = · `config.toml`
settings-members-field = Что можно участникам
settings-policy = Смотри в `/policy`. Задаётся в `[policy]` в `config.toml`, отсюда не меняется.
settings-change-field = Чтобы что-то поменять
settings-change = Запусти на VPS `sudo guildgate setup`: он покажет код для `/setup`. Что задано в `config.toml`, остаётся.
settings-hide-field = Кто видит команды админов
settings-hidden = Их видят только участники с правом **Управлять сервером**, ведь оно есть у каждой роли админов.
settings-hide = Их видят все, а пользоваться могут только админы. Чтобы скрыть: *Настройки сервера → Интеграции*, выбери меня и разреши каждую команду только своей роли админов. Или дай каждой роли админов право **Управлять сервером**.

# Beside the bot's name.
presence-playing = { $players ->
    [one] { $players } игрок
    [few] { $players } игрока
    [many] { $players } игроков
   *[other] { $players } игрока
} в { $matches ->
    [one] { $matches } игре
    [few] { $matches } играх
    [many] { $matches } играх
   *[other] { $matches } игры
}
presence-open = { $matches ->
    [one] открыта { $matches } игра
    [few] открыто { $matches } игры
    [many] открыто { $matches } игр
   *[other] открыто { $matches } игры
}

# The posts in `posts_channel`.
post-hosting = 🎮 **{ $host }** хостит **{ $game }**: { $address }
post-first-player = 👋 Первый игрок уже в **{ $game }**, хост **{ $host }**.
post-offline = 📴 ПК хоста **{ $host }** не в сети, последняя связь: { $since }. В **{ $game }** в тот момент { $players ->
    [one] играл { $players } игрок
    [few] играли { $players } игрока
    [many] играли { $players } игроков
   *[other] играли { $players } игрока
}.
    Игра вернётся, когда WireGuard снова включится.
post-silent = 🟡 **{ $game }** не отвечает (хост **{ $host }**), последний ответ: { $since }.
    Сервер игры ещё запущен?
posts-on = Снова могу писать о твоих играх.
posts-off = Больше ничего не пишу о твоих играх. Вернуть: `/posts state:on`.

## Status.

status-title = Твои устройства
status-everyone-title = Все устройства
status-none = У тебя ещё нет устройств в VPN. Набери `/join`, чтобы добавить.
status-none-at-all = В VPN ещё нет устройств. Набери `/join`, чтобы добавить.
status-connected = { $devices ->
    [one] В сети { $connected } из { $devices } устройства.
    [few] В сети { $connected } из { $devices } устройств.
    [many] В сети { $connected } из { $devices } устройств.
   *[other] В сети { $connected } из { $devices } устройства.
}
status-address = Игроки подключаются к { $address } и одному из портов ниже.
status-no-ports = Открытых портов нет; `/forward` откроет.
# $problem: a `problem-` message.
status-problem = ⚠️ { $problem }
status-lan = Режим LAN включён: устройства видят друг друга по адресам VPN.
status-never = Ещё не подключалось. Импортируй конфиг в WireGuard и включи.
status-handshake = В сети, последняя связь: { $handshake }
status-handshake-from = В сети с адреса { $endpoint }, последняя связь: { $handshake }
status-away = Не в сети, последняя связь: { $handshake }
# The device sent and received.
status-traffic = Отправлено { $sent }, получено { $received }
status-vpn-address = Адрес в VPN: { $addresses }
status-more = { $count ->
    [one] … и ещё { $count } устройство. Все покажет `guildgate status` на VPS.
    [few] … и ещё { $count } устройства. Все покажет `guildgate status` на VPS.
    [many] … и ещё { $count } устройств. Все покажет `guildgate status` на VPS.
   *[other] … и ещё { $count } устройства. Все покажет `guildgate status` на VPS.
}

## LAN mode.

doctor-title = 🩺 Доктор
doctor-level-failure = ❌ **{ $check }**: { $found }
doctor-level-warning = ⚠️ **{ $check }**: { $found }
doctor-step = → { $advice }
# $check is found by another version of guildgate on the VPS.
doctor-other = Что-то не так. `guildgate doctor` на VPS скажет, что.
doctor-where = -# Команды после → вводи на VPS, под root.
doctor-fine = ✅ { $count ->
    [one] В порядке { $count } проверка
    [few] В порядке { $count } проверки
    [many] В порядке { $count } проверок
   *[other] В порядке { $count } проверки
}.
doctor-check-gateway = служба VPN
doctor-check-names = роли и каналы
doctor-check-permissions = права
doctor-check-intents = интенты
doctor-check-commands = команды
doctor-check-version = версия

# The names of the gateway's checks.
doctor-check-backups = бэкапы
doctor-check-clock = часы
doctor-check-configs = конфиги
doctor-check-conntrack = учёт соединений
doctor-check-database = база данных
doctor-check-disk = диск
doctor-check-doctor = доктор
doctor-check-firewalls = файрволы
doctor-check-flow-table = таблица соединений
doctor-check-forwarding = пересылка пакетов
doctor-check-ipv6-route = маршрут IPv6
doctor-check-listen-port = порт VPN
doctor-check-nf_tables = nf_tables
doctor-check-privileges = привилегии
doctor-check-problem = проблема
doctor-check-public-address = публичный адрес
doctor-check-reserved-ports = зарезервированные порты
doctor-check-reverse-path = обратный путь
doctor-check-socket-users = пользователи сокета
doctor-check-state = состояние
doctor-check-tunnel-size = размер пакетов
doctor-check-vpn-subnets = сеть VPN
doctor-check-way-out = путь наружу
doctor-check-way-to-devices = путь к устройствам
doctor-check-wireguard = WireGuard

# What a check of the VPS found, for admins. Words in backticks and in [brackets] are keys of the configuration.
# $reason: what was refused and why, in English, as the system says it.
finding-unread = Эту проверку сделать не получилось. `guildgate doctor` на VPS скажет, почему.
finding-privileges = У шлюза нет права менять сеть (CAP_NET_ADMIN), поэтому часть проверок пропущена.
finding-container = Шлюз работает под root без CAP_NET_ADMIN. В Docker добавь `--cap-add NET_ADMIN --network host`.
finding-no_wireguard = В ядре нет WireGuard: { $reason }. Возьми ядро новее или задай `backend = "auto"`.
finding-no_wireguard_go = В ядре нет WireGuard, а `wireguard-go` не установлен.
finding-no_tun = `wireguard-go` не может использовать /dev/net/tun: { $reason }. В Docker добавь `--device /dev/net/tun`.
finding-no_nftables = Файрвол не прочитать: { $reason }.
finding-no_libnftables = Нет библиотеки libnftables.
finding-no_conntrack = Список соединений не получить: { $reason }.
finding-few_flows = VPS ведёт учёт максимум { $size } соединений, а один участник может открыть { $most }. Когда таблица заполнится, новые соединения не пройдут.
finding-few_buckets = Таблица соединений замедляется, когда заполняется (записей: { $size }).
finding-ipv4_only = У VPS нет IPv6, поэтому в VPN только IPv4. Чтобы обойтись без него, задай `subnet6 = ""`.
finding-no_forwarding = VPS не пересылает пакеты, а шлюзу нельзя это поменять ({ $settings }).
finding-reverse_path = Игроки, которые приходят по второй линии, отбрасываются ({ $setting }).
finding-way_out = Ответы игрокам уходят через { $interface }, а это не тот путь. Возможно, виноват VPN-клиент на VPS.
finding-devices_astray = Пакеты для { $address } уходят через { $interface }, а не через VPN. Затронуто устройств: { $count }.
finding-devices_nowhere = Пакеты для { $address } уходят в никуда. Затронуто устройств: { $count }.
finding-reserved_ports = Другая программа на VPS может занять открытый порт ({ $setting } не записать).
finding-state_unwritable = Шлюз не может писать в свою папку { $folder }.
finding-state_exposed = Другие пользователи VPS могут прочитать { $files } в { $folder }.
finding-firewall_players = { $program } на VPS не пускает игроков, правила в { $chains }.
finding-firewall_devices = { $program } на VPS не пускает устройства, правила в { $chains }.
finding-firewall_flowtable = { $program } на VPS отдаёт соединения во flowtable, правила в { $chains }. Закрытый порт остаётся для них открытым.
finding-firewall_doubt = { $program } на VPS, возможно, не пускает игроков или устройства, правила в { $chains }.
finding-firewall_legacy = Используется legacy iptables, а список его правил не получить.
finding-firewall_hidden = { $program }, возможно, не пускает игроков. Его правила видит только root.
finding-firewall_crash = Из-за правила другой программы падает библиотека файрвола. `guildgate doctor` на VPS назовёт его.
finding-mark_written = Правило другой программы обрывает соединения игроков: { $rules } пишет всю метку conntrack. Пусть пишет только свои биты.
finding-mark_compared = Правило другой программы сравнивает всю метку conntrack: { $rules }. Пусть сравнивает только свои биты.
finding-mark_shared = Правило другой программы использует биты шлюза в метке conntrack: { $rules }. Задай другой `conntrack_mask`.
finding-no_route = У VPS нет маршрута по умолчанию. Задай в `public_interface` интерфейс, который смотрит в интернет.
finding-no_interface = Интерфейса { $interface } нет. Исправь `public_interface`.
finding-no_address = У { $interface } нет адреса IPv4. Задай `public_address`.
finding-address_shared = { $address } делят многие клиенты провайдера (CGNAT), поэтому друзья не могут подключиться. Возьми VPS с собственным адресом.
finding-address_private = { $address } — частный адрес, поэтому друзья не могут подключиться. Задай в `public_address` адрес из панели провайдера и открой там порты.
finding-address_unresolved = Имя { $name } не находится. Направь его на этот VPS или впиши адрес IPv4.
finding-address_lan = Публичный адрес { $address } — частный. Это правильно только для локалки.
finding-address_other = Публичный адрес { $address }, а у { $interface } адрес { $own }. `public_address` точно верный?
finding-subnet_taken = У { $interface } адрес { $address }, а он из сети VPN. Задай другую сеть в `subnet4` или `subnet6`.
finding-mtu_uplink = Пакеты VPN слишком большие для линии VPS, загрузки могут зависать. Задай `mtu = "auto"`.
finding-mtu_path = Пакеты VPN слишком большие для некоторых устройств ({ $count }), загрузки могут зависать. Задай `mtu = { $mtu }`.
finding-listen_port = Другая программа занимает порт UDP { $port }, который нужен VPN. Останови её или задай другой `listen_port`.
finding-accept_ra = VPS может потерять свой IPv6 ({ $setting } равно 1).
finding-socket_user = Системного пользователя { $user } нет. Создай его или убери из `socket_users`.
finding-clock_wrong = Часы идут неверно: на них { $date }. Если время откатится назад, устройства не смогут подключиться.
finding-clock_set_back = Часы перевели назад: на них { $now } UTC, а в журнале уже есть запись за { $newest }. Устройства не могут подключиться.
finding-clock_alone = Часы не сверяются с сервером времени. Если время откатится назад, устройства не смогут подключиться.
finding-no_answer = Шлюз не отвечает.
finding-other_version = Работает шлюз версии { $running }, а установлена { $installed }. Перезапусти его.
finding-bare_addresses = В некоторых конфигах вместо имени стоит адрес ({ $count }). Попроси набрать /rotate: { $names }.
finding-disk_full = На диске с { $folder } осталось { $left } MiB, а базе данных может понадобиться { $needed }. Освободи место, иначе изменения не сохранить.
finding-disk_files = Диск с { $folder } больше не принимает файлы. Освободи место, иначе изменения не сохранить.
finding-journal_full = Диск с { $folder } почти полон, поэтому из журнала пропадают самые старые строки.
finding-database_unreadable = { $file } не читается. Восстанови бэкап; подробности в логе.
finding-database_damaged = Файл { $file } повреждён. Восстанови бэкап; подробности в логе.
finding-database_newer = Файл { $file } записан более новой версией guildgate. Установи её.
finding-database_owner = { $file } принадлежит не тому пользователю, поэтому запись в него может не пройти.
finding-database_exposed = Другие пользователи VPS могут прочитать { $file }.
finding-backups_unreadable = Бэкапы в { $folder } не посмотреть.
finding-no_backup = В { $folder } ещё нет бэкапов. Шлюз сделает первый через минуту после запуска.
finding-old_backup = Самому новому бэкапу в { $folder } уже { $days } дн. Причина в логе шлюза.
lan-on = **Режим LAN включён.** Устройства в VPN видят друг друга по адресам VPN, если их собственные файрволы не против. Твои адреса: `/status`. Выключить: `/lan state:off`
lan-off = **Режим LAN выключен.** Устройства в VPN больше не видят друг друга, всё, что шло между ними, оборвано. Открытые порты остаются открытыми.

## What members may do.

policy-title = Что тебе здесь можно
policy-devices-field = Устройства
policy-devices = До { $count }, новых за час: { $joins }.
policy-devices-until = До { $count }, новых за час: { $joins }. Каждое удаляется через { $duration }.
policy-flows = У каждого устройства может быть открыто соединений одновременно: { $count } для IPv4 и столько же для IPv6.
policy-forwards-field = Порты
policy-forwards = До { $count } портов или диапазонов, в пределах { $ports }, всего портов: { $most }.
policy-time-field = Сколько порт остаётся открытым
# $usual is a time such as 12 hours, or `policy-usual-forever`. $longest is `policy-longest` or `policy-longest-forever`.
policy-time = По умолчанию: { $usual }. Можно: { $longest }.
policy-usual-forever = пока ты не закроешь
policy-longest = максимум { $duration }
policy-longest-forever = сколько захочешь
policy-leave-field = Если ты уйдёшь или потеряешь роль
policy-leave = Твои устройства приостановятся, а через { $duration } удалятся.
policy-leave-kept = Твои устройства приостановятся, но сохранятся.
policy-kept-field = Что запоминается
policy-kept = Админы видят, что ты здесь меняешь: записи хранятся { $duration }.
policy-flow-log = Адреса в интернете, к которым обращаются твои устройства, записываются и хранятся { $duration }.
policy-no-flow-log = Что твои устройства делают в интернете, не записывается.
policy-kept-forever = Админы видят, что ты здесь меняешь.

## Lists for admins.

connections-title = Подключения
connections-count = { $count ->
    [0] Никто не подключён.
    [one] { $count } подключение
    [few] { $count } подключения
    [many] { $count } подключений
   *[other] { $count } подключения
}
connections-to = { $name } → { $port }
connections-since = Подключение { $since }
# Both are seen from the player.
connections-traffic = Отправлено { $sent }, получено { $received }
connections-live = Сейчас подключён
connections-from-device = Начато твоим устройством
connections-friends-only = 🚪 { $ports }: только друзья. От чужих { $packets ->
    [one] отброшен { $packets } пакет
    [few] отброшено { $packets } пакета
    [many] отброшено { $packets } пакетов
   *[other] отброшено { $packets } пакета
}.
connections-hint = *Выгнать* обрывает подключение и на минуту не пускает программу этого игрока. Блокировка остаётся, даже если открыть порт снова.
connections-kick-button = Выгнать
connections-block-button = Заблокировать
connections-around-button = Заблокировать { $network }
connections-let-in-button = Впустить
connections-undo-button = Отменить
connections-again-button = Обновить
connections-rules-button = Блок и впущенные ({ $count })
connections-friends-button = Только друзья
connections-all-button = Впускать всех
connections-flow-menu = Выбери подключение…
connections-rule-menu = Отменить одно…
connections-rules-title = Заблокированные и впущенные
connections-rules-none = Заблокированных и впущенных адресов нет.
connections-rule-since = Добавлено { $since }
connections-dropped = { $packets ->
    [one] отброшен { $packets } пакет
    [few] отброшено { $packets } пакета
    [many] отброшено { $packets } пакетов
   *[other] отброшено { $packets } пакета
}
connections-blocked = 🚷 { $address } · { $ports }
connections-let-in = 🚪 { $address } · { $ports }
connections-kick-done = 👢 Игрок { $address } выгнан с { $ports }, устройство **{ $device }**. Через минуту он сможет вернуться.
connections-block-done = 🚷 Адрес { $address } заблокирован на { $ports }, устройство **{ $device }**. Его подключения оборваны.
connections-let-in-done = 🚪 Адрес { $address } может подключаться к { $ports }, устройство **{ $device }**.
connections-undo-done = ↩️ Адрес { $address } теперь не заблокирован и не впущен на { $ports }, устройство **{ $device }**.
connections-friends-said = 🚪 Теперь могут подключиться только устройства в VPN и адреса, которые ты впустишь.
connections-all-said = Снова могут подключиться все игроки. Блокировки остаются.
connections-old = Этот список устарел. Набери `/connections` снова.
let-in-button = Впустить адрес…
let-in-form-title = Впустить адрес
let-in-form-label = Адрес друга, как его показывает whatismyip
list-previous-button = Назад
list-next-button = Дальше
list-back-button = К списку
list-show-button = Показать адрес
list-revoke-button = Отозвать…
list-extend-button = Продлить
list-close-button = Закрыть…
list-sure-button = Да, закрыть
list-keep-button = Оставить
list-device-menu = Выбери устройство…
list-port-menu = Выбери порт…
list-page = Страница { $number } из { $last }
list-port-gone = Этот порт уже закрыт.
list-close = **Закрыть?** Игроков на этом порту отключит сразу.
list-not-yours = Чужие устройства видят только админы. Твои: `/status`.
peers-title = Устройства
peers-none = Устройств нет.
peers-facts = { $addresses }, режим { $mode }, добавлено { $since }
peers-suspended = Приостановлено { $since }
peers-ends = Доступ закончится { $relative }
peers-ports = Открыто: { $ports }
forwards-title = Открытые порты
forwards-none = Открытых портов нет.
forwards-count = { $count ->
    [one] { $count } открытый порт или диапазон, адрес { $address }.
    [few] { $count } открытых порта или диапазона, адрес { $address }.
    [many] { $count } открытых портов или диапазонов, адрес { $address }.
   *[other] { $count } открытого порта или диапазона, адрес { $address }.
}
forwards-target = На порту { $port } устройства
# $end is the message `ends` or `forwards-never-ends`.
forwards-opened = Открыто { $since }, { $end }
forwards-never-ends = пока не закроют

# The details of one device or one port.
detail-state-field = Состояние
detail-handshake-field = Последняя связь
detail-endpoint-field = Подключается с адреса
traffic-title = 📈 { $period ->
    [day] За последний день
    [week] За последнюю неделю
    [month] За последний месяц
   *[year] За последний год
}
graph-period-button = { $period ->
    [day] День
    [week] Неделя
    [month] Месяц
   *[year] Год
}
# Names inside the picture, of at most 24 characters. The arrows stand for the colours.
graph-received = ▼ { $size } получено
graph-sent = ▲ { $size } отправлено
graph-from-players = ▼ { $size } от игроков
graph-to-players = ▲ { $size } игрокам
graph-players = { $players ->
    [0] без игроков
    [one] до { $players } игрока
    [few] до { $players } игроков
    [many] до { $players } игроков
   *[other] до { $players } игрока
}
graph-online = в сети { $hours } ч
graph-weekday = { $day ->
    [1] пн
    [2] вт
    [3] ср
    [4] чт
    [5] пт
    [6] сб
   *[7] вс
}
graph-month = { $month ->
    [1] янв
    [2] фев
    [3] мар
    [4] апр
    [5] май
    [6] июн
    [7] июл
    [8] авг
    [9] сен
    [10] окт
    [11] ноя
   *[12] дек
}
# The picture's text, for screen readers.
graph-alt = { $period ->
    [day] За последний день
    [week] За последнюю неделю
    [month] За последний месяц
   *[year] За последний год
}: { $incoming }, { $outgoing }, { $presence }. Пик: { $rate } ({ $when }).
graph-nothing = { $period ->
    [day] За последний день трафика не было.
    [week] За последнюю неделю трафика не было.
    [month] За последний месяц трафика не было.
   *[year] За последний год трафика не было.
}
nights-field = 🌙 Вечера за игрой
nights-line = { $day }: { $what }
nights-played = { $hours ->
    [0] в игре { $minutes } мин
   *[other] в игре { $hours } ч { $minutes } мин
}
nights-hosted = { $hours ->
    [0] хостинг { $minutes } мин
   *[other] хостинг { $hours } ч { $minutes } мин
}
nights-none = За последний месяц нет ни одного. Теперь я записываю, сколько ты играешь.
nights-on-button = Показывать мои вечера
nights-off-button = Скрыть мои вечера
detail-traffic-field = Трафик
detail-address-field = Адрес в VPN
detail-mode-field = Что идёт через VPN
detail-added-field = Добавлено
detail-suspended-field = Приостановлено
detail-ports-field = Открытые порты
detail-game-field = Игра
detail-reach-field = Игроки подключаются к
detail-target-field = Где работает
detail-target = { $count ->
    [1] порт { $ports }, устройство **{ $device }**
   *[other] порты { $ports }, устройство **{ $device }**
}
detail-now-field = Сейчас
detail-traffic = { $received } от игроков, { $sent } игрокам
detail-opened-field = Открыто
detail-ends-field = Закончится

# The answer to /audit.
audit-title = Что происходило
audit-none = Пока ничего не происходило.
# $user: the system user of the VPS whose program asked: root, or the bot's by its number.
audit-asked-by = по запросу { $user }
log-asked-by = По запросу { $user } на VPS
audit-ports-of = { $ports }, устройство { $devices }
audit-devices-with = { $devices } вместе с { $ports }

# What differs on the VPS from what should be. $what: a device with its owner, or an interface.
difference-table = правила файрвола, которые поменяла другая программа
difference-unseen = изменения, которые прошли незамеченными
difference-address = адрес VPN, который убрала другая программа
difference-down = интерфейс VPN, который выключила другая программа
difference-deleted = интерфейс VPN, который удалила другая программа
difference-drift = то, что могло измениться
difference-uplinks = путь в интернет
difference-torn = остатки неудачного изменения
difference-key = ключ VPN
difference-port = порт VPN
difference-peer = устройство VPN { $what }
difference-link = интерфейс { $what }
difference-flows = соединения, начатые до изменения

# What does not work on the VPS. Admins read these in the log channel, /status and /audit.
problem-firewall = { $program } на VPS не пускает игроков, правила в { $chains }. `guildgate doctor` там назовёт команды, которые их пропустят.
problem-firewall_devices = { $program } на VPS не пускает устройства, правила в { $chains }. `guildgate doctor` там назовёт команды, которые их пропустят.
problem-offload = { $program } на VPS отдаёт соединения во flowtable, правила в { $chains }. Закрытый порт остаётся для них открытым. `guildgate doctor` там назовёт команды, которые это исправят.
problem-marks = Правило другой программы на VPS обрывает соединения игроков: { $rules } пишет всю метку conntrack. `guildgate doctor` там скажет, как исправить.
problem-unreadable = Не могу оценить файрволы других программ на VPS: { $reason }.
problem-left = Ремонт на VPS не исправил вот что: { $difference }. Попытки идут дальше, но всё реже. Причина может быть в логе шлюза.
# $reason: what was refused and why, in English, as the system says it.
problem-forwarding = VPS не пересылает пакеты, поэтому никто не может зайти в игру: { $reason }. Включи это там через `sysctl` или запусти контейнер с `--sysctl`.
problem-settings = Настройки VPS не поменять: { $reason }. Без пересылки пакетов IPv6 не дойдёт ни до одного устройства, а без accept_ra=2 VPS может потерять свой IPv6. Задай их там через `sysctl` или запусти контейнер с `--sysctl`.
problem-reserved = Не получается уберечь открытые порты от соединений самого VPS: { $reason }. Порты всё равно работают; изредка какой-то игрок не сможет зайти.
problem-link = У интерфейса VPN не хватает адреса или маршрута: { $reason }. Подробности в логе шлюза.
problem-flows = Соединения, начатые до изменения, не оборвать: { $reason }. Они могут вести не на то устройство.
problem-name = Имя { $name } не обновляется: { $reason }. Оно может вести на старый адрес, а запись для Minecraft — на старый порт.
problem-backup = На VPS нет нового бэкапа: { $reason }. Старые сохранены.
problem-strict = Игроки, которые приходят не по обычной линии VPS, отбрасываются. Поставь там { $settings } на 2 через `sysctl`.
problem-astray = Игроки не получают ответа от VPS: { $reason }. Введи там под root: `{ $commands }`
problem-unresolved = Публичный адрес { $name } { $reason }. Устройства и игроки, которые ищут это имя, ничего не находят.
problem-database = В базу данных VPN не записать: { $reason }. Что открыто, то открыто, но изменения не принимаются. Освободи место на диске или разреши запись.
problem-traffic = Из трафика на этот месяц ({ $limit }) потрачено { $share } %. Провайдер может замедлить линию или взять доплату.
problem-no_ipv6 = IPv6 на VPS выключен: { $reason }. Пока его не включат, в VPN только IPv4. Адреса IPv6 у устройств сохраняются.
problem-other = На VPS что-то не работает: { $code }. Подробнее скажет `guildgate status` там.

# Why a device was cut off or let back in.
reason-left = больше не на сервере
reason-banned = бан на сервере
reason-no_role = больше нет роли с доступом
reason-back = доступ снова есть
reason-revoked = доступ убрал админ

# How far it has come to cut a member off, with several regions.
cut-off-in = Доступ приостановлен в { $regions }.
cut-off-later = **{ $region }** не отвечает с { $time }. Там доступ приостановится, как только регион вернётся.

## The actions of the audit log: a line for /audit, and the title in the log channel. $subject: devices, ports, or both.

audit-join = { $when } **{ $actor }** · добавлено: { $subject }
log-join-title = 🆕 Устройство добавлено
audit-rotate = { $when } **{ $actor }** · новые ключи: { $subject }
log-rotate-title = 🔑 Новые ключи
audit-rename = { $when } **{ $actor }** · устройство переименовано, сначала старое имя: { $subject }
log-rename-title = ✏️ Устройство переименовано, сначала старое имя
audit-give = { $when } **{ $actor }** · устройство передано другому участнику, сначала прежний владелец: { $subject }
log-give-title = 🎁 Устройство передано другому участнику
audit-import = { $when } **{ $actor }** · перенос устройств и портов, откуда: { $subject }
log-import-title = 📦 Перенос из другой программы
log-leave-title = 👋 Устройство убрано
audit-revoke = { $when } **{ $actor }** · убрано из VPN: { $subject }
log-revoke-title = ⛔ Доступ отозван
audit-forward = { $when } **{ $actor }** · открыто: { $subject }
log-forward-title = 🔓 Порт открыт
audit-unforward = { $when } **{ $actor }** · закрыто: { $subject }
log-unforward-title = 🔒 Порт закрыт
audit-extend = { $when } **{ $actor }** · продлено: { $subject }
log-extend-title = ⏰ Порт открыт дольше
audit-to-port = { $when } **{ $actor }** · теперь ведёт на другой порт или устройство: { $subject }
log-to-port-title = ↪️ Порт ведёт в другое место
audit-kick = { $when } **{ $actor }** · игрок выгнан: { $subject }
log-kick-title = 👢 Игрок выгнан
audit-block = { $when } **{ $actor }** · адрес заблокирован: { $subject }
log-block-title = 🚷 Адрес заблокирован
audit-let-in = { $when } **{ $actor }** · адрес впущен: { $subject }
log-let-in-title = 🚪 Адрес впущен
audit-unblock = { $when } **{ $actor }** · блокировка или впуск отменены: { $subject }
log-unblock-title = ↩️ Блокировка отменена
audit-friends-only = { $when } **{ $actor }** · изменено, могут ли подключаться только друзья: { $subject }
log-friends-only-title = 🚪 Только друзья
log-friends-only-on = Теперь могут подключиться только устройства в VPN и впущенные адреса.
log-friends-only-off = Снова могут подключиться все игроки.
log-address = Адрес: { $address }
audit-suspend = { $when } **{ $actor }** · приостановлено: { $subject }
log-suspend-title = ⛔ Приостановлено
audit-restore = { $when } **{ $actor }** · снова есть доступ: { $subject }
log-restore-title = ✅ Доступ возвращён
audit-guest = { $when } **{ $actor }** · срок гостя задан или снят: { $subject }
log-guest-title = ⏳ Срок гостя задан или снят
audit-forget = { $when } **{ $actor }** · участник забыт, здесь вместо имени { $subject }
log-forget-title = 🧹 Участник забыт
log-forgotten = В журнале вместо участника теперь { $alias }.
audit-expire = { $when } **{ $actor }** · закрыто (время вышло): { $subject }
log-expire-title = ⌛ Время вышло
audit-lan = { $when } **{ $actor }** · режим LAN: { $subject }
log-lan-title = 🏠 Режим LAN
audit-repair = { $when } **{ $actor }** · исправлено: { $subject }
log-repair-title = 🔧 Исправлено
audit-problem = { $when } **{ $actor }** · есть проблема: { $subject }
log-problem-title = ⚠️ Проблема
audit-solved = { $when } **{ $actor }** · проблемы больше нет: { $subject }
log-solved-title = ✅ Проблемы больше нет
audit-follow = { $when } **{ $actor }** · переезд на новый адрес: { $subject }
log-follow-title = 📍 Новый публичный адрес
audit-other = { $when } **{ $actor }** { $action } { $subject }
log-other-title = 📝 { $action }

## Taking devices away.

revoke-revoke-button = Отозвать
revoke-cancel-button = Отмена
revoke-title = { $count ->
    [one] Отозвать { $count } устройство? Участник: { $member }
    [few] Отозвать { $count } устройства? Участник: { $member }
    [many] Отозвать { $count } устройств? Участник: { $member }
   *[other] Отозвать { $count } устройства? Участник: { $member }
}
revoke-device = **{ $device }**, режим { $mode }, добавлено { $since }
revoke-means = Сработает сразу. Отменить нельзя: устройство вернётся только через новый `/join`.
revoke-means-ports = Сработает сразу. Заодно { $ports ->
    [one] закроется { $ports } порт
    [few] закроются { $ports } порта
    [many] закроются { $ports } портов
   *[other] закроются { $ports } порта
}. Отменить нельзя: устройство вернётся только через новый `/join`.
revoke-means-players = Сработает сразу. Заодно { $ports ->
    [one] закроется { $ports } порт
    [few] закроются { $ports } порта
    [many] закроются { $ports } портов
   *[other] закроются { $ports } порта
} и { $connections ->
    [one] оборвётся { $connections } подключение
    [few] оборвутся { $connections } подключения
    [many] оборвутся { $connections } подключений
   *[other] оборвутся { $connections } подключения
} игроков. Отменить нельзя: устройство вернётся только через новый `/join`.
revoke-cancelled = Отменено. Ничего не убрано.
revoke-changed = **Тем временем кое-что изменилось.** Вот что пропадёт теперь:
revoke-device-gone = Этого устройства уже нет в VPN.
revoke-devices-gone = Этих устройств уже нет в VPN.
revoke-nothing = { $member }: устройств в VPN нет.
revoke-unseen = { $member }: в регионах, которые отвечают, устройств нет. После подтверждения устройства в остальных исчезнут, как только те вернутся.
revoke-access = { $member }: устройств не было, доступ отозван.
revoke-done = { $count ->
    [1] **Убрано { $count } устройство, участник { $member }.** Его подключения оборваны:
    [one] **Убрано { $count } устройство, участник { $member }.** Подключения оборваны:
    [few] **Убрано { $count } устройства, участник { $member }.** Подключения оборваны:
    [many] **Убрано { $count } устройств, участник { $member }.** Подключения оборваны:
   *[other] **Убрано { $count } устройства, участник { $member }.** Подключения оборваны:
}
revoke-ports = { $count ->
    [one] Вместе с этим закрыт { $count } порт:
    [few] Вместе с этим закрыто { $count } порта:
    [many] Вместе с этим закрыто { $count } портов:
   *[other] Вместе с этим закрыто { $count } порта:
}

## The log channel.

log-by = Кто: { $actor }
log-why = Причина: { $reason }
log-device = **{ $device }**, режим { $mode }
log-device-until = **{ $device }**, режим { $mode }, до { $time }
log-closed = { $count ->
    [1] Закрыт порт:
   *[other] Закрыты порты:
}
log-kept = Приостановлено, игроки отключены. Устройства и порты хранятся до { $time } и снова заработают { $again ->
    [restored] после `guildgate restore` на VPS
   *[role] вместе с ролью
}.
log-kept-forever = Приостановлено, игроки отключены. Устройства и порты хранятся, пока админ их не уберёт, и снова заработают { $again ->
    [restored] после `guildgate restore` на VPS
   *[role] вместе с ролью
}.
log-lan-on = Включён: устройства видят друг друга.
log-lan-off = Выключен: устройства разделены.
log-repaired = Я вернул как было: { $difference }.
log-followed = Теперь игроки подключаются к { $address }. Конфиги со старым адресом больше не работают.
log-skipped-title = … и ещё
log-skipped = Более старые записи ({ $count }) здесь не повторяются; они есть в `/audit`.
log-refused-title = 🚫 Отказ
log-broken-title = 💥 Ошибка
# $count: refusals like the one above.
log-repeated = … и ещё { $count } таких же за минуту.
# $command is a command or `log-button`, in backticks.
log-asked = { $member }: { $command }
# A member without the role for it.
log-turned-away = { $member }: нет роли для { $command }
log-button = кнопка
log-away-title = 🔴 Служба VPN не отвечает
log-away = С { $time }, { $relative }. Игроки и устройства остаются подключены, но менять ничего нельзя.
log-back-title = 🟢 Служба VPN снова отвечает
log-back = Её не было { $duration }.
log-undelivered-title = 📭 Конфиг не доставлен
log-undelivered = Конфиг для **{ $device }** не доставлен, получатель: { $member }. Новый можно получить через `/rotate`.
log-not-reminded-title = 📭 Напоминание не доставлено
log-not-reminded = { $member }: ЛС выключены, поэтому не получилось предупредить, что скоро закроется:
log-not-told-of-move-title = 📭 Владелец не знает о новом адресе
log-not-told-of-move = { $member }: ЛС выключены. Этим устройствам нужен новый конфиг через `/rotate` или один раз выключить и включить WireGuard:
log-card-lost-title = 📭 Карточка игры устарела
log-card-lost = Не могу обновить карточку в { $channel }, хост { $member }: канала нет, или мне нельзя там писать. Когда станет можно, обновлю. Что открыто, то открыто:
log-no-events-title = 📅 Игровых вечеров нет в событиях сервера
log-no-events = Порты игровых вечеров всё равно открываются. Чтобы показать вечера в событиях, мне { $count ->
    [1] нужно право «{ $permissions }».
   *[other] нужны права: { $permissions }.
}
log-panel-lost-title = 📭 Живая панель устарела
log-panel-lost = Не могу обновить живую панель в { $channel }: мне нельзя видеть канал или писать там. Дай мне права, и она оживёт.
log-panel-gone-title = 🗑️ Живой панели больше нет
log-panel-gone = Живую панель в { $channel } удалили. Вернуть её? Нажми кнопку или набери `/panel`.
log-panel-back-button = Вернуть
log-no-intent-title = 🙉 Discord не сообщает мне об участниках
log-no-intent = Кто теряет роль или уходит, всё равно приостанавливается, но на несколько секунд позже: мне приходится спрашивать о каждом владельце устройства. Чтобы это изменить, открой портал разработчиков Discord, выбери моё приложение, включи *Bot → Server Members Intent* и перезапусти меня.
log-versions-title = 🧩 У бота и шлюза разные версии
# $bot and $gateway are versions.
versions-differ = Версия бота { $bot }, шлюза { $gateway }. Некоторые команды могут не работать. Обнови или перезапусти то, что старше.
log-release-title = 🎁 Новая версия
# $version and $present are versions.
log-release = Вышел guildgate { $version }, здесь { $present }. Чтобы обновить, запусти на VPS `sudo guildgate update`. Игры не прервутся.
log-misnamed-title = 🪪 Роли и каналы из настроек

## What is wrong with a role or channel that the configuration names.
## $kind is role or channel. $keys are keys of [discord]. $id, $others and $now are ids and a name.

named-missing = { $kind ->
    [role] Роли { $name } нет, а она указана в { $keys }. Создай её или впиши туда id другой роли.
   *[channel] Текстового канала { $name } нет, а он указан в { $keys }. Создай его или впиши туда id другого канала.
}
named-other-case = Есть { $now }, но большие и маленькие буквы различаются.
named-no-id = { $kind ->
    [role] Роли с id { $id } нет, а он указан в { $keys }.
   *[channel] Я не вижу канала с id { $id }, а он указан в { $keys }.
}
named-gone = { $kind ->
    [role] Роль { $name } из { $keys }, { $id }, удалена. Впиши туда id другой роли.
   *[channel] Канал { $name } из { $keys }, { $id }, удалён. Впиши туда id другого канала.
}
named-gone-others = Теперь так называется { $others }, но без id там это не считается.
named-ambiguous = { $kind ->
    [role] Когда я смотрел впервые, имя { $name } было у нескольких ролей, поэтому ни одна не даёт доступа. Впиши id нужной в { $keys }.
   *[channel] Когда я смотрел впервые, имя { $name } было у нескольких каналов, поэтому я не использую ни один. Впиши id нужного в { $keys }.
}
named-ambiguous-now = Сейчас так называются: { $others }.
named-namesake = { $kind ->
    [role] Имя { $name } есть и у другой роли: { $others }. Она не даёт доступа, потому что { $keys } означает { $id }.
   *[channel] Имя { $name } есть и у другого канала: { $others }. Я его не использую, потому что { $keys } означает { $id }.
}
named-renamed = { $kind ->
    [role] Роль { $name } из { $keys } теперь называется { $now } и сохраняет доступ. Впиши туда её id: { $id }.
   *[channel] Канал { $name } из { $keys } теперь называется { $now }, я им по-прежнему пользуюсь. Впиши туда его id: { $id }.
}
named-found = { $kind ->
    [role] Теперь есть роль { $name }: { $id }. У неё доступ из { $keys }, и другая роль с этим именем его не получит.
   *[channel] Теперь есть канал { $name }: { $id }. Я использую его для { $keys }, а другие каналы с этим именем — нет.
}

## What the bot lacks on its server. $key is a key of [discord], $permissions are names of permissions in Discord.

need-write = Я не могу писать в #{ $channel } ({ $key }). Дай мне там права: { $permissions }.
need-history = Я не могу перечитать, что писал в #{ $channel } ({ $key }), поэтому после долгого сбоя сообщения могут повториться. Дай мне там право «Читать историю сообщений».
need-give-roles = Я не могу выдать { $role }, когда админ принимает заявку. Дай моей роли право «Управлять ролями».
need-rank = Я не могу выдать { $role }, когда админ принимает заявку: эта роль не ниже моей. Перетащи мою роль выше неё: Настройки сервера, Роли.
need-events = Discord не сообщает мне, когда участник уходит или теряет роль, поэтому я спрашиваю о каждом владельце устройства. Включи Server Members Intent на странице Bot приложения и перезапусти меня.
need-commands = На сервере нет моих команд { $commands }. Перезапусти меня; если не поможет, пригласи меня со scopes bot и applications.commands.

# The line of the log that says that the bot works.

ready = готов, сервер { $name }
ready-wrong = готов, сервер { $name }, но { $count ->
        [one] есть { $count } проблема
        [few] есть { $count } проблемы
        [many] есть { $count } проблем
       *[other] есть { $count } проблемы
    }: { $reason }
ready-not-registered = Команды ещё не зарегистрированы.
ready-no-gateway = Шлюз не отвечает ({ $code }).
ready-private-address = Игроки получают частный адрес { $address }, до которого из интернета не добраться: задай публичный в public_address в [gateway].
