### Every sentence that members read in Discord, in Spanish: neutral for Spain and Latin America. en.ftl says how long a
### message may be, and which values come.

# Glossary, so that the same thing keeps its word. Members are "tú"; their gender is unknown: no participles about them.
#   device dispositivo, PC PC (always "tu PC", since el/la differs), phone teléfono, file archivo (never fichero).
#   setup configuración, setup file archivo de configuración. VPN la VPN, VPN's service el servicio de la VPN.
#   port puerto, open abrir/abierto, close cerrar/cerrado, forward apertura. address dirección. traffic tráfico.
#   host (verb) hostear, host (noun) host. match partida. game night noche de juego, match nights noches de partida.
#   player jugador. member miembro. admin admin. request solicitud: aprobar, rechazar. access acceso.
#   take off the VPN, revoke quitar de la VPN. suspended, cut off suspendido, let back in reactivar.
#   address: block bloquear, let in permitir, kick expulsar. live message mensaje en vivo, card tarjeta.
#   press pulsar, type escribir, choose elegir, tick marcar, untick desmarcar. turn on activar, switch off desactivar.
#   server servidor, VPS el VPS, gateway el gateway. DM mensaje directo. firewall firewall.
#   Labels of WireGuard's client are those of its Spanish translation. Discord's permissions those of its Spanish client.

## Slash commands, as Discord shows them while they are typed.

join-command-name = unirse
join-command = Añade tu PC, teléfono o router a la VPN: configuración en tres pasos
join-option-device = Un nombre para el dispositivo, como laptop (si no, elijo uno yo)
join-option-mode = Para qué es (por defecto: hosting)
join-option-public_key = Para expertos: tu propia clave pública de WireGuard. La privada se queda contigo
join-option-ipv4_only = Para un dispositivo con IPv6 desactivado, donde si no WireGuard no arranca
join-option-region = Dónde se añade (por defecto: donde estuviste la última vez)
host-command-name = hostear
host-command = Hostea un juego: abre su puerto y muestra cuándo pueden unirse tus amigos
forward-command-name = abrir
forward-command = Abre un puerto a Internet para que tus amigos se unan al juego en tu dispositivo
forward-option-port = Un juego como minecraft, un puerto 25565, rango 27015-27030 o varios: 2456-2458, 27015/udp
forward-option-protocol = TCP, UDP o ambos (por defecto)
forward-option-to_port = Si tu servidor usa otro puerto (de un rango: el primero)
forward-option-device = El dispositivo donde corre tu servidor (no hace falta si solo tienes uno)
forward-option-duration = Cuánto o hasta cuándo: 2h, 1h30, until 2am, friday 20:00, forever (o vacío)
forward-option-announce = Publica en este canal una tarjeta con dirección y jugadores, hasta que acabe la partida
forward-choice-protocol-both = { protocol-both }
forward-choice-protocol-tcp = { protocol-tcp }
forward-choice-protocol-udp = { protocol-udp }
forward-option-every = Noche de juego que se abre y se cierra sola: friday 20:00, fri, sat 8pm o day 20:00
forward-option-only = friends: solo la VPN y las direcciones que permitas con /connections (por defecto: todos)
forward-option-region = Dónde está el dispositivo (no hace falta si solo tienes uno)
forward-choice-only-friends = friends: dispositivos de la VPN y direcciones permitidas
connections-command-name = conexiones
connections-command = Quién está en tus puertos: expulsa, bloquea o permite solo a amigos (admins: todos los puertos)
connections-option-port = Solo este puerto (por defecto: todos)
unforward-command-name = cerrar
unforward-command = Cierra puertos tuyos. Los jugadores que estén ahí se desconectan
unforward-option-port = Qué cerrar: un puerto 25565, un rango 27015-27030 o varios: 2456-2458, 27015/udp
unforward-option-region = Dónde está abierto el puerto (solo si lo está en varias)
leave-command-name = quitar
leave-command = Quita de la VPN un dispositivo tuyo y cierra sus puertos
leave-option-device = El dispositivo que quieres quitar (no hace falta si solo tienes uno)
leave-option-region = Dónde está el dispositivo (solo si el nombre existe en varias regiones)
rotate-command-name = renovar
rotate-command = Claves nuevas para un dispositivo: la configuración vieja ya no sirve, dirección y puertos siguen
rotate-option-device = El dispositivo que recibe claves nuevas (no hace falta si solo tienes uno)
rotate-option-ipv4_only = True: para un dispositivo con IPv6 desactivado; False: otra vez con IPv6
rotate-option-region = Dónde está el dispositivo (solo si el nombre existe en varias regiones)
rename-command-name = renombrar
rename-command = Cambia el nombre de un dispositivo tuyo: configuración, puertos y partida siguen
rename-option-device = El dispositivo que cambia de nombre
rename-option-new_name = Su nombre a partir de ahora
rename-option-member = Admins: el miembro que tiene ese dispositivo
rename-option-region = Dónde está el dispositivo (solo si el nombre existe en varias regiones)
rename-done = ✏️ **{ $device }** ahora se llama **{ $name }**. Su configuración, sus puertos y su partida siguen.
status-command-name = estado
status-command = Tus dispositivos y puertos, y quién está conectado (los admins ven los de todos)
traffic-command-name = tráfico
traffic-command = Cuánto movieron tus dispositivos y cuántos jugadores tuviste, en una imagen (admins: de todos)
traffic-option-member = Admins: solo lo de este miembro
traffic-option-period = Cuánto tiempo atrás (por defecto: un día)
traffic-choice-period-day = un día
traffic-choice-period-week = una semana
traffic-choice-period-month = un mes
traffic-choice-period-year = un año
policy-command-name = límites
policy-command = Qué puedes hacer aquí: cuántos dispositivos y puertos, y por cuánto tiempo
doctor-command-name = diagnóstico
doctor-command = Admins: busca qué falla en el servidor y en el bot
lan-command-name = lan
lan-command = Admins: deja que los dispositivos de la VPN se vean entre sí, o vuelve a separarlos
lan-option-state = Se aplica al momento y hasta el próximo /lan
lan-choice-state-on = on: los dispositivos se ven entre sí, como en la red de casa
lan-choice-state-off = off: los dispositivos solo llegan a Internet y a los puertos abiertos
revoke-command-name = revocar
revoke-command = Admins: quita dispositivos de un miembro, con sus puertos; antes te enseña qué se va
revoke-option-member = El miembro que quieres quitar
revoke-option-device = Solo este dispositivo (por defecto: todos los del miembro)
peers-command-name = dispositivos
peers-command = Admins: los dispositivos de todos o de un miembro
peers-option-member = Solo los de este miembro
peers-option-state = Solo los que están en este estado
peers-choice-state-connected = { state-connected }
peers-choice-state-away = { state-away }
peers-choice-state-never = { state-never }
peers-choice-state-suspended = { state-suspended }
forwards-command-name = puertos
forwards-command = Admins: los puertos abiertos de todos o de un miembro
forwards-option-member = Solo los de este miembro
forwards-option-port = Solo los de este juego o de este puerto
audit-command-name = auditoría
audit-command = Admins: qué hizo cada miembro, lo más nuevo primero
audit-option-region = De qué región (por defecto: donde estuviste la última vez)
devices-menu-command = Dispositivos de la VPN
settings-command-name = ajustes
settings-command = Admins: qué ajustes tiene este servidor y dónde se cambian
setup-command-name = configurar
setup-command = Primera configuración: necesita el código que mostró el VPS
setup-option-code = El código, como ABCDE-FGHJK
help-command-name = ayuda
help-command = Qué hacer primero y qué comandos hay
panel-command-name = panel
panel-command = Admins: pon el mensaje en vivo en este canal, con las partidas y botones para todos
posts-command-name = publicaciones
posts-command = Si puedo publicar sobre tus partidas en este servidor
posts-option-state = Solo se aplica a tus propias partidas
posts-choice-state-on = on: tus amigos leen cuándo hosteas
posts-choice-state-off = off: no se publica nada sobre ti

## Words that other messages are made of.

list-or = { $first } o { $last }
list-and = { $first } y { $last }
list-more = { $names } y { $count } más
more-lines = … y { $count } más
purpose-hosting = Hosting: IP reales de jugadores (Linux: lo demás queda fuera de la VPN; en otros pasa todo)
purpose-everything = Todo: pasa todo el tráfico
purpose-light = Ligero: solo el tráfico de la VPN. IP de jugadores ocultas
mode-full = Todo el tráfico; IP reales de los jugadores
mode-split = Solo el tráfico de la VPN; IP de jugadores ocultas
mode-linux = Solo el tráfico de la VPN y de los jugadores; IP reales de los jugadores
protocol-tcp = TCP
protocol-udp = UDP
protocol-both = TCP y UDP
state-connected = Conectado
state-away = No conectado ahora
state-never = Nunca se ha conectado
state-suspended = Suspendido
# $count: how many ports these are.
port = { $count ->
    [one] puerto { $ports }
   *[other] puertos { $ports }
}
port-begin = { $count ->
    [one] Puerto { $ports }
   *[other] Puertos { $ports }
}
reach-range = { $count ->
    [one] { $address }, puerto { $ports }
   *[other] { $address }, puertos { $ports }
}
device-of = { $device } de { $owner }
live = { $connections ->
    [one] { $connections } conexión
   *[other] { $connections } conexiones
} de { $players ->
    [one] { $players } jugador
   *[other] { $players } jugadores
}
live-none = nadie conectado
# $live is the message `live` or `live-none`.
live-refused = { $live }; { $refused ->
    [one] { $refused } intento bloqueado
   *[other] { $refused } intentos bloqueados
} (protección antiflood)
ends = se cierra { $relative }

## Time.

forever = para siempre
days = { $count ->
    [one] { $count } día
   *[other] { $count } días
}
hours = { $count ->
    [one] { $count } hora
   *[other] { $count } horas
}
minutes = { $count ->
    [one] { $count } minuto
   *[other] { $count } minutos
}
seconds = { $count ->
    [one] { $count } segundo
   *[other] { $count } segundos
}
weekday = { $day ->
    [1] lunes
    [2] martes
    [3] miércoles
    [4] jueves
    [5] viernes
    [6] sábado
   *[7] domingo
}
short-days = { $count } d
short-hours = { $count } h
short-minutes = { $count } min
# A suggestion for an option: what to type, and what it means by the server's clocks.
duration-choice = { $typed } · { $day } { $time } ({ $zone }), en { $left }
duration-unreadable = No entiendo ese tiempo. Escribe cuánto, como `2h` o `1h30`. O hasta cuándo, como `2am`, `tomorrow 20:00` o `friday 20:00`. O `forever`.
duration-past = Esa hora ya pasó. Escribe una que esté por venir, como `tomorrow 20:00`.
duration-too-long = Diez años como máximo, o `forever`.

## Game nights: ports that open and close by themselves.

