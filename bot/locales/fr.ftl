### Every sentence that members read in Discord, in French. en.ftl says how long a message may be, and which values come.

# Glossary, so that the same thing keeps its word. Members are "tu"; their gender is unknown, so no "connecté(e)".
#   device appareil. PC PC. phone téléphone. router routeur. setup config, setup file fichier de config. key clé.
#   VPN le VPN, VPN's service service du VPN. take off the VPN, revoke retirer du VPN. traffic trafic.
#   port port, open ouvrir, close fermer. address adresse: block bloquer (un blocage), let in autoriser, kick expulser.
#   host (noun) hôte, (verb) héberger. match, game that is on partie. game jeu. player joueur. friends amis.
#   game night soirée jeu, match nights soirées jouées. live message message en direct. card carte.
#   gateway passerelle. member membre. admin admin. request demande: accepter, refuser. access accès. guest invité.
#   suspended, cut off suspendu. let back in, restore rétablir. channel salon. DM MP.
#   press appuyer sur. type taper. choose choisir. tick cocher. the first set-up installation.
#   Values like $since and $relative are often "il y a 5 minutes": no "depuis" before them.
#   Labels of WireGuard, Windows and Minecraft are those of their French versions. other games' stay English.

## Slash commands, as Discord shows them while they are typed.

join-command-name = rejoindre
join-command = Ajoute ton PC, ton téléphone ou ton routeur au VPN : c'est prêt en trois étapes
join-option-device = Un nom pour l'appareil, par exemple laptop (sinon j'en choisis un)
join-option-mode = À quoi il sert (par défaut : héberger)
join-option-public_key = Pour experts : ta propre clé publique WireGuard. La clé privée reste chez toi
join-option-ipv4_only = Pour un appareil où IPv6 est désactivé : sinon WireGuard ne démarre pas
join-option-region = Où l'ajouter (par défaut : là où tu étais en dernier)
host-command-name = héberger
host-command = Héberge une partie : ouvre son port et montre quand tes amis peuvent venir
forward-command-name = ouvrir
forward-command = Ouvre un port sur Internet, pour que tes amis rejoignent la partie sur ton appareil
forward-option-port = Un jeu comme minecraft, un port 25565, une plage 27015-27030, ou plusieurs : 2456-2458, 27015/udp
forward-option-protocol = TCP, UDP ou les deux (par défaut)
forward-option-to_port = Si ton serveur utilise un autre port (pour une plage : le premier)
forward-option-device = L'appareil où tourne ton serveur (inutile si tu n'en as qu'un)
forward-option-duration = Combien de temps ou jusqu'à quand : 2h, 1h30, until 2am, friday 20:00, forever (ou rien)
forward-option-announce = Poste ici une carte avec l'adresse et les joueurs, jusqu'à la fin de la partie
forward-choice-protocol-both = { protocol-both }
forward-choice-protocol-tcp = { protocol-tcp }
forward-choice-protocol-udp = { protocol-udp }
forward-option-every = Soirée jeu : s'ouvre et se ferme toute seule, comme friday 20:00, fri, sat 8pm ou day 20:00
forward-option-only = friends : que les appareils du VPN et les adresses autorisées par /connections (sinon : tous)
forward-option-region = Où se trouve l'appareil (inutile si tu n'en as qu'un)
forward-choice-only-friends = friends : les appareils du VPN et les adresses autorisées
connections-command-name = connexions
connections-command = Qui est sur tes ports : expulse, bloque, ou réserve-les aux amis (admins : tous les ports)
connections-option-port = Seulement ce port (par défaut : tous)
unforward-command-name = fermer
unforward-command = Ferme des ports à toi. Les joueurs dessus sont déconnectés
unforward-option-port = Ce qu'il faut fermer : un port 25565, une plage 27015-27030, plusieurs : 2456-2458, 27015/udp
unforward-option-region = Où le port est ouvert (utile seulement s'il l'est dans plusieurs)
leave-command-name = quitter
leave-command = Retire du VPN un appareil à toi et ferme ses ports
leave-option-device = L'appareil à retirer (inutile si tu n'en as qu'un)
leave-option-region = Où se trouve l'appareil (utile seulement si le nom existe dans plusieurs régions)
rotate-command-name = renouveler
rotate-command = Nouvelles clés pour ton appareil : l'ancienne config est morte, adresse et ports restent
rotate-option-device = L'appareil qui reçoit de nouvelles clés (inutile si tu n'en as qu'un)
rotate-option-ipv4_only = True : pour un appareil où IPv6 est désactivé ; False : de nouveau avec IPv6
rotate-option-region = Où se trouve l'appareil (utile seulement si le nom existe dans plusieurs régions)
rename-command-name = renommer
rename-command = Un autre nom pour un appareil à toi : sa config, ses ports et sa partie continuent
rename-option-device = L'appareil à renommer
rename-option-new_name = Son nom à partir de maintenant
rename-option-member = Admins : le membre qui a cet appareil
rename-option-region = Où se trouve l'appareil (utile seulement si le nom existe dans plusieurs régions)
rename-done = ✏️ **{ $device }** s'appelle maintenant **{ $name }**. Sa config, ses ports et sa partie continuent.
status-command-name = statut
status-command = Tes appareils et tes ports, et qui est connecté (les admins voient tout)
traffic-command-name = trafic
traffic-command = Le trafic de tes appareils et combien de joueurs tu as eus, en image (admins : pour tous)
traffic-option-member = Admins : seulement ce membre
traffic-option-period = Sur quelle durée (par défaut : un jour)
traffic-choice-period-day = un jour
traffic-choice-period-week = une semaine
traffic-choice-period-month = un mois
traffic-choice-period-year = un an
policy-command-name = limites
policy-command = Ce que tu peux faire ici : combien d'appareils et de ports, et pour combien de temps
doctor-command-name = diagnostic
doctor-command = Admins : cherche ce qui ne va pas sur le serveur et chez le bot
lan-command-name = lan
lan-command = Admins : laisse les appareils du VPN se joindre entre eux, ou les sépare de nouveau
lan-option-state = Vaut tout de suite et jusqu'au prochain /lan
lan-choice-state-on = on : les appareils se joignent, comme sur un réseau à la maison
lan-choice-state-off = off : les appareils ne joignent qu'Internet et les ports ouverts
revoke-command-name = retirer
revoke-command = Admins : retire du VPN les appareils d'un membre et leurs ports ; montre d'abord ce qui part
revoke-option-member = Le membre à retirer
revoke-option-device = Seulement cet appareil (par défaut : tous ceux du membre)
peers-command-name = appareils
peers-command = Admins : les appareils de tout le monde, ou d'un membre
peers-option-member = Seulement ceux de ce membre
peers-option-state = Seulement ceux dans cet état
peers-choice-state-connected = { state-connected }
peers-choice-state-away = { state-away }
peers-choice-state-never = { state-never }
peers-choice-state-suspended = { state-suspended }
forwards-command-name = ports
forwards-command = Admins : les ports ouverts de tout le monde, ou d'un membre
forwards-option-member = Seulement ceux de ce membre
forwards-option-port = Seulement ceux de ce jeu ou sur ce port
audit-command-name = journal
audit-command = Admins : qui a fait quoi, le plus récent d'abord
audit-option-region = De quelle région (par défaut : là où tu étais en dernier)
devices-menu-command = Appareils VPN
settings-command-name = paramètres
settings-command = Admins : ce qui est réglé pour ce serveur, et où le changer
setup-command-name = installer
setup-command = Première installation : avec le code que le VPS a affiché
setup-option-code = Le code, par exemple ABCDE-FGHJK
help-command-name = aide
help-command = Par où commencer, et quelles commandes existent
panel-command-name = panneau
panel-command = Admins : met le message en direct dans ce salon, avec les parties et des boutons pour tous
posts-command-name = posts
posts-command = Choisis si je peux poster à propos de tes parties sur ce serveur
posts-option-state = Ne vaut que pour tes propres parties
posts-choice-state-on = on : tes amis voient quand tu héberges
posts-choice-state-off = off : je ne poste rien sur toi

## Words that other messages are made of.

list-or = { $first } ou { $last }
list-and = { $first } et { $last }
list-more = { $names } et { $count } de plus
more-lines = … et { $count } de plus
purpose-hosting = Héberger : vraies IP des joueurs (Linux : le reste sans VPN ; ailleurs : tout le trafic)
purpose-everything = Tout : tout le trafic
purpose-light = Léger : seulement le trafic du VPN. IP des joueurs cachées
mode-full = Tout le trafic ; vraies IP des joueurs
mode-split = Seulement le trafic du VPN ; IP des joueurs cachées
mode-linux = Seulement le trafic du VPN et des joueurs ; vraies IP des joueurs
protocol-tcp = TCP
protocol-udp = UDP
protocol-both = TCP et UDP
state-connected = Connecté
state-away = Pas connecté pour le moment
state-never = Encore jamais connecté
state-suspended = Suspendu
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
device-of = { $device } ({ $owner })
live = { $connections ->
    [one] { $connections } connexion
   *[other] { $connections } connexions
} de { $players ->
    [one] { $players } joueur
   *[other] { $players } joueurs
}
live-none = personne n'est connecté
# $live is the message `live` or `live-none`.
live-refused = { $live } ; { $refused ->
    [one] { $refused } tentative bloquée
   *[other] { $refused } tentatives bloquées
} (protection anti-flood)
ends = fermeture { $relative }

## Time.

forever = pour toujours
days = { $count ->
    [one] { $count } jour
   *[other] { $count } jours
}
hours = { $count ->
    [one] { $count } heure
   *[other] { $count } heures
}
minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
seconds = { $count ->
    [one] { $count } seconde
   *[other] { $count } secondes
}
weekday = { $day ->
    [1] lundi
    [2] mardi
    [3] mercredi
    [4] jeudi
    [5] vendredi
    [6] samedi
   *[7] dimanche
}
short-days = { $count } j
short-hours = { $count } h
short-minutes = { $count } min
# A suggestion for an option: what to type, and what it means by the server's clocks.
duration-choice = { $typed } · { $day } { $time } ({ $zone }), dans { $left }
duration-unreadable = Je ne comprends pas. Écris combien de temps, comme `2h` ou `1h30`. Ou jusqu'à quand, comme `2am`, `tomorrow 20:00` ou `friday 20:00`. Ou `forever`.
duration-past = Ce moment est déjà passé. Écris-en un à venir, comme `tomorrow 20:00`.
duration-too-long = Dix ans au plus, ou `forever`.

## Game nights: ports that open and close by themselves.

night-ports = { $count ->
    [one] Port { $ports }
   *[other] Ports { $ports }
}
night-every = chaque { $days } à { $time }
night-every-day = tous les jours à { $time }
night-added = 📅 { $what } : ouverture automatique { $when } ({ $zone }), pour { $duration }.
night-next = Prochaine fois : { $time }, { $relative }.
night-has-event = C'est dans les événements du serveur, où les autres peuvent montrer leur intérêt.
nights-title = 📅 Soirées jeu
night-line = { $what } sur **{ $device }**, { $when }, pour { $duration }. Prochaine : { $relative }
night-stop-button = Arrêter la série
night-stop-one-button = Arrêter { $series }
night-stopped = Arrêté. { $what } : plus d'ouverture { $when }.
night-stays-open = C'est ouvert en ce moment, et ça se ferme { $relative }.
night-ended = Cette série est déjà finie.
night-not-yours = Cette série n'est pas à toi. Seuls son hôte et les admins peuvent l'arrêter.
night-too-many = Tu as déjà { $count } soirées jeu, c'est le maximum. Arrêtes-en une d'abord : `/status` les montre.
night-unreadable = Je ne comprends pas. Écris des jours et une heure, comme `friday 20:00`, `fri, sat 8pm` ou `day 20:00`.
night-how-long = Une soirée jeu dure { $duration } au plus. Dis combien de temps avec `duration`, comme `3h` ou `until 1am`.
night-event = { $what } avec { $host }
night-event-about = Le port s'ouvre tout seul, { $when }.
night-refused = { $what } : pas d'ouverture pour ta soirée jeu. { $why } Je réessaie chaque minute jusqu'à { $time }.
night-device-gone = Ta soirée jeu { $what }, { $when }, c'est fini : **{ $device }** n'existe plus. Pour une nouvelle, ajoute un appareil et tape `/forward` avec `every`.

