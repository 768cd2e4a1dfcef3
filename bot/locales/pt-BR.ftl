### Every sentence that members read in Discord, in Brazilian Portuguese. en.ftl says how long a message may be, and
### which values come.

# Glossary, so that the same thing keeps its word. Members are "você". Their gender is unknown: no participles.
# "de NAME", never "do" or "da". The member that hosts is "o host" or "quem hosta". A guest is "visitante".
#   device dispositivo, PC PC, phone celular, router roteador, file arquivo.
#   setup configuração, setup file arquivo de configuração. VPN a VPN, VPN's service o serviço da VPN.
#   port porta, open abrir/aberta, close fechar/fechada. address endereço. traffic tráfego.
#   host (verb) hostar, host (noun) host. match partida. game night noite de jogos, match nights noites de partidas.
#   player jogador. member membro. admin admin. request pedido: aprovar, recusar. access acesso. role cargo.
#   take off the VPN tirar da VPN, revoke revogar. suspended, cut off suspenso, let back in reativar.
#   address: block bloquear, let in liberar, kick expulsar. live message mensagem ao vivo, card card.
#   press apertar, type digitar, choose escolher, tick marcar, untick desmarcar. turn on ligar, switch off desligar.
#   server servidor, VPS a VPS, gateway o gateway. DM DM, mensagem direta. firewall firewall.
#   Labels of WireGuard's client are those of its Brazilian translation (Windows and Android).
#   Discord's permissions those of its Brazilian client.

## Slash commands, as Discord shows them while they are typed.

join-command-name = entrar
join-command = Coloca seu PC, celular ou roteador na VPN: configuração em três passos
join-option-device = Um nome para o dispositivo, como notebook (se não, eu escolho um)
join-option-mode = Para que serve (padrão: hosting)
join-option-public_key = Para experts: sua própria chave pública do WireGuard. A privada fica com você
join-option-ipv4_only = Para um dispositivo com IPv6 desligado, onde o WireGuard não inicia sem isto
join-option-region = Onde adicionar (padrão: onde você esteve por último)
host-command-name = hostar
host-command = Hosta um jogo: abre a porta e mostra quando seus amigos já podem entrar
forward-command-name = abrir
forward-command = Abre uma porta para a internet, para seus amigos entrarem no jogo no seu dispositivo
forward-option-port = Um jogo como minecraft, porta 25565, faixa 27015-27030 ou várias: 2456-2458, 27015/udp
forward-option-protocol = TCP, UDP ou os dois (padrão)
forward-option-to_port = Se o seu servidor usa outra porta (de uma faixa: a primeira)
forward-option-device = O dispositivo onde seu servidor roda (não precisa se você só tem um)
forward-option-duration = Quanto tempo ou até quando: 2h, 1h30, until 2am, friday 20:00, forever (ou vazio)
forward-option-announce = Posta neste canal um card com endereço e jogadores, até a partida acabar
forward-choice-protocol-both = { protocol-both }
forward-choice-protocol-tcp = { protocol-tcp }
forward-choice-protocol-udp = { protocol-udp }
forward-option-every = Noite de jogos que abre e fecha sozinha: friday 20:00, fri, sat 8pm ou day 20:00
forward-option-only = friends: só a VPN e os endereços que você libera com /connections (padrão: todos)
forward-option-region = Onde está o dispositivo (não precisa se você só tem um)
forward-choice-only-friends = friends: dispositivos na VPN e endereços liberados
connections-command-name = conexões
connections-command = Quem usa suas portas: expulse, bloqueie ou deixe só amigos (admins: todas as portas)
connections-option-port = Só esta porta (padrão: todas)
unforward-command-name = fechar
unforward-command = Fecha portas suas. Os jogadores que estão nelas caem
unforward-option-port = O que fechar: porta 25565, faixa 27015-27030 ou várias: 2456-2458, 27015/udp
unforward-option-region = Onde a porta está aberta (só se estiver em várias)
leave-command-name = sair
leave-command = Tira um dispositivo seu da VPN e fecha as portas dele
leave-option-device = O dispositivo que sai (não precisa se você só tem um)
leave-option-region = Onde está o dispositivo (só se o nome existir em várias regiões)
rotate-command-name = renovar
rotate-command = Chaves novas para um dispositivo: a configuração antiga deixa de valer, endereço e portas ficam
rotate-option-device = O dispositivo que recebe chaves novas (não precisa se você só tem um)
rotate-option-ipv4_only = True: para um dispositivo com IPv6 desligado; False: com IPv6 de novo
rotate-option-region = Onde está o dispositivo (só se o nome existir em várias regiões)
rename-command-name = renomear
rename-command = Outro nome para um dispositivo seu: configuração, portas e partida continuam
rename-option-device = O dispositivo que muda de nome
rename-option-new_name = O nome dele daqui em diante
rename-option-member = Admins: o membro que tem esse dispositivo
rename-option-region = Onde está o dispositivo (só se o nome existir em várias regiões)
rename-done = ✏️ **{ $device }** agora se chama **{ $name }**. Configuração, portas e partida continuam.
status-command-name = status
status-command = Seus dispositivos e portas, e quem está conectado (admins veem os de todos)
traffic-command-name = tráfego
traffic-command = O tráfego dos seus dispositivos e quantos jogadores você teve, em imagem (admins: de todos)
traffic-option-member = Admins: só o deste membro
traffic-option-period = Até quanto tempo atrás (padrão: um dia)
traffic-choice-period-day = um dia
traffic-choice-period-week = uma semana
traffic-choice-period-month = um mês
traffic-choice-period-year = um ano
policy-command-name = limites
policy-command = O que você pode fazer aqui: quantos dispositivos e portas, e por quanto tempo
doctor-command-name = diagnóstico
doctor-command = Admins: procura o que está errado no servidor e no bot
lan-command-name = lan
lan-command = Admins: deixa os dispositivos da VPN se enxergarem, ou separa todos de novo
lan-option-state = Vale na hora e até o próximo /lan
lan-choice-state-on = on: os dispositivos se enxergam, como em uma rede de casa
lan-choice-state-off = off: os dispositivos só acessam a internet e as portas abertas
revoke-command-name = revogar
revoke-command = Admins: tira da VPN os dispositivos e portas de um membro; antes mostra o que sai
revoke-option-member = Membro que sai
revoke-option-device = Só este dispositivo (padrão: todos os do membro)
peers-command-name = dispositivos
peers-command = Admins: os dispositivos de todos, ou de um membro
peers-option-member = Só os deste membro
peers-option-state = Só os que estão neste estado
peers-choice-state-connected = { state-connected }
peers-choice-state-away = { state-away }
peers-choice-state-never = { state-never }
peers-choice-state-suspended = { state-suspended }
forwards-command-name = portas
forwards-command = Admins: as portas abertas de todos, ou de um membro
forwards-option-member = Só as deste membro
forwards-option-port = Só as deste jogo ou nesta porta
audit-command-name = auditoria
audit-command = Admins: o que cada membro fez, do mais novo ao mais antigo
audit-option-region = De qual região (padrão: onde você esteve por último)
devices-menu-command = Dispositivos na VPN
settings-command-name = configurações
settings-command = Admins: o que está definido para este servidor, e onde mudar
setup-command-name = configurar
setup-command = Primeira configuração: pede o código que a VPS mostrou
setup-option-code = O código, como ABCDE-FGHJK
help-command-name = ajuda
help-command = O que fazer primeiro, e quais comandos existem
panel-command-name = painel
panel-command = Admins: põe a mensagem ao vivo neste canal, com as partidas e botões para todos
posts-command-name = posts
posts-command = Se eu posso postar sobre as suas partidas neste servidor
posts-option-state = Vale só para as suas partidas
posts-choice-state-on = on: seus amigos ficam sabendo quando você hosta
posts-choice-state-off = off: nada é postado sobre você

## Words that other messages are made of.

list-or = { $first } ou { $last }
list-and = { $first } e { $last }
list-more = { $names } e mais { $count }
more-lines = … e mais { $count }
purpose-hosting = Hosting: IPs reais dos jogadores (no Linux o resto fica fora da VPN; nos outros, tudo passa)
purpose-everything = Everything: todo o tráfego
purpose-light = Light: só o tráfego da VPN. IPs dos jogadores ocultos
mode-full = Todo o tráfego; IPs reais dos jogadores
mode-split = Só o tráfego da VPN; IPs dos jogadores ocultos
mode-linux = Só o tráfego da VPN e dos jogadores; IPs reais dos jogadores
protocol-tcp = TCP
protocol-udp = UDP
protocol-both = TCP e UDP
state-connected = Conectado
state-away = Sem conexão agora
state-never = Nunca se conectou
state-suspended = Suspenso
# $count: how many ports these are.
port = { $count ->
    [one] porta { $ports }
   *[other] portas { $ports }
}
port-begin = { $count ->
    [one] Porta { $ports }
   *[other] Portas { $ports }
}
reach-range = { $count ->
    [one] { $address }, porta { $ports }
   *[other] { $address }, portas { $ports }
}
device-of = { $device } de { $owner }
live = { $connections ->
    [one] { $connections } conexão
   *[other] { $connections } conexões
} de { $players ->
    [one] { $players } jogador
   *[other] { $players } jogadores
}
live-none = ninguém conectado
# $live is the message `live` or `live-none`.
live-refused = { $live }; { $refused ->
    [one] { $refused } tentativa bloqueada
   *[other] { $refused } tentativas bloqueadas
} (proteção contra flood)
ends = termina { $relative }

## Time.

forever = para sempre
days = { $count ->
    [one] { $count } dia
   *[other] { $count } dias
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
    [1] segunda
    [2] terça
    [3] quarta
    [4] quinta
    [5] sexta
    [6] sábado
   *[7] domingo
}
short-days = { $count } d
short-hours = { $count } h
short-minutes = { $count } min
# A suggestion for an option: what to type, and what it means by the server's clocks.
duration-choice = { $typed } · { $day } { $time } ({ $zone }), em { $left }
duration-unreadable = Não entendi esse tempo. Escreva quanto dura, como `2h` ou `1h30`. Ou até quando, como `2am`, `tomorrow 20:00` ou `friday 20:00`. Ou `forever`.
duration-past = Essa hora já passou. Escreva uma que ainda vem, como `tomorrow 20:00`.
duration-too-long = No máximo dez anos, ou `forever`.

## Game nights: ports that open and close by themselves.

night-ports = { $count ->
    [one] Porta { $ports }
   *[other] Portas { $ports }
}
night-every = toda semana, { $days } às { $time }
night-every-day = todo dia às { $time }
night-added = 📅 { $what }: abre automaticamente { $when } ({ $zone }), por { $duration }.
night-next = Próxima vez: { $time }, { $relative }.
night-has-event = Está nos eventos do servidor, onde outras pessoas podem marcar interesse.
nights-title = 📅 Noites de jogos
night-line = { $what } em **{ $device }**, { $when }, por { $duration }. Próxima: { $relative }
night-stop-button = Parar a série
night-stop-one-button = Parar { $series }
night-stopped = Série parada: { $what } não abre mais por conta própria ({ $when }).
night-stays-open = Agora está aberta, e fecha { $relative }.
night-ended = Essa série já acabou.
night-not-yours = Essa série é de outra pessoa. Só ela e os admins podem parar.
night-too-many = Você já tem { $count } noites de jogos, que é o máximo. Pare uma delas primeiro: `/status` mostra todas.
night-unreadable = Não entendi. Escreva dias e hora, como `friday 20:00`, `fri, sat 8pm` ou `day 20:00`.
night-how-long = Uma noite de jogos dura no máximo { $duration }. Diga quanto com `duration`, como `3h` ou `until 1am`.
night-event = { $what } com { $host }
night-event-about = A porta abre sozinha, { $when }.
night-refused = { $what } não abriu para a sua noite de jogos. { $why } Tento de novo a cada minuto até { $time }.
night-device-gone = Sua noite de jogos { $what }, { $when }, acabou, porque **{ $device }** saiu da VPN. Para uma nova, adicione um dispositivo e digite `/forward` com `every`.