night-ports = { $count ->
    [one] Puerto { $ports }
   *[other] Puertos { $ports }
}
night-every = cada { $days } a las { $time }
night-every-day = todos los días a las { $time }
night-added = 📅 { $what }: se abre solo { $when } ({ $zone }), durante { $duration }.
night-next = Próxima vez: { $time }, { $relative }.
night-has-event = Está entre los eventos del servidor, donde otros pueden pulsar *Me interesa*.
nights-title = 📅 Noches de juego
night-line = { $what } en **{ $device }**, { $when }, durante { $duration }. Próxima: { $relative }
night-stop-button = Detener la serie
night-stop-one-button = Detener { $series }
night-stopped = Serie detenida. { $what } ya no se abre { $when }.
night-stays-open = Ahora está abierto y se cierra { $relative }.
night-ended = Esa serie ya terminó.
night-not-yours = Esa serie es de otra persona. Solo esa persona y los admins pueden detenerla.
night-too-many = Ya tienes { $count } noches de juego, que es el máximo. Detén una primero: `/status` las muestra.
night-unreadable = No lo entiendo. Escribe días y una hora, como `friday 20:00`, `fri, sat 8pm` o `day 20:00`.
night-how-long = Una noche de juego dura { $duration } como máximo. Di cuánto con `duration`, como `3h` o `until 1am`.
night-event = { $what } con { $host }
night-event-about = El puerto se abre solo, { $when }.
night-refused = { $what } no se abrió para tu noche de juego. { $why } Vuelvo a intentarlo cada minuto hasta { $time }.
night-device-gone = Tu noche de juego { $what }, { $when }, terminó porque **{ $device }** ya no está. Para una nueva, añade un dispositivo y escribe `/forward` con `every`.

## Refusals of the bot, and failures.

server-only = Solo acepto comandos dentro de nuestro servidor. Escribe este ahí.
server-left = Ya no estás en el servidor al que pertenecen estos puertos.
admins-only = Lo siento, eso solo pueden hacerlo los admins.
no-access-yet = Aún no estoy configurado. Un admin de este servidor lo termina con `/setup`.
no-access = Lo siento, la VPN es solo para quienes tienen el rol { $roles }. Pídeselo a un admin de este servidor.
no-access-ask = Lo siento, la VPN es solo para quienes tienen el rol { $roles }. Escribe `/join` para pedir acceso a los admins.
outdated-typed = Este comando se actualizó. Reinicia Discord (Ctrl+R en tu PC) y prueba otra vez.
outdated-pressed = Esto es de una versión anterior mía y ya no funciona. Escribe el comando otra vez.
discord-failed = Discord tuvo un problema. Mira `/status` antes de probar otra vez.
bug = Algo se rompió. Dile a un admin este número: { $number }.

## Refusals of the gateway, by its codes.

error-internal = Algo se rompió en el servicio de la VPN. Dile a un admin este número: { $log_id }.
error-bad_request = No entiendo { $field }: { $rule }.
error-bad_ports = { $text } no es un puerto. Escribe uno como 25565, un rango como 27015-27030 o varios: 2456-2458, 27015/udp.
error-not_allowed = Eso solo puedes hacerlo con tus propios dispositivos. Habla con un admin.
error-admins_only = Eso solo puede hacerlo un admin.
error-root_only = Eso solo puede hacerlo root, en el VPS.
error-other_service = La VPN no me deja hacer eso. Díselo a un admin.
error-suspended = { $device } está suspendido. Pide a un admin que lo reactive, o prueba en un minuto si acabas de recuperar tu rol.
error-owner_suspended = Tu acceso está suspendido. Pide a un admin que lo reactive, o prueba en un minuto si acabas de recuperar tu rol.
error-guest_over = Tu acceso de invitado terminó. Pide a un admin que te deje entrar como miembro.
error-wrong_user = El usuario del sistema { $user } no puede hablar con el servicio de la VPN. Díselo a un admin: hay que añadirlo a socket_users en [gateway].
error-peer_unknown = No hay ningún dispositivo llamado { $device }. `/status` muestra tus dispositivos.
error-no_devices = Primero añade tu PC: `/join`
error-which_device = ¿Qué dispositivo? Tienes { $devices }. Elige uno en la opción device.
error-peer_exists = Ya tienes un dispositivo llamado { $device }. ¿Perdiste su configuración? `/rotate` crea una nueva.
error-key_in_use = Otro dispositivo ya usa esa clave pública. Genera un par de claves nuevo y prueba otra vez.
error-forward_unknown = El puerto { $ports } no está abierto. `/status` muestra tus puertos abiertos.
error-forward_gone = Ese puerto ya está cerrado. `/status` muestra tus puertos abiertos.
error-part_of_forward = { $ports } es parte de { $whole }. Cierra { $whole } entero.
# $owner is a member's name, for admins only.
error-address_not_listed = Ahí { $network } no está ni bloqueada ni permitida.
error-port_taken = { $ports } ya está abierto: { $holder ->
    [you] es tuyo
    [someone] es de otro miembro
   *[named] es de { $owner }
}. { $hint }
error-port_forbidden = El puerto { $ports } no se puede abrir: { $rule }.
error-port_in_use = Un programa del VPS usa { $ports }. { $hint }
error-port_needed = El puerto { $ports } no se puede abrir: el VPS necesita lo que queda de { $range } para sus propias conexiones. { $hint }
error-limit_reached = El límite de { $what ->
    [devices] dispositivos
    [forwards] aperturas
    [ports] puertos públicos
    [devices_in_all] dispositivos de todos los miembros juntos
    [forwards_in_all] aperturas de todos los miembros juntos
    [addresses] direcciones bloqueadas o permitidas en un puerto
    [addresses_in_all] direcciones bloqueadas o permitidas en todos los puertos juntos
    [marks] puertos abiertos de todos los miembros juntos
   *[guests_in_all] invitados que se recuerdan
} es { $limit }, y quedan { $left }. Quita algo primero.
error-beyond_limit = El límite de { $what ->
    [devices] dispositivos
    [forwards] aperturas
    [ports] puertos públicos
    [devices_in_all] dispositivos de todos los miembros juntos
    [forwards_in_all] aperturas de todos los miembros juntos
    [addresses] direcciones bloqueadas o permitidas en un puerto
    [addresses_in_all] direcciones bloqueadas o permitidas en todos los puertos juntos
    [marks] puertos abiertos de todos los miembros juntos
   *[guests_in_all] invitados que se recuerdan
} es { $limit }, y quedan { $left }. Pide menos, o pide a un admin que suba el límite.
error-too_many_joins = Se pueden añadir { $limit } dispositivos por hora como máximo. Prueba otra vez en { $wait }.
error-too_many_changes = Hice { $limit } cambios en un minuto, y ese es mi límite. Prueba otra vez en un minuto.
error-too_many_watchers = El usuario del bot ya sigue los eventos de la VPN { $limit } veces, y ese es el límite. Díselo a un admin.
error-request_id_reused = Esa petición tiene el id de otra, así que no se hizo nada. Prueba otra vez.
error-set_up_elsewhere = Otra petición configuró { $device } en el mismo momento. Su archivo de configuración está allí.
error-too_long = Eso es demasiado largo. Puede durar hasta { $longest }.
error-subnet_full = A la VPN no le quedan direcciones para otro dispositivo. Pide a un admin que quite dispositivos viejos.
error-apply_failed = El VPS rechazó el cambio, así que nada cambió. Díselo a un admin: { $log_id }.
error-not_saved = El VPS no pudo guardar el cambio, así que nada cambió. Díselo a un admin: { $log_id }.
error-database_damaged = La base de datos de la VPN está dañada, así que nada cambió. Lo abierto sigue abierto. Díselo a un admin: { $log_id }.
error-not_erased = El miembro está olvidado, pero la base de datos aún puede tener restos del texto. Díselo a un admin: { $log_id }.
error-nothing_stored = No hay nada guardado de { $member }.
error-gateway_unreachable = El servicio de la VPN no está en marcha ahora. Tus dispositivos y puertos se conservan. Prueba otra vez en un minuto.
error-region_away = { $region } no responde desde { $since }. Lo que está abierto allí sigue abierto.
error-other_version = El bot y el servicio de la VPN tienen versiones distintas y no se entienden. Un admin debe actualizar o reiniciar el más viejo.
error-region_differs = { $older ->
    [gateway] **{ $region }** tiene una versión más vieja que el bot y no lo entiende. Un admin debe actualizar **{ $region }**.
    [bot] **{ $region }** tiene una versión más nueva, que el bot no entiende. Un admin debe actualizar el bot.
   *[unknown] **{ $region }** y el bot tienen versiones distintas y no se entienden. Un admin debe actualizar el más viejo.
}
error-region_unknown = No hay ninguna región { $region }. Puedes elegir { $regions }.
error-which_region = ¿Qué región? { $name } está en { $regions }. Elige una en la opción region.
error-gateway_waiting = La VPN está arrancando y espera a su red. Tus dispositivos y puertos se conservan. Prueba otra vez en un minuto.
error-name_not_kept = El nombre de la VPN no se mantiene al día: { $reason }.
error-bad_backup = El archivo no se puede restaurar. Nada cambió.
error-newer_backup = La copia de seguridad es de un guildgate más nuevo. Nada cambió.
error-wrong_secret = La copia de seguridad no se abre con eso. Nada cambió.
error-state_there = El VPS ya tiene dispositivos. Nada cambió.
error-still_running = El gateway o el bot sigue en marcha. Nada cambió.
error-not_updated = { $problem }.
error-kernel_behind = La base de datos cambió, pero { $what } no pudo cambiar. Se hará en el próximo arranque.
error-cannot_import = No se pudo tomar el servidor del otro programa: { $problem }.
error-gateway_timeout = El servicio de la VPN no respondió a tiempo. Mira `/status` antes de probar otra vez.
error-not_authentic = La respuesta que llegó no es del servicio de la VPN ({ $reason }). Mira `/status` antes de probar otra vez.
error-not_signed = El servicio de la VPN no cree que eso lo haya pedido el bot. Díselo a un admin: { $reason }.
error-gateway_busy = El servicio de la VPN tiene demasiado trabajo ahora, así que no se hizo nada. Prueba otra vez en unos minutos.

# The $hint of a taken port.
hint-free = { $free } está libre.
hint-none = Ahora no hay ningún otro puerto libre.
# The $rule that a request breaks.
rule-one_port = va con un solo puerto o rango
rule-inside = los puertos deben estar entre 1-65535
rule-twice = { $value } está dos veces
rule-too_many = { $value } puertos a la vez como máximo
rule-weak = no le corresponde ninguna clave privada
rule-key = debe ser una clave de WireGuard: 44 caracteres de base64 que terminan en =
rule-name = un nombre tiene de 1 a { $value } caracteres visibles
rule-only = elige uno dentro de { $value }
rule-own = la VPN usa { $value }. Elige otro
rule-denied = el admin mantiene cerrado { $value }
rule-prefix = se puede una dirección, un /24 de IPv4 o un /64 de IPv6

## A device and its setup.

join-purpose-unknown = Elige `hosting`, `everything` o `light`.
platform-windows = PC con Windows
platform-mac = Mac
platform-linux = Linux
platform-phone = Teléfono
platform-router = Router
join-question = ### ¿Qué quieres añadir?
# $devices: the names of those that the member has. $device: a free name.
join-have = Ya tienes { $devices }. Uno nuevo lleva un nombre libre, como **{ $device }**. ¿Solo necesitas un archivo nuevo? Usa `/rotate`.
join-free = **{ $device }** está libre.
join-free-button = Añadir otro
rotate-question = ### ¿Qué es { $device }?
    Recibes un archivo de configuración nuevo. El viejo deja de funcionar en ese momento.