## Refusals of the bot, and failures.

server-only = Je ne prends les commandes que sur notre serveur. Tape celle-ci là-bas.
server-left = Tu n'es plus sur le serveur auquel ces ports appartiennent.
admins-only = Désolé, seuls les admins peuvent faire ça.
no-access-yet = Je ne suis pas encore configuré. Un admin de ce serveur termine avec `/setup`.
no-access = Désolé, le VPN est réservé au rôle { $roles }. Demande-le à un admin de ce serveur.
no-access-ask = Désolé, le VPN est réservé au rôle { $roles }. Tape `/join` pour demander l'accès aux admins.
outdated-typed = Cette commande a été mise à jour. Redémarre Discord (Ctrl+R sur un ordinateur), puis réessaie.
outdated-pressed = Ça vient d'une ancienne version de moi et ne marche plus. Tape la commande à nouveau.
discord-failed = Discord a eu un problème. Regarde `/status` avant de réessayer.
bug = Quelque chose a planté. Donne ce numéro à un admin : { $number }.

## Refusals of the gateway, by its codes.

error-internal = Quelque chose a planté dans le service du VPN. Donne ce numéro à un admin : { $log_id }.
error-bad_request = Je ne comprends pas { $field } : { $rule }.
error-bad_ports = { $text } n'est pas un port. Écris-en un comme 25565, une plage comme 27015-27030, ou plusieurs : 2456-2458, 27015/udp.
error-not_allowed = Tu ne peux faire ça qu'avec tes propres appareils. Demande à un admin.
error-admins_only = Seul un admin peut faire ça.
error-root_only = Seul root peut faire ça, sur le VPS.
error-other_service = Le VPN ne me laisse pas faire ça. Préviens un admin.
error-suspended = { $device } est suspendu. Demande à un admin de le rétablir, ou réessaie dans une minute si tu viens de retrouver ton rôle.
error-owner_suspended = Ton accès est suspendu. Demande à un admin de le rétablir, ou réessaie dans une minute si tu viens de retrouver ton rôle.
error-guest_over = Ton temps d'invité est terminé. Demande à un admin de te faire membre.
error-wrong_user = L'utilisateur système { $user } n'a pas le droit de parler au service du VPN. Préviens un admin : il faut l'ajouter à socket_users dans [gateway].
error-peer_unknown = Aucun appareil ne s'appelle { $device }. `/status` liste tes appareils.
error-no_devices = Ajoute d'abord ton PC : `/join`
error-which_device = Quel appareil ? Tu as { $devices }. Choisis-en un dans l'option device.
error-peer_exists = Tu as déjà un appareil qui s'appelle { $device }. Config perdue ? `/rotate` en fait une nouvelle.
error-key_in_use = Un autre appareil utilise déjà cette clé publique. Crée une nouvelle paire de clés et réessaie.
error-forward_unknown = Le port { $ports } n'est pas ouvert. `/status` liste tes ports ouverts.
error-forward_gone = Ce port est déjà fermé. `/status` liste tes ports ouverts.
error-part_of_forward = { $ports } fait partie de { $whole }. Ferme { $whole } en entier.
# $owner is a member's name, for admins only.
error-address_not_listed = { $network } n'y est ni bloquée ni autorisée.
error-port_taken = { $ports } est déjà ouvert par { $holder ->
    [you] toi
    [someone] un autre membre
   *[named] { $owner }
}. { $hint }
error-port_forbidden = Impossible d'ouvrir le port { $ports } : { $rule }.
error-port_in_use = Un programme du VPS utilise { $ports }. { $hint }
error-port_needed = Impossible d'ouvrir le port { $ports } : le VPS a besoin de ce qui reste de { $range } pour ses propres connexions. { $hint }
error-limit_reached = La limite est de { $limit } { $what ->
    [devices] appareils
    [forwards] ouvertures de ports
    [ports] ports publics
    [devices_in_all] appareils pour tous les membres réunis
    [forwards_in_all] ouvertures de ports pour tous les membres réunis
    [addresses] adresses bloquées ou autorisées par port
    [addresses_in_all] adresses bloquées ou autorisées pour tous les ports réunis
    [marks] ports ouverts pour tous les membres réunis
   *[guests_in_all] invités gardés en mémoire
}, et il en reste { $left }. Fais d'abord de la place.
error-beyond_limit = La limite est de { $limit } { $what ->
    [devices] appareils
    [forwards] ouvertures de ports
    [ports] ports publics
    [devices_in_all] appareils pour tous les membres réunis
    [forwards_in_all] ouvertures de ports pour tous les membres réunis
    [addresses] adresses bloquées ou autorisées par port
    [addresses_in_all] adresses bloquées ou autorisées pour tous les ports réunis
    [marks] ports ouverts pour tous les membres réunis
   *[guests_in_all] invités gardés en mémoire
}, et il en reste { $left }. Prends-en moins, ou demande à un admin d'augmenter la limite.
error-too_many_joins = On peut ajouter { $limit } appareils par heure au plus. Réessaie dans { $wait }.
error-too_many_changes = J'ai fait { $limit } changements en une minute, et c'est ma limite. Réessaie dans une minute.
error-too_many_watchers = L'utilisateur du bot suit déjà { $limit } fois les événements du VPN, et c'est la limite. Préviens un admin.
error-request_id_reused = Cette requête a le même identifiant qu'une autre, donc rien n'a été fait. Réessaie.
error-set_up_elsewhere = Une autre demande a configuré { $device } au même moment. Le fichier de config y est arrivé.
error-too_long = C'est trop long. Le maximum est { $longest }.
error-subnet_full = Le VPN n'a plus d'adresse libre pour un autre appareil. Demande à un admin d'en retirer des vieux.
error-apply_failed = Le VPS a refusé le changement, donc rien n'a changé. Préviens un admin : { $log_id }.
error-not_saved = Le VPS n'a pas pu enregistrer le changement, donc rien n'a changé. Préviens un admin : { $log_id }.
error-database_damaged = La base de données du VPN est abîmée, donc rien n'a changé. Ce qui est ouvert reste ouvert. Préviens un admin : { $log_id }.
error-not_erased = Le membre est oublié, mais il reste peut-être des traces du texte dans la base de données. Préviens un admin : { $log_id }.
error-nothing_stored = Rien n'est enregistré sur { $member }.
error-gateway_unreachable = Le service du VPN ne tourne pas en ce moment. Tes appareils et tes ports sont gardés. Réessaie dans une minute.
error-region_away = { $region } a cessé de répondre { $since }. Ce qui y est ouvert reste ouvert.
error-other_version = Le bot et le service du VPN ont des versions différentes et ne se comprennent pas. Un admin doit mettre à jour ou redémarrer le plus ancien des deux.
error-region_differs = { $older ->
    [gateway] **{ $region }** a une version plus ancienne que le bot et ne le comprend pas. Un admin doit mettre à jour **{ $region }**.
    [bot] **{ $region }** a une version plus récente, que le bot ne comprend pas. Un admin doit mettre à jour le bot.
   *[unknown] **{ $region }** et le bot ont des versions différentes et ne se comprennent pas. Un admin doit mettre à jour le plus ancien des deux.
}
error-region_unknown = Il n'y a pas de région { $region }. Tu peux choisir { $regions }.
error-which_region = Quelle région ? { $name } est dans { $regions }. Choisis-en une dans l'option region.
error-gateway_waiting = Le VPN démarre et attend son réseau. Tes appareils et tes ports sont gardés. Réessaie dans une minute.
error-name_not_kept = Le nom du VPN n'est pas tenu à jour : { $reason }.
error-bad_backup = Impossible de restaurer ce fichier. Rien n'a changé.
error-newer_backup = La sauvegarde vient d'un guildgate plus récent. Rien n'a changé.
error-wrong_secret = La sauvegarde ne s'ouvre pas avec ça. Rien n'a changé.
error-state_there = Le VPS a déjà des appareils. Rien n'a changé.
error-still_running = La passerelle ou le bot tourne encore. Rien n'a changé.
error-not_updated = { $problem }.
error-kernel_behind = La base de données est changée, mais pas { $what }. Le prochain démarrage s'en charge.
error-cannot_import = Impossible de reprendre le serveur de l'autre programme : { $problem }.
error-gateway_timeout = Le service du VPN n'a pas répondu à temps. Regarde `/status` avant de réessayer.
error-not_authentic = La réponse reçue ne vient pas du service du VPN ({ $reason }). Regarde `/status` avant de réessayer.
error-not_signed = Le service du VPN ne croit pas que la demande vienne du bot. Dis-le à un admin : { $reason }.
error-gateway_busy = Le service du VPN est débordé en ce moment, donc rien n'a été fait. Réessaie dans quelques minutes.

# The $hint of a taken port.
hint-free = { $free } est libre.
hint-none = Aucun autre port n'est libre pour le moment.
# The $rule that a request breaks.
rule-one_port = ça ne va qu'avec un seul port ou une seule plage
rule-inside = les ports doivent être entre 1 et 65535
rule-twice = { $value } y est deux fois
rule-too_many = { $value } ports à la fois au plus
rule-weak = aucune clé privée ne va avec
rule-key = il faut une clé WireGuard : 44 caractères de base64 qui finissent par =
rule-name = un nom a de 1 à { $value } caractères visibles
rule-only = choisis-en un dans { $value }
rule-own = le VPN utilise { $value }. Choisis autre chose
rule-denied = l'admin garde { $value } fermé
rule-prefix = il faut une seule adresse, un /24 en IPv4 ou un /64 en IPv6

## A device and its setup.

join-purpose-unknown = Choisis `hosting`, `everything` ou `light`.
platform-windows = PC Windows
platform-mac = Mac
platform-linux = Linux
platform-phone = Téléphone
platform-router = Routeur
join-question = ### Qu'est-ce que tu veux ajouter ?
# $devices: the names of those that the member has. $device: a free name.
join-have = Tu as déjà { $devices }. Un nouvel appareil reçoit un nom libre, comme **{ $device }**. Il te faut juste un nouveau fichier ? Utilise `/rotate`.
join-free = **{ $device }** est libre.
join-free-button = En ajouter un autre
rotate-question = ### C'est quoi, { $device } ?
    Tu reçois un nouveau fichier de config. L'ancien ne marchera plus.