## Refusals of the bot, and failures.

server-only = Só aceito comandos dentro do nosso servidor. Digite este lá.
server-left = Você não está mais no servidor dessas portas.
admins-only = Foi mal, só admins podem fazer isso.
no-access-yet = Ainda não estou configurado. Um admin deste servidor termina com `/setup`.
no-access = Foi mal, a VPN é só para quem tem o cargo { $roles }. Peça a um admin deste servidor.
no-access-ask = Foi mal, a VPN é só para quem tem o cargo { $roles }. Digite `/join` para pedir acesso aos admins.
outdated-typed = Este comando foi atualizado. Reinicie o Discord (Ctrl+R no computador) e tente de novo.
outdated-pressed = Isto é de uma versão antiga minha e não funciona mais. Digite o comando de novo.
discord-failed = O Discord teve um problema. Veja `/status` antes de tentar de novo.
bug = Algo quebrou. Passe este número a um admin: { $number }.

## Refusals of the gateway, by its codes.

error-internal = Algo quebrou no serviço da VPN. Passe este número a um admin: { $log_id }.
error-bad_request = Não entendi { $field }: { $rule }.
error-bad_ports = { $text } não é uma porta. Escreva uma como 25565, uma faixa como 27015-27030 ou várias: 2456-2458, 27015/udp.
error-not_allowed = Isso só dá para fazer com os seus próprios dispositivos. Peça a um admin.
error-admins_only = Só um admin pode fazer isso.
error-root_only = Só root pode fazer isso, na VPS.
error-other_service = A VPN não me deixa fazer isso. Avise um admin.
error-suspended = { $device } está suspenso. Peça a um admin para reativar, ou tente de novo em um minuto se você acabou de receber o cargo de volta.
error-owner_suspended = Seu acesso está suspenso. Peça a um admin para reativar, ou tente de novo em um minuto se você acabou de receber o cargo de volta.
error-guest_over = Seu tempo como visitante acabou. Peça a um admin para entrar como membro.
error-wrong_user = O usuário de sistema { $user } não pode falar com o serviço da VPN. Avise um admin: tem que entrar em socket_users, em [gateway].
error-peer_unknown = Não existe dispositivo chamado { $device }. `/status` lista os seus dispositivos.
error-no_devices = Primeiro adicione seu PC: `/join`
error-which_device = Qual dispositivo? Você tem { $devices }. Escolha um na opção device.
error-peer_exists = Você já tem um dispositivo chamado { $device }. Perdeu a configuração? `/rotate` faz uma nova.
error-key_in_use = Outro dispositivo já usa essa chave pública. Crie um novo par de chaves e tente de novo.
error-forward_unknown = A porta { $ports } não está aberta. `/status` lista as suas portas abertas.
error-forward_gone = Essa porta já está fechada. `/status` lista as suas portas abertas.
error-part_of_forward = { $ports } faz parte de { $whole }. Feche { $whole } por inteiro.
# $owner is a member's name, for admins only.
error-address_not_listed = Lá, { $network } não está na lista de bloqueados nem na de liberados.
error-port_taken = { $ports } já está aberta para { $holder ->
    [you] você
    [someone] outro membro
   *[named] { $owner }
}. { $hint }
error-port_forbidden = A porta { $ports } não pode ser aberta: { $rule }.
error-port_in_use = { $ports } está em uso por um programa na VPS. { $hint }
error-port_needed = A porta { $ports } não pode ser aberta: a VPS precisa do que sobra de { $range } para as próprias conexões. { $hint }
error-limit_reached = O limite é { $limit } { $what ->
    [devices] dispositivos
    [forwards] portas ou faixas abertas
    [ports] portas públicas
    [devices_in_all] dispositivos de todos os membros juntos
    [forwards_in_all] portas ou faixas abertas de todos os membros juntos
    [addresses] endereços bloqueados ou liberados para uma porta
    [addresses_in_all] endereços bloqueados ou liberados para todas as portas juntas
    [marks] portas abertas de todos os membros juntos
   *[guests_in_all] visitantes lembrados
}, e restam { $left }. Primeiro remova algo.
error-beyond_limit = O limite é { $limit } { $what ->
    [devices] dispositivos
    [forwards] portas ou faixas abertas
    [ports] portas públicas
    [devices_in_all] dispositivos de todos os membros juntos
    [forwards_in_all] portas ou faixas abertas de todos os membros juntos
    [addresses] endereços bloqueados ou liberados para uma porta
    [addresses_in_all] endereços bloqueados ou liberados para todas as portas juntas
    [marks] portas abertas de todos os membros juntos
   *[guests_in_all] visitantes lembrados
}, e restam { $left }. Peça menos, ou peça a um admin para aumentar.
error-too_many_joins = Dá para adicionar no máximo { $limit } dispositivos por hora. Tente de novo em { $wait }.
error-too_many_changes = Fiz { $limit } mudanças em um minuto, e esse é o meu limite. Tente de novo em um minuto.
error-too_many_watchers = O usuário do bot já segue os eventos da VPN { $limit } vezes, e esse é o limite. Avise um admin.
error-request_id_reused = Esse pedido tem o id de outro, então nada foi feito. Tente de novo.
error-set_up_elsewhere = Outro pedido configurou { $device } no mesmo instante. O arquivo de configuração foi para lá.
error-too_long = Isso é longo demais. O máximo é { $longest }.
error-subnet_full = A VPN não tem mais endereço para outro dispositivo. Peça a um admin para remover os antigos.
error-apply_failed = A VPS recusou a mudança, então nada mudou. Avise um admin: { $log_id }.
error-not_saved = A VPS não conseguiu salvar a mudança, então nada mudou. Avise um admin: { $log_id }.
error-database_damaged = O banco de dados da VPN está danificado, então nada mudou. O que está aberto continua aberto. Avise um admin: { $log_id }.
error-not_erased = O membro foi esquecido, mas o banco de dados ainda pode ter restos do texto. Avise um admin: { $log_id }.
error-nothing_stored = Não há nada guardado sobre { $member }.
error-gateway_unreachable = O serviço da VPN não está rodando agora. Seus dispositivos e portas ficam guardados. Tente de novo em um minuto.
error-region_away = { $region } parou de responder { $since }. O que está aberto lá continua aberto.
error-other_version = O bot e o serviço da VPN têm versões diferentes e não se entendem. Um admin precisa atualizar ou reiniciar o mais antigo.
error-region_differs = { $older ->
    [gateway] **{ $region }** tem uma versão mais antiga que o bot e não o entende. Um admin precisa atualizar **{ $region }**.
    [bot] **{ $region }** tem uma versão mais nova, que o bot não entende. Um admin precisa atualizar o bot.
   *[unknown] **{ $region }** e o bot têm versões diferentes e não se entendem. Um admin precisa atualizar o mais antigo.
}
error-region_unknown = Não existe a região { $region }. Você pode escolher { $regions }.
error-which_region = Qual região? { $name } está em { $regions }. Escolha uma na opção region.
error-gateway_waiting = A VPN está iniciando e espera pela rede dela. Seus dispositivos e portas ficam guardados. Tente de novo em um minuto.
error-name_not_kept = O nome da VPN não está atualizado: { $reason }.
error-bad_backup = O arquivo não pode ser restaurado. Nada mudou.
error-newer_backup = O backup é de um guildgate mais novo. Nada mudou.
error-wrong_secret = O backup não abre com isso. Nada mudou.
error-state_there = A VPS já tem dispositivos. Nada mudou.
error-still_running = O gateway ou o bot ainda está rodando. Nada mudou.
error-not_updated = { $problem }.
error-kernel_behind = O banco de dados mudou, mas isto não pôde mudar: { $what }. O próximo início faz isso.
error-cannot_import = Não deu para assumir o servidor do outro programa: { $problem }.
error-gateway_timeout = O serviço da VPN não respondeu a tempo. Veja `/status` antes de tentar de novo.
error-not_authentic = A resposta que chegou não é do serviço da VPN ({ $reason }). Veja `/status` antes de tentar de novo.
error-not_signed = O serviço da VPN não acredita que o pedido seja do bot. Avise um admin: { $reason }.
error-gateway_busy = O serviço da VPN está com muito trabalho agora, então nada foi feito. Tente de novo em alguns minutos.

# The $hint of a taken port.
hint-free = { $free } está livre.
hint-none = Nenhuma outra porta está livre agora.
# The $rule that a request breaks.
rule-one_port = só vale com exatamente uma porta ou faixa
rule-inside = as portas têm que ficar dentro de 1-65535
rule-twice = { $value } aparece duas vezes
rule-too_many = no máximo { $value } portas de uma vez
rule-weak = nenhuma chave privada combina com ela
rule-key = tem que ser uma chave do WireGuard: 44 caracteres de base64 com = no fim
rule-name = um nome tem de 1 a { $value } caracteres visíveis
rule-only = escolha um dentro de { $value }
rule-own = a VPN usa { $value }. Escolha outra
rule-denied = o admin mantém { $value } fechada
rule-prefix = pode ser um endereço, um /24 de IPv4 ou um /64 de IPv6

## A device and its setup.

join-purpose-unknown = Escolha `hosting`, `everything` ou `light`.
platform-windows = PC com Windows
platform-mac = Mac
platform-linux = Linux
platform-phone = Celular
platform-router = Roteador
join-question = ### O que você quer adicionar?
# $devices: the names of those that the member has. $device: a free name.
join-have = Você já tem { $devices }. Um novo recebe um nome livre, como **{ $device }**. Só precisa de um arquivo novo? Use `/rotate`.
join-free = **{ $device }** está livre.
join-free-button = Adicionar outro
rotate-question = ### O que é { $device }?
    Você recebe um arquivo de configuração novo. O antigo para de funcionar.