# A setup has at most 60 words on every platform, as a test counts them.
setup-title = ### { $icon } { $device } ⏳ esperando…
setup-install = **1.** Instala
setup-get-button = Descargar WireGuard
setup-iphone-button = iPhone
setup-android-button = Android
setup-import = **2.** Guarda { $file }, *Importar túnel(es) desde archivo*
setup-activate = **3.** *Activar*
setup-mac-allow = **3.** *Permitir* la configuración VPN, luego *Activo*
setup-linux-save = **2.** Donde guardaste el archivo: { $command }
setup-linux-start = **3.** { $command }
setup-phone-scan = **2.** Abre esto en tu PC. Escanéalo con el teléfono: **+** → *código QR*
setup-phone-import = **2.** Guarda { $file } en el teléfono: **+** → *desde archivo*
setup-phone-allow = **3.** *Permitir* la configuración VPN, ponle el nombre { $tunnel } y actívala
setup-router-open = **1.** Abre la página de tu router: VPN → *cliente* WireGuard
setup-router-import = **2.** Importa { $file }. No cambies *Allowed IPs* ni *Persistent keepalive*.
setup-router-ports = **3.** Reenvía sus puertos a tu PC
setup-lacks-key = Primero pon tu clave privada en { $file } donde dice `{ $placeholder }`.
setup-qr-alt = Código QR con la configuración de { $device }
setup-file-alt = Configuración de WireGuard de { $device }
setup-full = ⚠️ { $family ->
    [ipv4] Todo el Internet IPv4
   *[both] Todo el Internet
} { $platform ->
    [router] detrás del router
    [phone] de tu teléfono
    [mac] de tu Mac
   *[windows] de tu PC
} pasa por nuestro servidor.
setup-split = Solo el tráfico VPN pasa por nuestro servidor. IP de jugadores ocultas.
setup-linux = IP reales de los jugadores. El resto del tráfico no pasa por la VPN. Instala también el paquete nftables.
setup-windows-firewall = 🛡️ Firewall: permite el juego en *Redes públicas*, también tras `/rotate`.
setup-windows-block = 🖨️ ¿Sin impresora? *Editar* → desmarca *Bloquear tráfico sin tunelizar*.
# $relative is a time such as `in 14 minutes`.
setup-private-until = 🔒 Archivo privado, desaparece { $relative }.
setup-private = 🔒 Archivo privado, desaparece al conectarte.
setup-ends = Termina { $relative }.
setup-trouble-button = No funciona
setup-send-button = Envíame MD
setup-new-button = Nuevo archivo
setup-sent = 📬 Mira tus mensajes directos: ahí está la configuración.
setup-not-sent = No puedo enviarte mensajes directos. Permítelos en este servidor (nombre del servidor → *Ajustes de privacidad*), o usa el archivo de aquí.
setup-not-there = La configuración ya no está en este mensaje. `/rotate` crea una nueva.
setup-connected = ✅ **Conectado:** { $device } está en la VPN. Su archivo de configuración ya no está aquí.
setup-taken-out = ⌛ La configuración de **{ $device }** ya no está aquí. ¿Aún sin conexión? Pide un archivo nuevo.
setup-gone = **{ $device }** está fuera de la VPN. Usa `/join` para añadirlo otra vez.
setup-undelivered = **{ $device }** está listo, pero no pude entregar el archivo de configuración. `/rotate` crea uno nuevo.

# What is behind the button *It doesn't work*.
trouble-waiting = **¿Sigue esperando?** En WireGuard el túnel debe estar *activo*. Algunas redes (escuela, trabajo) bloquean las VPN: prueba otra.
trouble-windows-firewall = **¿Tus amigos no pueden entrar?** Para Windows, la VPN es una *red pública*. Busca *Permitir una aplicación a través de Firewall de Windows* y marca *Pública* para tu juego. Tras `/rotate` es una red nueva, y Windows puede volver a preguntar.
trouble-windows-block = **¿Sin impresora o sin juegos en LAN?** WireGuard → *Editar* → desmarca *Bloquear tráfico sin tunelizar (interruptor de apagado)*.
trouble-linux-resolver = **¿resolvconf not found?** Con systemd-resolved, como en Ubuntu: `sudo ln -s /usr/bin/resolvectl /usr/local/bin/resolvconf`. Si no, instala openresolv.
trouble-linux-ipv6 = **¿Falla en `ip -6`?** IPv6 está desactivado en este equipo: usa `/rotate ipv4_only:True`.
trouble-linux-manager = **¿NetworkManager?** Ignora parte de este archivo. Usa `wg-quick`.
trouble-linux-silent = **¿Los jugadores no reciben respuesta?** Instala nftables, luego `wg-quick down` y `up`. Haz que el servidor escuche en todas las direcciones, no solo en la de la LAN. Abre su puerto en ufw o firewalld igual que para tu LAN. Si usas otra VPN, iníciala antes que esta.
trouble-linux-list = **¿Una lista pública de servidores muestra la dirección de tu casa?** Haz que el servidor escuche en la dirección de la VPN, que está en el archivo tras *Address*.
trouble-phone-screen = **¿No tienes otra pantalla?** Guarda el archivo en el teléfono y luego, en WireGuard: **+** → *Importar desde archivo* (iPhone: *Crear desde archivo*).
trouble-router = **¿Tus amigos no pueden entrar?** Los puertos llegan al router. Haz que los pase a tu PC.
trouble-ipv4 = **¿IPv6?** Esta configuración es solo IPv4: el IPv6 queda fuera de la VPN.
trouble-file = **¿Perdiste el archivo, o lo tiene otra persona?** `/rotate` crea uno nuevo, y el viejo deja de funcionar.
trouble-admin = **¿Sigue sin funcionar?** Habla con un admin: puede ver si tu dispositivo llega al servidor.
leave-done = **{ $device }** está fuera de la VPN. Puedes eliminar el túnel en WireGuard.

## Asking for access.

request-asked = Pedí a los admins que te dejen entrar. Te aviso por mensaje directo cuando lo hagan. Permite los mensajes directos de este servidor (nombre del servidor → *Ajustes de privacidad*).
request-waiting = Lo pediste { $since }, y los admins aún no han decidido. Te aviso por mensaje directo cuando te dejen entrar.
request-welcome = ✅ **¡Ya tienes acceso!** Un admin aprobó tu solicitud.
request-refused = ⛔ Los admins dijeron que no a tu solicitud para la VPN.
request-refused-reason = Motivo: { $reason }
request-ran-out = Tu solicitud para la VPN caducó sin respuesta. Usa `/join` en el servidor para pedirlo otra vez.

# The request that the admins see, and the answers to their clicks.
request-title = { $name } quiere unirse
request-about = { $mention } escribió `/join`, pero no tiene acceso a la VPN.
request-account-field = Cuenta creada
request-joined-field = En el servidor desde
request-asked-field = Lo pidió
request-device-field = Dispositivo
request-mode-field = Por la VPN
request-outcome-field = Decisión
request-approve-button = Aprobar
request-deny-button = Rechazar
request-form-title = Rechazar la solicitud
request-form-label = Motivo (opcional; el miembro lo verá)
request-outcome-approved = ✅ Aprobada por { $admin } { $when }.
request-outcome-undelivered = ✅ Aprobada por { $admin } { $when }. Mi mensaje directo no llegó: para seguir, el miembro escribe `/join` otra vez.
request-outcome-denied = ⛔ Rechazada por { $admin } { $when }.
request-outcome-expired = ⌛ Caducó { $when } sin respuesta.
request-outcome-left = 🚪 Cerrada { $when }: el miembro salió del servidor.
request-outcome-needless = ✅ Cerrada { $when }: el miembro ya tiene acceso.
request-reason = Motivo: { $reason }
request-discord-fails = Discord tuvo un problema. Prueba otra vez en un minuto.
request-stays-open = Nada cambió, y la solicitud sigue abierta.
request-unknown = Esta solicitud ya no funciona. Usa `/join` para pedirlo otra vez.
request-being-approved = { $admin } la está aprobando ahora mismo.
request-let-in = **{ $member }** ya tiene acceso. Le envié la configuración por mensaje directo.
request-let-in-undelivered = **{ $member }** ya tiene acceso, pero mi mensaje directo no llegó. Dile que escriba `/join` otra vez.
request-left = **{ $member }** salió del servidor, así que cerré la solicitud.
request-denied = Rechazada. **{ $member }** no tiene acceso, y se lo dije por mensaje directo.
request-denied-untold = Rechazada. **{ $member }** no tiene acceso. Mi mensaje directo no llegó.
# Discord shows it in its own audit log.
request-role-reason = guildgate: { $admin } aprobó la solicitud de acceso
request-role-failed = No pude darle el rol ahora, así que recuerdo su acceso yo. Puedes darle el rol tú.
request-role-refused = ⚠️ Discord no me deja darle { $role }, así que recuerdo su acceso yo. Para la próxima: da a mi rol el permiso *Gestionar roles* y arrástralo por encima de { $role }.
request-role-missing = ⚠️ El servidor no tiene el rol { $role } (el primero de `member_roles`), así que recuerdo su acceso yo.
request-trouble-title = ⚠️ Los miembros nuevos no pueden pedir acceso
request-no-channel = El servidor no tiene el canal de texto { $channel }, o no puedo verlo: `admin_channel` en `[discord]`.
request-no-permission = Un miembro pidió acceso, pero no puedo escribir en { $channel }. Dame ahí *Ver canal*, *Enviar mensajes* e *Insertar enlaces*.

## Opening and closing ports.

forward-opened = { $count ->
    [one] **El puerto { $ports } está abierto ({ $protocol }).** Los jugadores se conectan a:
   *[other] **Los puertos { $ports } están abiertos ({ $protocol }).** Los jugadores se conectan a:
}
forward-opened-ipv6 = Los jugadores con IPv6 también pueden usar { $address }.
forward-opened-target = Corre en **{ $device }**, { $count ->
    [one] puerto { $ports }
   *[other] puertos { $ports }
}. Deja WireGuard y tu servidor encendidos.
forward-opened-several = **Abierto.** Los jugadores se conectan a:
forward-opened-game = **{ $game } está abierto.** Los jugadores se conectan a:
forward-opened-several-keep = Corre en **{ $device }**. Deja WireGuard y tu servidor encendidos.
forward-opened-several-moved = Puerto público → puerto en **{ $device }**: { $ports }
# Small print below the address that players paste, and inside a sentence.
address-port = Puerto: { $port }
address-also = También abierto: { $ports }
# $how is a `game-join-` message.
address-game = En el juego: { $how }
address-port-of = { $address } con el puerto { $port }
forward-friends-only = Solo pueden conectarse los dispositivos de la VPN y las direcciones que permitas con `/connections`.
forward-already-open = Ya lo tienes abierto.
forward-note-split = Solo pasa el tráfico de la VPN de este dispositivo: tu servidor no ve las IP de los jugadores.
forward-note-linux = Tu servidor ve las IP reales de los jugadores. Haz que escuche en todas las direcciones, no solo en la de la LAN.
forward-closes = Se cierra { $relative } ({ $time }).
forward-never-closes = Sigue abierto hasta que lo cierres.
forward-has-ended = Eso ya está cerrado. `/forward` lo abre otra vez.
# What is missing for an opening, above a button or menu that makes it.
forward-meant = ¿Querías decir { $games }? No conozco { $text }. También sirve un número de puerto.
forward-instead-button = Abrir { $port } en su lugar
forward-instead-keeps = Tu servidor sigue en { $port }: dirijo { $free } hacia ahí.
forward-no-device = **Primero añade tu PC.** Luego pulsa el segundo botón.
forward-again-button = Abrir ahora
forward-which-device = ¿En cuál corre?
forward-device-menu = Elige tu PC…
forward-close-menu = O cierra uno de estos…
unforward-done = { $count ->
    [one] **Cerrado.** Ya nadie puede entrar:
   *[other] **{ $count } puertos cerrados.** Ya nadie puede entrar:
}

## How the most played games are hosted, below the line that misses the server, and how they are joined.