# A setup has at most 60 words on every platform, as a test counts them.
setup-title = ### { $icon } { $device } ⏳ en attente…
setup-install = **1.** Installe
setup-get-button = Télécharger WireGuard
setup-iphone-button = iPhone
setup-android-button = Android
setup-import = **2.** Enregistre { $file }, *Importer le(s) tunnel(s)…*
setup-activate = **3.** *Activer*
setup-mac-allow = **3.** Autorise la configuration VPN, puis *Activer*
setup-linux-save = **2.** Là où tu as enregistré le fichier : { $command }
setup-linux-start = **3.** { $command }
setup-phone-scan = **2.** Ouvre ceci sur ton PC. Scanne-le avec le téléphone : **+** → *code QR*
setup-phone-import = **2.** Enregistre { $file } sur le téléphone : **+** → *depuis un fichier*
setup-phone-allow = **3.** Autorise la configuration VPN, nomme-la { $tunnel }, active-la
setup-router-open = **1.** Ouvre la page de ton routeur : VPN → *client* WireGuard
setup-router-import = **2.** Importe { $file }. Garde *Allowed IPs* et *Persistent keepalive*.
setup-router-ports = **3.** Laisse passer ses ports jusqu'à ton PC
setup-lacks-key = D'abord, mets ta clé privée dans { $file } à la place de `{ $placeholder }`.
setup-qr-alt = Code QR avec la config de { $device }
setup-file-alt = Config WireGuard de { $device }
setup-full = ⚠️ { $family ->
    [ipv4] Tout l'Internet IPv4
   *[both] Tout l'Internet
} { $platform ->
    [router] derrière le routeur
    [phone] de ce téléphone
    [mac] de ce Mac
   *[windows] de ce PC
} passe par notre serveur.
setup-split = Seul le trafic VPN passe par notre serveur. IP des joueurs cachées.
setup-linux = Vraies IP des joueurs. Le reste du trafic évite le VPN. Installe aussi le paquet nftables.
setup-windows-firewall = 🛡️ Pare-feu : autorise le jeu (*réseaux publics*), encore après `/rotate`.
setup-windows-block = 🖨️ Plus d'imprimante ? *Modifier* → décoche *Bloquer tout le trafic hors tunnel*.
# $relative is a time such as `in 14 minutes`.
setup-private-until = 🔒 Fichier privé, effacé { $relative }.
setup-private = 🔒 Fichier privé, effacé une fois connecté.
setup-ends = Expire { $relative }.
setup-trouble-button = Ça coince
setup-send-button = M'envoyer en MP
setup-new-button = Nouveau fichier de config
setup-sent = 📬 La config est dans tes MP.
setup-not-sent = Je ne peux pas t'envoyer de MP. Autorise les MP de ce serveur (nom du serveur → *Paramètres de confidentialité*), ou prends le fichier ici.
setup-not-there = La config n'est plus dans ce message. `/rotate` en fait une nouvelle.
setup-connected = ✅ **Connecté :** { $device } est dans le VPN. Son fichier de config n'est plus ici.
setup-taken-out = ⌛ La config de **{ $device }** n'est plus ici. Pas encore connecté ? Prends un nouveau fichier.
setup-gone = **{ $device }** n'est plus dans le VPN. Utilise `/join` pour le rajouter.
setup-undelivered = **{ $device }** est prêt, mais je n'ai pas pu livrer le fichier de config. `/rotate` en fait un nouveau.

# What is behind the button *It doesn't work*.
trouble-waiting = **Toujours en attente ?** Le tunnel doit être *actif* dans WireGuard. Certains réseaux (école, travail) bloquent les VPN : essaies-en un autre.
trouble-windows-firewall = **Tes amis n'arrivent pas à venir ?** Pour Windows, le VPN est un *réseau public*. Cherche *Autoriser une application via le pare-feu Windows* et coche *Public* pour ton jeu. Après `/rotate`, c'est un nouveau réseau, et Windows peut redemander.
trouble-windows-block = **Plus d'imprimante ou de jeux en LAN ?** WireGuard → *Modifier* → décoche *Bloquer tout le trafic hors tunnel (interrupteur)*.
trouble-linux-resolver = **resolvconf introuvable ?** Avec systemd-resolved, comme sur Ubuntu : `sudo ln -s /usr/bin/resolvectl /usr/local/bin/resolvconf`. Sinon, installe openresolv.
trouble-linux-ipv6 = **Ça plante à `ip -6` ?** IPv6 est désactivé sur cette machine : utilise `/rotate ipv4_only:True`.
trouble-linux-manager = **NetworkManager ?** Il ignore une partie de ce fichier. Utilise `wg-quick`.
trouble-linux-silent = **Les joueurs n'ont pas de réponse ?** Installe nftables, puis `wg-quick down` et `up`. Fais écouter le serveur sur toutes les adresses, pas seulement sur celle du LAN. Ouvre son port dans ufw ou firewalld comme pour ton LAN. Démarre tout autre VPN avant celui-ci.
trouble-linux-list = **Une liste publique de serveurs montre ton adresse à la maison ?** Fais écouter le serveur sur l'adresse VPN : elle est dans le fichier, après *Address*.
trouble-phone-screen = **Pas de deuxième écran ?** Enregistre le fichier sur le téléphone, puis dans WireGuard : **+** → *Importer depuis un fichier ou une archive* (iPhone : *Créer depuis un fichier ou une archive*).
trouble-router = **Tes amis n'arrivent pas à venir ?** Les ports arrivent au routeur. Fais-les suivre jusqu'à ton PC.
trouble-ipv4 = **IPv6 ?** Cette config est en IPv4 seulement : IPv6 reste hors du VPN.
trouble-file = **Fichier perdu, ou quelqu'un d'autre l'a eu ?** `/rotate` en fait un nouveau, et l'ancien ne marche plus.
trouble-admin = **Toujours bloqué ?** Demande à un admin : les admins voient si ton appareil atteint le serveur.
leave-done = **{ $device }** n'est plus dans le VPN. Tu peux supprimer le tunnel dans WireGuard.

## Asking for access.

request-asked = J'ai demandé aux admins de te laisser entrer. Je t'envoie un MP dès que c'est bon. Autorise les MP de ce serveur, s'il te plaît (nom du serveur → *Paramètres de confidentialité*).
request-waiting = Tu as demandé { $since }, et les admins n'ont pas encore décidé. Je t'envoie un MP dès que c'est bon.
request-welcome = ✅ **C'est bon, tu y es !** Un admin a accepté ta demande.
request-refused = ⛔ Les admins ont refusé ta demande pour le VPN.
request-refused-reason = Raison : { $reason }
request-ran-out = Ta demande pour le VPN a expiré sans réponse. Utilise `/join` sur le serveur pour redemander.

# The request that the admins see, and the answers to their clicks.
request-title = { $name } veut rejoindre
request-about = { $mention } a tapé `/join`, mais n'a pas accès au VPN.
request-account-field = Compte créé
request-joined-field = Arrivée sur le serveur
request-asked-field = Demandé
request-device-field = Appareil
request-mode-field = Par le VPN
request-outcome-field = Décision
request-approve-button = Accepter
request-deny-button = Refuser
request-form-title = Refuser la demande
request-form-label = Raison (facultatif, la personne la verra)
request-outcome-approved = ✅ Acceptée par { $admin } { $when }.
request-outcome-undelivered = ✅ Acceptée par { $admin } { $when }. Mon MP n'est pas arrivé : pour continuer, il faut retaper `/join`.
request-outcome-denied = ⛔ Refusée par { $admin } { $when }.
request-outcome-expired = ⌛ Expirée { $when } sans réponse.
request-outcome-left = 🚪 Fermée { $when } : départ du serveur.
request-outcome-needless = ✅ Fermée { $when } : l'accès est déjà là.
request-reason = Raison : { $reason }
request-discord-fails = Discord a eu un problème. Réessaie dans une minute.
request-stays-open = Rien n'a changé, et la demande reste ouverte.
request-unknown = Cette demande ne marche plus. Utilise `/join` pour redemander.
request-being-approved = { $admin } est en train d'accepter cette demande.
request-let-in = **{ $member }** a l'accès. La config est partie en MP.
request-let-in-undelivered = **{ $member }** a l'accès, mais mon MP n'est pas arrivé. Dis-lui de retaper `/join`.
request-left = **{ $member }** a quitté le serveur, donc j'ai fermé la demande.
request-denied = Refusée. **{ $member }** n'a pas d'accès, et je l'ai dit en MP.
request-denied-untold = Refusée. **{ $member }** n'a pas d'accès. Mon MP n'est pas arrivé.
# Discord shows it in its own audit log.
request-role-reason = guildgate : { $admin } a accepté la demande d'accès
request-role-failed = Je n'ai pas pu donner le rôle à l'instant, donc je retiens l'accès moi-même. Tu peux donner le rôle à la main.
request-role-refused = ⚠️ Discord ne me laisse pas donner { $role }, donc je retiens l'accès moi-même. Pour la prochaine fois : donne à mon rôle la permission *Gérer les rôles*, et glisse-le au-dessus de { $role }.
request-role-missing = ⚠️ Le serveur n'a pas de rôle { $role } (le premier de `member_roles`), donc je retiens l'accès moi-même.
request-trouble-title = ⚠️ Les nouveaux membres ne peuvent pas demander l'accès
request-no-channel = Le serveur n'a pas de salon textuel { $channel }, ou je ne le vois pas : `admin_channel` dans `[discord]`.
request-no-permission = Un membre a demandé l'accès, mais je ne peux pas écrire dans { $channel }. Donne-moi là-bas *Voir le salon*, *Envoyer des messages* et *Intégrer des liens*.

## Opening and closing ports.

forward-opened = { $count ->
    [one] **Le port { $ports } est ouvert ({ $protocol }).** Les joueurs se connectent à :
   *[other] **Les ports { $ports } sont ouverts ({ $protocol }).** Les joueurs se connectent à :
}
forward-opened-ipv6 = Les joueurs en IPv6 peuvent aussi utiliser { $address }.
forward-opened-target = Tourne sur **{ $device }**, { $count ->
    [one] port { $ports }
   *[other] ports { $ports }
}. Laisse WireGuard et ton serveur allumés.
forward-opened-several = **C'est ouvert.** Les joueurs se connectent à :
forward-opened-game = **{ $game } est ouvert.** Les joueurs se connectent à :
forward-opened-several-keep = Tourne sur **{ $device }**. Laisse WireGuard et ton serveur allumés.
forward-opened-several-moved = Port public → port sur **{ $device }** : { $ports }
# Small print below the address that players paste, and inside a sentence.
address-port = Port : { $port }
address-also = Ouverts aussi : { $ports }
# $how is a `game-join-` message.
address-game = Dans le jeu : { $how }
address-port-of = { $address } avec le port { $port }
forward-friends-only = Seuls les appareils du VPN, et les adresses que tu autorises avec `/connections`, peuvent se connecter.
forward-already-open = Tu l'as déjà ouvert.
forward-note-split = Seul le trafic VPN de cet appareil passe : ton serveur ne voit pas les IP des joueurs.
forward-note-linux = Ton serveur voit les vraies IP des joueurs. Fais-le écouter sur toutes les adresses, pas seulement sur celle du LAN.
forward-closes = Se ferme { $relative } ({ $time }).
forward-never-closes = Reste ouvert jusqu'à ce que tu le fermes.
forward-has-ended = C'est déjà fermé. `/forward` le rouvre.
# What is missing for an opening, above a button or menu that makes it.
forward-meant = Tu voulais dire { $games } ? Je ne connais pas { $text }. Un numéro de port marche aussi.
forward-instead-button = Ouvrir plutôt { $port }
forward-instead-keeps = Ton serveur reste sur { $port } : je dirige { $free } vers ce port.
forward-no-device = **Ajoute d'abord ton PC.** Ensuite, appuie sur le deuxième bouton.
forward-again-button = Ouvrir maintenant
forward-which-device = Il tourne sur lequel ?
forward-device-menu = Choisis ton PC…
forward-close-menu = Fermer plutôt un de ceux-là…
unforward-done = { $count ->
    [one] **Fermé.** Plus personne ne peut rejoindre :
   *[other] **{ $count } ports fermés.** Plus personne ne peut rejoindre :
}

## How the most played games are hosted, below the line that misses the server, and how they are joined.