# A setup has at most 60 words on every platform, as a test counts them.
setup-title = ### { $icon } { $device } ⏳ esperando…
setup-install = **1.** Instale
setup-get-button = Baixar WireGuard
setup-iphone-button = iPhone
setup-android-button = Android
setup-import = **2.** Salve { $file }, *Importar túnel(s) do arquivo*
setup-activate = **3.** *Ativar*
setup-mac-allow = **3.** Permita a configuração de VPN, depois *Activate*
setup-linux-save = **2.** Onde você salvou o arquivo: { $command }
setup-linux-start = **3.** { $command }
setup-phone-scan = **2.** Abra isto no PC. Escaneie com o celular: **+** → *código QR*
setup-phone-import = **2.** Salve { $file } no celular: **+** → *de arquivo*
setup-phone-allow = **3.** Permita a configuração de VPN, dê o nome { $tunnel } e ligue
setup-router-open = **1.** Abra a página do roteador: VPN → *cliente* WireGuard
setup-router-import = **2.** Importe { $file }. Não mude *Allowed IPs* nem *Persistent keepalive*.
setup-router-ports = **3.** Encaminhe as portas dele para seu PC
setup-lacks-key = Primeiro ponha sua chave privada em { $file } no lugar de `{ $placeholder }`.
setup-qr-alt = Código QR com a configuração de { $device }
setup-file-alt = Configuração do WireGuard de { $device }
setup-full = ⚠️ { $family ->
    [ipv4] Toda a internet IPv4
   *[both] Toda a internet
} { $platform ->
    [router] atrás do roteador
    [phone] deste celular
    [mac] deste Mac
   *[windows] deste PC
} passa pelo nosso servidor.
setup-split = Só o tráfego da VPN passa pelo nosso servidor. IPs dos jogadores ocultos.
setup-linux = IPs reais dos jogadores. O resto do tráfego fica fora da VPN. Instale também o pacote nftables.
setup-windows-firewall = 🛡️ Firewall: permita o jogo em *Redes públicas*, também após `/rotate`.
setup-windows-block = 🖨️ Impressora sumiu? *Editar* → desmarque *Bloquear tráfego sem tunelamento (kill-switch)*.
# $relative is a time such as `in 14 minutes`.
setup-private-until = 🔒 Arquivo privado, some { $relative }.
setup-private = 🔒 Arquivo privado, some ao conectar.
setup-ends = Termina { $relative }.
setup-trouble-button = Não funciona
setup-send-button = Mandar por DM
setup-new-button = Novo arquivo
setup-sent = 📬 Olhe sua DM: a configuração está lá.
setup-not-sent = Não consigo te mandar DM. Permita mensagens diretas deste servidor (nome do servidor → *Config. de privacidade*), ou use o arquivo daqui.
setup-not-there = A configuração não está mais nesta mensagem. `/rotate` faz uma nova.
setup-connected = ✅ **Conectado:** { $device } está na VPN. O arquivo de configuração não está mais aqui.
setup-taken-out = ⌛ A configuração de **{ $device }** não está mais aqui. Ainda não conectou? Pegue um arquivo novo.
setup-gone = **{ $device }** está fora da VPN. Use `/join` para adicionar de novo.
setup-undelivered = **{ $device }** está pronto, mas não consegui entregar o arquivo de configuração. `/rotate` faz um novo.

# What is behind the button *It doesn't work*.
trouble-waiting = **Ainda esperando?** O túnel tem que estar *ativo* no WireGuard. Algumas redes (escola, trabalho) bloqueiam VPNs: tente outra.
trouble-windows-firewall = **Seus amigos não conseguem entrar?** Para o Windows, a VPN é uma *rede pública*. Procure *Permitir um aplicativo pelo Firewall do Windows* e marque *Pública* no seu jogo. Depois de `/rotate` é uma rede nova, e o Windows pode perguntar de novo.
trouble-windows-block = **Impressora ou jogos na LAN sumiram?** WireGuard → *Editar* → desmarque *Bloquear tráfego sem tunelamento (kill-switch)*.
trouble-linux-resolver = **resolvconf not found?** Com systemd-resolved, como no Ubuntu: `sudo ln -s /usr/bin/resolvectl /usr/local/bin/resolvconf`. Senão, instale openresolv.
trouble-linux-ipv6 = **Falha em `ip -6`?** O IPv6 está desligado nesta máquina: use `/rotate ipv4_only:True`.
trouble-linux-manager = **NetworkManager?** Ele ignora parte deste arquivo. Use `wg-quick`.
trouble-linux-silent = **Os jogadores não recebem resposta?** Instale nftables, depois `wg-quick down` e `up`. Faça o servidor escutar em todos os endereços, não só no da LAN. Abra a porta dele no ufw ou firewalld como na sua LAN. Se usa outra VPN, inicie a outra antes desta.
trouble-linux-list = **Uma lista pública de servidores mostra o endereço da sua casa?** Faça o servidor escutar no endereço da VPN, que está no arquivo depois de *Address*.
trouble-phone-screen = **Sem outra tela?** Salve o arquivo no celular, depois no WireGuard: **+** → *Criar a partir de arquivo* (iPhone: *Create from file or archive*).
trouble-router = **Seus amigos não conseguem entrar?** As portas chegam no roteador. Faça ele passar as portas para o seu PC.
trouble-ipv4 = **IPv6?** Esta configuração é só IPv4: o IPv6 fica fora da VPN.
trouble-file = **Perdeu o arquivo, ou alguém mais pegou?** `/rotate` faz um novo, e o antigo para de funcionar.
trouble-admin = **Ainda não deu?** Fale com um admin: dá para ver se o seu dispositivo chega no servidor.
leave-done = **{ $device }** saiu da VPN. Pode apagar o túnel no WireGuard.

## Asking for access.

request-asked = Pedi aos admins para liberar seu acesso. Te mando DM quando liberarem. Permita mensagens diretas deste servidor (nome do servidor → *Config. de privacidade*).
request-waiting = Você pediu { $since }, e os admins ainda não decidiram. Te mando DM quando liberarem.
request-welcome = ✅ **Acesso liberado!** Um admin aprovou seu pedido.
request-refused = ⛔ Os admins recusaram seu pedido para a VPN.
request-refused-reason = Motivo: { $reason }
request-ran-out = Seu pedido para a VPN expirou sem resposta. Use `/join` no servidor para pedir de novo.

# The request that the admins see, and the answers to their clicks.
request-title = { $name } quer entrar
request-about = { $mention } digitou `/join`, mas não tem acesso à VPN.
request-account-field = Conta criada
request-joined-field = Entrou no servidor
request-asked-field = Pediu
request-device-field = Dispositivo
request-mode-field = Pela VPN
request-outcome-field = Decisão
request-approve-button = Aprovar
request-deny-button = Recusar
request-form-title = Recusar o pedido
request-form-label = Motivo (opcional, a pessoa vai ver)
request-outcome-approved = ✅ { $admin } aprovou { $when }.
request-outcome-undelivered = ✅ { $admin } aprovou { $when }. Minha DM não chegou: para continuar, a pessoa digita `/join` de novo.
request-outcome-denied = ⛔ { $admin } recusou { $when }.
request-outcome-expired = ⌛ Expirou { $when } sem resposta.
request-outcome-left = 🚪 Fechado { $when }: a pessoa saiu do servidor.
request-outcome-needless = ✅ Fechado { $when }: a pessoa já tem acesso.
request-reason = Motivo: { $reason }
request-discord-fails = O Discord teve um problema. Tente de novo em um minuto.
request-stays-open = Nada mudou, e o pedido continua aberto.
request-unknown = Este pedido não funciona mais. Use `/join` para pedir de novo.
request-being-approved = { $admin } está aprovando isto agora mesmo.
request-let-in = **{ $member }** já tem acesso. Mandei a configuração por DM.
request-let-in-undelivered = **{ $member }** já tem acesso, mas minha DM não chegou. Peça para digitar `/join` de novo.
request-left = **{ $member }** saiu do servidor, então fechei o pedido.
request-denied = Recusado. **{ $member }** não tem acesso, e avisei por DM.
request-denied-untold = Recusado. **{ $member }** não tem acesso. Minha DM não chegou.
# Discord shows it in its own audit log.
request-role-reason = guildgate: { $admin } aprovou o pedido de acesso
request-role-failed = Não consegui dar o cargo agora, então eu mesmo guardo o acesso. Você pode dar o cargo por conta própria.
request-role-refused = ⚠️ O Discord não me deixa dar { $role }, então eu mesmo guardo o acesso. Para a próxima vez: dê ao meu cargo a permissão *Gerenciar cargos*, e arraste ele para cima de { $role }.
request-role-missing = ⚠️ O servidor não tem o cargo { $role } (o primeiro de `member_roles`), então eu mesmo guardo o acesso.
request-trouble-title = ⚠️ Novos membros não conseguem pedir acesso
request-no-channel = O servidor não tem o canal de texto { $channel }, ou eu não o vejo: `admin_channel` em `[discord]`.
request-no-permission = Um membro pediu acesso, mas não consigo escrever em { $channel }. Me dê *Ver canal*, *Enviar mensagens* e *Inserir links* lá.

## Opening and closing ports.

forward-opened = { $count ->
    [one] **A porta { $ports } está aberta ({ $protocol }).** Os jogadores se conectam a:
   *[other] **As portas { $ports } estão abertas ({ $protocol }).** Os jogadores se conectam a:
}
forward-opened-ipv6 = Jogadores com IPv6 também podem usar { $address }.
forward-opened-target = Roda em **{ $device }**, { $count ->
    [one] porta { $ports }
   *[other] portas { $ports }
}. Deixe o WireGuard e seu servidor ligados.
forward-opened-several = **Portas abertas.** Os jogadores se conectam a:
forward-opened-game = **{ $game }: portas abertas.** Os jogadores se conectam a:
forward-opened-several-keep = Roda em **{ $device }**. Deixe o WireGuard e seu servidor ligados.
forward-opened-several-moved = Porta pública → porta em **{ $device }**: { $ports }
# Small print below the address that players paste, and inside a sentence.
address-port = Porta: { $port }
address-also = Também abertas: { $ports }
# $how is a `game-join-` message.
address-game = No jogo: { $how }
address-port-of = { $address } com a porta { $port }
forward-friends-only = Só podem se conectar dispositivos na VPN e endereços que você libera com `/connections`.
forward-already-open = Você já tem isso aberto.
forward-note-split = Só o tráfego da VPN deste dispositivo passa por aqui: seu servidor não vê os IPs dos jogadores.
forward-note-linux = Seu servidor vê os IPs reais dos jogadores. Faça ele escutar em todos os endereços, não só no da LAN.
forward-closes = Fecha { $relative } ({ $time }).
forward-never-closes = Fica aberta até você fechar.
forward-has-ended = Isso já está fechado. `/forward` abre de novo.
# What is missing for an opening, above a button or menu that makes it.
forward-meant = Você quis dizer { $games }? Não conheço { $text }. Um número de porta também serve.
forward-instead-button = Abrir { $port } no lugar
forward-instead-keeps = Seu servidor fica em { $port }: eu levo { $free } até lá.
forward-no-device = **Primeiro adicione seu PC.** Depois aperte o segundo botão.
forward-again-button = Abrir agora
forward-which-device = Em qual deles roda?
forward-device-menu = Escolha seu PC…
forward-close-menu = Ou feche uma destas…
unforward-done = { $count ->
    [one] **Fechada.** Ninguém mais consegue entrar:
   *[other] **{ $count } portas fechadas.** Ninguém mais consegue entrar:
}

## How the most played games are hosted, below the line that misses the server, and how they are joined.