game-host-minecraft = ¿Lo abriste en LAN? Pon su puerto en { $port }.
game-join-minecraft = *Multijugador* → *Conexión directa*
game-host-minecraft-bedrock = Ejecuta el Bedrock Dedicated Server con `server-port={ $port }`.
game-join-minecraft-bedrock = *Jugar* → *Servidores* → *Añadir servidor*
game-host-valheim = *Start Game* → marca *Start Server* y deja *Crossplay* sin marcar.
game-join-valheim = *Join Game* → *Add server*
game-host-palworld = Ejecuta el Palworld Dedicated Server con `-port={ $port }`.
game-join-palworld = *Join Multiplayer Game*, y pégala abajo del todo
game-host-terraria = *Multiplayer* → *Host & Play*, o ejecuta TerrariaServer en el puerto { $port }.
game-join-terraria = *Multiplayer* → *Join via IP*
game-host-factorio = *Multiplayer* → *Host saved game*. Su puerto está en `config.ini`: `port={ $port }`.
game-join-factorio = *Multiplayer* → *Connect to address*
game-host-satisfactory = Ejecuta el Satisfactory Dedicated Server con `-Port={ $port }`.
game-join-satisfactory = *Server Manager* → *Add Server*
game-host-project-zomboid = *Host* en el menú principal, con el puerto { $port }.
game-join-project-zomboid = *Join* → *Favorites*, con el puerto en su propio campo
game-host-enshrouded = Ejecuta el Enshrouded Dedicated Server.
game-join-enshrouded = *Play* → *Join*, y busca el nombre del servidor
game-host-7-days-to-die = Pon *Server Port* en { $port } al iniciar la partida.
game-join-7-days-to-die = *Join a Game* → *Connect to IP*, con el puerto en su propio campo
game-host-counter-strike-2 = Inicia el servidor dedicado con `-port { $port }`.
game-join-counter-strike-2 = Consola (`~`): `connect`, un espacio y la dirección
game-host-rust = Inicia RustDedicated con `+server.port { $port }`.
game-join-rust = Pulsa F1: `client.connect`, un espacio y la dirección
game-host-ark = Ejecuta el ARK Dedicated Server con `?Port={ $port }`.
game-join-ark = Consola (Tab): `open`, un espacio y la dirección
game-host-ark-ascended = Ejecuta el ARK Ascended Dedicated Server con `-port={ $port }`.
game-join-ark-ascended = Consola (Tab): `open`, un espacio y la dirección
game-host-garrys-mod = Inicia srcds con `-port { $port }`.
game-join-garrys-mod = Consola: `connect`, un espacio y la dirección

## The gateway has another address.

moved-lost = 🚚 **La VPN se mudó. Su dirección ahora es { $address }.** { $count ->
    [one] La configuración de este dispositivo tiene la dirección vieja. Escribe `/rotate` y pon el archivo nuevo en lugar del viejo.
   *[other] Las configuraciones de estos dispositivos tienen la dirección vieja. Escribe `/rotate` para cada uno y pon el archivo nuevo en lugar del viejo.
} Tus puertos siguen abiertos:
moved-waiting = 🚚 **La VPN se mudó.** { $count ->
    [one] Este dispositivo aún la busca en el sitio viejo. Desactiva y activa WireGuard una vez:
   *[other] Estos dispositivos aún la buscan en el sitio viejo. Desactiva y activa WireGuard una vez en cada uno:
}

## Time running out.

reminder = { $count ->
    [one] ⏰ **Un puerto tuyo se cierra { $relative }.** ¿Sigues jugando? Amplíalo:
   *[other] ⏰ **{ $count } puertos tuyos se cierran { $relative }.** ¿Sigues jugando? Amplíalos:
}
reminder-extend-button = Ampliar
reminder-close-button = Cerrar
extended = **Ampliado.**
extended-already = Ya está ampliado:

## Whether players can join, hop by hop. Bold: the one thing to do.

proof-check-button = Comprobar otra vez
proof-how-button = Muéstrame cómo
proof-how =
    1. Abre la app WireGuard en tu PC.
    2. Elige el túnel y pulsa *Activar*.

    ¿Aún no está configurado? `/join`
proof-other-port-button = Otro puerto…
proof-other-port-form-title = Otro puerto
proof-other-port-form-label = El puerto que usa tu servidor
proof-other-port-bad = Eso no es un puerto. Escribe un número del 1 al 65535.
change-button = Cambiar…
change-form-title = Cambiar
change-which-form-label = ¿Qué puerto?
change-device-form-label = El PC donde corre
change-time-form-label = Cuánto tiempo o hasta cuándo
proof-looking-title = ¿Pueden entrar los jugadores?
proof-done-title = Los jugadores pueden entrar
proof-ready-title = Listo para los jugadores
proof-missing-title = Los jugadores aún no pueden entrar
proof-unknown-title = Casi listo
proof-over-title = Aún no estaba listo la última vez que miré
proof-gone-title = Cerrado
proof-until = En vivo hasta { $time }
proof-stopped = Ya no está en vivo. Pulsa *{ proof-check-button }*.
proof-gateway-away = La VPN no responde ahora. Lo abierto sigue abierto, y yo sigo intentándolo.
proof-open = { $count ->
    [one] El puerto { $ports } está abierto
   *[other] Los puertos { $ports } están abiertos
}
# $problem: a `problem-` message.
proof-blocked = **Pide a un admin que deje pasar a los jugadores.** { $problem }
proof-suspended = **Pide a un admin que reactive { $device }.** Está suspendido, y sus puertos están cerrados hasta entonces.
proof-tunnel = WireGuard en { $device }
proof-connected = { $device } está conectado ({ $handshake })
proof-not-connected = **Activa WireGuard en { $device }.** Última señal { $handshake }.
proof-never-connected = **Activa WireGuard en { $device }.** Nunca se ha conectado.
proof-server = Servidor en { $device }
# $ports is the message `port`.
proof-server-refused = **Inicia el servidor en { $device }.** Ahí no hay nada en marcha ({ $ports }).
proof-server-silent = **Inicia el servidor en { $device } y permítelo en su firewall.** Ahí no responde nada ({ $ports }).
proof-server-frozen = **Revisa el servidor en { $device }.** Acepta jugadores ({ $ports }) y luego no dice nada: aún está arrancando, o se colgó.
proof-server-refused-tcp = **Inicia el servidor en { $device }.** Ahí no hay nada en marcha por TCP ({ $ports }). Los servidores UDP no se pueden comprobar.
proof-server-silent-tcp = **Inicia el servidor en { $device } y permítelo en su firewall.** Ahí no responde nada por TCP ({ $ports }). Los servidores UDP no se pueden comprobar.
proof-playing = El servidor en { $device } responde: { $players } jugando
proof-playing-of = El servidor en { $device } responde: { $players } de { $slots } jugando
# Follows proof-playing and proof-playing-of.
proof-version = , versión { $version }
proof-answers = El servidor en { $device } responde
proof-takes = El servidor en { $device } acepta jugadores
proof-udp = Este juego no lo puedo comprobar desde aquí. Asegúrate de que está en marcha en { $device }.
proof-players = Primer jugador
proof-knocked = Un jugador ha intentado conectarse. Ahora mismo no hay nadie.
proof-nobody = **Da a los jugadores { $address }.** Aún no lo ha intentado nadie. Si tus amigos no pueden conectarse, pide a un admin que abra esto en el firewall del proveedor del VPS: { $ports } ({ $protocol }).

## Match cards.

card-announce-button = Anunciar
card-close-button = Cerrar
card-anyway-button = Anunciar igualmente
card-not-ready-offline = 🟡 Aún sin anunciar: { $device } no está conectado. Activa WireGuard ahí primero.
card-not-ready-silent = 🟡 Aún sin anunciar: el servidor en { $device } no responde.
card-not-ready-blocked = 🟡 Aún sin anunciar: un firewall o un ajuste de nuestro servidor no deja pasar a los jugadores. Los admins ven más en /status.
card-announced = 📣 Anunciado aquí: { $link }
card-announced-already = 📣 Ya está anunciado: { $link }
card-not-announced = No pude anunciarlo. Pulsa **{ card-announce-button }** para probar otra vez.
card-not-here = No puedo anunciarlo en nuestros mensajes directos. Escribe esto en el canal donde tus amigos deben verlo: { $command }
card-cannot-announce = No pude anunciarlo: en { $channel } me { $count ->
    [one] falta el permiso { $permissions }
   *[other] faltan los permisos { $permissions }
}. Cuando un admin de este servidor me lo haya dado, pulsa **{ card-announce-button }**.
# The names of permissions in Discord's client.
permission-view_channel = Ver canal
permission-send_messages = Enviar mensajes
permission-send_messages_in_threads = Enviar mensajes en hilos
permission-embed_links = Insertar enlaces
permission-create_events = Crear eventos
permission-manage_events = Gestionar eventos
card-not-yours = Solo el host y los admins pueden cerrarlo.
card-title = 🎮 { $what }
card-ended-title = 🏁 { $what }: terminó
card-host = Hostea **{ $host }**
card-stale = ⚠️ La VPN no responde. Esto es de { $since }.
card-offline = 🟡 { $device } de { $host } está sin conexión desde { $since }.
card-offline-never = 🟡 { $device } de { $host } aún no está conectado.
card-way-blocked = 🟡 Un firewall o un ajuste de nuestro servidor no deja pasar a los jugadores. Los admins ven más en /status.
card-way-silent = 🟡 El servidor en { $device } no responde.
card-way-ready = 🟢 Listo: el servidor responde.
card-version-field = Versión
card-address-field = Dirección
card-players-field = Jugadores ahora
card-players = { $players ->
    [one] { $players } jugador (máximo { $peak })
   *[other] { $players } jugadores (máximo { $peak })
}
card-players-of = { $slots ->
    [one] { $players } de { $slots } jugador (máximo { $peak })
   *[other] { $players } de { $slots } jugadores (máximo { $peak })
}
card-since-field = Abierto desde
card-until-field = Abierto hasta
card-until = { $time }, { $relative }
card-until-closed = que el host lo cierre
card-lasted-field = Duración
card-most-field = Máximo a la vez
card-most = { $players ->
    [one] { $players } jugador
   *[other] { $players } jugadores
}
card-open-field = Abierto
card-open = De { $since } a { $until }

## The live message of /panel.

panel-head = ## 🎮 { $server }
panel-away = 🔴 **La VPN no responde desde { $since }.** Lo abierto sigue abierto.
panel-blocked = 🔴 **Tus amigos no pueden entrar ahora mismo.**
    Admins: `/doctor` dice qué hacer.