game-host-minecraft = *Ouvrir au LAN* ? Mets-y le port { $port }.
game-join-minecraft = *Multijoueur* → *Connexion directe*
game-host-minecraft-bedrock = Lance le Bedrock Dedicated Server avec `server-port={ $port }`.
game-join-minecraft-bedrock = *Jouer* → *Serveurs* → *Ajouter un serveur*
game-host-valheim = *Start Game* → coche *Start Server*, et laisse *Crossplay* désactivé.
game-join-valheim = *Join Game* → *Add server*
game-host-palworld = Lance le Palworld Dedicated Server avec `-port={ $port }`.
game-join-palworld = *Join Multiplayer Game*, et colle l'adresse en bas
game-host-terraria = *Multiplayer* → *Host & Play*, ou lance TerrariaServer sur le port { $port }.
game-join-terraria = *Multiplayer* → *Join via IP*
game-host-factorio = *Multiplayer* → *Host saved game*. Son port est dans `config.ini` : `port={ $port }`.
game-join-factorio = *Multiplayer* → *Connect to address*
game-host-satisfactory = Lance le Satisfactory Dedicated Server avec `-Port={ $port }`.
game-join-satisfactory = *Server Manager* → *Add Server*
game-host-project-zomboid = *Host* dans le menu principal, avec le port { $port }.
game-join-project-zomboid = *Join* → *Favorites*, avec le port dans son propre champ
game-host-enshrouded = Lance l'Enshrouded Dedicated Server.
game-join-enshrouded = *Play* → *Join*, et cherche le nom du serveur
game-host-7-days-to-die = Règle *Server Port* sur { $port } quand tu lances la partie.
game-join-7-days-to-die = *Join a Game* → *Connect to IP*, avec le port dans son propre champ
game-host-counter-strike-2 = Lance le serveur dédié avec `-port { $port }`.
game-join-counter-strike-2 = Console (`~`) : `connect`, un espace, et l'adresse
game-host-rust = Lance RustDedicated avec `+server.port { $port }`.
game-join-rust = Appuie sur F1 : `client.connect`, un espace, et l'adresse
game-host-ark = Lance l'ARK Dedicated Server avec `?Port={ $port }`.
game-join-ark = Console (Tab) : `open`, un espace, et l'adresse
game-host-ark-ascended = Lance l'ARK Ascended Dedicated Server avec `-port={ $port }`.
game-join-ark-ascended = Console (Tab) : `open`, un espace, et l'adresse
game-host-garrys-mod = Lance srcds avec `-port { $port }`.
game-join-garrys-mod = Console : `connect`, un espace, et l'adresse

## The gateway has another address.

moved-lost = 🚚 **Le VPN a déménagé. Son adresse est maintenant { $address }.** { $count ->
    [one] La config de cet appareil a l'ancienne adresse. Tape `/rotate`, et mets le nouveau fichier à la place de l'ancien.
   *[other] Les configs de ces appareils ont l'ancienne adresse. Tape `/rotate` pour chacun, et mets le nouveau fichier à la place de l'ancien.
} Tes ports restent ouverts :
moved-waiting = 🚚 **Le VPN a déménagé.** { $count ->
    [one] Cet appareil le cherche encore à l'ancien endroit. Désactive puis réactive WireGuard une fois :
   *[other] Ces appareils le cherchent encore à l'ancien endroit. Désactive puis réactive WireGuard une fois sur chacun :
}

## Time running out.

reminder = { $count ->
    [one] ⏰ **Un port à toi se ferme { $relative }.** Ça joue encore ? Prolonge-le :
   *[other] ⏰ **{ $count } ports à toi se ferment { $relative }.** Ça joue encore ? Prolonge-les :
}
reminder-extend-button = Prolonger
reminder-close-button = Fermer
extended = **Prolongé.**
extended-already = Déjà prolongé :

## Whether players can join, hop by hop. Bold: the one thing to do.

proof-check-button = Revérifier
proof-how-button = Montre-moi comment
proof-how =
    1. Ouvre l'appli WireGuard sur ton PC.
    2. Choisis le tunnel, et appuie sur *Activer*.

    Pas encore installé ? `/join`
proof-other-port-button = Autre port…
proof-other-port-form-title = Autre port
proof-other-port-form-label = Le port que ton serveur utilise
proof-other-port-bad = Ce n'est pas un port. Écris un nombre de 1 à 65535.
change-button = Modifier…
change-form-title = Modifier
change-which-form-label = Quel port ?
change-device-form-label = Le PC où ça tourne
change-time-form-label = Combien de temps, ou jusqu'à quand
proof-looking-title = Les joueurs peuvent-ils venir ?
proof-done-title = Les joueurs peuvent venir
proof-ready-title = Prêt pour les joueurs
proof-missing-title = Les joueurs ne peuvent pas encore venir
proof-unknown-title = On y est presque
proof-over-title = Pas prêt à mon dernier coup d'œil
proof-gone-title = Fermé
proof-until = En direct jusqu'à { $time }
proof-stopped = Plus en direct. Appuie sur *{ proof-check-button }*.
proof-gateway-away = Le VPN ne répond pas en ce moment. Ce qui est ouvert reste ouvert, et je continue d'essayer.
proof-open = { $count ->
    [one] Le port { $ports } est ouvert
   *[other] Les ports { $ports } sont ouverts
}
# $problem: a `problem-` message.
proof-blocked = **Demande à un admin de laisser passer les joueurs.** { $problem }
proof-suspended = **Demande à un admin de rétablir { $device }.** Il est suspendu, et ses ports sont fermés jusque-là.
proof-tunnel = WireGuard sur { $device }
proof-connected = { $device } est connecté ({ $handshake })
proof-not-connected = **Active WireGuard sur { $device }.** Dernier contact { $handshake }.
proof-never-connected = **Active WireGuard sur { $device }.** Il n'a encore jamais été connecté.
proof-server = Serveur sur { $device }
# $ports is the message `port`.
proof-server-refused = **Lance le serveur sur { $device }.** Rien ne tourne sur { $ports }.
proof-server-silent = **Lance le serveur sur { $device }, et autorise-le dans son pare-feu.** Rien ne répond sur { $ports }.
proof-server-frozen = **Regarde le serveur sur { $device }.** Il accepte les joueurs sur { $ports }, puis ne dit plus rien : il démarre encore, ou il a planté.
proof-server-refused-tcp = **Lance le serveur sur { $device }.** Rien ne tourne sur TCP { $ports }. Les serveurs UDP ne se vérifient pas.
proof-server-silent-tcp = **Lance le serveur sur { $device }, et autorise-le dans son pare-feu.** Rien ne répond sur TCP { $ports }. Les serveurs UDP ne se vérifient pas.
proof-playing = Le serveur sur { $device } répond : { $players } en jeu
proof-playing-of = Le serveur sur { $device } répond : { $players } sur { $slots } en jeu
# Follows proof-playing and proof-playing-of.
proof-version = , version { $version }
proof-answers = Le serveur sur { $device } répond
proof-takes = Le serveur sur { $device } accepte les joueurs
proof-udp = Je ne peux pas vérifier ce jeu d'ici. Assure-toi qu'il tourne sur { $device }.
proof-players = Premier joueur
proof-knocked = Un joueur a essayé de se connecter. Personne n'est là en ce moment.
proof-nobody = **Donne { $address } aux joueurs.** Personne n'a encore essayé. Si tes amis n'arrivent pas à se connecter, demande à un admin d'ouvrir { $ports } ({ $protocol }) dans le pare-feu de l'hébergeur du VPS.

## Match cards.

card-announce-button = Annoncer
card-close-button = Fermer
card-anyway-button = Annoncer quand même
card-not-ready-offline = 🟡 Pas encore annoncé : { $device } est hors ligne. Active d'abord WireGuard dessus.
card-not-ready-silent = 🟡 Pas encore annoncé : le serveur sur { $device } ne répond pas.
card-not-ready-blocked = 🟡 Pas encore annoncé : un pare-feu ou un réglage de notre serveur bloque les joueurs. Les admins en voient plus dans /status.
card-announced = 📣 Annoncé ici : { $link }
card-announced-already = 📣 Déjà annoncé : { $link }
card-not-announced = Je n'ai pas pu l'annoncer. Appuie sur **{ card-announce-button }** pour réessayer.
card-not-here = Je ne peux pas l'annoncer dans nos MP. Tape ceci dans le salon où tes amis doivent le voir : { $command }
card-cannot-announce = Je n'ai pas pu l'annoncer : dans { $channel }, il me manque { $count ->
    [one] la permission { $permissions }
   *[other] les permissions { $permissions }
}. Dès qu'un admin de ce serveur m'a donné ça, appuie sur **{ card-announce-button }**.
# The names of permissions in Discord's client.
permission-view_channel = Voir le salon
permission-send_messages = Envoyer des messages
permission-send_messages_in_threads = Envoyer des messages dans les fils
permission-embed_links = Intégrer des liens
permission-create_events = Créer des événements
permission-manage_events = Gérer les événements
card-not-yours = Seuls son hôte et les admins peuvent la fermer.
card-title = 🎮 { $what }
card-ended-title = 🏁 { $what } : terminé
card-host = Hôte : **{ $host }**
card-stale = ⚠️ Le VPN ne répond pas. Dernières infos : { $since }.
card-offline = 🟡 { $device }, l'appareil de { $host }, s'est déconnecté { $since }.
card-offline-never = 🟡 { $device }, l'appareil de { $host }, n'est pas encore connecté.
card-way-blocked = 🟡 Un pare-feu ou un réglage de notre serveur bloque les joueurs. Les admins en voient plus dans /status.
card-way-silent = 🟡 Le serveur sur { $device } ne répond pas.
card-way-ready = 🟢 Prêt : le serveur répond.
card-version-field = Version
card-address-field = Adresse
card-players-field = Joueurs en ce moment
card-players = { $players ->
    [one] { $players } joueur (max. { $peak })
   *[other] { $players } joueurs (max. { $peak })
}
card-players-of = { $players ->
    [one] { $players } joueur sur { $slots } (max. { $peak })
   *[other] { $players } joueurs sur { $slots } (max. { $peak })
}
card-since-field = Ouvert
card-until-field = Fermeture
card-until = { $time }, { $relative }
card-until-closed = quand l'hôte ferme
card-lasted-field = Durée
card-most-field = Max. en même temps
card-most = { $players ->
    [one] { $players } joueur
   *[other] { $players } joueurs
}
card-open-field = Ouvert
card-open = du { $since } au { $until }

## The live message of /panel.

panel-head = ## 🎮 { $server }
panel-away = 🔴 **Le VPN a cessé de répondre { $since }.** Ce qui est ouvert reste ouvert.
panel-blocked = 🔴 **Impossible de rejoindre en ce moment.**
    Admins : `/doctor` dit quoi faire.
panel-problems = ⚠️ { $count ->
    [one] { $count } problème sur le serveur.
   *[other] { $count } problèmes sur le serveur.
} Admins : `/doctor` dit quoi faire.
panel-none = Rien n'est ouvert en ce moment. Appuie sur **Héberger une partie** pour commencer.
panel-more = { $count ->
    [one] … et { $count } partie de plus
   *[other] … et { $count } parties de plus
}
panel-match = ### { $game } · { $host }
# $state is one of the messages below.
panel-match-short = **{ $game }** · { $host } · { $state }
panel-playing = { $players ->
    [0] 🟢 Ouvert
    [one] 🟢 **{ $players }** joueur
   *[other] 🟢 **{ $players }** joueurs
}
panel-playing-of = 🟢 **{ $players }**/{ $slots }
panel-players = { $state } · max. { $most } { $picture }
panel-pc-offline = 🟡 PC déconnecté { $since }
panel-pc-never = 🟡 En attente du PC de l'hôte
panel-silent = 🟡 Le jeu ne répond pas
panel-time = -# Ouvert { $since }
panel-time-until = -# Ouvert { $since } · fermeture { $until }
panel-devices = { $online ->
    [one] { $online } appareil en ligne sur { $devices }
   *[other] { $online } appareils en ligne sur { $devices }
}
# $devices is the message `panel-devices`.
panel-foot = -# { $devices }
panel-foot-traffic = -# { $devices } · { $rate }
panel-host-button = Héberger une partie
panel-again-button = Relancer ma partie
panel-add-button = Ajouter mon PC
panel-mine-button = Mes trucs
panel-help-button = Aide
panel-devices-button = Appareils
panel-requests-button = { $count ->
    [0] Demandes
   *[other] Demandes ({ $count })
}
panel-host-which = Qu'est-ce que tu veux héberger ?
panel-host-choose-menu = Choisis un jeu
panel-host-other-menu = Autre…
panel-host-form-title = Héberger une partie
panel-host-form-label = Quel jeu ou quel port ?
panel-host-hint-menu = minecraft, valheim, 25565
panel-no-device = Ajoute d'abord ton PC : appuie sur **{ panel-add-button }** ou tape `/join`.
panel-try-again = Discord a eu un problème. Appuie encore sur le bouton.
panel-nothing-again = Tu n'as pas encore hébergé de partie. Appuie sur **{ panel-host-button }**.
panel-requests-none = Personne n'attend d'entrer.
panel-requests = { $count ->
    [one] **{ $count } demande attend :**
   *[other] **{ $count } demandes attendent :**
}
panel-request = - **{ $name }** a demandé { $since } : { $link }
panel-there = 📌 Le message en direct est déjà là : { $link }
panel-posted = 📌 Le message en direct est ici : { $link }
    Épingle-le, pour que tout le monde le trouve.