game-host-minecraft = Abriu para LAN? Defina a porta como { $port }.
game-join-minecraft = *Multijogador* → *Conexão direta*
game-host-minecraft-bedrock = Rode o Bedrock Dedicated Server com `server-port={ $port }`.
game-join-minecraft-bedrock = *Jogar* → *Servidores* → *Adicionar servidor*
game-host-valheim = *Start Game* → marque *Start Server*, e deixe *Crossplay* desligado.
game-join-valheim = *Join Game* → *Add server*
game-host-palworld = Rode o Palworld Dedicated Server com `-port={ $port }`.
game-join-palworld = *Join Multiplayer Game*, e cole embaixo
game-host-terraria = *Multiplayer* → *Host & Play*, ou rode o TerrariaServer na porta { $port }.
game-join-terraria = *Multiplayer* → *Join via IP*
game-host-factorio = *Multiplayer* → *Host saved game*. A porta fica em `config.ini`: `port={ $port }`.
game-join-factorio = *Multiplayer* → *Connect to address*
game-host-satisfactory = Rode o Satisfactory Dedicated Server com `-Port={ $port }`.
game-join-satisfactory = *Server Manager* → *Add Server*
game-host-project-zomboid = *Host* no menu principal, com a porta { $port }.
game-join-project-zomboid = *Join* → *Favorites*, com a porta no campo dela
game-host-enshrouded = Rode o Enshrouded Dedicated Server.
game-join-enshrouded = *Play* → *Join*, e procure o nome do servidor
game-host-7-days-to-die = Ponha { $port } em *Server Port* ao iniciar o jogo.
game-join-7-days-to-die = *Join a Game* → *Connect to IP*, com a porta no campo dela
game-host-counter-strike-2 = Inicie o servidor dedicado com `-port { $port }`.
game-join-counter-strike-2 = Console (`~`): `connect`, um espaço e o endereço
game-host-rust = Inicie o RustDedicated com `+server.port { $port }`.
game-join-rust = Aperte F1: `client.connect`, um espaço e o endereço
game-host-ark = Rode o ARK Dedicated Server com `?Port={ $port }`.
game-join-ark = Console (Tab): `open`, um espaço e o endereço
game-host-ark-ascended = Rode o ARK Ascended Dedicated Server com `-port={ $port }`.
game-join-ark-ascended = Console (Tab): `open`, um espaço e o endereço
game-host-garrys-mod = Inicie o srcds com `-port { $port }`.
game-join-garrys-mod = Console: `connect`, um espaço e o endereço

## The gateway has another address.

moved-lost = 🚚 **A VPN mudou de lugar. Agora o endereço dela é { $address }.** { $count ->
    [one] A configuração deste dispositivo tem o endereço antigo. Digite `/rotate`, e ponha o arquivo novo no lugar do antigo.
   *[other] As configurações destes dispositivos têm o endereço antigo. Digite `/rotate` para cada um, e ponha o arquivo novo no lugar do antigo.
} Suas portas continuam abertas:
moved-waiting = 🚚 **A VPN mudou de lugar.** { $count ->
    [one] Este dispositivo ainda procura no lugar antigo. Desligue e ligue o WireGuard uma vez:
   *[other] Estes dispositivos ainda procuram no lugar antigo. Desligue e ligue o WireGuard uma vez em cada um:
}

## Time running out.

reminder = { $count ->
    [one] ⏰ **Uma porta sua fecha { $relative }.** Ainda está jogando? Prolongue:
   *[other] ⏰ **{ $count } portas suas fecham { $relative }.** Ainda está jogando? Prolongue:
}
reminder-extend-button = Prolongar
reminder-close-button = Fechar
extended = **Prolongado.**
extended-already = Já foi prolongado:

## Whether players can join, hop by hop. Bold: the one thing to do.

proof-check-button = Verificar de novo
proof-how-button = Me mostra como
proof-how =
    1. Abra o app WireGuard no seu PC.
    2. Escolha o túnel, e aperte *Ativar*.

    Ainda não está configurado? `/join`
proof-other-port-button = Outra porta…
proof-other-port-form-title = Outra porta
proof-other-port-form-label = A porta que o seu servidor usa
proof-other-port-bad = Isso não é uma porta. Escreva um número de 1 a 65535.
change-button = Mudar…
change-form-title = Mudar
change-which-form-label = Qual porta?
change-device-form-label = O PC onde roda
change-time-form-label = Quanto tempo ou até quando
proof-looking-title = Os jogadores conseguem entrar?
proof-done-title = Os jogadores conseguem entrar
proof-ready-title = Pronto para os jogadores
proof-missing-title = Os jogadores ainda não conseguem entrar
proof-unknown-title = Quase lá
proof-over-title = Ainda não estava pronto quando olhei
proof-gone-title = Fechado
proof-until = Ao vivo até { $time }
proof-stopped = Não está mais ao vivo. Aperte *{ proof-check-button }*.
proof-gateway-away = A VPN não responde agora. O que está aberto continua aberto, e eu sigo tentando.
proof-open = { $count ->
    [one] Porta { $ports } aberta
   *[other] Portas { $ports } abertas
}
# $problem: a `problem-` message.
proof-blocked = **Peça a um admin para deixar os jogadores passarem.** { $problem }
proof-suspended = **Peça a um admin para reativar { $device }.** Está suspenso, e as portas dele ficam fechadas até lá.
proof-tunnel = WireGuard em { $device }
proof-connected = { $device } está conectado ({ $handshake })
proof-not-connected = **Ligue o WireGuard em { $device }.** Visto por último { $handshake }.
proof-never-connected = **Ligue o WireGuard em { $device }.** Ainda nunca se conectou.
proof-server = Servidor em { $device }
# $ports is the message `port`.
proof-server-refused = **Inicie o servidor em { $device }.** Nada está rodando lá ({ $ports }).
proof-server-silent = **Inicie o servidor em { $device }, e libere ele no firewall.** Nada responde lá ({ $ports }).
proof-server-frozen = **Olhe o servidor em { $device }.** Ele aceita jogadores ({ $ports }) e depois fica mudo: ainda está iniciando, ou travou.
proof-server-refused-tcp = **Inicie o servidor em { $device }.** Nada está rodando lá (TCP, { $ports }). Servidores UDP não dá para verificar.
proof-server-silent-tcp = **Inicie o servidor em { $device }, e libere ele no firewall.** Nada responde lá (TCP, { $ports }). Servidores UDP não dá para verificar.
proof-playing = O servidor em { $device } responde: { $players } jogando
proof-playing-of = O servidor em { $device } responde: { $players } de { $slots } jogando
# Follows proof-playing and proof-playing-of.
proof-version = , versão { $version }
proof-answers = O servidor em { $device } responde
proof-takes = O servidor em { $device } aceita jogadores
proof-udp = Daqui não dá para verificar este jogo. Confira se ele está rodando em { $device }.
proof-players = Primeiro jogador
proof-knocked = Um jogador tentou se conectar. Agora não tem ninguém.
proof-nobody = **Passe { $address } aos jogadores.** Ninguém tentou ainda. Se seus amigos não conseguem conectar, peça a um admin para abrir { $ports } ({ $protocol }) no firewall do provedor da VPS.

## Match cards.

card-announce-button = Anunciar
card-close-button = Fechar
card-anyway-button = Anunciar mesmo assim
card-not-ready-offline = 🟡 Ainda não anunciado: { $device } está offline. Primeiro ligue o WireGuard lá.
card-not-ready-silent = 🟡 Ainda não anunciado: o servidor em { $device } não responde.
card-not-ready-blocked = 🟡 Ainda não anunciado: um firewall ou ajuste no nosso servidor barra os jogadores. Admins veem mais em /status.
card-announced = 📣 Anunciado aqui: { $link }
card-announced-already = 📣 Já anunciado: { $link }
card-not-announced = Não consegui anunciar. Aperte **{ card-announce-button }** para tentar de novo.
card-not-here = Não dá para anunciar aqui na DM. Digite isto no canal onde seus amigos devem ver: { $command }
card-cannot-announce = Não consegui anunciar: em { $channel } me { $count ->
    [one] falta a permissão { $permissions }
   *[other] faltam as permissões { $permissions }
}. Quando um admin deste servidor me der isso, aperte **{ card-announce-button }**.
# The names of permissions in Discord's client.
permission-view_channel = Ver canal
permission-send_messages = Enviar mensagens
permission-send_messages_in_threads = Enviar mensagens em tópicos
permission-embed_links = Inserir links
permission-create_events = Criar eventos
permission-manage_events = Gerenciar eventos
card-not-yours = Só o host e os admins podem fechar.
card-title = 🎮 { $what }
card-ended-title = 🏁 { $what }: acabou
card-host = Host: **{ $host }**
card-stale = ⚠️ A VPN não responde. Última atualização { $since }.
card-offline = 🟡 { $device } de { $host } ficou offline { $since }.
card-offline-never = 🟡 { $device } de { $host } ainda não está conectado.
card-way-blocked = 🟡 Um firewall ou ajuste no nosso servidor barra os jogadores. Admins veem mais em /status.
card-way-silent = 🟡 O servidor em { $device } não responde.
card-way-ready = 🟢 Pronto: o servidor responde.
card-version-field = Versão
card-address-field = Endereço
card-players-field = Jogadores agora
card-players = { $players ->
    [0] { $players } jogadores (pico { $peak })
    [one] { $players } jogador (pico { $peak })
   *[other] { $players } jogadores (pico { $peak })
}
card-players-of = { $slots ->
    [one] { $players } de { $slots } jogador (pico { $peak })
   *[other] { $players } de { $slots } jogadores (pico { $peak })
}
card-since-field = Abriu
card-until-field = Aberta até
card-until = { $time }, { $relative }
card-until-closed = o host fechar
card-lasted-field = Durou
card-most-field = Máximo ao mesmo tempo
card-most = { $players ->
    [0] { $players } jogadores
    [one] { $players } jogador
   *[other] { $players } jogadores
}
card-open-field = Aberta
card-open = de { $since } até { $until }

## The live message of /panel.

panel-head = ## 🎮 { $server }
panel-away = 🔴 **A VPN parou de responder { $since }.** O que está aberto continua aberto.
panel-blocked = 🔴 **Seus amigos não conseguem entrar agora.**
    Admins: `/doctor` diz o que fazer.