panel-problems = ⚠️ { $count ->
    [one] { $count } problema en el servidor.
   *[other] { $count } problemas en el servidor.
} Admins: `/doctor` dice qué hacer.
panel-none = Ahora no hay nada abierto. Pulsa **Hostear un juego** para empezar.
panel-more = { $count ->
    [one] … y { $count } partida más
   *[other] … y { $count } partidas más
}
panel-match = ### { $game } · { $host }
# $state is one of the messages below.
panel-match-short = **{ $game }** · { $host } · { $state }
panel-playing = { $players ->
    [0] 🟢 Abierta
    [one] 🟢 **{ $players }** jugador
   *[other] 🟢 **{ $players }** jugadores
}
panel-playing-of = 🟢 **{ $players }**/{ $slots }
panel-players = { $state } · máximo { $most } { $picture }
panel-pc-offline = 🟡 PC sin conexión desde { $since }
panel-pc-never = 🟡 Esperando a que el host conecte su PC
panel-silent = 🟡 El juego no responde
panel-time = -# Desde { $since }
panel-time-until = -# Desde { $since } · se cierra { $until }
panel-devices = { $devices ->
    [one] { $online } de { $devices } dispositivo en línea
   *[other] { $online } de { $devices } dispositivos en línea
}
# $devices is the message `panel-devices`.
panel-foot = -# { $devices }
panel-foot-traffic = -# { $devices } · { $rate }
panel-host-button = Hostear un juego
panel-again-button = Hostear otra vez
panel-add-button = Añadir mi PC
panel-mine-button = Mis cosas
panel-help-button = Ayuda
panel-devices-button = Dispositivos
panel-requests-button = { $count ->
    [0] Solicitudes
   *[other] Solicitudes ({ $count })
}
panel-host-which = ¿Qué quieres hostear?
panel-host-choose-menu = Elige un juego
panel-host-other-menu = Otro…
panel-host-form-title = Hostear un juego
panel-host-form-label = ¿Qué juego o puerto?
panel-host-hint-menu = minecraft, valheim, 25565
panel-no-device = Primero añade tu PC: pulsa **{ panel-add-button }** o escribe `/join`.
panel-try-again = Discord tuvo un problema. Pulsa el botón otra vez.
panel-nothing-again = Aún no has hosteado ningún juego. Pulsa **{ panel-host-button }**.
panel-requests-none = Nadie espera para entrar.
panel-requests = { $count ->
    [one] **{ $count } solicitud en espera:**
   *[other] **{ $count } solicitudes en espera:**
}
panel-request = - **{ $name }** lo pidió { $since }: { $link }
panel-there = 📌 El mensaje en vivo ya está ahí: { $link }
panel-posted = 📌 El mensaje en vivo está aquí: { $link }
    Fíjalo para que todos lo encuentren.
panel-cannot-post = No puedo escribir aquí. Dame **{ permission-view_channel }** y **{ permission-send_messages }** en este canal, luego escribe `/panel` otra vez.
# What /help says, by whether the member has a device.
help-join = **Empieza aquí: `/join`** añade tu PC a la VPN.
    1. Activa WireGuard e inicia tu juego.
    2. `/forward` te da la dirección para tus amigos.
help-host = **Empieza aquí: `/forward`** te da la dirección para tus amigos.
    Deja WireGuard activado y tu juego en marcha. `/join` añade otro dispositivo.
help-more = Más:
    - `/status` tus dispositivos y puertos
    - `/unforward` cerrar un puerto
    - `/connections` quién está conectado
    - `/rotate` un archivo de configuración nuevo
    - `/policy` tus límites
help-admin = **Admins:**
    - `/panel` el mensaje en vivo
    - `/peers` los dispositivos de todos
    - `/forwards` los puertos de todos
    - `/revoke` quitar a un miembro
    - `/audit` quién hizo qué
    - `/doctor` qué falla
    - `/settings` qué ajustes hay
panel-help = **Hostea un juego para tus amigos**
    1. **{ panel-add-button }**: recibes la configuración para WireGuard.
    2. Activa WireGuard e inicia el servidor de tu juego.
    3. **{ panel-host-button }**: recibes la dirección para tus amigos.
    - **{ panel-again-button }** abre otra vez tu último juego.
    - **{ panel-mine-button }** muestra tus dispositivos y puertos.
    ¿Algo falla? **{ panel-host-button }** dice qué paso falta.

# The set-up in Discord: /setup with its code, and the form.
setup-begin = **Casi listo.** Crea un rol para tus amigos y otro para los admins, si aún no los hay. Luego elígelos aquí.
setup-form-button = Elegir roles y canal
setup-form-title = Configurar la VPN
setup-members-form-label = ¿Quién puede usar la VPN?
setup-admins-form-label = ¿Quiénes son los admins?
setup-channel-form-label = Canal de solicitudes y registro (opcional)
setup-zone-form-label = Zona horaria, como Europe/Berlin
setup-language-form-label = Idioma de los mensajes en canales
setup-language-menu = El del servidor
setup-done = ✅ **Configurado.** Ahora tus amigos escriben `/join`. `/settings` muestra los ajustes, `/help` qué hacer.
# $keys: keys of the configuration file, in backticks.
setup-fixed = `config.toml` ya dice { $keys }: eso se queda así.
setup-lack = ⚠️ { $problem }
setup-not-allowed = Solo los miembros con **Gestionar servidor** pueden configurarme.
setup-code-wrong = Ese código no es correcto. Mira la terminal donde ejecutaste `setup`.
setup-code-over = Ese código ya no sirve: ya pasó su hora o se probó demasiadas veces. `sudo guildgate setup` muestra uno nuevo.
setup-code-none = No hay nada que configurar. `sudo guildgate setup` en el VPS muestra un código.
setup-missing = Un rol o canal que elegiste ya no existe. Abre el formulario otra vez.
setup-bot-role = Elegiste el rol propio de un bot, que ningún miembro puede tener. Elige otro.
setup-everyone-admin = @everyone no puede ser un rol de admin. Elige otro.
setup-unknown-zone = No conozco esa zona horaria. Escribe una como Europe/Berlin o America/New_York.
setup-refused = Eso no encaja con `config.toml`: mira { $key } ahí.

# What /settings shows.
settings-title = Ajustes
settings-line = **{ $what }:** { $shown }
settings-none = ninguno
settings-member_roles = Miembros
settings-admin_roles = Admins
settings-guest_roles = Invitados
settings-admin_channel = Solicitudes de acceso
settings-log_channel = Registro
settings-posts_channel = Publicaciones sobre partidas
settings-timezone = Zona horaria
settings-language = Idioma en los canales
# What set it: /setup or the configuration file.
settings-by-chosen = · elegido en Discord
settings-by-file = · `config.toml`
settings-members-field = Qué pueden hacer los miembros
settings-policy = `/policy` lo muestra. Se ajusta en `[policy]` de `config.toml`, no desde aquí.
settings-change-field = Para cambiar algo
settings-change = Ejecuta `sudo guildgate setup` en el VPS: muestra un código para `/setup`. Lo que dice `config.toml` se queda así.
settings-hide-field = Quién ve los comandos de admin
settings-hidden = Solo los ven los miembros con **Gestionar servidor**, porque todos los roles de admin lo tienen.
settings-hide = Todos los ven, y solo los admins pueden usarlos. Para ocultarlos: *Ajustes del servidor → Integraciones*, elígeme y permite cada comando solo para tu rol de admin. O da a cada rol de admin **Gestionar servidor**.

# Beside the bot's name.
presence-playing = { $players ->
    [one] { $players } jugador
   *[other] { $players } jugadores
} en { $matches ->
    [one] { $matches } partida
   *[other] { $matches } partidas
}
presence-open = { $matches ->
    [one] { $matches } partida abierta
   *[other] { $matches } partidas abiertas
}

# The posts in `posts_channel`.
post-hosting = 🎮 **{ $host }** está hosteando **{ $game }** en { $address }
post-first-player = 👋 El primer jugador se unió a **{ $game }** de **{ $host }**.
post-offline = 📴 PC de **{ $host }** sin conexión desde { $since }, con { $players ->
    [one] { $players } jugador
   *[other] { $players } jugadores
} en **{ $game }**.
    El juego vuelve en cuanto WireGuard esté activado otra vez.
post-silent = 🟡 **{ $game }** de **{ $host }** no responde desde { $since }.
    ¿El servidor del juego sigue en marcha?
posts-on = Vuelvo a publicar sobre tus partidas.
posts-off = Ya no publico nada sobre tus partidas. `/posts state:on` lo vuelve a permitir.

## Status.

status-title = Tus dispositivos
status-everyone-title = Todos los dispositivos
status-none = Aún no tienes ningún dispositivo en la VPN. Escribe `/join` para añadir uno.
status-none-at-all = La VPN aún no tiene dispositivos. Escribe `/join` para añadir uno.
status-connected = { $devices ->
    [one] { $connected } de { $devices } dispositivo conectado.
   *[other] { $connected } de { $devices } dispositivos conectados.
}
status-address = Los jugadores se conectan a { $address } y a uno de los puertos de abajo.
status-no-ports = No hay puertos abiertos; `/forward` abre uno.
# $problem: a `problem-` message.
status-problem = ⚠️ { $problem }
status-lan = El modo LAN está activado: los dispositivos se ven entre sí por sus direcciones de la VPN.
status-never = Nunca se ha conectado. Importa la configuración en WireGuard y actívala.
status-handshake = Conectado, última señal { $handshake }
status-handshake-from = Conectado desde { $endpoint }, última señal { $handshake }
status-away = No conectado, última señal { $handshake }
# The device sent and received.
status-traffic = Envió { $sent }, recibió { $received }
status-vpn-address = Dirección de la VPN { $addresses }
status-more = { $count ->
    [one] … y { $count } dispositivo más. `guildgate status` en el VPS los muestra todos.
   *[other] … y { $count } dispositivos más. `guildgate status` en el VPS los muestra todos.
}

## LAN mode.

doctor-title = 🩺 Diagnóstico
doctor-level-failure = ❌ **{ $check }**: { $found }
doctor-level-warning = ⚠️ **{ $check }**: { $found }
doctor-step = → { $advice }
# $check is found by another version of guildgate on the VPS.
doctor-other = Algo no va bien. `guildgate doctor` en el VPS dice qué es.
doctor-where = -# Escribe en el VPS, como root, los comandos que siguen a →.
doctor-fine = ✅ { $count ->
    [one] { $count } comprobación
   *[other] { $count } comprobaciones
} sin problemas.
doctor-check-gateway = servicio de la VPN
doctor-check-names = roles y canales
doctor-check-permissions = permisos
doctor-check-intents = intents
doctor-check-commands = comandos
doctor-check-version = versión

# The names of the gateway's checks.
doctor-check-backups = copias de seguridad
doctor-check-clock = reloj
doctor-check-configs = archivos de configuración
doctor-check-conntrack = seguimiento de conexiones
doctor-check-database = base de datos
doctor-check-disk = disco
doctor-check-doctor = diagnóstico
doctor-check-firewalls = firewalls
doctor-check-flow-table = tabla de conexiones
doctor-check-forwarding = reenvío
doctor-check-ipv6-route = ruta IPv6
doctor-check-listen-port = puerto de la VPN
doctor-check-nf_tables = nf_tables
doctor-check-privileges = privilegios
doctor-check-problem = problema
doctor-check-public-address = dirección pública
doctor-check-reserved-ports = puertos reservados
doctor-check-reverse-path = ruta inversa
doctor-check-socket-users = usuarios del socket
doctor-check-state = estado
doctor-check-tunnel-size = tamaño de paquetes
doctor-check-vpn-subnets = red de la VPN
doctor-check-way-out = ruta de salida
doctor-check-way-to-devices = ruta a los dispositivos
doctor-check-wireguard = WireGuard