panel-cannot-post = Je ne peux pas écrire ici. Donne-moi **{ permission-view_channel }** et **{ permission-send_messages }** dans ce salon, puis retape `/panel`.
# What /help says, by whether the member has a device.
help-join = **Commence ici : `/join`** ajoute ton PC au VPN.
    1. Active WireGuard, et lance ton jeu.
    2. `/forward` te donne l'adresse pour tes amis.
help-host = **Commence ici : `/forward`** te donne l'adresse pour tes amis.
    Laisse WireGuard activé et ton jeu lancé. `/join` ajoute un autre appareil.
help-more = Plus :
    - `/status` tes appareils et tes ports
    - `/unforward` fermer un port
    - `/connections` qui est là
    - `/rotate` un nouveau fichier de config
    - `/policy` tes limites
help-admin = **Admins :**
    - `/panel` le message en direct
    - `/peers` les appareils de tous
    - `/forwards` les ports de tous
    - `/revoke` retirer un membre
    - `/audit` qui a fait quoi
    - `/doctor` ce qui ne va pas
    - `/settings` ce qui est réglé
panel-help = **Héberge une partie pour tes amis**
    1. **{ panel-add-button }** : tu reçois la config pour WireGuard.
    2. Active WireGuard, et lance le serveur de ton jeu.
    3. **{ panel-host-button }** : tu reçois l'adresse pour tes amis.
    - **{ panel-again-button }** rouvre ton dernier jeu.
    - **{ panel-mine-button }** montre tes appareils et tes ports.
    Ça coince ? **{ panel-host-button }** dit quelle étape manque.

# The set-up in Discord: /setup with its code, and the form.
setup-begin = **On y est presque.** Crée un rôle pour tes amis et un pour les admins, s'il n'y en a pas. Puis choisis-les ici.
setup-form-button = Choisir rôles et salon
setup-form-title = Installer le VPN
setup-members-form-label = Qui peut utiliser le VPN ?
setup-admins-form-label = Qui sont les admins ?
setup-channel-form-label = Salon des demandes et du log (facultatif)
setup-zone-form-label = Fuseau horaire, par ex. Europe/Paris
setup-language-form-label = Langue des messages dans les salons
setup-language-menu = Celle du serveur
setup-done = ✅ **C'est installé.** Tes amis peuvent taper `/join`. `/settings` montre ce qui est réglé, `/help` quoi faire.
# $keys: keys of the configuration file, in backticks.
setup-fixed = `config.toml` fixe déjà { $keys } : ça reste.
setup-lack = ⚠️ { $problem }
setup-not-allowed = Seuls les membres avec **Gérer le serveur** peuvent m'installer.
setup-code-wrong = Ce code est faux. Regarde dans le terminal où tu as lancé `setup`.
setup-code-over = Ce code ne marche plus : son heure est passée, ou il y a eu trop d'essais. `sudo guildgate setup` en affiche un nouveau.
setup-code-none = Il n'y a rien à installer. `sudo guildgate setup` sur le VPS affiche un code.
setup-missing = Un rôle ou un salon choisi n'existe plus. Ouvre à nouveau le formulaire.
setup-bot-role = C'est le rôle propre d'un bot, aucun membre ne peut l'avoir. Choisis-en un autre.
setup-everyone-admin = @everyone ne peut pas être un rôle d'admin. Choisis-en un autre.
setup-unknown-zone = Je ne connais pas ce fuseau horaire. Écris-en un comme Europe/Paris ou America/New_York.
setup-refused = Ça ne colle pas avec `config.toml` : regardes-y { $key }.

# What /settings shows.
settings-title = Paramètres
settings-line = **{ $what } :** { $shown }
settings-none = aucun
settings-member_roles = Membres
settings-admin_roles = Admins
settings-guest_roles = Invités
settings-admin_channel = Demandes d'accès
settings-log_channel = Log
settings-posts_channel = Posts sur les parties
settings-timezone = Fuseau horaire
settings-language = Langue dans les salons
# What set it: /setup or the configuration file.
settings-by-chosen = · choisi dans Discord
settings-by-file = · `config.toml`
settings-members-field = Ce que les membres peuvent faire
settings-policy = `/policy` le montre. Ça se règle dans `[policy]` de `config.toml`, pas d'ici.
settings-change-field = Pour changer quelque chose
settings-change = Lance `sudo guildgate setup` sur le VPS : ça affiche un code pour `/setup`. Ce que dit `config.toml` reste.
settings-hide-field = Qui voit les commandes des admins
settings-hidden = Seuls les membres avec **Gérer le serveur** les voient, parce que chaque rôle d'admin l'a.
settings-hide = Tout le monde les voit, et seuls les admins peuvent les utiliser. Pour les cacher : *Paramètres du serveur → Intégrations*, choisis-moi, et autorise chaque commande à ton rôle d'admin seulement. Ou donne **Gérer le serveur** à chaque rôle d'admin.

# Beside the bot's name.
presence-playing = { $players ->
    [one] { $players } joueur
   *[other] { $players } joueurs
} dans { $matches ->
    [one] { $matches } partie
   *[other] { $matches } parties
}
presence-open = { $matches ->
    [one] { $matches } partie ouverte
   *[other] { $matches } parties ouvertes
}

# The posts in `posts_channel`.
post-hosting = 🎮 **{ $host }** héberge **{ $game }** sur { $address }
post-first-player = 👋 Le premier joueur est arrivé sur **{ $game }** chez **{ $host }**.
post-offline = 📴 Le PC de **{ $host }** s'est déconnecté { $since }, avec { $players ->
    [one] { $players } joueur
   *[other] { $players } joueurs
} sur **{ $game }**.
    La partie revient dès que WireGuard est réactivé.
post-silent = 🟡 **{ $game }** chez **{ $host }** a cessé de répondre { $since }.
    Le serveur du jeu tourne encore ?
posts-on = Je peux à nouveau poster à propos de tes parties.
posts-off = Je ne poste plus rien à propos de tes parties. `/posts state:on` le réactive.

## Status.

status-title = Tes appareils
status-everyone-title = Tous les appareils
status-none = Tu n'as pas encore d'appareil dans le VPN. Tape `/join` pour en ajouter un.
status-none-at-all = Le VPN n'a pas encore d'appareils. Tape `/join` pour en ajouter un.
status-connected = { $connected ->
    [one] { $connected } appareil connecté sur { $devices }.
   *[other] { $connected } appareils connectés sur { $devices }.
}
status-address = Les joueurs se connectent à { $address } avec un des ports ci-dessous.
status-no-ports = Aucun port n'est ouvert ; `/forward` en ouvre un.
# $problem: a `problem-` message.
status-problem = ⚠️ { $problem }
status-lan = Le mode LAN est activé : les appareils se joignent par leurs adresses VPN.
status-never = Encore jamais connecté. Importe la config dans WireGuard et active-la.
status-handshake = Connecté, dernier contact { $handshake }
status-handshake-from = Connecté depuis { $endpoint }, dernier contact { $handshake }
status-away = Pas connecté, dernier contact { $handshake }
# The device sent and received.
status-traffic = Envoyé { $sent }, reçu { $received }
status-vpn-address = Adresse VPN { $addresses }
status-more = { $count ->
    [one] … et { $count } appareil de plus. `guildgate status` sur le VPS les liste tous.
   *[other] … et { $count } appareils de plus. `guildgate status` sur le VPS les liste tous.
}

## LAN mode.

doctor-title = 🩺 Diagnostic
doctor-level-failure = ❌ **{ $check }** : { $found }
doctor-level-warning = ⚠️ **{ $check }** : { $found }
doctor-step = → { $advice }
# $check is found by another version of guildgate on the VPS.
doctor-other = Quelque chose ne va pas. `guildgate doctor` sur le VPS dit quoi.
doctor-where = -# Tape les commandes après → sur le VPS, en root.
doctor-fine = ✅ { $count ->
    [one] { $count } vérification est bonne
   *[other] { $count } vérifications sont bonnes
}.
doctor-check-gateway = service du VPN
doctor-check-names = rôles et salons
doctor-check-permissions = permissions
doctor-check-intents = intents
doctor-check-commands = commandes
doctor-check-version = version

# The names of the gateway's checks.
doctor-check-backups = sauvegardes
doctor-check-clock = horloge
doctor-check-configs = fichiers de config
doctor-check-conntrack = suivi des connexions
doctor-check-database = base de données
doctor-check-disk = disque
doctor-check-doctor = diagnostic
doctor-check-firewalls = pare-feu
doctor-check-flow-table = table des connexions
doctor-check-forwarding = transfert des paquets
doctor-check-ipv6-route = route IPv6
doctor-check-listen-port = port du VPN
doctor-check-nf_tables = nf_tables
doctor-check-privileges = privilèges
doctor-check-problem = problème
doctor-check-public-address = adresse publique
doctor-check-reserved-ports = ports réservés
doctor-check-reverse-path = chemin de retour
doctor-check-socket-users = utilisateurs du socket
doctor-check-state = état
doctor-check-tunnel-size = taille des paquets
doctor-check-vpn-subnets = réseau du VPN
doctor-check-way-out = sortie vers Internet
doctor-check-way-to-devices = chemin vers les appareils
doctor-check-wireguard = WireGuard