panel-problems = ⚠️ { $count ->
    [one] { $count } problema no servidor.
   *[other] { $count } problemas no servidor.
} Admins: `/doctor` diz o que fazer.
panel-none = Nada está aberto agora. Aperte **Hostar um jogo** para começar.
panel-more = { $count ->
    [one] … e mais { $count } partida
   *[other] … e mais { $count } partidas
}
panel-match = ### { $game } · { $host }
# $state is one of the messages below.
panel-match-short = **{ $game }** · { $host } · { $state }
panel-playing = { $players ->
    [0] 🟢 Aberta
    [one] 🟢 **{ $players }** jogador
   *[other] 🟢 **{ $players }** jogadores
}
panel-playing-of = 🟢 **{ $players }**/{ $slots }
panel-players = { $state } · máximo { $most } { $picture }
panel-pc-offline = 🟡 O PC ficou offline { $since }
panel-pc-never = 🟡 Esperando o PC do host
panel-silent = 🟡 O jogo não responde
panel-time = -# Abriu { $since }
panel-time-until = -# Abriu { $since } · fecha { $until }
panel-devices = { $devices ->
    [one] { $online } de { $devices } dispositivo online
   *[other] { $online } de { $devices } dispositivos online
}
# $devices is the message `panel-devices`.
panel-foot = -# { $devices }
panel-foot-traffic = -# { $devices } · { $rate }
panel-host-button = Hostar um jogo
panel-again-button = Hostar de novo
panel-add-button = Adicionar meu PC
panel-mine-button = Minhas coisas
panel-help-button = Ajuda
panel-devices-button = Dispositivos
panel-requests-button = { $count ->
    [0] Pedidos
   *[other] Pedidos ({ $count })
}
panel-host-which = O que você quer hostar?
panel-host-choose-menu = Escolha um jogo
panel-host-other-menu = Outro…
panel-host-form-title = Hostar um jogo
panel-host-form-label = Qual jogo ou porta?
panel-host-hint-menu = minecraft, valheim, 25565
panel-no-device = Primeiro adicione seu PC: aperte **{ panel-add-button }** ou digite `/join`.
panel-try-again = O Discord teve um problema. Aperte o botão de novo.
panel-nothing-again = Você ainda não hostou nenhum jogo. Aperte **{ panel-host-button }**.
panel-requests-none = Ninguém está esperando para entrar.
panel-requests = { $count ->
    [one] **{ $count } pedido esperando:**
   *[other] **{ $count } pedidos esperando:**
}
panel-request = - **{ $name }** pediu { $since }: { $link }
panel-there = 📌 A mensagem ao vivo já está lá: { $link }
panel-posted = 📌 A mensagem ao vivo está aqui: { $link }
    Fixe ela, para todo mundo achar.
panel-cannot-post = Não consigo escrever aqui. Me dê **{ permission-view_channel }** e **{ permission-send_messages }** neste canal, e digite `/panel` de novo.
# What /help says, by whether the member has a device.
help-join = **Comece aqui: `/join`** põe seu PC na VPN.
    1. Ligue o WireGuard, e inicie seu jogo.
    2. `/forward` te dá o endereço para seus amigos.
help-host = **Comece aqui: `/forward`** te dá o endereço para seus amigos.
    Deixe o WireGuard ligado e seu jogo rodando. `/join` adiciona outro dispositivo.
help-more = Mais:
    - `/status` seus dispositivos e portas
    - `/unforward` fechar uma porta
    - `/connections` quem está conectado
    - `/rotate` novo arquivo de configuração
    - `/policy` seus limites
help-admin = **Admins:**
    - `/panel` a mensagem ao vivo
    - `/peers` os dispositivos de todos
    - `/forwards` as portas de todos
    - `/revoke` tirar um membro
    - `/audit` quem fez o quê
    - `/doctor` o que está errado
    - `/settings` o que está definido
panel-help = **Hoste um jogo para seus amigos**
    1. **{ panel-add-button }**: você recebe a configuração do WireGuard.
    2. Ligue o WireGuard, e inicie o servidor do seu jogo.
    3. **{ panel-host-button }**: você recebe o endereço para seus amigos.
    - **{ panel-again-button }** abre seu último jogo outra vez.
    - **{ panel-mine-button }** mostra seus dispositivos e portas.
    Travou? **{ panel-host-button }** diz qual passo falta.

# The set-up in Discord: /setup with its code, and the form.
setup-begin = **Quase lá.** Crie um cargo para seus amigos e um para os admins, se ainda não existem. Depois escolha os dois aqui.
setup-form-button = Escolher cargos e canal
setup-form-title = Configurar a VPN
setup-members-form-label = Quem pode usar a VPN?
setup-admins-form-label = Quem são os admins?
setup-channel-form-label = Canal de pedidos e do log (opcional)
setup-zone-form-label = Fuso horário, como America/Sao_Paulo
setup-language-form-label = Idioma das mensagens nos canais
setup-language-menu = O mesmo do servidor
setup-done = ✅ **Configurado.** Agora seus amigos digitam `/join`. `/settings` mostra o que está definido, `/help` o que fazer.
# $keys: keys of the configuration file, in backticks.
setup-fixed = `config.toml` já diz { $keys }: isso fica como está.
setup-lack = ⚠️ { $problem }
setup-not-allowed = Só membros com **Gerenciar servidor** podem me configurar.
setup-code-wrong = Esse código está errado. Olhe o terminal onde você rodou `setup`.
setup-code-over = Esse código não vale mais: a hora dele passou, ou houve tentativas demais. `sudo guildgate setup` mostra um novo.
setup-code-none = Não há nada para configurar. `sudo guildgate setup` na VPS mostra um código.
setup-missing = Um cargo ou canal que você escolheu não existe mais. Abra o formulário de novo.
setup-bot-role = Você escolheu o cargo próprio de um bot, que nenhum membro pode ter. Escolha outro.
setup-everyone-admin = @everyone não pode ser cargo de admin. Escolha outro.
setup-unknown-zone = Não conheço esse fuso horário. Escreva um como America/Sao_Paulo ou Europe/Lisbon.
setup-refused = Isso não combina com `config.toml`: veja { $key } lá.

# What /settings shows.
settings-title = Configurações
settings-line = **{ $what }:** { $shown }
settings-none = nenhum
settings-member_roles = Membros
settings-admin_roles = Admins
settings-guest_roles = Visitantes
settings-admin_channel = Pedidos para entrar
settings-log_channel = Log
settings-posts_channel = Posts sobre partidas
settings-timezone = Fuso horário
settings-language = Idioma nos canais
# What set it: /setup or the configuration file.
settings-by-chosen = · escolhido no Discord
settings-by-file = · `config.toml`
settings-members-field = O que os membros podem fazer
settings-policy = `/policy` mostra. Isso se define em `[policy]` de `config.toml`, e não por aqui.
settings-change-field = Para mudar algo
settings-change = Rode `sudo guildgate setup` na VPS: ele mostra um código para `/setup`. O que `config.toml` diz fica como está.
settings-hide-field = Quem vê os comandos dos admins
settings-hidden = Só membros com **Gerenciar servidor** veem, porque todo cargo de admin tem isso.
settings-hide = Todo mundo vê, e só admins podem usar. Para esconder: *Config. do servidor → Integrações*, escolha o meu nome, e permita cada comando só para o seu cargo de admin. Ou dê **Gerenciar servidor** a cada cargo de admin.

# Beside the bot's name.
presence-playing = { $players ->
    [one] { $players } jogador
   *[other] { $players } jogadores
} em { $matches ->
    [one] { $matches } partida
   *[other] { $matches } partidas
}
presence-open = { $matches ->
    [one] { $matches } partida aberta
   *[other] { $matches } partidas abertas
}

# The posts in `posts_channel`.
post-hosting = 🎮 **{ $host }** está hostando **{ $game }** em { $address }
post-first-player = 👋 O primeiro jogador entrou: **{ $game }** de **{ $host }**.
post-offline = 📴 O PC de **{ $host }** ficou offline { $since }, com { $players ->
    [one] { $players } jogador
   *[other] { $players } jogadores
} em **{ $game }**.
    O jogo volta quando o WireGuard estiver ligado de novo.
post-silent = 🟡 **{ $game }** de **{ $host }** parou de responder { $since }.
    O servidor do jogo ainda está rodando?
posts-on = Posso postar sobre as suas partidas de novo.
posts-off = Não posto mais nada sobre as suas partidas. `/posts state:on` desfaz isso.

## Status.

status-title = Seus dispositivos
status-everyone-title = Todos os dispositivos
status-none = Você ainda não tem dispositivo na VPN. Digite `/join` para adicionar um.
status-none-at-all = A VPN ainda não tem dispositivos. Digite `/join` para adicionar um.
status-connected = { $devices ->
    [one] { $connected } de { $devices } dispositivo conectado.
   *[other] { $connected } de { $devices } dispositivos conectados.
}
status-address = Os jogadores se conectam a { $address } e uma das portas abaixo.
status-no-ports = Nenhuma porta está aberta; `/forward` abre uma.
# $problem: a `problem-` message.
status-problem = ⚠️ { $problem }
status-lan = O modo LAN está ligado: os dispositivos se enxergam pelos endereços da VPN.
status-never = Nunca se conectou. Importe a configuração no WireGuard e ligue.
status-handshake = Conectado, visto por último { $handshake }
status-handshake-from = Conectado de { $endpoint }, visto por último { $handshake }
status-away = Sem conexão, visto por último { $handshake }
# The device sent and received.
status-traffic = Enviou { $sent }, recebeu { $received }
status-vpn-address = Endereço na VPN { $addresses }
status-more = { $count ->
    [one] … e mais { $count } dispositivo. `guildgate status` na VPS lista todos.
   *[other] … e mais { $count } dispositivos. `guildgate status` na VPS lista todos.
}

## LAN mode.

doctor-title = 🩺 Diagnóstico
doctor-level-failure = ❌ **{ $check }**: { $found }
doctor-level-warning = ⚠️ **{ $check }**: { $found }
doctor-step = → { $advice }
# $check is found by another version of guildgate on the VPS.
doctor-other = Algo está errado. `guildgate doctor` na VPS diz o quê.
doctor-where = -# Digite os comandos depois de → na VPS, como root.
doctor-fine = ✅ { $count ->
    [one] { $count } verificação está
   *[other] { $count } verificações estão
} em ordem.
doctor-check-gateway = serviço da VPN
doctor-check-names = cargos e canais
doctor-check-permissions = permissões
doctor-check-intents = intents
doctor-check-commands = comandos
doctor-check-version = versão

# The names of the gateway's checks.
doctor-check-backups = backups
doctor-check-clock = relógio
doctor-check-configs = arquivos de configuração
doctor-check-conntrack = rastreamento de conexões
doctor-check-database = banco de dados
doctor-check-disk = disco
doctor-check-doctor = diagnóstico
doctor-check-firewalls = firewalls
doctor-check-flow-table = tabela de conexões
doctor-check-forwarding = encaminhamento
doctor-check-ipv6-route = rota IPv6
doctor-check-listen-port = porta da VPN
doctor-check-nf_tables = nf_tables
doctor-check-privileges = privilégios
doctor-check-problem = problema
doctor-check-public-address = endereço público
doctor-check-reserved-ports = portas reservadas
doctor-check-reverse-path = caminho de volta
doctor-check-socket-users = usuários do socket
doctor-check-state = estado
doctor-check-tunnel-size = tamanho dos pacotes
doctor-check-vpn-subnets = rede da VPN
doctor-check-way-out = caminho de saída
doctor-check-way-to-devices = caminho até os dispositivos
doctor-check-wireguard = WireGuard