# What a check of the VPS found, for admins. Words in backticks and in [brackets] are keys of the configuration.
# $reason: what was refused and why, in English, as the system says it.
finding-unread = Esta comprobación no pudo mirar. `guildgate doctor` en el VPS dice por qué.
finding-privileges = El gateway no tiene permiso para cambiar la red (CAP_NET_ADMIN), así que se saltaron algunas comprobaciones.
finding-container = El gateway corre como root sin CAP_NET_ADMIN. En Docker, añade `--cap-add NET_ADMIN --network host`.
finding-no_wireguard = El kernel no tiene WireGuard: { $reason }. Usa un kernel más nuevo, o pon `backend = "auto"`.
finding-no_wireguard_go = El kernel no tiene WireGuard, y `wireguard-go` no está instalado.
finding-no_tun = `wireguard-go` no puede usar /dev/net/tun: { $reason }. En Docker, añade `--device /dev/net/tun`.
finding-no_nftables = El firewall no se puede leer: { $reason }.
finding-no_libnftables = Falta la biblioteca libnftables.
finding-no_conntrack = No se pueden listar las conexiones: { $reason }.
finding-few_flows = El VPS sigue { $size } conexiones como máximo, y un solo miembro puede abrir { $most }. Con la tabla llena, las conexiones nuevas fallan.
finding-few_buckets = La tabla de conexiones va lenta cuando se llena ({ $size } entradas).
finding-ipv4_only = El VPS no tiene IPv6, así que la VPN solo lleva IPv4. Para prescindir de IPv6, pon `subnet6 = ""`.
finding-no_forwarding = El VPS no reenvía paquetes, y el gateway no puede cambiar eso ({ $settings }).
finding-reverse_path = Los jugadores que llegan por una segunda línea se descartan ({ $setting }).
finding-way_out = Las respuestas a los jugadores salen por { $interface }, que es la ruta equivocada. Puede ser culpa de un cliente VPN en el VPS.
finding-devices_astray = Los paquetes para { $address } salen por { $interface } y no por la VPN. Dispositivos afectados: { $count }.
finding-devices_nowhere = Los paquetes para { $address } no llegan a ningún sitio. Dispositivos afectados: { $count }.
finding-reserved_ports = Otro programa del VPS puede quedarse con un puerto abierto ({ $setting } no se puede escribir).
finding-state_unwritable = El gateway no puede escribir en su carpeta { $folder }.
finding-state_exposed = Otros usuarios del VPS pueden leer { $files } en { $folder }.
finding-firewall_players = { $program } en el VPS no deja pasar a los jugadores, en { $chains }.
finding-firewall_devices = { $program } en el VPS no deja pasar a los dispositivos, en { $chains }.
finding-firewall_flowtable = { $program } en el VPS pasa conexiones a una flowtable, en { $chains }. Para ellas, un puerto cerrado sigue abierto.
finding-firewall_doubt = { $program } en el VPS quizá no deja pasar a jugadores o dispositivos, en { $chains }.
finding-firewall_legacy = Se usa iptables legacy, y sus reglas no se pueden listar.
finding-firewall_hidden = { $program } quizá no deja pasar a los jugadores. Solo root puede ver sus reglas.
finding-firewall_crash = Una regla de otro programa hace caer la biblioteca del firewall. `guildgate doctor` en el VPS dice cuál es.
finding-mark_written = Una regla de otro programa corta conexiones de jugadores: { $rules } escribe toda la marca de conntrack. Haz que escriba solo sus propios bits.
finding-mark_compared = Una regla de otro programa compara toda la marca de conntrack: { $rules }. Haz que compare solo sus propios bits.
finding-mark_shared = Una regla de otro programa usa los bits del gateway en la marca de conntrack: { $rules }. Pon otro `conntrack_mask`.
finding-no_route = El VPS no tiene ruta por defecto. Pon en `public_interface` la interfaz que da a Internet.
finding-no_interface = No existe la interfaz { $interface }. Corrige `public_interface`.
finding-no_address = { $interface } no tiene dirección IPv4. Pon `public_address`.
finding-address_shared = { $address } la comparten muchos clientes del proveedor (CGNAT), así que los amigos no pueden conectarse. Usa un VPS con dirección propia.
finding-address_private = { $address } es privada, así que los amigos no pueden conectarse. Pon en `public_address` la dirección del panel del proveedor, y abre ahí los puertos.
finding-address_unresolved = El nombre { $name } no se encuentra. Haz que lleve a este VPS, o escribe una dirección IPv4.
finding-address_lan = La dirección pública { $address } es privada. Eso solo está bien para una LAN.
finding-address_other = La dirección pública es { $address }, pero { $interface } tiene { $own }. ¿Está bien `public_address`?
finding-subnet_taken = { $interface } tiene { $address }, que está en la red de la VPN. Pon otra en `subnet4` o `subnet6`.
finding-mtu_uplink = Los paquetes de la VPN son demasiado grandes para la línea del VPS, así que las descargas pueden atascarse. Pon `mtu = "auto"`.
finding-mtu_path = Los paquetes de la VPN son demasiado grandes para algunos dispositivos ({ $count }), así que las descargas pueden atascarse. Pon `mtu = { $mtu }`.
finding-listen_port = Otro programa usa el puerto UDP { $port }, que la VPN necesita. Detenlo, o pon otro `listen_port`.
finding-accept_ra = El VPS puede perder su IPv6 ({ $setting } es 1).
finding-socket_user = No existe el usuario del sistema { $user }. Créalo, o quítalo de `socket_users`.
finding-clock_wrong = El reloj está mal: dice { $date }. Los dispositivos no pueden conectarse cuando retrocede.
finding-clock_set_back = El reloj se atrasó: dice { $now } UTC, y hay algo registrado con fecha { $newest }. Los dispositivos no pueden conectarse.
finding-clock_alone = Ningún servidor de hora ajusta el reloj. Los dispositivos no pueden conectarse cuando retrocede.
finding-no_answer = El gateway no responde.
finding-other_version = Corre la versión { $running } del gateway, y está instalada la { $installed }. Reinícialo.
finding-bare_addresses = Algunos archivos de configuración tienen una dirección en lugar del nombre ({ $count }). Pide que usen /rotate: { $names }.
finding-disk_full = Al disco de { $folder } le quedan { $left } MiB, y su base de datos puede necesitar { $needed }. Libera espacio, o no se podrá guardar ningún cambio.
finding-disk_files = El disco de { $folder } no admite más archivos. Libera espacio, o no se podrá guardar ningún cambio.
finding-journal_full = El disco de { $folder } está casi lleno, así que el registro pierde sus líneas más viejas.
finding-database_unreadable = { $file } no se puede leer. Restaura una copia de seguridad; el registro dice más.
finding-database_damaged = { $file } está dañado. Restaura una copia de seguridad; el registro dice más.
finding-database_newer = { $file } lo escribió una versión más nueva de guildgate. Instala esa versión.
finding-database_owner = { $file } pertenece al usuario equivocado, así que quizá no se pueda escribir.
finding-database_exposed = Otros usuarios del VPS pueden leer { $file }.
finding-backups_unreadable = No se pueden mirar las copias de seguridad de { $folder }.
finding-no_backup = Aún no hay copia de seguridad en { $folder }. El gateway hace una un minuto después de arrancar.
finding-old_backup = La copia de seguridad más nueva de { $folder } tiene { $days } días. El registro del gateway dice por qué.
lan-on = **El modo LAN está activado.** Los dispositivos de la VPN se ven entre sí por sus direcciones de la VPN, si sus propios firewalls lo permiten. `/status` muestra la tuya. Para terminarlo: `/lan state:off`
lan-off = **El modo LAN está desactivado.** Los dispositivos de la VPN ya no se ven entre sí, y lo que había entre ellos se corta. Los puertos abiertos siguen abiertos.

## What members may do.

policy-title = Qué puedes hacer aquí
policy-devices-field = Dispositivos
policy-devices = Hasta { $count }, y { $joins } nuevos por hora.
policy-devices-until = Hasta { $count }, y { $joins } nuevos por hora. Cada uno se quita tras { $duration }.
policy-flows = Cada dispositivo puede tener { $count } conexiones abiertas a la vez en IPv4 y otras tantas en IPv6.
policy-forwards-field = Puertos
policy-forwards = Hasta { $count } puertos o rangos, en los puertos { $ports }, con { $most } puertos en total.
policy-time-field = Cuánto tiempo sigue abierto un puerto
# $usual is a time such as 12 hours, or `policy-usual-forever`. $longest is `policy-longest` or `policy-longest-forever`.
policy-time = Por defecto { $usual }, { $longest }.
policy-usual-forever = hasta que lo cierres
policy-longest = { $duration } como máximo
policy-longest-forever = o el tiempo que quieras
policy-leave-field = Cuando sales o pierdes tu rol
policy-leave = Tus dispositivos se suspenden y se quitan tras { $duration }.
policy-leave-kept = Tus dispositivos se suspenden y se conservan.
policy-kept-field = Qué se recuerda
policy-kept = Los admins pueden leer lo que cambias aquí durante { $duration }.
policy-flow-log = Las direcciones de Internet que contactan tus dispositivos se registran durante { $duration }.
policy-no-flow-log = Lo que tus dispositivos hacen en Internet no se registra.
policy-kept-forever = Los admins pueden leer lo que cambias aquí.

## Lists for admins.

connections-title = Conexiones
connections-count = { $count ->
    [0] No hay nadie conectado.
    [one] { $count } conexión
   *[other] { $count } conexiones
}
connections-to = { $name } → { $port }
connections-since = Desde { $since }
# Both are seen from the player.
connections-traffic = Envió { $sent }, recibió { $received }
connections-live = Conectado ahora
connections-from-device = Iniciada por tu dispositivo
connections-friends-only = 🚪 { $ports }: solo amigos. { $packets ->
    [one] { $packets } paquete descartado
   *[other] { $packets } paquetes descartados
} de otros.
connections-hint = *Expulsar* corta la conexión y no deja volver al programa de ese jugador durante un minuto. Un bloqueo se queda, también cuando abres el puerto otra vez.
connections-kick-button = Expulsar
connections-block-button = Bloquear
connections-around-button = Bloquear { $network }
connections-let-in-button = Permitir
connections-undo-button = Deshacer
connections-again-button = Mirar otra vez
connections-rules-button = Bloqueadas y permitidas ({ $count })
connections-friends-button = Solo amigos
connections-all-button = Permitir a todos
connections-flow-menu = Elige una conexión…
connections-rule-menu = Deshaz una…
connections-rules-title = Direcciones bloqueadas y permitidas
connections-rules-none = No hay direcciones bloqueadas ni permitidas.
connections-rule-since = Desde { $since }
connections-dropped = { $packets ->
    [one] { $packets } paquete descartado
   *[other] { $packets } paquetes descartados
}
connections-blocked = 🚷 { $address } · { $ports }
connections-let-in = 🚪 { $address } · { $ports }
connections-kick-done = 👢 { $address } fuera de { $ports } en **{ $device }**. Puede volver en un minuto.
connections-block-done = 🚷 { $address } bloqueada en { $ports } de **{ $device }**. Sus conexiones se cortan.
connections-let-in-done = 🚪 { $address } puede conectarse a { $ports } de **{ $device }**.
connections-undo-done = ↩️ { $address } ya no está ni bloqueada ni permitida en { $ports } de **{ $device }**.
connections-friends-said = 🚪 Ahora solo pueden conectarse los dispositivos de la VPN y las direcciones que permitas.
connections-all-said = Todos los jugadores pueden conectarse otra vez. Los bloqueos se quedan.
connections-old = Esta lista es demasiado vieja. Usa `/connections` otra vez.
let-in-button = Permitir dirección…
let-in-form-title = Permitir una dirección
let-in-form-label = Su dirección, como la muestra whatismyip
list-previous-button = Anterior
list-next-button = Siguiente
list-back-button = Volver
list-show-button = Mostrar dirección
list-revoke-button = Quitar…
list-extend-button = Ampliar
list-close-button = Cerrar…
list-sure-button = Sí, cerrar
list-keep-button = Dejar abierto
list-device-menu = Elige un dispositivo…
list-port-menu = Elige un puerto…
list-page = Página { $number } de { $last }
list-port-gone = Ese puerto ya está cerrado.
list-close = **¿Cerrar esto?** Los jugadores que estén ahí se desconectan al momento.
list-not-yours = Solo los admins ven los dispositivos de otros miembros. `/status` muestra los tuyos.
peers-title = Dispositivos
peers-none = No hay ningún dispositivo.
peers-facts = { $addresses }, modo { $mode }, añadido { $since }
peers-suspended = Suspendido desde { $since }
peers-ends = Termina { $relative }
peers-ports = Abierto: { $ports }
forwards-title = Puertos abiertos
forwards-none = No hay ningún puerto abierto.
forwards-count = { $count ->
    [one] { $count } puerto o rango abierto, en { $address }.
   *[other] { $count } puertos o rangos abiertos, en { $address }.
}
forwards-target = En el puerto { $port } del dispositivo
# $end is the message `ends` or `forwards-never-ends`.
forwards-opened = Abierto { $since }, { $end }
forwards-never-ends = sigue abierto hasta que alguien lo cierre