# What a check of the VPS found, for admins. Words in backticks and in [brackets] are keys of the configuration.
# $reason: what was refused and why, in English, as the system says it.
finding-unread = Cette vérification n'a rien pu voir. `guildgate doctor` sur le VPS dit pourquoi.
finding-privileges = La passerelle n'a pas le droit de changer le réseau (CAP_NET_ADMIN), donc certaines vérifications ont été sautées.
finding-container = La passerelle tourne en root sans CAP_NET_ADMIN. Dans Docker, ajoute `--cap-add NET_ADMIN --network host`.
finding-no_wireguard = Le noyau n'a pas WireGuard : { $reason }. Prends un noyau plus récent, ou mets `backend = "auto"`.
finding-no_wireguard_go = Le noyau n'a pas WireGuard, et `wireguard-go` n'est pas installé.
finding-no_tun = `wireguard-go` ne peut pas utiliser /dev/net/tun : { $reason }. Dans Docker, ajoute `--device /dev/net/tun`.
finding-no_nftables = Impossible de lire le pare-feu : { $reason }.
finding-no_libnftables = La bibliothèque libnftables manque.
finding-no_conntrack = Impossible de lister les connexions : { $reason }.
finding-few_flows = Le VPS suit { $size } connexions au plus, et un seul membre peut en ouvrir { $most }. Quand la table est pleine, les nouvelles connexions échouent.
finding-few_buckets = La table des connexions est lente quand elle se remplit ({ $size } entrées).
finding-ipv4_only = Le VPS n'a pas d'IPv6, donc le VPN ne transporte que l'IPv4. Pour t'en passer, mets `subnet6 = ""`.
finding-no_forwarding = Le VPS ne fait pas suivre les paquets, et la passerelle n'a pas le droit de le changer ({ $settings }).
finding-reverse_path = Les joueurs qui arrivent par une deuxième ligne sont rejetés ({ $setting }).
finding-way_out = Les réponses aux joueurs sortent par { $interface }, et c'est le mauvais chemin. Un client VPN sur le VPS peut en être la cause.
finding-devices_astray = Les paquets pour { $address } sortent par { $interface }, pas par le VPN. Appareils touchés : { $count }.
finding-devices_nowhere = Les paquets pour { $address } ne vont nulle part. Appareils touchés : { $count }.
finding-reserved_ports = Un autre programme du VPS peut prendre un port ouvert (impossible d'écrire { $setting }).
finding-state_unwritable = La passerelle ne peut pas écrire dans son dossier { $folder }.
finding-state_exposed = D'autres utilisateurs du VPS peuvent lire { $files } dans { $folder }.
finding-firewall_players = { $program } sur le VPS bloque les joueurs, dans { $chains }.
finding-firewall_devices = { $program } sur le VPS bloque les appareils, dans { $chains }.
finding-firewall_flowtable = { $program } sur le VPS confie des connexions à une flowtable, dans { $chains }. Un port fermé reste ouvert pour elles.
finding-firewall_doubt = { $program } sur le VPS bloque peut-être les joueurs ou les appareils, dans { $chains }.
finding-firewall_legacy = L'ancien iptables est utilisé, et ses règles ne peuvent pas être listées.
finding-firewall_hidden = { $program } bloque peut-être les joueurs. Seul root peut voir ses règles.
finding-firewall_crash = Une règle d'un autre programme fait planter la bibliothèque du pare-feu. `guildgate doctor` sur le VPS dit laquelle.
finding-mark_written = Une règle d'un autre programme coupe les connexions des joueurs : { $rules } écrit toute la marque conntrack. Fais-lui écrire seulement ses propres bits.
finding-mark_compared = Une règle d'un autre programme compare toute la marque conntrack : { $rules }. Fais-lui comparer seulement ses propres bits.
finding-mark_shared = Une règle d'un autre programme utilise les bits de la passerelle dans la marque conntrack : { $rules }. Mets un autre `conntrack_mask`.
finding-no_route = Le VPS n'a pas de route par défaut. Mets dans `public_interface` l'interface côté Internet.
finding-no_interface = Il n'y a pas d'interface { $interface }. Corrige `public_interface`.
finding-no_address = { $interface } n'a pas d'adresse IPv4. Renseigne `public_address`.
finding-address_shared = { $address } est partagée par beaucoup de clients de l'hébergeur (CGNAT), donc les amis ne peuvent pas se connecter. Prends un VPS avec sa propre adresse.
finding-address_private = { $address } est privée, donc les amis ne peuvent pas se connecter. Mets dans `public_address` l'adresse affichée chez l'hébergeur, et ouvre les ports là-bas.
finding-address_unresolved = Le nom { $name } est introuvable. Fais-le mener à ce VPS, ou écris une adresse IPv4.
finding-address_lan = L'adresse publique { $address } est privée. C'est bon pour un LAN seulement.
finding-address_other = L'adresse publique est { $address }, mais { $interface } a { $own }. `public_address` est-elle juste ?
finding-subnet_taken = { $interface } a { $address }, qui est dans le réseau du VPN. Change `subnet4` ou `subnet6`.
finding-mtu_uplink = Les paquets du VPN sont trop gros pour la ligne du VPS, donc des téléchargements peuvent bloquer. Mets `mtu = "auto"`.
finding-mtu_path = Les paquets du VPN sont trop gros pour certains appareils ({ $count }), donc des téléchargements peuvent bloquer. Mets `mtu = { $mtu }`.
finding-listen_port = Un autre programme utilise le port UDP { $port }, dont le VPN a besoin. Arrête-le, ou mets un autre `listen_port`.
finding-accept_ra = Le VPS peut perdre son IPv6 ({ $setting } est à 1).
finding-socket_user = Il n'y a pas d'utilisateur système { $user }. Crée-le, ou retire-le de `socket_users`.
finding-clock_wrong = L'horloge est fausse : elle dit { $date }. Les appareils ne pourront pas se connecter si elle recule.
finding-clock_set_back = L'horloge a été reculée : elle dit { $now } UTC, et quelque chose a été noté à { $newest }. Les appareils ne peuvent pas se connecter.
finding-clock_alone = Aucun serveur de temps ne règle l'horloge. Les appareils ne pourront pas se connecter si elle recule.
finding-no_answer = La passerelle ne répond pas.
finding-other_version = La version { $running } de la passerelle tourne, et { $installed } est installée. Redémarre-la.
finding-bare_addresses = Certains fichiers de config ont une adresse à la place du nom ({ $count }). Demande un /rotate pour : { $names }.
finding-disk_full = Il reste { $left } MiB sur le disque de { $folder }, et sa base de données peut en demander { $needed }. Fais de la place, sinon aucun changement ne peut être enregistré.
finding-disk_files = Le disque de { $folder } n'accepte plus de fichiers. Fais de la place, sinon aucun changement ne peut être enregistré.
finding-journal_full = Le disque de { $folder } est presque plein, donc le log perd ses lignes les plus anciennes.
finding-database_unreadable = Impossible de lire { $file }. Restaure une sauvegarde ; le log en dit plus.
finding-database_damaged = { $file } est abîmé. Restaure une sauvegarde ; le log en dit plus.
finding-database_newer = { $file } vient d'une version plus récente de guildgate. Installe cette version.
finding-database_owner = { $file } appartient au mauvais utilisateur, donc on ne peut peut-être pas y écrire.
finding-database_exposed = D'autres utilisateurs du VPS peuvent lire { $file }.
finding-backups_unreadable = Impossible de regarder les sauvegardes dans { $folder }.
finding-no_backup = Il n'y a pas encore de sauvegarde dans { $folder }. La passerelle en fait une, une minute après son démarrage.
finding-old_backup = La dernière sauvegarde dans { $folder } a { $days } jours. Le log de la passerelle dit pourquoi.
lan-on = **Le mode LAN est activé.** Les appareils du VPN se joignent par leurs adresses VPN, si leurs propres pare-feu le permettent. `/status` montre les tiennes. Pour l'arrêter : `/lan state:off`
lan-off = **Le mode LAN est désactivé.** Les appareils du VPN ne se joignent plus, et ce qui passait entre eux est coupé. Les ports ouverts restent ouverts.

## What members may do.

policy-title = Ce que tu peux faire ici
policy-devices-field = Appareils
policy-devices = Jusqu'à { $count }, et { $joins } nouveaux par heure au plus.
policy-devices-until = Jusqu'à { $count }, et { $joins } nouveaux par heure au plus. Chacun est retiré après { $duration }.
policy-flows = Chaque appareil peut avoir { $count } connexions ouvertes à la fois, en IPv4 et autant en IPv6.
policy-forwards-field = Ports
policy-forwards = Jusqu'à { $count } ports ou plages, sur les ports { $ports }, avec { $most } ports en tout.
policy-time-field = Combien de temps un port reste ouvert
# $usual is a time such as 12 hours, or `policy-usual-forever`. $longest is `policy-longest` or `policy-longest-forever`.
policy-time = { $usual } par défaut, { $longest }.
policy-usual-forever = Jusqu'à ce que tu fermes
policy-longest = { $duration } au plus
policy-longest-forever = aussi longtemps que tu veux
policy-leave-field = Si tu pars ou perds ton rôle
policy-leave = Tes appareils sont suspendus, et retirés après { $duration }.
policy-leave-kept = Tes appareils sont suspendus, et gardés.
policy-kept-field = Ce qui est gardé en mémoire
policy-kept = Les admins peuvent lire ce que tu changes ici pendant { $duration }.
policy-flow-log = Les adresses que tes appareils contactent sur Internet sont notées pendant { $duration }.
policy-no-flow-log = Ce que tes appareils font sur Internet n'est pas noté.
policy-kept-forever = Les admins peuvent lire ce que tu changes ici.

## Lists for admins.

connections-title = Connexions
connections-count = { $count ->
    [0] Personne n'est connecté.
    [one] { $count } connexion
   *[other] { $count } connexions
}
connections-to = { $name } → { $port }
connections-since = Début { $since }
# Both are seen from the player.
connections-traffic = Envoyé { $sent }, reçu { $received }
connections-live = Connecté en ce moment
connections-from-device = Lancée par ton appareil
connections-friends-only = 🚪 { $ports } : amis seulement. { $packets ->
    [one] { $packets } paquet d'autres joueurs rejeté
   *[other] { $packets } paquets d'autres joueurs rejetés
}.
connections-hint = *Expulser* y met fin, et tient le programme de ce joueur dehors une minute. Un blocage reste, même si tu rouvres le port.
connections-kick-button = Expulser
connections-block-button = Bloquer
connections-around-button = Bloquer { $network }
connections-let-in-button = Autoriser
connections-undo-button = Annuler
connections-again-button = Actualiser
connections-rules-button = Bloquées et autorisées ({ $count })
connections-friends-button = Amis seulement
connections-all-button = Ouvrir à tous
connections-flow-menu = Choisis une connexion…
connections-rule-menu = Annuler pour une adresse…
connections-rules-title = Bloquées et autorisées
connections-rules-none = Aucune adresse n'est bloquée ou autorisée.
connections-rule-since = Ajout { $since }
connections-dropped = { $packets ->
    [one] { $packets } paquet rejeté
   *[other] { $packets } paquets rejetés
}
connections-blocked = 🚷 { $address } · { $ports }
connections-let-in = 🚪 { $address } · { $ports }
connections-kick-done = 👢 { $address } : expulsé de { $ports } sur **{ $device }**. Retour possible dans une minute.
connections-block-done = 🚷 { $address } : bloqué sur { $ports } de **{ $device }**. Ses connexions sont coupées.
connections-let-in-done = 🚪 { $address } peut se connecter à { $ports } de **{ $device }**.
connections-undo-done = ↩️ { $address } n'est plus ni bloqué ni autorisé sur { $ports } de **{ $device }**.
connections-friends-said = 🚪 Seuls les appareils du VPN, et les adresses que tu autorises, peuvent se connecter maintenant.
connections-all-said = Tous les joueurs peuvent à nouveau se connecter. Les blocages restent.
connections-old = Cette liste est trop vieille. Utilise à nouveau `/connections`.
let-in-button = Autoriser une adresse…
let-in-form-title = Autoriser une adresse
let-in-form-label = Son adresse, comme whatismyip la montre
list-previous-button = Précédent
list-next-button = Suivant
list-back-button = Retour
list-show-button = Voir l'adresse
list-revoke-button = Retirer…
list-extend-button = Prolonger
list-close-button = Fermer…
list-sure-button = Oui, fermer
list-keep-button = Garder
list-device-menu = Choisis un appareil…
list-port-menu = Choisis un port…
list-page = Page { $number } sur { $last }
list-port-gone = Ce port est déjà fermé.
list-close = **Fermer ?** Les joueurs dessus sont coupés tout de suite.
list-not-yours = Seuls les admins voient les appareils des autres. `/status` montre les tiens.
peers-title = Appareils
peers-none = Il n'y a aucun appareil.
peers-facts = { $addresses }, mode { $mode }, ajouté { $since }
peers-suspended = Suspendu { $since }
peers-ends = Prend fin { $relative }
peers-ports = Ouvert : { $ports }
forwards-title = Ports ouverts
forwards-none = Aucun port n'est ouvert.
forwards-count = { $count ->
    [one] { $count } port ouvert (ou plage), sur { $address }.
   *[other] { $count } ports ouverts (ou plages), sur { $address }.
}
forwards-target = Sur le port { $port } de l'appareil
# $end is the message `ends` or `forwards-never-ends`.
forwards-opened = Ouvert { $since }, { $end }
forwards-never-ends = sans heure de fermeture

# The details of one device or one port.
detail-state-field = État
detail-handshake-field = Dernier contact
detail-endpoint-field = Se connecte depuis
traffic-title = 📈 { $period ->
    [day] Le dernier jour
    [week] La dernière semaine
    [month] Le dernier mois
   *[year] La dernière année
}
graph-period-button = { $period ->
    [day] Jour
    [week] Semaine
    [month] Mois
   *[year] Année
}
# Names inside the picture, of at most 24 characters. The arrows stand for the colours.
graph-received = ▼ { $size } reçus
graph-sent = ▲ { $size } envoyés
graph-from-players = ▼ { $size } des joueurs
graph-to-players = ▲ { $size } aux joueurs
graph-players = { $players ->
    [0] aucun joueur
    [one] 1 joueur au plus
   *[other] { $players } joueurs au plus
}
graph-online = connecté { $hours } h
graph-weekday = { $day ->
    [1] lun.
    [2] mar.
    [3] mer.
    [4] jeu.
    [5] ven.
    [6] sam.
   *[7] dim.
}
graph-month = { $month ->
    [1] janv.
    [2] févr.
    [3] mars
    [4] avr.
    [5] mai
    [6] juin
    [7] juil.
    [8] août
    [9] sept.
    [10] oct.
    [11] nov.
   *[12] déc.
}
# The picture's text, for screen readers.
graph-alt = { $period ->
    [day] Le dernier jour
    [week] La dernière semaine
    [month] Le dernier mois
   *[year] La dernière année
} : { $incoming }, { $outgoing }, { $presence }. Le pic était de { $rate } ({ $when }).
graph-nothing = { $period ->
    [day] Aucun trafic le dernier jour.
    [week] Aucun trafic la dernière semaine.
    [month] Aucun trafic le dernier mois.
   *[year] Aucun trafic la dernière année.
}
nights-field = 🌙 Soirées jouées
nights-line = { $day } : { $what }
nights-played = { $hours ->
    [0] joué { $minutes } min
   *[other] joué { $hours } h { $minutes } min
}
nights-hosted = { $hours ->
    [0] hébergé { $minutes } min
   *[other] hébergé { $hours } h { $minutes } min
}
nights-none = Aucune depuis un mois. À partir de maintenant, je note combien de temps tu joues.
nights-on-button = Montrer mes soirées
nights-off-button = Cacher mes soirées
detail-traffic-field = Trafic
detail-address-field = Adresse VPN
detail-mode-field = Ce qui passe par le VPN
detail-added-field = Ajouté
detail-suspended-field = Suspendu
detail-ports-field = Ports ouverts
detail-game-field = Jeu
detail-reach-field = Les joueurs se connectent à
detail-target-field = Tourne sur
detail-target = { $count ->
    [one] le port { $ports } de **{ $device }**
   *[other] les ports { $ports } de **{ $device }**
}
detail-now-field = En ce moment
detail-traffic = { $received } des joueurs, { $sent } vers les joueurs
detail-opened-field = Ouvert
detail-ends-field = Fin

# The answer to /audit.
audit-title = Ce qui a été fait
audit-none = Rien n'a encore été fait.
# $user: the system user of the VPS whose program asked: root, or the bot's by its number.
audit-asked-by = par { $user }
log-asked-by = Demandé par { $user } sur le VPS
audit-ports-of = { $ports } sur { $devices }
audit-devices-with = { $devices } avec { $ports }

# What differs on the VPS from what should be. $what: a device with its owner, or an interface.
difference-table = les règles du pare-feu qu'un autre programme a changées
difference-unseen = des changements passés inaperçus
difference-address = l'adresse du VPN qu'un autre programme a retirée
difference-down = l'interface du VPN qu'un autre programme a coupée
difference-deleted = l'interface du VPN qu'un autre programme a retirée
difference-drift = ce qui a pu changer
difference-uplinks = le chemin vers Internet
difference-torn = ce qu'un changement raté a laissé
difference-key = la clé du VPN
difference-port = le port du VPN
difference-peer = l'appareil VPN { $what }
difference-link = l'interface { $what }
difference-flows = les connexions d'avant un changement

# What does not work on the VPS. Admins read these in the log channel, /status and /audit.
problem-firewall = { $program } sur le VPS bloque les joueurs, dans { $chains }. `guildgate doctor` là-bas donne les commandes qui les laissent passer.
problem-firewall_devices = { $program } sur le VPS bloque les appareils, dans { $chains }. `guildgate doctor` là-bas donne les commandes qui les laissent passer.
problem-offload = { $program } sur le VPS confie des connexions à une flowtable, dans { $chains }. Un port fermé reste ouvert pour elles. `guildgate doctor` là-bas donne les commandes qui y mettent fin.
problem-marks = Une règle d'un autre programme sur le VPS coupe les connexions des joueurs : { $rules } écrit toute la marque conntrack. `guildgate doctor` là-bas donne le remède.
problem-unreadable = Je ne peux pas juger les pare-feu d'autres programmes sur le VPS : { $reason }.
problem-left = Une réparation sur le VPS a laissé ceci en l'état : { $difference }. Je réessaie, de moins en moins souvent. Le log de la passerelle dit peut-être pourquoi.
# $reason: what was refused and why, in English, as the system says it.
problem-forwarding = Le VPS ne fait suivre aucun paquet, donc personne ne peut rejoindre une partie : { $reason }. Règle ça là-bas avec `sysctl`, ou lance le conteneur avec `--sysctl`.
problem-settings = Impossible de changer les réglages du VPS : { $reason }. Sans transfert des paquets, l'IPv6 n'atteint aucun appareil, et sans accept_ra=2, le VPS peut perdre son IPv6. Règle-les là-bas avec `sysctl`, ou lance le conteneur avec `--sysctl`.
problem-reserved = Impossible de réserver les ports ouverts face aux propres connexions du VPS : { $reason }. Les ports marchent quand même ; rarement, un joueur ne passe pas.
problem-link = Il manque une adresse ou une route à l'interface du VPN : { $reason }. Le log de la passerelle en dit plus.
problem-flows = Impossible de couper les connexions d'avant un changement : { $reason }. Elles peuvent mener au mauvais appareil.
problem-name = Le nom { $name } n'est pas tenu à jour : { $reason }. Il peut mener à une ancienne adresse, et l'enregistrement de Minecraft à un ancien port.
problem-backup = Pas de nouvelle sauvegarde sur le VPS : { $reason }. Les anciennes sont gardées.
problem-strict = Les joueurs qui arrivent par une autre ligne du VPS que d'habitude sont rejetés. Mets { $settings } à 2 là-bas, avec `sysctl`.
problem-astray = Les joueurs n'ont pas de réponse du VPS : { $reason }. Tape là-bas, en root : `{ $commands }`
problem-unresolved = L'adresse publique { $name } pose problème : { $reason }. Les appareils et les joueurs qui cherchent ce nom ne trouvent rien.
problem-database = Impossible d'écrire dans la base de données du VPN : { $reason }. Ce qui est ouvert reste ouvert, et tout changement est refusé. Fais de la place sur le disque, ou rends-la accessible en écriture.
problem-traffic = { $share } % du trafic de ce mois ({ $limit }) est utilisé. L'hébergeur peut ralentir la ligne, ou facturer le surplus.
problem-no_ipv6 = IPv6 est désactivé sur le VPS : { $reason }. Le VPN ne transporte que l'IPv4 jusqu'à son retour. Les appareils gardent leurs adresses IPv6.
problem-other = Quelque chose ne marche pas sur le VPS : { $code }. `guildgate status` là-bas en dit plus.

# Why a device was cut off or let back in.
reason-left = plus sur le serveur
reason-banned = banni du serveur
reason-no_role = plus aucun rôle qui donne accès
reason-back = a de nouveau accès
reason-revoked = retiré par un admin

# How far it has come to cut a member off, with several regions.
cut-off-in = Suspendu dans { $regions }.
cut-off-later = **{ $region }** est absente depuis { $time }. L'accès y sera suspendu dès son retour.

## The actions of the audit log: a line for /audit, and the title in the log channel. $subject: devices, ports, or both.

audit-join = { $when } **{ $actor }** a ajouté { $subject }
log-join-title = 🆕 Appareil ajouté
audit-rotate = { $when } **{ $actor }** a fait de nouvelles clés pour { $subject }
log-rotate-title = 🔑 Nouvelles clés
audit-rename = { $when } **{ $actor }** a renommé un appareil, l'ancien nom d'abord : { $subject }
log-rename-title = ✏️ Appareil renommé, l'ancien nom d'abord
audit-give = { $when } **{ $actor }** a donné un appareil à un autre membre, l'ancien propriétaire d'abord : { $subject }
log-give-title = 🎁 Appareil donné à un autre membre
audit-import = { $when } **{ $actor }** a repris des appareils et des ports de { $subject }
log-import-title = 📦 Repris d'un autre programme
log-leave-title = 👋 Appareil retiré
audit-revoke = { $when } **{ $actor }** a retiré du VPN { $subject }
log-revoke-title = ⛔ Accès retiré
audit-forward = { $when } **{ $actor }** a ouvert { $subject }
log-forward-title = 🔓 Port ouvert
audit-unforward = { $when } **{ $actor }** a fermé { $subject }
log-unforward-title = 🔒 Port fermé
audit-extend = { $when } **{ $actor }** a prolongé { $subject }
log-extend-title = ⏰ Port ouvert plus longtemps
audit-to-port = { $when } **{ $actor }** a dirigé { $subject } vers un autre port ou appareil
log-to-port-title = ↪️ Port dirigé ailleurs
audit-kick = { $when } **{ $actor }** a expulsé un joueur de { $subject }
log-kick-title = 👢 Joueur expulsé
audit-block = { $when } **{ $actor }** a bloqué une adresse sur { $subject }
log-block-title = 🚷 Adresse bloquée
audit-let-in = { $when } **{ $actor }** a autorisé une adresse sur { $subject }
log-let-in-title = 🚪 Adresse autorisée
audit-unblock = { $when } **{ $actor }** a annulé un blocage ou une autorisation sur { $subject }
log-unblock-title = ↩️ Blocage annulé
audit-friends-only = { $when } **{ $actor }** a changé si seuls les amis peuvent se connecter à { $subject }
log-friends-only-title = 🚪 Amis seulement
log-friends-only-on = Seuls les appareils du VPN, et les adresses autorisées, peuvent se connecter maintenant.
log-friends-only-off = Tous les joueurs peuvent à nouveau se connecter.
log-address = L'adresse : { $address }
audit-suspend = { $when } **{ $actor }** a suspendu { $subject }
log-suspend-title = ⛔ Suspendu
audit-restore = { $when } **{ $actor }** a rétabli { $subject }
log-restore-title = ✅ Rétabli
audit-guest = { $when } **{ $actor }** a fixé la fin du temps d'un invité, ou l'a enlevée : { $subject }
log-guest-title = ⏳ Temps d'un invité fixé, ou enlevé
audit-forget = { $when } **{ $actor }** a fait oublier un membre, appelé { $subject } ici
log-forget-title = 🧹 Membre oublié
log-forgotten = Le log dit { $alias } à la place du membre.
audit-expire = { $when } **{ $actor }** a fermé (temps écoulé) : { $subject }
log-expire-title = ⌛ Temps écoulé
audit-lan = { $when } **{ $actor }** a mis le mode LAN sur { $subject }
log-lan-title = 🏠 Mode LAN
audit-repair = { $when } **{ $actor }** a remis en place { $subject }
log-repair-title = 🔧 Réparé
audit-problem = { $when } **{ $actor }** a un problème : { $subject }
log-problem-title = ⚠️ Problème
audit-solved = { $when } **{ $actor }** n'a plus ce problème : { $subject }
log-solved-title = ✅ Ce n'est plus un problème
audit-follow = { $when } **{ $actor }** est passé à la nouvelle adresse { $subject }
log-follow-title = 📍 Nouvelle adresse publique
audit-other = { $when } **{ $actor }** { $action } { $subject }
log-other-title = 📝 { $action }

## Taking devices away.

revoke-revoke-button = Retirer
revoke-cancel-button = Annuler
revoke-title = { $count ->
    [one] Retirer { $count } appareil de { $member } ?
   *[other] Retirer { $count } appareils de { $member } ?
}
revoke-device = **{ $device }**, mode { $mode }, ajouté { $since }
revoke-means = L'effet est immédiat et définitif : un appareil ne revient qu'avec un nouveau `/join`.
revoke-means-ports = L'effet est immédiat. { $ports ->
    [one] Ça ferme aussi { $ports } port
   *[other] Ça ferme aussi { $ports } ports
}. C'est définitif : un appareil ne revient qu'avec un nouveau `/join`.
revoke-means-players = L'effet est immédiat. { $ports ->
    [one] Ça ferme aussi { $ports } port
   *[other] Ça ferme aussi { $ports } ports
} et coupe { $connections ->
    [one] { $connections } connexion
   *[other] { $connections } connexions
} de joueurs. C'est définitif : un appareil ne revient qu'avec un nouveau `/join`.
revoke-cancelled = Annulé. Rien n'a été retiré.
revoke-changed = **Ça a changé entre-temps.** Voici ce qui partirait maintenant :
revoke-device-gone = Cet appareil n'est déjà plus dans le VPN.
revoke-devices-gone = Ces appareils ne sont déjà plus dans le VPN.
revoke-nothing = { $member } n'a aucun appareil dans le VPN.
revoke-unseen = { $member } n'a aucun appareil dans les régions qui répondent. En confirmant, ses appareils dans les autres partent dès leur retour.
revoke-access = { $member } n'avait aucun appareil ; son accès est retiré.
revoke-done = { $count ->
    [one] **{ $count } appareil de { $member } retiré.** Ses connexions sont coupées :
   *[other] **{ $count } appareils de { $member } retirés.** Leurs connexions sont coupées :
}
revoke-ports = { $count ->
    [one] { $count } port s'est fermé avec :
   *[other] { $count } ports se sont fermés avec :
}