# What a check of the VPS found, for admins. Words in backticks and in [brackets] are keys of the configuration.
# $reason: what was refused and why, in English, as the system says it.
finding-unread = Esta verificação não conseguiu olhar. `guildgate doctor` na VPS diz por quê.
finding-privileges = O gateway não tem o direito de mudar a rede (CAP_NET_ADMIN), então algumas verificações foram puladas.
finding-container = O gateway roda como root sem CAP_NET_ADMIN. No Docker, adicione `--cap-add NET_ADMIN --network host`.
finding-no_wireguard = O kernel não tem WireGuard: { $reason }. Use um kernel mais novo, ou defina `backend = "auto"`.
finding-no_wireguard_go = O kernel não tem WireGuard, e `wireguard-go` não está instalado.
finding-no_tun = `wireguard-go` não consegue usar /dev/net/tun: { $reason }. No Docker, adicione `--device /dev/net/tun`.
finding-no_nftables = Não dá para ler o firewall: { $reason }.
finding-no_libnftables = Falta a biblioteca libnftables.
finding-no_conntrack = Não dá para listar as conexões: { $reason }.
finding-few_flows = A VPS rastreia no máximo { $size } conexões, e um membro pode abrir { $most }. Com a tabela cheia, conexões novas falham.
finding-few_buckets = A tabela de conexões fica lenta quando enche ({ $size } entradas).
finding-ipv4_only = A VPS não tem IPv6, então a VPN só leva IPv4. Para ficar sem, defina `subnet6 = ""`.
finding-no_forwarding = A VPS não repassa pacotes, e o gateway não pode mudar isso ({ $settings }).
finding-reverse_path = Jogadores que chegam por uma segunda linha são descartados ({ $setting }).
finding-way_out = As respostas aos jogadores saem por { $interface }, que é o caminho errado. Um cliente de VPN na VPS pode ser a causa.
finding-devices_astray = Pacotes para { $address } saem por { $interface }, e não pela VPN. Dispositivos afetados: { $count }.
finding-devices_nowhere = Pacotes para { $address } não vão a lugar nenhum. Dispositivos afetados: { $count }.
finding-reserved_ports = Outro programa na VPS pode pegar uma porta aberta ({ $setting } não pode ser escrito).
finding-state_unwritable = O gateway não consegue escrever na pasta dele, { $folder }.
finding-state_exposed = Outros usuários da VPS podem ler { $files } em { $folder }.
finding-firewall_players = { $program } na VPS barra jogadores, em { $chains }.
finding-firewall_devices = { $program } na VPS barra dispositivos, em { $chains }.
finding-firewall_flowtable = { $program } na VPS entrega conexões a uma flowtable, em { $chains }. Para elas, uma porta fechada continua aberta.
finding-firewall_doubt = { $program } na VPS talvez barre jogadores ou dispositivos, em { $chains }.
finding-firewall_legacy = O iptables antigo (legacy) está em uso, e não dá para listar as regras dele.
finding-firewall_hidden = { $program } talvez barre jogadores. Só root pode ver as regras dele.
finding-firewall_crash = Uma regra de outro programa derruba a biblioteca do firewall. `guildgate doctor` na VPS diz qual.
finding-mark_written = Uma regra de outro programa encerra conexões de jogadores: { $rules } escreve a marca inteira do conntrack. Faça ela escrever só os próprios bits.
finding-mark_compared = Uma regra de outro programa compara a marca inteira do conntrack: { $rules }. Faça ela comparar só os próprios bits.
finding-mark_shared = Uma regra de outro programa usa os bits do gateway na marca do conntrack: { $rules }. Defina outra `conntrack_mask`.
finding-no_route = A VPS não tem rota padrão. Defina `public_interface` como a interface que dá para a internet.
finding-no_interface = Não existe interface { $interface }. Corrija `public_interface`.
finding-no_address = { $interface } não tem endereço IPv4. Defina `public_address`.
finding-address_shared = { $address } é dividido entre muitos clientes do provedor (CGNAT), então seus amigos não conseguem se conectar. Use uma VPS com endereço próprio.
finding-address_private = { $address } é privado, então seus amigos não conseguem se conectar. Defina `public_address` com o endereço que está no painel do provedor, e abra as portas lá.
finding-address_unresolved = O nome { $name } não foi encontrado. Faça ele levar a esta VPS, ou escreva um endereço IPv4.
finding-address_lan = O endereço público { $address } é privado. Isso só está certo para uma LAN.
finding-address_other = O endereço público é { $address }, mas { $interface } tem { $own }. `public_address` está certo?
finding-subnet_taken = { $interface } tem { $address }, que fica dentro da rede da VPN. Defina outra em `subnet4` ou `subnet6`.
finding-mtu_uplink = Os pacotes da VPN são grandes demais para a linha da VPS, então downloads podem travar. Defina `mtu = "auto"`.
finding-mtu_path = Os pacotes da VPN são grandes demais para alguns dispositivos ({ $count }), então downloads podem travar. Defina `mtu = { $mtu }`.
finding-listen_port = Outro programa usa a porta UDP { $port }, de que a VPN precisa. Pare o programa, ou defina outra `listen_port`.
finding-accept_ra = A VPS pode perder o IPv6 dela ({ $setting } é 1).
finding-socket_user = Não existe usuário de sistema { $user }. Crie, ou tire de `socket_users`.
finding-clock_wrong = O relógio está errado: diz { $date }. Se ele voltar no tempo, os dispositivos não conseguem se conectar.
finding-clock_set_back = O relógio foi atrasado: diz { $now } UTC, e algo foi registrado em { $newest }. Os dispositivos não conseguem se conectar.
finding-clock_alone = Nenhum servidor de hora acerta o relógio. Se ele voltar no tempo, os dispositivos não conseguem se conectar.
finding-no_answer = O gateway não responde.
finding-other_version = A versão { $running } do gateway está rodando, e { $installed } está instalada. Reinicie.
finding-bare_addresses = Alguns arquivos de configuração têm um endereço no lugar do nome ({ $count }). Peça /rotate: { $names }.
finding-disk_full = O disco de { $folder } tem { $left } MiB livres, e o banco de dados dele pode precisar de { $needed }. Abra espaço, ou nenhuma mudança pode ser salva.
finding-disk_files = O disco de { $folder } não aceita mais arquivos. Abra espaço, ou nenhuma mudança pode ser salva.
finding-journal_full = O disco de { $folder } está quase cheio, então o log perde as linhas mais antigas.
finding-database_unreadable = { $file } não pode ser lido. Restaure um backup; o log diz mais.
finding-database_damaged = { $file } está danificado. Restaure um backup; o log diz mais.
finding-database_newer = { $file } foi escrito por uma versão mais nova do guildgate. Instale essa versão.
finding-database_owner = { $file } pertence ao usuário errado, então talvez não dê para escrever nele.
finding-database_exposed = Outros usuários da VPS podem ler { $file }.
finding-backups_unreadable = Não dá para olhar os backups em { $folder }.
finding-no_backup = Ainda não há backup em { $folder }. O gateway faz o primeiro um minuto depois de iniciar.
finding-old_backup = O backup mais novo em { $folder } tem { $days } dias. O log do gateway diz por quê.
lan-on = **Modo LAN ligado.** Os dispositivos na VPN se enxergam pelos endereços da VPN, se os firewalls deles deixarem. `/status` mostra o seu. Para encerrar: `/lan state:off`
lan-off = **Modo LAN desligado.** Os dispositivos na VPN não se enxergam mais, e o que rodava entre eles foi cortado. As portas abertas continuam abertas.

## What members may do.

policy-title = O que você pode fazer aqui
policy-devices-field = Dispositivos
policy-devices = Até { $count }, e { $joins } novos por hora.
policy-devices-until = Até { $count }, e { $joins } novos por hora. Cada um é removido depois de { $duration }.
policy-flows = Cada dispositivo pode ter { $count } conexões abertas ao mesmo tempo, tanto em IPv4 quanto em IPv6.
policy-forwards-field = Portas
policy-forwards = Até { $count } portas ou faixas, nas portas { $ports }, com { $most } portas no total.
policy-time-field = Quanto tempo uma porta fica aberta
# $usual is a time such as 12 hours, or `policy-usual-forever`. $longest is `policy-longest` or `policy-longest-forever`.
policy-time = { $usual } por padrão, { $longest }.
policy-usual-forever = Até você fechar
policy-longest = no máximo { $duration }
policy-longest-forever = pelo tempo que você quiser
policy-leave-field = Quando você sai ou perde o cargo
policy-leave = Seus dispositivos são suspensos, e removidos depois de { $duration }.
policy-leave-kept = Seus dispositivos são suspensos, e ficam guardados.
policy-kept-field = O que fica registrado
policy-kept = Os admins podem ler o que você muda aqui por { $duration }.
policy-flow-log = Os endereços que seus dispositivos acessam na internet ficam registrados por { $duration }.
policy-no-flow-log = O que seus dispositivos fazem na internet não fica registrado.
policy-kept-forever = Os admins podem ler o que você muda aqui.

## Lists for admins.

connections-title = Conexões
connections-count = { $count ->
    [0] Ninguém está conectado.
    [one] { $count } conexão
   *[other] { $count } conexões
}
connections-to = { $name } → { $port }
connections-since = Começou { $since }
# Both are seen from the player.
connections-traffic = Enviou { $sent }, recebeu { $received }
connections-live = Conexão ativa agora
connections-from-device = Iniciada pelo seu dispositivo
connections-friends-only = 🚪 { $ports }: só amigos. { $packets ->
    [0] { $packets } pacotes
    [one] { $packets } pacote
   *[other] { $packets } pacotes
} de outros descartados.
connections-hint = *Expulsar* encerra a conexão, e barra o programa desse jogador por um minuto. Um bloqueio fica, mesmo quando você abre a porta de novo.
connections-kick-button = Expulsar
connections-block-button = Bloquear
connections-around-button = Bloquear { $network }
connections-let-in-button = Liberar
connections-undo-button = Desfazer
connections-again-button = Olhar de novo
connections-rules-button = Bloqueados e liberados ({ $count })
connections-friends-button = Só amigos
connections-all-button = Deixar todos entrarem
connections-flow-menu = Escolha uma conexão…
connections-rule-menu = Desfaça uma regra…
connections-rules-title = Bloqueados e liberados
connections-rules-none = Nenhum endereço está bloqueado ou liberado.
connections-rule-since = Definido { $since }
connections-dropped = { $packets ->
    [0] { $packets } pacotes descartados
    [one] { $packets } pacote descartado
   *[other] { $packets } pacotes descartados
}
connections-blocked = 🚷 { $address } · { $ports }
connections-let-in = 🚪 { $address } · { $ports }
connections-kick-done = 👢 { $address } foi expulso de { $ports } em **{ $device }**. Pode voltar em um minuto.
connections-block-done = 🚷 { $address } bloqueado em { $ports } de **{ $device }**. As conexões dele foram cortadas.
connections-let-in-done = 🚪 { $address } pode se conectar a { $ports } de **{ $device }**.
connections-undo-done = ↩️ { $address } não está mais bloqueado nem liberado em { $ports } de **{ $device }**.
connections-friends-said = 🚪 Agora só podem se conectar dispositivos na VPN e endereços que você libera.
connections-all-said = Todos os jogadores podem se conectar de novo. Os bloqueios ficam.
connections-old = Esta lista é antiga demais. Use `/connections` de novo.
let-in-button = Liberar um endereço…
let-in-form-title = Liberar um endereço
let-in-form-label = O endereço, como whatismyip mostra
list-previous-button = Anterior
list-next-button = Próxima
list-back-button = Voltar
list-show-button = Mostrar endereço
list-revoke-button = Revogar…
list-extend-button = Prolongar
list-close-button = Fechar…
list-sure-button = Sim, fechar
list-keep-button = Manter
list-device-menu = Escolha um dispositivo…
list-port-menu = Escolha uma porta…
list-page = Página { $number } de { $last }
list-port-gone = Essa porta já está fechada.
list-close = **Fechar isto?** Os jogadores que estão nela caem na hora.
list-not-yours = Só admins veem os dispositivos de outros membros. `/status` mostra os seus.
peers-title = Dispositivos
peers-none = Não há nenhum dispositivo.
peers-facts = { $addresses }, modo { $mode }, adicionado { $since }
peers-suspended = Suspenso { $since }
peers-ends = Termina { $relative }
peers-ports = Abertas: { $ports }
forwards-title = Portas abertas
forwards-none = Nenhuma porta está aberta.
forwards-count = { $count ->
    [one] { $count } porta ou faixa aberta, em { $address }.
   *[other] { $count } portas ou faixas abertas, em { $address }.
}
forwards-target = Na porta { $port } do dispositivo
# $end is the message `ends` or `forwards-never-ends`.
forwards-opened = Abriu { $since }, { $end }
forwards-never-ends = fica aberta até alguém fechar