# The details of one device or one port.
detail-state-field = Estado
detail-handshake-field = Última señal
detail-endpoint-field = Se conecta desde
traffic-title = 📈 { $period ->
    [day] El último día
    [week] La última semana
    [month] El último mes
   *[year] El último año
}
graph-period-button = { $period ->
    [day] Día
    [week] Semana
    [month] Mes
   *[year] Año
}
# Names inside the picture, of at most 24 characters. The arrows stand for the colours.
graph-received = ▼ { $size } recibido
graph-sent = ▲ { $size } enviado
graph-from-players = ▼ { $size } de jugadores
graph-to-players = ▲ { $size } a jugadores
graph-players = { $players ->
    [0] sin jugadores
    [one] hasta 1 jugador
   *[other] hasta { $players } jugadores
}
graph-online = { $hours } h de conexión
graph-weekday = { $day ->
    [1] lun
    [2] mar
    [3] mié
    [4] jue
    [5] vie
    [6] sáb
   *[7] dom
}
graph-month = { $month ->
    [1] ene
    [2] feb
    [3] mar
    [4] abr
    [5] may
    [6] jun
    [7] jul
    [8] ago
    [9] sep
    [10] oct
    [11] nov
   *[12] dic
}
# The picture's text, for screen readers.
graph-alt = { $period ->
    [day] En el último día
    [week] En la última semana
    [month] En el último mes
   *[year] En el último año
}: { $incoming }, { $outgoing }, { $presence }. El pico fue { $rate } ({ $when }).
graph-nothing = { $period ->
    [day] No se movió nada en el último día.
    [week] No se movió nada en la última semana.
    [month] No se movió nada en el último mes.
   *[year] No se movió nada en el último año.
}
nights-field = 🌙 Noches de partida
nights-line = { $day }: { $what }
nights-played = { $hours ->
    [0] jugaste { $minutes } min
   *[other] jugaste { $hours } h { $minutes } min
}
nights-hosted = { $hours ->
    [0] hosteaste { $minutes } min
   *[other] hosteaste { $hours } h { $minutes } min
}
nights-none = Ninguna en el último mes. A partir de ahora anoto cuánto juegas.
nights-on-button = Mostrar mis noches
nights-off-button = Ocultar mis noches
detail-traffic-field = Tráfico
detail-address-field = Dirección de la VPN
detail-mode-field = Qué pasa por la VPN
detail-added-field = Añadido
detail-suspended-field = Suspendido desde
detail-ports-field = Puertos abiertos
detail-game-field = Juego
detail-reach-field = Los jugadores se conectan a
detail-target-field = Corre en
detail-target = { $count ->
    [one] puerto { $ports } de **{ $device }**
   *[other] puertos { $ports } de **{ $device }**
}
detail-now-field = Ahora
detail-traffic = { $received } de los jugadores, { $sent } para ellos
detail-opened-field = Abierto
detail-ends-field = Termina

# The answer to /audit.
audit-title = Qué se hizo
audit-none = Aún no se ha hecho nada.
# $user: the system user of the VPS whose program asked: root, or the bot's by its number.
audit-asked-by = por { $user }
log-asked-by = Lo pidió { $user } en el VPS
audit-ports-of = { $ports } en { $devices }
audit-devices-with = { $devices } con { $ports }

# What differs on the VPS from what should be. $what: a device with its owner, or an interface.
difference-table = las reglas del firewall que otro programa cambió
difference-unseen = cambios que pasaron inadvertidos
difference-address = la dirección de la VPN que otro programa quitó
difference-down = la interfaz de la VPN que otro programa desactivó
difference-deleted = la interfaz de la VPN que otro programa quitó
difference-drift = lo que puede haber cambiado
difference-uplinks = la ruta a Internet
difference-torn = lo que dejó un cambio fallido
difference-key = la clave de la VPN
difference-port = el puerto de la VPN
difference-peer = el dispositivo de la VPN { $what }
difference-link = la interfaz { $what }
difference-flows = conexiones de antes de un cambio

# What does not work on the VPS. Admins read these in the log channel, /status and /audit.
problem-firewall = { $program } en el VPS no deja pasar a los jugadores, en { $chains }. `guildgate doctor` ahí da los comandos para dejarlos pasar.
problem-firewall_devices = { $program } en el VPS no deja pasar a los dispositivos, en { $chains }. `guildgate doctor` ahí da los comandos para dejarlos pasar.
problem-offload = { $program } en el VPS pasa conexiones a una flowtable, en { $chains }. Para ellas, un puerto cerrado sigue abierto. `guildgate doctor` ahí da los comandos para terminar con eso.
problem-marks = Una regla de otro programa del VPS corta conexiones de jugadores: { $rules } escribe toda la marca de conntrack. `guildgate doctor` ahí dice cómo arreglarlo.
problem-unreadable = No puedo evaluar los firewalls de otros programas del VPS: { $reason }.
problem-left = Una reparación en el VPS dejó esto como estaba: { $difference }. Se intenta otra vez, cada vez con menos frecuencia. El registro del gateway quizá diga por qué.
# $reason: what was refused and why, in English, as the system says it.
problem-forwarding = El VPS no reenvía paquetes, así que nadie puede unirse a una partida: { $reason }. Ponlo ahí con `sysctl`, o inicia el contenedor con `--sysctl`.
problem-settings = Los ajustes del VPS no se pueden cambiar: { $reason }. Sin reenvío no llega IPv6 a ningún dispositivo, y sin accept_ra=2 el VPS puede perder su IPv6. Ponlos ahí con `sysctl`, o inicia el contenedor con `--sysctl`.
problem-reserved = Los puertos abiertos no se pueden reservar frente a las conexiones del propio VPS: { $reason }. Los puertos funcionan igual; rara vez algún jugador no puede pasar.
problem-link = A la interfaz de la VPN le falta una dirección o una ruta: { $reason }. El registro del gateway dice más.
problem-flows = Las conexiones de antes de un cambio no se pueden cortar: { $reason }. Pueden llevar al dispositivo equivocado.
problem-name = El nombre { $name } no se mantiene al día: { $reason }. Puede llevar a una dirección vieja, y el registro DNS de Minecraft a un puerto viejo.
problem-backup = No hay copia de seguridad nueva en el VPS: { $reason }. Las más viejas se conservan.
problem-strict = Los jugadores que llegan por una línea del VPS distinta de la habitual se descartan. Pon { $settings } en 2 ahí, con `sysctl`.
problem-astray = Los jugadores no reciben respuesta del VPS: { $reason }. Escribe ahí, como root: `{ $commands }`
problem-unresolved = La dirección pública { $name } { $reason }. Los dispositivos y jugadores que buscan ese nombre no encuentran nada.
problem-database = La base de datos de la VPN no se puede escribir: { $reason }. Lo abierto sigue abierto, y todo cambio se rechaza. Libera espacio en el disco, o haz que se pueda escribir en ella.
problem-traffic = Ya se usó el { $share } % del tráfico de este mes ({ $limit }). El proveedor puede bajar la velocidad, o cobrar más.
problem-no_ipv6 = IPv6 está desactivado en el VPS: { $reason }. La VPN solo lleva IPv4 hasta que vuelva. Los dispositivos conservan sus direcciones IPv6.
problem-other = Algo no funciona en el VPS: { $code }. `guildgate status` ahí dice más.

# Why a device was cut off or let back in.
reason-left = ya no está en el servidor
reason-banned = tiene un ban en el servidor
reason-no_role = ya no tiene ningún rol que dé acceso
reason-back = vuelve a tener acceso
reason-revoked = retirado por un admin

# How far it has come to cut a member off, with several regions.
cut-off-in = Suspendido en { $regions }.
cut-off-later = **{ $region }** no responde desde { $time }. Allí se suspende en cuanto vuelva.

## The actions of the audit log: a line for /audit, and the title in the log channel. $subject: devices, ports, or both.

audit-join = { $when } **{ $actor }** añadió { $subject }
log-join-title = 🆕 Dispositivo añadido
audit-rotate = { $when } **{ $actor }** creó claves nuevas para { $subject }
log-rotate-title = 🔑 Claves nuevas
audit-rename = { $when } **{ $actor }** cambió el nombre de un dispositivo, el viejo primero: { $subject }
log-rename-title = ✏️ Dispositivo renombrado, el nombre viejo primero
audit-give = { $when } **{ $actor }** pasó un dispositivo a otro miembro, el dueño anterior primero: { $subject }
log-give-title = 🎁 Dispositivo pasado a otro miembro
audit-import = { $when } **{ $actor }** tomó dispositivos y puertos de { $subject }
log-import-title = 📦 Tomado de otro programa
log-leave-title = 👋 Dispositivo quitado
audit-revoke = { $when } **{ $actor }** quitó de la VPN { $subject }
log-revoke-title = ⛔ Acceso quitado
audit-forward = { $when } **{ $actor }** abrió { $subject }
log-forward-title = 🔓 Puerto abierto
audit-unforward = { $when } **{ $actor }** cerró { $subject }
log-unforward-title = 🔒 Puerto cerrado
audit-extend = { $when } **{ $actor }** amplió { $subject }
log-extend-title = ⏰ El puerto sigue abierto más tiempo
audit-to-port = { $when } **{ $actor }** dirigió { $subject } a otro puerto o dispositivo
log-to-port-title = ↪️ El puerto lleva a otro sitio
audit-kick = { $when } **{ $actor }** expulsó a un jugador de { $subject }
log-kick-title = 👢 Jugador expulsado
audit-block = { $when } **{ $actor }** bloqueó una dirección en { $subject }
log-block-title = 🚷 Dirección bloqueada
audit-let-in = { $when } **{ $actor }** permitió una dirección en { $subject }
log-let-in-title = 🚪 Dirección permitida
audit-unblock = { $when } **{ $actor }** deshizo un bloqueo o un permiso en { $subject }
log-unblock-title = ↩️ Bloqueo deshecho
audit-friends-only = { $when } **{ $actor }** cambió si solo los amigos pueden conectarse a { $subject }
log-friends-only-title = 🚪 Solo amigos
log-friends-only-on = Ahora solo pueden conectarse los dispositivos de la VPN y las direcciones permitidas.
log-friends-only-off = Todos los jugadores pueden conectarse otra vez.
log-address = La dirección: { $address }
audit-suspend = { $when } **{ $actor }** suspendió { $subject }
log-suspend-title = ⛔ Suspendido
audit-restore = { $when } **{ $actor }** reactivó { $subject }
log-restore-title = ✅ Reactivado
audit-guest = { $when } **{ $actor }** fijó o quitó el fin del acceso de un invitado: { $subject }
log-guest-title = ⏳ Tiempo de invitado fijado o quitado
audit-forget = { $when } **{ $actor }** hizo olvidar a un miembro, que aquí se llama { $subject }
log-forget-title = 🧹 Miembro olvidado
log-forgotten = El registro dice { $alias } en lugar del miembro.
audit-expire = { $when } **{ $actor }** cerró (se acabó el tiempo): { $subject }
log-expire-title = ⌛ Se acabó el tiempo
audit-lan = { $when } **{ $actor }** puso el modo LAN en { $subject }
log-lan-title = 🏠 Modo LAN
audit-repair = { $when } **{ $actor }** restauró { $subject }
log-repair-title = 🔧 Reparado
audit-problem = { $when } **{ $actor }** tiene un problema: { $subject }
log-problem-title = ⚠️ Problema
audit-solved = { $when } **{ $actor }** ya no tiene un problema: { $subject }
log-solved-title = ✅ Ya no es un problema
audit-follow = { $when } **{ $actor }** se mudó a la dirección nueva { $subject }
log-follow-title = 📍 Dirección pública nueva
audit-other = { $when } **{ $actor }** { $action } { $subject }
log-other-title = 📝 { $action }