## The log channel.

log-by = Fait par { $actor }
log-why = Pourquoi : { $reason }
log-device = **{ $device }**, mode { $mode }
log-device-until = **{ $device }**, mode { $mode }, jusqu'au { $time }
log-closed = { $count ->
    [one] Port fermé :
   *[other] Ports fermés :
}
log-kept = Suspendu, et les joueurs ont été déconnectés. Appareils et ports sont gardés jusqu'au { $time }, et remarchent { $again ->
    [restored] après `guildgate restore` sur le VPS
   *[role] avec le rôle
}.
log-kept-forever = Suspendu, et les joueurs ont été déconnectés. Appareils et ports sont gardés jusqu'à ce qu'un admin les retire, et remarchent { $again ->
    [restored] après `guildgate restore` sur le VPS
   *[role] avec le rôle
}.
log-lan-on = Activé : les appareils se joignent entre eux.
log-lan-off = Désactivé : les appareils restent séparés.
log-repaired = J'ai remis en place : { $difference }.
log-followed = Les joueurs se connectent maintenant à { $address }. Les configs avec l'ancienne adresse ne marchent plus.
log-skipped-title = … et plus
log-skipped = { $count } entrées plus anciennes ne sont pas répétées ici ; `/audit` les a.
log-refused-title = 🚫 Refusé
log-broken-title = 💥 Erreur
# $count: refusals like the one above.
log-repeated = … et { $count } de plus comme ça en une minute.
# $command is a command or `log-button`, in backticks.
log-asked = { $member } : { $command }
# A member without the role for it.
log-turned-away = { $member } n'a pas le rôle pour { $command }
log-button = un bouton
log-away-title = 🔴 Le service du VPN ne répond pas
log-away = Depuis le { $time }, { $relative }. Joueurs et appareils restent connectés, mais rien ne peut être changé.
log-back-title = 🟢 Le service du VPN répond à nouveau
log-back = Il a été absent { $duration }.
log-undelivered-title = 📭 Une config n'a pas été livrée
log-undelivered = Impossible de livrer la config de **{ $device }** à { $member }. Taper `/rotate` en donne une nouvelle.
log-not-reminded-title = 📭 Un rappel n'a pas été livré
log-not-reminded = { $member } n'accepte pas les MP et ne sait pas que ceci va bientôt se fermer :
log-not-told-of-move-title = 📭 Un membre n'a pas reçu la nouvelle adresse
log-not-told-of-move = { $member } n'accepte pas les MP. Ces appareils ont besoin d'une nouvelle config avec `/rotate`, ou de WireGuard désactivé puis réactivé une fois :
log-card-lost-title = 📭 Une carte de partie n'est plus à jour
log-card-lost = Je ne peux pas mettre à jour la carte de { $member } dans { $channel } : le salon n'existe plus, ou je n'ai pas le droit d'y écrire. La carte reprend dès que je peux. Ce qui est ouvert reste ouvert :
log-no-events-title = 📅 Les soirées jeu ne sont pas dans les événements du serveur
log-no-events = Les ports des soirées jeu s'ouvrent quand même. Pour les montrer comme événements, il me faut { $count ->
    [one] la permission { $permissions }.
   *[other] les permissions { $permissions }.
}
log-panel-lost-title = 📭 Le message en direct n'est plus à jour
log-panel-lost = Je ne peux pas mettre à jour le message en direct dans { $channel } : je ne le vois pas, ou je n'ai pas le droit d'y écrire. Donne-moi les permissions, et ça reprend.
log-panel-gone-title = 🗑️ Le message en direct a disparu
log-panel-gone = Le message en direct dans { $channel } a été supprimé. Tu veux le revoir ? Appuie sur le bouton, ou tape `/panel`.
log-panel-back-button = Le remettre
log-no-intent-title = 🙉 Discord ne me parle pas des membres
log-no-intent = Les appareils des membres qui perdent le rôle ou partent sont quand même suspendus, mais quelques secondes plus tard, parce que je dois poser la question pour chaque propriétaire d'appareil. Pour changer ça, ouvre le portail des développeurs de Discord, choisis mon application, active *Bot → Server Members Intent*, et redémarre-moi.
log-versions-title = 🧩 Le bot et la passerelle ont des versions différentes
# $bot and $gateway are versions.
versions-differ = Le bot est en version { $bot }, la passerelle en { $gateway }. Certaines commandes ne marcheront peut-être pas. Mets à jour ou redémarre le plus ancien des deux.
log-release-title = 🎁 Nouvelle version
# $version and $present are versions.
log-release = guildgate { $version } est sorti ; ici, c'est { $present }. Pour mettre à jour, lance `sudo guildgate update` sur le VPS. Les parties continuent.
log-misnamed-title = 🪪 Rôles et salons de la configuration