# The details of one device or one port.
detail-state-field = Estado
detail-handshake-field = Visto por último
detail-endpoint-field = Conecta de
traffic-title = 📈 { $period ->
    [day] O último dia
    [week] A última semana
    [month] O último mês
   *[year] O último ano
}
graph-period-button = { $period ->
    [day] Dia
    [week] Semana
    [month] Mês
   *[year] Ano
}
# Names inside the picture, of at most 24 characters. The arrows stand for the colours.
graph-received = ▼ { $size } recebidos
graph-sent = ▲ { $size } enviados
graph-from-players = ▼ { $size } de jogadores
graph-to-players = ▲ { $size } a jogadores
graph-players = { $players ->
    [0] nenhum jogador
    [one] até 1 jogador
   *[other] até { $players } jogadores
}
graph-online = conectado por { $hours } h
graph-weekday = { $day ->
    [1] seg
    [2] ter
    [3] qua
    [4] qui
    [5] sex
    [6] sáb
   *[7] dom
}
graph-month = { $month ->
    [1] jan
    [2] fev
    [3] mar
    [4] abr
    [5] mai
    [6] jun
    [7] jul
    [8] ago
    [9] set
    [10] out
    [11] nov
   *[12] dez
}
# The picture's text, for screen readers.
graph-alt = { $period ->
    [day] No último dia
    [week] Na última semana
    [month] No último mês
   *[year] No último ano
}: { $incoming }, { $outgoing }, { $presence }. O pico foi { $rate } ({ $when }).
graph-nothing = { $period ->
    [day] Nenhum tráfego no último dia.
    [week] Nenhum tráfego na última semana.
    [month] Nenhum tráfego no último mês.
   *[year] Nenhum tráfego no último ano.
}
nights-field = 🌙 Noites de partidas
nights-line = { $day }: { $what }
nights-played = { $hours ->
    [0] jogou { $minutes } min
   *[other] jogou { $hours } h { $minutes } min
}
nights-hosted = { $hours ->
    [0] hostou { $minutes } min
   *[other] hostou { $hours } h { $minutes } min
}
nights-none = Nenhuma no último mês. A partir de agora, anoto quanto tempo você joga.
nights-on-button = Ver noites de partidas
nights-off-button = Ocultar noites de partidas
detail-traffic-field = Tráfego
detail-address-field = Endereço na VPN
detail-mode-field = O que passa pela VPN
detail-added-field = Adicionado
detail-suspended-field = Suspenso
detail-ports-field = Portas abertas
detail-game-field = Jogo
detail-reach-field = Os jogadores se conectam a
detail-target-field = Roda em
detail-target = { $count ->
    [one] porta { $ports } de **{ $device }**
   *[other] portas { $ports } de **{ $device }**
}
detail-now-field = Agora
detail-traffic = { $received } dos jogadores, { $sent } para eles
detail-opened-field = Abriu
detail-ends-field = Termina

# The answer to /audit.
audit-title = O que foi feito
audit-none = Nada foi feito ainda.
# $user: the system user of the VPS whose program asked: root, or the bot's by its number.
audit-asked-by = por { $user }
log-asked-by = Pedido por { $user } na VPS
audit-ports-of = { $ports } em { $devices }
audit-devices-with = { $devices } com { $ports }

# What differs on the VPS from what should be. $what: a device with its owner, or an interface.
difference-table = as regras de firewall que outro programa mudou
difference-unseen = mudanças que passaram sem ser vistas
difference-address = o endereço da VPN que outro programa removeu
difference-down = a interface da VPN que outro programa desligou
difference-deleted = a interface da VPN que outro programa removeu
difference-drift = o que pode ter mudado
difference-uplinks = o caminho para a internet
difference-torn = o que sobrou de uma mudança que falhou
difference-key = a chave da VPN
difference-port = a porta da VPN
difference-peer = o dispositivo na VPN { $what }
difference-link = a interface { $what }
difference-flows = conexões de antes de uma mudança

# What does not work on the VPS. Admins read these in the log channel, /status and /audit.
problem-firewall = { $program } na VPS barra jogadores, em { $chains }. `guildgate doctor` lá diz os comandos que deixam eles passarem.
problem-firewall_devices = { $program } na VPS barra dispositivos, em { $chains }. `guildgate doctor` lá diz os comandos que deixam eles passarem.
problem-offload = { $program } na VPS entrega conexões a uma flowtable, em { $chains }. Para elas, uma porta fechada continua aberta. `guildgate doctor` lá diz os comandos que acabam com isso.
problem-marks = Uma regra de outro programa na VPS encerra conexões de jogadores: { $rules } escreve a marca inteira do conntrack. `guildgate doctor` lá diz a solução.
problem-unreadable = Não consigo avaliar os firewalls de outros programas na VPS: { $reason }.
problem-left = Um reparo na VPS deixou isto como estava: { $difference }. Ele é tentado de novo, cada vez mais raramente. O log do gateway talvez diga por quê.
# $reason: what was refused and why, in English, as the system says it.
problem-forwarding = A VPS não encaminha pacotes, então ninguém consegue entrar em uma partida: { $reason }. Ajuste lá com `sysctl`, ou inicie o contêiner com `--sysctl`.
problem-settings = Os ajustes da VPS não podem ser mudados: { $reason }. Sem encaminhamento, nenhum IPv6 chega a um dispositivo, e sem accept_ra=2 a VPS pode perder o IPv6 dela. Ajuste lá com `sysctl`, ou inicie o contêiner com `--sysctl`.
problem-reserved = Não dá para manter as portas abertas longe das conexões da própria VPS: { $reason }. As portas funcionam do mesmo jeito; raramente um jogador não passa.
problem-link = Falta um endereço ou uma rota à interface da VPN: { $reason }. O log do gateway diz mais.
problem-flows = Não dá para encerrar as conexões de antes de uma mudança: { $reason }. Elas podem levar ao dispositivo errado.
problem-name = O nome { $name } não está atualizado: { $reason }. Ele pode levar a um endereço antigo, e o registro do Minecraft a uma porta antiga.
problem-backup = Não há backup novo na VPS: { $reason }. Os antigos ficam guardados.
problem-strict = Jogadores que chegam por outra linha da VPS que não a de sempre são descartados. Defina { $settings } como 2 lá, com `sysctl`.
problem-astray = Os jogadores não recebem resposta da VPS: { $reason }. Digite lá, como root: `{ $commands }`
problem-unresolved = O endereço público { $name } { $reason }. Dispositivos e jogadores que procuram esse nome não acham nada.
problem-database = Não dá para escrever no banco de dados da VPN: { $reason }. O que está aberto continua aberto, e toda mudança é recusada. Abra espaço no disco, ou permita escrever nele.
problem-traffic = Já foram usados { $share } % do tráfego deste mês ({ $limit }). O provedor pode reduzir a velocidade, ou cobrar mais.
problem-no_ipv6 = O IPv6 está desligado na VPS: { $reason }. A VPN só leva IPv4 até ele ser ligado de novo. Os dispositivos mantêm os endereços IPv6.
problem-other = Algo não funciona na VPS: { $code }. `guildgate status` lá diz mais.

# Why a device was cut off or let back in.
reason-left = não está mais no servidor
reason-banned = levou ban do servidor
reason-no_role = não tem mais um cargo que dá acesso
reason-back = tem acesso de novo
reason-revoked = removido por um admin

# How far it has come to cut a member off, with several regions.
cut-off-in = Suspenso em { $regions }.
cut-off-later = **{ $region }** está fora desde { $time }. A suspensão vale lá assim que a região voltar.

## The actions of the audit log: a line for /audit, and the title in the log channel. $subject: devices, ports, or both.

audit-join = { $when } **{ $actor }** adicionou { $subject }
log-join-title = 🆕 Dispositivo adicionado
audit-rotate = { $when } **{ $actor }** fez chaves novas para { $subject }
log-rotate-title = 🔑 Chaves novas
audit-rename = { $when } **{ $actor }** renomeou um dispositivo, primeiro o nome antigo: { $subject }
log-rename-title = ✏️ Dispositivo renomeado, primeiro o nome antigo
audit-give = { $when } **{ $actor }** deu um dispositivo a outro membro, primeiro quem tinha antes: { $subject }
log-give-title = 🎁 Dispositivo dado a outro membro
audit-import = { $when } **{ $actor }** assumiu dispositivos e portas de { $subject }
log-import-title = 📦 Assumido de outro programa
log-leave-title = 👋 Dispositivo tirado da VPN
audit-revoke = { $when } **{ $actor }** tirou da VPN { $subject }
log-revoke-title = ⛔ Acesso removido
audit-forward = { $when } **{ $actor }** abriu { $subject }
log-forward-title = 🔓 Porta aberta
audit-unforward = { $when } **{ $actor }** fechou { $subject }
log-unforward-title = 🔒 Porta fechada
audit-extend = { $when } **{ $actor }** prolongou { $subject }
log-extend-title = ⏰ Porta fica aberta por mais tempo
audit-to-port = { $when } **{ $actor }** levou { $subject } a outra porta ou dispositivo
log-to-port-title = ↪️ Porta leva a outro lugar
audit-kick = { $when } **{ $actor }** expulsou um jogador de { $subject }
log-kick-title = 👢 Jogador expulso
audit-block = { $when } **{ $actor }** bloqueou um endereço em { $subject }
log-block-title = 🚷 Endereço bloqueado
audit-let-in = { $when } **{ $actor }** liberou um endereço em { $subject }
log-let-in-title = 🚪 Endereço liberado
audit-unblock = { $when } **{ $actor }** desfez um bloqueio, ou uma liberação, em { $subject }
log-unblock-title = ↩️ Bloqueio desfeito
audit-friends-only = { $when } **{ $actor }** mudou se só amigos podem se conectar a { $subject }
log-friends-only-title = 🚪 Só amigos
log-friends-only-on = Agora só podem se conectar dispositivos na VPN e endereços liberados.
log-friends-only-off = Todos os jogadores podem se conectar de novo.
log-address = O endereço: { $address }
audit-suspend = { $when } **{ $actor }** suspendeu { $subject }
log-suspend-title = ⛔ Suspenso
audit-restore = { $when } **{ $actor }** reativou { $subject }
log-restore-title = ✅ Reativado
audit-guest = { $when } **{ $actor }** definiu o fim do tempo de um visitante, ou tirou esse fim: { $subject }
log-guest-title = ⏳ Tempo de visitante definido, ou tirado
audit-forget = { $when } **{ $actor }** mandou esquecer um membro, aqui com o nome { $subject }
log-forget-title = 🧹 Membro esquecido
log-forgotten = O log diz { $alias } no lugar do membro.
audit-expire = { $when } **{ $actor }** fechou (tempo esgotado): { $subject }
log-expire-title = ⌛ Tempo esgotado
audit-lan = { $when } **{ $actor }** mudou o modo LAN para { $subject }
log-lan-title = 🏠 Modo LAN
audit-repair = { $when } **{ $actor }** restaurou { $subject }
log-repair-title = 🔧 Reparado
audit-problem = { $when } **{ $actor }** tem um problema: { $subject }
log-problem-title = ⚠️ Problema
audit-solved = { $when } **{ $actor }** não tem mais um problema: { $subject }
log-solved-title = ✅ Não é mais um problema
audit-follow = { $when } **{ $actor }** mudou para o novo endereço { $subject }
log-follow-title = 📍 Novo endereço público
audit-other = { $when } **{ $actor }** { $action } { $subject }
log-other-title = 📝 { $action }