## Taking devices away.

revoke-revoke-button = Quitar
revoke-cancel-button = Cancelar
revoke-title = { $count ->
    [one] ¿Quitar { $count } dispositivo de { $member }?
   *[other] ¿Quitar { $count } dispositivos de { $member }?
}
revoke-device = **{ $device }**, modo { $mode }, añadido { $since }
revoke-means = Se aplica al momento. No se puede deshacer: un dispositivo solo vuelve con un nuevo `/join`.
revoke-means-ports = Se aplica al momento. { $ports ->
    [one] También cierra { $ports } puerto
   *[other] También cierra { $ports } puertos
}. No se puede deshacer: un dispositivo solo vuelve con un nuevo `/join`.
revoke-means-players = Se aplica al momento. { $ports ->
    [one] También cierra { $ports } puerto
   *[other] También cierra { $ports } puertos
} y corta { $connections ->
    [one] { $connections } conexión
   *[other] { $connections } conexiones
} de jugadores. No se puede deshacer: un dispositivo solo vuelve con un nuevo `/join`.
revoke-cancelled = Cancelado. No se quitó nada.
revoke-changed = **Esto cambió mientras tanto.** Esto es lo que se iría ahora:
revoke-device-gone = Ese dispositivo ya está fuera de la VPN.
revoke-devices-gone = Esos dispositivos ya están fuera de la VPN.
revoke-nothing = { $member } no tiene ningún dispositivo en la VPN.
revoke-unseen = { $member } no tiene ningún dispositivo en las regiones que responden. Si confirmas, sus dispositivos en las demás se quitan en cuanto vuelvan.
revoke-access = { $member } no tenía dispositivos; su acceso queda quitado.
revoke-done = { $count ->
    [one] **Se quitó { $count } dispositivo de { $member }.** Sus conexiones se cortan:
   *[other] **Se quitaron { $count } dispositivos de { $member }.** Sus conexiones se cortan:
}
revoke-ports = { $count ->
    [one] Con eso se cerró { $count } puerto:
   *[other] Con eso se cerraron { $count } puertos:
}

## The log channel.

log-by = Lo hizo { $actor }
log-why = Por qué: { $reason }
log-device = **{ $device }**, modo { $mode }
log-device-until = **{ $device }**, modo { $mode }, hasta { $time }
log-closed = { $count ->
    [one] Puerto cerrado:
   *[other] Puertos cerrados:
}
log-kept = Suspendido, y los jugadores se desconectaron. Dispositivos y puertos se conservan hasta { $time }, y vuelven a funcionar { $again ->
    [restored] tras `guildgate restore` en el VPS
   *[role] con el rol
}.
log-kept-forever = Suspendido, y los jugadores se desconectaron. Dispositivos y puertos se conservan hasta que un admin los quite, y vuelven a funcionar { $again ->
    [restored] tras `guildgate restore` en el VPS
   *[role] con el rol
}.
log-lan-on = Activado: los dispositivos se ven entre sí.
log-lan-off = Desactivado: los dispositivos están separados.
log-repaired = Restauré esto: { $difference }.
log-followed = Ahora los jugadores se conectan a { $address }. Las configuraciones con la dirección vieja ya no funcionan.
log-skipped-title = … y más
log-skipped = { $count } entradas más viejas no se repiten aquí; `/audit` las tiene.
log-refused-title = 🚫 Rechazado
log-broken-title = 💥 Error
# $count: refusals like the one above.
log-repeated = … y { $count } más así en un minuto.
# $command is a command or `log-button`, in backticks.
log-asked = { $member }: { $command }
# A member without the role for it.
log-turned-away = { $member } no tiene rol para { $command }
log-button = un botón
log-away-title = 🔴 El servicio de la VPN no responde
log-away = Desde { $time }, { $relative }. Los jugadores y dispositivos siguen conectados, pero no se puede cambiar nada.
log-back-title = 🟢 El servicio de la VPN vuelve a responder
log-back = Estuvo ausente { $duration }.
log-undelivered-title = 📭 Una configuración no se entregó
log-undelivered = La configuración de **{ $device }** no se pudo entregar a { $member }. Puede escribir `/rotate` para recibir una nueva.
log-not-reminded-title = 📭 Un recordatorio no se entregó
log-not-reminded = { $member } no acepta mensajes directos y no se enteró de que esto está por cerrarse:
log-not-told-of-move-title = 📭 Un dueño no se enteró de la dirección nueva
log-not-told-of-move = { $member } no acepta mensajes directos. Estos dispositivos necesitan una configuración nueva con `/rotate`, o desactivar y activar WireGuard una vez:
log-card-lost-title = 📭 La tarjeta de una partida no está al día
log-card-lost = No puedo actualizar la tarjeta de { $member } en { $channel }: el canal ya no existe, o no puedo escribir ahí. La tarjeta sigue en cuanto pueda. Lo abierto sigue abierto:
log-no-events-title = 📅 Las noches de juego no están entre los eventos del servidor
log-no-events = Los puertos de las noches de juego se abren igual. Para mostrarlas como eventos, necesito { $count ->
    [one] el permiso { $permissions }.
   *[other] los permisos { $permissions }.
}
log-panel-lost-title = 📭 El mensaje en vivo no está al día
log-panel-lost = No puedo actualizar el mensaje en vivo en { $channel }: no puedo verlo o escribir ahí. Dame los permisos, y sigue.
log-panel-gone-title = 🗑️ El mensaje en vivo ya no está
log-panel-gone = Alguien borró el mensaje en vivo de { $channel }. ¿Lo quieres de vuelta? Pulsa el botón, o escribe `/panel`.
log-panel-back-button = Ponerlo otra vez
log-no-intent-title = 🙉 Discord no me avisa sobre los miembros
log-no-intent = Los miembros que pierden el rol o salen quedan suspendidos igual, pero unos segundos más tarde, porque tengo que preguntar por cada dueño de un dispositivo. Para cambiarlo, abre el portal de desarrolladores de Discord, elige mi aplicación, activa *Bot → Server Members Intent* y reiníciame.
log-versions-title = 🧩 El bot y el gateway tienen versiones distintas
# $bot and $gateway are versions.
versions-differ = El bot tiene la versión { $bot }, el gateway la { $gateway }. Algunos comandos quizá no funcionen. Actualiza o reinicia el más viejo.
log-release-title = 🎁 Versión nueva
# $version and $present are versions.
log-release = Ya salió guildgate { $version }; esta es la { $present }. Para actualizar, ejecuta `sudo guildgate update` en el VPS. Las partidas siguen.
log-misnamed-title = 🪪 Roles y canales configurados

## What is wrong with a role or channel that the configuration names.
## $kind is role or channel. $keys are keys of [discord]. $id, $others and $now are ids and a name.

named-missing = { $kind ->
    [role] Ningún rol se llama { $name }, que está en { $keys }. Créalo, o pon ahí el id de otro rol.
   *[channel] Ningún canal de texto se llama { $name }, que está en { $keys }. Créalo, o pon ahí el id de otro canal.
}
named-other-case = Existe { $now }, pero las mayúsculas y minúsculas cuentan.
named-no-id = { $kind ->
    [role] Ningún rol tiene el id { $id }, que está en { $keys }.
   *[channel] No veo ningún canal con el id { $id }, que está en { $keys }.
}
named-gone = { $kind ->
    [role] El rol { $name } de { $keys }, { $id }, está borrado. Pon ahí el id de otro rol.
   *[channel] El canal { $name } de { $keys }, { $id }, está borrado. Pon ahí el id de otro canal.
}
named-gone-others = Ahora { $others } tiene ese nombre, y no cuenta sin su id ahí.
named-ambiguous = { $kind ->
    [role] Varios roles se llamaban { $name } cuando miré por primera vez, así que ninguno da acceso. Pon el id del correcto en { $keys }.
   *[channel] Varios canales se llamaban { $name } cuando miré por primera vez, así que no uso ninguno. Pon el id del correcto en { $keys }.
}
named-ambiguous-now = Ahora se llaman así: { $others }.
named-namesake = { $kind ->
    [role] Otro rol también se llama { $name }: { $others }. No da acceso, porque { $keys } se refiere a { $id }.
   *[channel] Otro canal también se llama { $name }: { $others }. No lo uso, porque { $keys } se refiere a { $id }.
}
named-renamed = { $kind ->
    [role] El rol { $name } de { $keys } ahora se llama { $now } y conserva su acceso. Pon ahí su id: { $id }.
   *[channel] El canal { $name } de { $keys } ahora se llama { $now }, y lo sigo usando. Pon ahí su id: { $id }.
}
named-found = { $kind ->
    [role] Ahora existe un rol { $name }: { $id }. Tiene el acceso de { $keys }, y ningún otro rol con ese nombre lo recibe.
   *[channel] Ahora existe un canal { $name }: { $id }. Lo uso para { $keys }, y ningún otro canal con ese nombre.
}

## What the bot lacks on its server. $key is a key of [discord], $permissions are names of permissions in Discord.

need-write = No puedo escribir en #{ $channel } ({ $key }). Dame ahí { $permissions }.
need-history = No puedo releer lo que escribí en #{ $channel } ({ $key }), así que puede salir dos veces tras una caída larga. Dame ahí Leer el historial de mensajes.
need-give-roles = No puedo dar { $role } cuando un admin aprueba una solicitud. Da a mi rol el permiso Gestionar roles.
need-rank = No puedo dar { $role } cuando un admin aprueba una solicitud, porque ese rol no está por debajo del mío. Arrastra mi rol por encima en Ajustes del servidor, Roles.
need-events = Discord no me avisa cuando un miembro sale o pierde un rol, así que pregunto por cada dueño de un dispositivo. Activa Server Members Intent en la página Bot de la aplicación y reiníciame.
need-commands = Al servidor le faltan mis comandos { $commands }. Reiníciame; si no ayuda, invítame con los scopes bot y applications.commands.

# The line of the log that says that the bot works.

ready = listo en { $name }
ready-wrong = listo en { $name }, donde { $count ->
        [one] 1 cosa está
       *[other] { $count } cosas están
    } mal: { $reason }
ready-not-registered = Los comandos aún no están registrados.
ready-no-gateway = El gateway no responde ({ $code }).
ready-private-address = Los jugadores reciben la dirección privada { $address }, a la que no se llega desde Internet: pon la pública en public_address de [gateway].