## What is wrong with a role or channel that the configuration names.
## $kind is role or channel. $keys are keys of [discord]. $id, $others and $now are ids and a name.

named-missing = { $kind ->
    [role] Aucun rôle ne s'appelle { $name }, alors que { $keys } le nomme. Crée-le, ou mets-y l'identifiant d'un autre rôle.
   *[channel] Aucun salon textuel ne s'appelle { $name }, alors que { $keys } le nomme. Crée-le, ou mets-y l'identifiant d'un autre salon.
}
named-other-case = Il y a { $now }, mais majuscules et minuscules comptent.
named-no-id = { $kind ->
    [role] Aucun rôle n'a l'identifiant { $id } de { $keys }.
   *[channel] Je ne vois aucun salon avec l'identifiant { $id } de { $keys }.
}
named-gone = { $kind ->
    [role] Le rôle { $name } de { $keys }, { $id }, est supprimé. Mets-y l'identifiant d'un autre rôle.
   *[channel] Le salon { $name } de { $keys }, { $id }, est supprimé. Mets-y l'identifiant d'un autre salon.
}
named-gone-others = Même nom maintenant : { $others }. Sans son identifiant là-bas, ça ne compte pas.
named-ambiguous = { $kind ->
    [role] Plusieurs rôles s'appelaient { $name } quand j'ai regardé la première fois, donc aucun ne donne accès. Mets l'identifiant du bon dans { $keys }.
   *[channel] Plusieurs salons s'appelaient { $name } quand j'ai regardé la première fois, donc je n'en utilise aucun. Mets l'identifiant du bon dans { $keys }.
}
named-ambiguous-now = S'appellent ainsi maintenant : { $others }.
named-namesake = { $kind ->
    [role] Un autre rôle s'appelle aussi { $name } : { $others }. Il ne donne pas accès, parce que { $keys } désigne { $id }.
   *[channel] Un autre salon s'appelle aussi { $name } : { $others }. Je ne l'utilise pas, parce que { $keys } désigne { $id }.
}
named-renamed = { $kind ->
    [role] Le rôle { $name } de { $keys } s'appelle maintenant { $now }, et garde son accès. Mets-y son identifiant : { $id }.
   *[channel] Le salon { $name } de { $keys } s'appelle maintenant { $now }, et je l'utilise toujours. Mets-y son identifiant : { $id }.
}
named-found = { $kind ->
    [role] Il y a maintenant un rôle { $name } : { $id }. Il a l'accès de { $keys }, et aucun autre rôle de ce nom ne l'aura.
   *[channel] Il y a maintenant un salon { $name } : { $id }. Je l'utilise pour { $keys }, et aucun autre salon de ce nom.
}

## What the bot lacks on its server. $key is a key of [discord], $permissions are names of permissions in Discord.

need-write = Je ne peux pas écrire dans #{ $channel } ({ $key }). Donne-moi là-bas { $permissions }.
need-history = Je ne peux pas relire ce que j'ai écrit dans #{ $channel } ({ $key }), donc ça peut arriver deux fois après une longue panne. Donne-moi là-bas Voir les anciens messages.
need-give-roles = Je ne peux pas donner { $role } quand un admin accepte une demande. Donne à mon rôle la permission Gérer les rôles.
need-rank = Je ne peux pas donner { $role } quand un admin accepte une demande, parce que ce rôle n'est pas sous le mien. Glisse mon rôle au-dessus dans Paramètres du serveur, Rôles.
need-events = Discord ne me dit pas quand un membre part ou perd un rôle, donc je pose la question pour chaque propriétaire d'appareil. Active Server Members Intent sur la page Bot de l'application, et redémarre-moi.
need-commands = Il manque à ce serveur mes commandes { $commands }. Redémarre-moi ; si ça n'aide pas, invite-moi avec les scopes bot et applications.commands.

# The line of the log that says that the bot works.

ready = prêt dans { $name }
ready-wrong = prêt dans { $name }, où { $count ->
        [one] 1 chose ne va pas
       *[other] { $count } choses ne vont pas
    } : { $reason }
ready-not-registered = Les commandes ne sont pas encore enregistrées.
ready-no-gateway = La passerelle ne répond pas ({ $code }).
ready-private-address = Les joueurs reçoivent l'adresse privée { $address }, qu'Internet ne peut pas atteindre : mets l'adresse publique dans public_address de [gateway].