## Taking devices away.

revoke-revoke-button = Revogar
revoke-cancel-button = Cancelar
revoke-title = { $count ->
    [one] Revogar { $count } dispositivo de { $member }?
   *[other] Revogar { $count } dispositivos de { $member }?
}
revoke-device = **{ $device }**, modo { $mode }, adicionado { $since }
revoke-means = Vale na hora. Não dá para desfazer: um dispositivo só volta com um novo `/join`.
revoke-means-ports = Vale na hora. { $ports ->
    [one] Também fecha { $ports } porta
   *[other] Também fecha { $ports } portas
}. Não dá para desfazer: um dispositivo só volta com um novo `/join`.
revoke-means-players = Vale na hora. { $ports ->
    [one] Também fecha { $ports } porta
   *[other] Também fecha { $ports } portas
} e encerra { $connections ->
    [one] { $connections } conexão
   *[other] { $connections } conexões
} de jogadores. Não dá para desfazer: um dispositivo só volta com um novo `/join`.
revoke-cancelled = Cancelado. Nada foi removido.
revoke-changed = **Isto mudou nesse meio-tempo.** Agora sairia isto:
revoke-device-gone = Esse dispositivo já está fora da VPN.
revoke-devices-gone = Esses dispositivos já estão fora da VPN.
revoke-nothing = { $member } não tem dispositivo na VPN.
revoke-unseen = { $member } não tem dispositivo nas regiões que respondem. Ao confirmar, os dispositivos nas outras saem assim que elas voltarem.
revoke-access = { $member } não tinha dispositivo; o acesso foi removido.
revoke-done = { $count ->
    [one] **{ $count } dispositivo de { $member } removido.** As conexões dele foram cortadas:
   *[other] **{ $count } dispositivos de { $member } removidos.** As conexões deles foram cortadas:
}
revoke-ports = { $count ->
    [one] { $count } porta fechada junto:
   *[other] { $count } portas fechadas junto:
}

## The log channel.

log-by = Feito por { $actor }
log-why = Por quê: { $reason }
log-device = **{ $device }**, modo { $mode }
log-device-until = **{ $device }**, modo { $mode }, até { $time }
log-closed = { $count ->
    [one] Porta fechada:
   *[other] Portas fechadas:
}
log-kept = Suspenso, e os jogadores caíram. Dispositivos e portas ficam guardados até { $time }, e voltam a funcionar { $again ->
    [restored] depois de `guildgate restore` na VPS
   *[role] com o cargo
}.
log-kept-forever = Suspenso, e os jogadores caíram. Dispositivos e portas ficam guardados até um admin remover, e voltam a funcionar { $again ->
    [restored] depois de `guildgate restore` na VPS
   *[role] com o cargo
}.
log-lan-on = Ligado: os dispositivos se enxergam.
log-lan-off = Desligado: os dispositivos ficam separados.
log-repaired = Restaurei isto: { $difference }.
log-followed = Agora os jogadores se conectam a { $address }. Configurações com o endereço antigo não funcionam mais.
log-skipped-title = … e mais
log-skipped = { $count } entradas antigas não são repetidas aqui; estão em `/audit`.
log-refused-title = 🚫 Recusado
log-broken-title = 💥 Erro
# $count: refusals like the one above.
log-repeated = … e mais { $count } como esta em um minuto.
# $command is a command or `log-button`, in backticks.
log-asked = { $member }: { $command }
# A member without the role for it.
log-turned-away = { $member } não tem cargo para { $command }
log-button = um botão
log-away-title = 🔴 O serviço da VPN não responde
log-away = Desde { $time }, { $relative }. Jogadores e dispositivos seguem conectados, mas nada pode ser mudado.
log-back-title = 🟢 O serviço da VPN responde de novo
log-back = Ficou fora por { $duration }.
log-undelivered-title = 📭 Uma configuração não foi entregue
log-undelivered = Não deu para entregar a { $member } a configuração de **{ $device }**. Com `/rotate` dá para receber uma nova.
log-not-reminded-title = 📭 Um lembrete não foi entregue
log-not-reminded = { $member } não aceita DMs e não recebeu o aviso de que isto vai fechar logo:
log-not-told-of-move-title = 📭 O aviso do novo endereço não foi entregue
log-not-told-of-move = { $member } não aceita DMs. Estes dispositivos precisam de uma nova configuração com `/rotate`, ou de desligar e ligar o WireGuard uma vez:
log-card-lost-title = 📭 Um card de partida está desatualizado
log-card-lost = Não consigo atualizar o card de { $member } em { $channel }: o canal sumiu, ou não posso escrever lá. O card continua quando eu puder. O que está aberto continua aberto:
log-no-events-title = 📅 As noites de jogos não estão nos eventos do servidor
log-no-events = As portas das noites de jogos abrem do mesmo jeito. Para mostrar como eventos, preciso { $count ->
    [one] da permissão { $permissions }.
   *[other] das permissões { $permissions }.
}
log-panel-lost-title = 📭 A mensagem ao vivo está desatualizada
log-panel-lost = Não consigo atualizar a mensagem ao vivo em { $channel }: não posso ver o canal ou escrever lá. Me dê as permissões, e ela continua.
log-panel-gone-title = 🗑️ A mensagem ao vivo sumiu
log-panel-gone = A mensagem ao vivo em { $channel } foi apagada. Quer de volta? Aperte o botão, ou digite `/panel`.
log-panel-back-button = Trazer de volta
log-no-intent-title = 🙉 O Discord não me avisa sobre membros
log-no-intent = Quem perde o cargo ou sai é suspenso do mesmo jeito, mas alguns segundos depois, porque tenho que perguntar por cada pessoa com dispositivo. Para mudar isso, abra o portal de desenvolvedores do Discord, escolha meu aplicativo, ligue *Bot → Server Members Intent*, e me reinicie.
log-versions-title = 🧩 Bot e gateway têm versões diferentes
# $bot and $gateway are versions.
versions-differ = O bot tem a versão { $bot }, o gateway tem { $gateway }. Alguns comandos podem não funcionar. Atualize ou reinicie o mais antigo.
log-release-title = 🎁 Nova versão
# $version and $present are versions.
log-release = guildgate { $version } saiu; este é o { $present }. Para atualizar, rode `sudo guildgate update` na VPS. As partidas continuam.
log-misnamed-title = 🪪 Cargos e canais configurados

## What is wrong with a role or channel that the configuration names.
## $kind is role or channel. $keys are keys of [discord]. $id, $others and $now are ids and a name.

named-missing = { $kind ->
    [role] Nenhum cargo se chama { $name }, que está em { $keys }. Crie um, ou ponha lá o id de outro cargo.
   *[channel] Nenhum canal de texto se chama { $name }, que está em { $keys }. Crie um, ou ponha lá o id de outro canal.
}
named-other-case = Existe { $now }, mas maiúsculas e minúsculas contam.
named-no-id = { $kind ->
    [role] Nenhum cargo tem o id { $id }, que está em { $keys }.
   *[channel] Não vejo nenhum canal com o id { $id }, que está em { $keys }.
}
named-gone = { $kind ->
    [role] O cargo { $name } de { $keys }, { $id }, foi apagado. Ponha lá o id de outro cargo.
   *[channel] O canal { $name } de { $keys }, { $id }, foi apagado. Ponha lá o id de outro canal.
}
named-gone-others = Agora { $others } tem esse nome, mas não conta sem o id dele lá.
named-ambiguous = { $kind ->
    [role] Vários cargos se chamavam { $name } quando olhei pela primeira vez, então nenhum deles dá acesso. Ponha o id do certo em { $keys }.
   *[channel] Vários canais se chamavam { $name } quando olhei pela primeira vez, então não uso nenhum deles. Ponha o id do certo em { $keys }.
}
named-ambiguous-now = Com esse nome agora: { $others }.
named-namesake = { $kind ->
    [role] Outro cargo também se chama { $name }: { $others }. Ele não dá acesso, porque { $keys } quer dizer { $id }.
   *[channel] Outro canal também se chama { $name }: { $others }. Não uso ele, porque { $keys } quer dizer { $id }.
}
named-renamed = { $kind ->
    [role] O cargo { $name } de { $keys } agora se chama { $now }, e mantém o acesso. Ponha lá o id dele: { $id }.
   *[channel] O canal { $name } de { $keys } agora se chama { $now }, e continuo usando ele. Ponha lá o id dele: { $id }.
}
named-found = { $kind ->
    [role] Agora existe um cargo { $name }: { $id }. Ele tem o acesso de { $keys }, e nenhum outro cargo com esse nome recebe isso.
   *[channel] Agora existe um canal { $name }: { $id }. Uso ele para { $keys }, e nenhum outro canal com esse nome.
}

## What the bot lacks on its server. $key is a key of [discord], $permissions are names of permissions in Discord.

need-write = Não consigo escrever em #{ $channel } ({ $key }). Me dê { $permissions } lá.
need-history = Não consigo reler o que escrevi em #{ $channel } ({ $key }), então pode aparecer duas vezes depois de uma queda longa. Me dê Ver histórico de mensagens lá.
need-give-roles = Não consigo dar { $role } quando um admin aprova um pedido. Dê ao meu cargo a permissão Gerenciar cargos.
need-rank = Não consigo dar { $role } quando um admin aprova um pedido, porque esse cargo não está abaixo do meu. Arraste meu cargo para cima dele em Config. do servidor, Cargos.
need-events = O Discord não me avisa quando um membro sai ou perde um cargo, então pergunto por cada pessoa com dispositivo. Ligue Server Members Intent na página Bot do aplicativo, e me reinicie.
need-commands = Faltam no servidor os meus comandos { $commands }. Me reinicie; se isso não ajudar, me convide com os scopes bot e applications.commands.

# The line of the log that says that the bot works.

ready = pronto em { $name }
ready-wrong = pronto em { $name }, onde { $count ->
        [one] 1 coisa está errada
       *[other] { $count } coisas estão erradas
    }: { $reason }
ready-not-registered = Os comandos não estão registrados ainda.
ready-no-gateway = O gateway não responde ({ $code }).
ready-private-address = Os jogadores recebem o endereço privado { $address }, que a internet não alcança: defina public_address em [gateway] com o público.
