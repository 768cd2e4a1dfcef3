### Every sentence that members read in Discord, in Turkish. en.ftl says how long a message may be, and which values come.

# Glossary, so that the same thing keeps its word. Members are "sen". No suffixes on values and commands: a noun carries them.
#   device cihaz, PC PC, phone telefon, router router. setup, setup file ayar dosyası. /setup kurulum. name isim (of a device).
#   VPN VPN, VPN's service VPN servisi, gateway gateway. take off the VPN VPN'den çıkarmak. interface arabirim.
#   port port, open açmak/açık, close kapatmak, forward yönlendirme, forward packets iletmek. address adres, public address genel adres.
#   host (verb) oyun kurmak, host (noun) kurucu. match oyun, game oyun. game night oyun gecesi, match nights oynadığın geceler.
#   player oyuncu, enter a match girmek. server (a game's, Discord's) sunucu, VPS VPS.
#   member üye, admin admin, guest misafir, role rol. access erişim, cut off/suspended erişimi kesik, let back in erişimi geri vermek.
#   request istek: onayla, reddet. block engellemek, let in izin vermek/izinli, kick atmak.
#   live message canlı mesaj, card kart, post paylaşım, announce duyurmak. traffic trafik. limit sınır. log log.
#   press a button butona basmak, type yazmak, choose seçmek, tick kutuyu işaretlemek.
#   Labels of WireGuard's clients are those of their Turkish translations.

## Slash commands, as Discord shows them while they are typed.

join-command-name = katıl
join-command = PC'ni, telefonunu ya da router'ını VPN'e ekle: üç adımda hazır
join-option-device = Cihaza bir isim, örneğin laptop (yazmazsan ben seçerim)
join-option-mode = Ne için kullanacaksın (varsayılan: hosting)
join-option-public_key = Uzmanlara: kendi WireGuard genel anahtarın. Özel anahtarın sende kalır
join-option-ipv4_only = IPv6'sı kapalı bir cihaz için; yoksa WireGuard orada başlamaz
join-option-region = Nereye eklensin (varsayılan: en son olduğun yer)
host-command-name = oyun-kur
host-command = Oyun kur: portunu açar, arkadaşların ne zaman girebileceğini gösterir
forward-command-name = port-aç
forward-command = İnternete bir port aç, arkadaşların cihazındaki oyuna girebilsin
forward-option-port = Oyun (minecraft), port 25565, aralık 27015-27030 ya da birkaçı: 2456-2458, 27015/udp
forward-option-protocol = TCP, UDP ya da ikisi (varsayılan)
forward-option-to_port = Sunucun başka bir port kullanıyorsa o port (aralıkta: ilki)
forward-option-device = Sunucunun çalıştığı cihaz (tek cihazın varsa gerekmez)
forward-option-duration = Ne kadar ya da ne zamana kadar: 2h, 1h30, until 2am, friday 20:00, forever (ya da boş)
forward-option-announce = Bu kanala kart koy: oyun bitene kadar adresi ve oyuncuları gösterir
forward-choice-protocol-both = { protocol-both }
forward-choice-protocol-tcp = { protocol-tcp }
forward-choice-protocol-udp = { protocol-udp }
forward-option-every = Oyun gecesi: kendisi açılıp kapanır. friday 20:00, fri, sat 8pm ya da day 20:00 gibi
forward-option-only = friends: yalnızca VPN'dekiler ve /connections ile izin verdiğin adresler (varsayılan: herkes)
forward-option-region = Cihaz nerede (tek cihazın varsa gerekmez)
forward-choice-only-friends = friends: VPN'deki cihazlar ve izinli adresler
connections-command-name = bağlantılar
connections-command = Portlarına kim bağlı: at, engelle ya da yalnızca arkadaşlara aç (adminler: tüm portlar)
connections-option-port = Yalnızca bu port (varsayılan: hepsi)
unforward-command-name = port-kapat
unforward-command = Portlarını kapat. Üzerindeki oyuncuların bağlantısı kopar
unforward-option-port = Ne kapansın: port 25565, aralık 27015-27030, birkaçı: 2456-2458, 27015/udp
unforward-option-region = Port nerede açık (yalnızca birkaç yerde açıksa gerekir)
leave-command-name = ayrıl
leave-command = Bir cihazını VPN'den çıkar ve portlarını kapat
leave-option-device = Çıkacak cihaz (tek cihazın varsa gerekmez)
leave-option-region = Cihaz nerede (yalnızca isim birkaç bölgede varsa gerekir)
rotate-command-name = yenile
rotate-command = Cihazına yeni anahtar: eski ayar dosyası çalışmaz olur, adres ve portlar kalır
rotate-option-device = Yeni anahtar alacak cihaz (tek cihazın varsa gerekmez)
rotate-option-ipv4_only = True: IPv6'sı kapalı cihaz için; False: yeniden IPv6 ile
rotate-option-region = Cihaz nerede (yalnızca isim birkaç bölgede varsa gerekir)
rename-command-name = isim-değiştir
rename-command = Cihazına başka isim ver: ayar dosyası, portlar ve oyun aynen sürer
rename-option-device = İsmi değişecek cihaz
rename-option-new_name = Bundan sonraki ismi
rename-option-member = Adminler: cihazın sahibi olan üye
rename-option-region = Cihaz nerede (yalnızca isim birkaç bölgede varsa gerekir)
rename-done = ✏️ **{ $device }** artık **{ $name }**. Ayar dosyası, portlar ve oyun aynen sürüyor.
status-command-name = durum
status-command = Cihazların, portların ve kimin bağlı olduğu (adminler herkesinkini görür)
traffic-command-name = trafik
traffic-command = Cihazlarının trafiği ve kaç oyuncun olduğu, resim olarak (adminler: herkesinki)
traffic-option-member = Adminler: yalnızca bu üyeninki
traffic-option-period = Ne kadar geriye gitsin (varsayılan: bir gün)
traffic-choice-period-day = bir gün
traffic-choice-period-week = bir hafta
traffic-choice-period-month = bir ay
traffic-choice-period-year = bir yıl
policy-command-name = sınırlar
policy-command = Burada neler yapabilirsin: kaç cihaz, kaç port, ne kadar süre
doctor-command-name = doktor
doctor-command = Adminler: sunucuda ve botta sorun var mı, bak
lan-command-name = lan
lan-command = Adminler: VPN'deki cihazlar birbirine ulaşsın ya da yeniden ayrı kalsın
lan-option-state = Hemen geçerli olur, bir sonraki /lan komutuna kadar
lan-choice-state-on = on: cihazlar ev ağındaki gibi birbirine ulaşır
lan-choice-state-off = off: cihazlar yalnızca internete ve açık portlara ulaşır
revoke-command-name = çıkar
revoke-command = Adminler: bir üyenin cihazlarını portlarıyla VPN'den çıkar; önce neyin gideceğini gösterir
revoke-option-member = Çıkarılacak üye
revoke-option-device = Yalnızca bu cihaz (varsayılan: üyenin tüm cihazları)
peers-command-name = cihazlar
peers-command = Adminler: herkesin ya da bir üyenin cihazları
peers-option-member = Yalnızca bu üyeninkiler
peers-option-state = Yalnızca bu durumdakiler
peers-choice-state-connected = { state-connected }
peers-choice-state-away = { state-away }
peers-choice-state-never = { state-never }
peers-choice-state-suspended = { state-suspended }
forwards-command-name = portlar
forwards-command = Adminler: herkesin ya da bir üyenin açık portları
forwards-option-member = Yalnızca bu üyeninkiler
forwards-option-port = Yalnızca bu oyunun ya da bu portun olanlar
audit-command-name = geçmiş
audit-command = Adminler: hangi üye ne yapmış, en yenisi başta
audit-option-region = Hangi bölgenin (varsayılan: en son olduğun yer)
devices-menu-command = VPN cihazları
settings-command-name = ayarlar
settings-command = Adminler: bu sunucunun ayarları ve nereden değiştirileceği
setup-command-name = kurulum
setup-command = İlk kurulum: VPS'in yazdığı kodu ister
setup-option-code = Kod, ABCDE-FGHJK gibi
help-command-name = yardım
help-command = Önce ne yapmalı, hangi komutlar var
panel-command-name = panel
panel-command = Adminler: bu kanala canlı mesajı koy; içinde oyunlar ve herkes için butonlar
posts-command-name = paylaşımlar
posts-command = Oyunlarını bu sunucuda paylaşayım mı
posts-option-state = Yalnızca kendi oyunların için geçerli
posts-choice-state-on = on: oyun kurduğunda arkadaşların görür
posts-choice-state-off = off: senin hakkında paylaşım yok

## Words that other messages are made of.

list-or = { $first } veya { $last }
list-and = { $first } ve { $last }
list-more = { $names } ve { $count } tane daha
more-lines = … ve { $count } tane daha
purpose-hosting = Oyun kurma: gerçek oyuncu IP'leri (Linux: gerisi evde kalır; diğerleri: tüm trafik)
purpose-everything = Her şey: tüm trafik
purpose-light = Hafif: yalnızca VPN trafiği. Oyuncu IP'leri gizli
mode-full = Tüm trafik; gerçek oyuncu IP'leri
mode-split = Yalnızca VPN trafiği; oyuncu IP'leri gizli
mode-linux = Yalnızca VPN ve oyuncu trafiği; gerçek oyuncu IP'leri
protocol-tcp = TCP
protocol-udp = UDP
protocol-both = TCP ve UDP
state-connected = Bağlı
state-away = Şu an bağlı değil
state-never = Henüz hiç bağlanmadı
state-suspended = Erişimi kesik
# $count: how many ports these are.
port = { $count ->
    [one] { $ports } portu
   *[other] { $ports } portları
}
port-begin = { $count ->
    [one] { $ports } portu
   *[other] { $ports } portları
}
reach-range = { $count ->
    [one] { $address }, { $ports } portu
   *[other] { $address }, { $ports } portları
}
device-of = { $device } ({ $owner })
live = { $players } oyuncudan { $connections } bağlantı
live-none = bağlı kimse yok
# $live is the message `live` or `live-none`.
live-refused = { $live }; { $refused } deneme engellendi (flood koruması)
ends = { $relative } bitiyor

## Time.

forever = süresiz
days = { $count } gün
hours = { $count } saat
minutes = { $count } dakika
seconds = { $count } saniye
weekday = { $day ->
    [1] pazartesi
    [2] salı
    [3] çarşamba
    [4] perşembe
    [5] cuma
    [6] cumartesi
   *[7] pazar
}
short-days = { $count } g
short-hours = { $count } sa
short-minutes = { $count } dk
# A suggestion for an option: what to type, and what it means by the server's clocks.
duration-choice = { $typed } · { $day } { $time } ({ $zone }), { $left } sonra
duration-unreadable = Bu süreyi anlayamadım. Ne kadar olduğunu yaz: `2h`, `1h30`. Ya da ne zamana kadar: `2am`, `tomorrow 20:00`, `friday 20:00`. Ya da `forever`.
duration-past = O saat geçti. İleride bir zaman yaz, örneğin `tomorrow 20:00`.
duration-too-long = En fazla on yıl ya da `forever`.

## Game nights: ports that open and close by themselves.

night-ports = { $count ->
    [one] { $ports } portu
   *[other] { $ports } portları
}
night-every = her { $days } saat { $time }
night-every-day = her gün saat { $time }
night-added = 📅 { $what } { $when } ({ $zone }) kendiliğinden açılır ve { $duration } açık kalır.
night-next = Sıradaki: { $time }, { $relative }.
night-has-event = Sunucu etkinliklerine de eklendi, diğerleri orada *İlgileniyorum* diyebilir.
nights-title = 📅 Oyun geceleri
night-line = **{ $device }** cihazında { $what }, { $when }, { $duration }. Sıradaki: { $relative }
night-stop-button = Seriyi durdur
night-stop-one-button = Durdur: { $series }
night-stopped = Durduruldu. { $what } artık { $when } açılmayacak.
night-stays-open = Şu an açık, { $relative } kapanıyor.
night-ended = Bu seri zaten bitti.
night-not-yours = Bu seri başkasının. Yalnızca sahibi ve adminler durdurabilir.
night-too-many = Zaten { $count } oyun gecen var, daha fazlası olmuyor. Önce birini durdur: `/status` gösterir.
night-unreadable = Bunu anlayamadım. Gün ve saat yaz: `friday 20:00`, `fri, sat 8pm` ya da `day 20:00` gibi.
night-how-long = Bir oyun gecesi en fazla { $duration } sürer. Süreyi `duration` ile yaz: `3h` ya da `until 1am` gibi.
night-event = { $what }, kuran: { $host }
night-event-about = Port kendiliğinden açılır, { $when }.
night-refused = { $what } oyun gecen için açılamadı. { $why } Şu saate kadar her dakika tekrar deniyorum: { $time }.
night-device-gone = Oyun gecen bitti ({ $what }, { $when }), çünkü **{ $device }** artık yok. Yenisi için bir cihaz ekle ve `/forward` komutunu `every` ile yaz.

## Refusals of the bot, and failures.

server-only = Komutları yalnızca sunucumuzda alıyorum. Bunu orada yaz.
server-left = Bu portların ait olduğu sunucuda artık değilsin.
admins-only = Kusura bakma, bunu yalnızca adminler yapabilir.
no-access-yet = Henüz kurulmadım. Bu sunucunun bir admini `/setup` ile tamamlar.
no-access = Kusura bakma, VPN yalnızca şu role sahip olanlar için: { $roles }. Bu sunucunun bir admininden iste.
no-access-ask = Kusura bakma, VPN yalnızca şu role sahip olanlar için: { $roles }. `/join` yaz, adminlerden erişim isteyeyim.
outdated-typed = Bu komut güncellendi. Discord'u yeniden başlat (bilgisayarda Ctrl+R), sonra tekrar dene.
outdated-pressed = Bu eski bir sürümümden kalma, artık çalışmıyor. Komutu yeniden yaz.
discord-failed = Discord'da bir sorun oldu. Tekrar denemeden önce `/status` ile bak.
bug = Bir şey bozuldu. Bir admine şu numarayı söyle: { $number }.

## Refusals of the gateway, by its codes.

error-internal = VPN servisinde bir şey bozuldu. Bir admine şu numarayı söyle: { $log_id }.
error-bad_request = Şunu anlayamadım: { $field }. Kural: { $rule }.
error-bad_ports = { $text } bir port değil. 25565 gibi bir port, 27015-27030 gibi bir aralık ya da birkaçını yaz: 2456-2458, 27015/udp.
error-not_allowed = Bunu yalnızca kendi cihazlarınla yapabilirsin. Bir admine sor.
error-admins_only = Bunu yalnızca bir admin yapabilir.
error-root_only = Bunu yalnızca root yapabilir, VPS'te.
error-other_service = VPN bunu yapmama izin vermiyor. Bir admine söyle.
error-suspended = { $device } cihazının erişimi kesik. Bir adminden geri vermesini iste. Rolünü az önce geri aldıysan bir dakika sonra tekrar dene.
error-owner_suspended = Erişimin kesik. Bir adminden geri vermesini iste. Rolünü az önce geri aldıysan bir dakika sonra tekrar dene.
error-guest_over = Misafirlik süren doldu. Bir adminden seni üye olarak almasını iste.
error-wrong_user = { $user } sistem kullanıcısı VPN servisiyle konuşamıyor. Bir admine söyle: [gateway] altındaki socket_users listesine eklesin.
error-peer_unknown = { $device } adında bir cihaz yok. Cihazlarını `/status` listeler.
error-no_devices = Önce PC'ni ekle: `/join`
error-which_device = Hangi cihaz? Sende şunlar var: { $devices }. device seçeneğinde birini seç.
error-peer_exists = { $device } adında bir cihazın zaten var. Ayar dosyasını mı kaybettin? `/rotate` yenisini yapar.
error-key_in_use = Bu genel anahtarı başka bir cihaz kullanıyor. Yeni bir anahtar çifti oluştur ve tekrar dene.
error-forward_unknown = { $ports } portu açık değil. Açık portlarını `/status` listeler.
error-forward_gone = Bu port zaten kapanmış. Açık portlarını `/status` listeler.
error-part_of_forward = { $ports } şunun parçası: { $whole }. Tamamını kapat: { $whole }.
# $owner is a member's name, for admins only.
error-address_not_listed = { $network } orada ne engelli ne de izinli.
error-port_taken = { $ports } zaten açık: { $holder ->
    [you] sen açtın
    [someone] başka bir üye açtı
   *[named] { $owner } açtı
}. { $hint }
error-port_forbidden = { $ports } portu açılamaz: { $rule }.
error-port_in_use = { $ports } portunu VPS'teki bir program kullanıyor. { $hint }
error-port_needed = { $ports } portu açılamaz: VPS'in kendi bağlantıları için { $range } aralığından kalanlar lazım. { $hint }
error-limit_reached = Sınır { $limit } { $what ->
    [devices] cihaz
    [forwards] yönlendirme
    [ports] dışa açık port
    [devices_in_all] cihaz (tüm üyeler toplam)
    [forwards_in_all] yönlendirme (tüm üyeler toplam)
    [addresses] engelli veya izinli adres (bir port için)
    [addresses_in_all] engelli veya izinli adres (tüm portlar toplam)
    [marks] açık port (tüm üyeler toplam)
   *[guests_in_all] kayıtlı misafir
}, kalan { $left }. Önce birini kaldır.
error-beyond_limit = Sınır { $limit } { $what ->
    [devices] cihaz
    [forwards] yönlendirme
    [ports] dışa açık port
    [devices_in_all] cihaz (tüm üyeler toplam)
    [forwards_in_all] yönlendirme (tüm üyeler toplam)
    [addresses] engelli veya izinli adres (bir port için)
    [addresses_in_all] engelli veya izinli adres (tüm portlar toplam)
    [marks] açık port (tüm üyeler toplam)
   *[guests_in_all] kayıtlı misafir
}, kalan { $left }. Daha azını iste ya da bir adminden sınırı yükseltmesini rica et.
error-too_many_joins = Bir saatte en fazla { $limit } cihaz eklenebilir. { $wait } sonra tekrar dene.
error-too_many_changes = Bir dakikada { $limit } değişiklik yaptım, sınırım bu. Bir dakika sonra tekrar dene.
error-too_many_watchers = Botun kullanıcısı VPN olaylarını zaten { $limit } kez izliyor, sınır bu. Bir admine söyle.
error-request_id_reused = Bu istek başka bir isteğin id'sini taşıyor, o yüzden hiçbir şey yapılmadı. Tekrar dene.
error-set_up_elsewhere = { $device } aynı anda başka bir istekle kuruldu. Ayar dosyası oraya gitti.
error-too_long = Bu çok uzun. En fazla { $longest } olabilir.
error-subnet_full = VPN'de yeni bir cihaz için adres kalmadı. Bir adminden eski cihazları çıkarmasını iste.
error-apply_failed = VPS değişikliği kabul etmedi, hiçbir şey değişmedi. Bir admine şunu söyle: { $log_id }.
error-not_saved = VPS değişikliği kaydedemedi, hiçbir şey değişmedi. Bir admine şunu söyle: { $log_id }.
error-database_damaged = VPN'in veritabanı bozuk, hiçbir şey değişmedi. Açık olanlar açık kalıyor. Bir admine şunu söyle: { $log_id }.
error-not_erased = Üye unutuldu, ama veritabanında metnin izleri kalmış olabilir. Bir admine şunu söyle: { $log_id }.
error-nothing_stored = { $member } hakkında hiçbir şey kayıtlı değil.
error-gateway_unreachable = VPN servisi şu an çalışmıyor. Cihazların ve portların duruyor. Bir dakika sonra tekrar dene.
error-region_away = { $region } cevap vermiyor, son cevap { $since }. Orada açık olanlar açık kalıyor.
error-other_version = Bot ile VPN servisinin sürümleri farklı ve birbirini anlamıyorlar. Bir admin eski olanı güncellemeli ya da yeniden başlatmalı.
error-region_differs = { $older ->
    [gateway] **{ $region }** bottan daha eski bir sürümde ve botu anlamıyor. Bir admin **{ $region }** bölgesini güncellemeli.
    [bot] **{ $region }** daha yeni bir sürümde ve bot onu anlamıyor. Bir admin botu güncellemeli.
   *[unknown] **{ $region }** ile botun sürümleri farklı ve birbirini anlamıyorlar. Bir admin eski olanı güncellemeli.
}
error-region_unknown = { $region } adında bir bölge yok. Şunları seçebilirsin: { $regions }.
error-which_region = Hangi bölge? { $name } şuralarda var: { $regions }. region seçeneğinde birini seç.
error-gateway_waiting = VPN açılıyor ve ağını bekliyor. Cihazların ve portların duruyor. Bir dakika sonra tekrar dene.
error-name_not_kept = VPN'in adı güncel tutulamıyor: { $reason }.
error-bad_backup = Dosya geri yüklenemiyor. Hiçbir şey değişmedi.
error-newer_backup = Yedek daha yeni bir guildgate sürümünden. Hiçbir şey değişmedi.
error-wrong_secret = Yedek bununla açılmıyor. Hiçbir şey değişmedi.
error-state_there = VPS'te zaten cihazlar var. Hiçbir şey değişmedi.
error-still_running = Gateway ya da bot hâlâ çalışıyor. Hiçbir şey değişmedi.
error-not_updated = { $problem }.
error-kernel_behind = Veritabanı değişti, ama şu değiştirilemedi: { $what }. Bir sonraki başlatma bunu yapar.
error-cannot_import = Diğer programın sunucusu devralınamadı: { $problem }.
error-gateway_timeout = VPN servisi zamanında cevap vermedi. Tekrar denemeden önce `/status` ile bak.
error-not_authentic = Gelen yanıt VPN servisinden değil ({ $reason }). Tekrar denemeden önce `/status` ile bak.
error-not_signed = VPN servisi bunu botun isteği saymadı. Bir admine söyle: { $reason }.
error-gateway_busy = VPN servisi şu an çok yoğun, hiçbir şey yapılmadı. Birkaç dakika sonra tekrar dene.

# The $hint of a taken port.
hint-free = { $free } boşta.
hint-none = Şu an boş başka port yok.
# The $rule that a request breaks.
rule-one_port = yalnızca tek bir port ya da aralıkla olur
rule-inside = portlar 1-65535 içinde olmalı
rule-twice = { $value } iki kez yazılmış
rule-too_many = aynı anda en fazla { $value } port
rule-weak = buna uyan bir özel anahtar yok
rule-key = WireGuard anahtarı olmalı: = ile biten 44 base64 karakteri
rule-name = isim 1 ile { $value } arası görünür karakter olmalı
rule-only = şunların içinden seç: { $value }
rule-own = { $value } VPN'in kendisine lazım. Başkasını seç
rule-denied = admin şunu kapalı tutuyor: { $value }
rule-prefix = tek bir adres, bir IPv4 /24 ya da bir IPv6 /64 olabilir

## A device and its setup.

join-purpose-unknown = `hosting`, `everything` ya da `light` seç.
platform-windows = Windows PC
platform-mac = Mac
platform-linux = Linux
platform-phone = Telefon
platform-router = Router
join-question = ### Ne eklemek istiyorsun?
# $devices: the names of those that the member has. $device: a free name.
join-have = Şu cihazların var: { $devices }. Yenisi boş bir isim alır, örneğin **{ $device }**. Sadece yeni dosya mı lazım? `/rotate` yaz.
join-free = **{ $device }** boşta.
join-free-button = Bir tane daha ekle
rotate-question = ### { $device } ne tür bir cihaz?
    Yeni bir ayar dosyası alacaksın. O zaman eskisi çalışmaz olur.

# A setup has at most 60 words on every platform, as a test counts them.
setup-title = ### { $icon } { $device } ⏳ bekleniyor…
setup-install = **1.** Yükle
setup-get-button = WireGuard'ı indir
setup-iphone-button = iPhone
setup-android-button = Android
setup-import = **2.** { $file } dosyasını kaydet, *Tünelleri dosyadan içe aktar*
setup-activate = **3.** *Etkinleştir*
setup-mac-allow = **3.** VPN yapılandırmasına *İzin Ver*, sonra *Etkinleştir*
setup-linux-save = **2.** Dosyayı kaydettiğin yerde: { $command }
setup-linux-start = **3.** { $command }
setup-phone-scan = **2.** Bunu PC'de aç. Telefonla tara: **+** → *QR kodu*
setup-phone-import = **2.** { $file } dosyasını telefona kaydet: **+** → *dosyadan*
setup-phone-allow = **3.** VPN yapılandırmasına *izin ver*, ismini { $tunnel } yap ve aç
setup-router-open = **1.** Router'ının sayfasını aç: VPN → WireGuard *istemcisi*
setup-router-import = **2.** { $file } dosyasını içe aktar. *Allowed IPs* ve *Persistent keepalive* aynı kalsın.
setup-router-ports = **3.** Router'da portları PC'ne yönlendir
setup-lacks-key = Önce { $file } içinde `{ $placeholder }` yerine özel anahtarını yaz.
setup-qr-alt = { $device } ayarlarının QR kodu
setup-file-alt = { $device } WireGuard ayar dosyası
setup-full = ⚠️ { $platform ->
    [router] Router'a bağlı her şeyin
    [phone] Bu telefonun
    [mac] Bu Mac'in
   *[windows] Bu PC'nin
} tüm { $family ->
    [ipv4] IPv4 interneti
   *[both] interneti
} sunucumuzdan geçer.
setup-split = Sunucumuzdan yalnızca VPN trafiği geçer. Oyuncu IP'leri gizli.
setup-linux = Gerçek oyuncu IP'leri. Kalan trafik evde kalır. nftables paketini de yükle.
setup-windows-firewall = 🛡️ Güvenlik duvarı: oyuna *Genel (Ortak)* ağlarda izin ver, `/rotate` sonrası yeniden.
setup-windows-block = 🖨️ Yazıcı gitti mi? *Düzenle* → *Tünelden geçmeyen trafiği engelle (kill switch)* işaretini kaldır.
# $relative is a time such as `in 14 minutes`.
setup-private-until = 🔒 Sana özel dosya, { $relative } silinir.
setup-private = 🔒 Sana özel dosya, bağlanınca silinir.
setup-ends = { $relative } bitiyor.
setup-trouble-button = Çalışmıyor
setup-send-button = DM'den gönder
setup-new-button = Yeni ayar dosyası
setup-sent = 📬 Ayar dosyası DM'lerinde.
setup-not-sent = Sana DM atamıyorum. Bu sunucudan gelen DM'lere izin ver (sunucu adı → *Gizlilik Ayarları*) ya da buradaki dosyayı kullan.
setup-not-there = Ayar dosyası artık bu mesajda değil. `/rotate` yenisini yapar.
setup-connected = ✅ **Bağlandı:** { $device } VPN'de. Ayar dosyası artık burada değil.
setup-taken-out = ⌛ **{ $device }** cihazının ayar dosyası artık burada değil. Henüz bağlanmadın mı? Yeni dosya al.
setup-gone = **{ $device }** VPN'den çıktı. Yeniden eklemek için `/join` yaz.
setup-undelivered = **{ $device }** hazır, ama ayar dosyasını ulaştıramadım. `/rotate` yenisini yapar.

# What is behind the button *It doesn't work*.
trouble-waiting = **Hâlâ bekliyor mu?** Tünel WireGuard'da *Etkin* olmalı. Bazı ağlar (okul, iş) VPN'i engeller: başka bir ağ dene.
trouble-windows-firewall = **Arkadaşların giremiyor mu?** Windows için VPN bir *Genel (Ortak) ağ*. Windows'ta *güvenlik duvarı* diye ara, uygulamalara izin verilen sayfayı aç ve oyununda *Genel (Ortak)* kutusunu işaretle. `/rotate` sonrası yeni bir ağ sayılır, Windows yeniden sorabilir.
trouble-windows-block = **Yazıcı ya da LAN oyunları mı gitti?** WireGuard → *Düzenle* → *Tünelden geçmeyen trafiği engelle (kill switch)* işaretini kaldır.
trouble-linux-resolver = **resolvconf not found?** systemd-resolved varsa, Ubuntu'daki gibi: `sudo ln -s /usr/bin/resolvectl /usr/local/bin/resolvconf`. Yoksa openresolv yükle.
trouble-linux-ipv6 = **`ip -6` satırında hata mı var?** Bu makinede IPv6 kapalı: `/rotate ipv4_only:True` yaz.
trouble-linux-manager = **NetworkManager mı?** Bu dosyanın bir kısmını yok sayar. `wg-quick` kullan.
trouble-linux-silent = **Oyuncular cevap alamıyor mu?** nftables'ı yükle, sonra `wg-quick down` ve `up`. Sunucun yalnızca LAN adresini değil tüm adresleri dinlesin. Portunu ufw ya da firewalld'de LAN'ın için açar gibi aç. Başka bir VPN varsa onu bundan önce başlat.
trouble-linux-list = **Herkese açık bir sunucu listesi evinin adresini mi gösteriyor?** Sunucun VPN adresini dinlesin; dosyada *Address* karşısında yazıyor.
trouble-phone-screen = **İkinci ekran yok mu?** Dosyayı telefona kaydet, sonra WireGuard'da: **+** → *Dosyadan veya arşivden içe aktar* (iPhone: *Dosya veya arşivden ekle*).
trouble-router = **Arkadaşların giremiyor mu?** Portlar router'a gelir. Router'da onları PC'ne yönlendir.
trouble-ipv4 = **IPv6?** Bu ayar dosyası yalnızca IPv4: IPv6 VPN'in dışında kalır.
trouble-file = **Dosya gitti mi, başkasının eline mi geçti?** `/rotate` yenisini yapar, eskisi çalışmaz olur.
trouble-admin = **Hâlâ olmuyor mu?** Bir admine sor: cihazın sunucuya ulaşıyor mu, görebilir.
leave-done = **{ $device }** VPN'den çıktı. WireGuard'daki tüneli silebilirsin.

## Asking for access.

request-asked = Adminlerden seni almalarını istedim. Aldıklarında sana DM atarım. Bu sunucudan gelen DM'lere izin ver (sunucu adı → *Gizlilik Ayarları*).
request-waiting = { $since } istemiştin, adminler henüz karar vermedi. Karar verdiklerinde sana DM atarım.
request-welcome = ✅ **İçeridesin!** Bir admin isteğini onayladı.
request-refused = ⛔ Adminler VPN isteğine hayır dedi.
request-refused-reason = Sebep: { $reason }
request-ran-out = VPN isteğin cevapsız kaldı, süresi doldu. Yeniden istemek için sunucuda `/join` yaz.

# The request that the admins see, and the answers to their clicks.
request-title = { $name } katılmak istiyor
request-about = { $mention } `/join` yazdı, ama VPN'e erişimi yok.
request-account-field = Hesap açılışı
request-joined-field = Sunucuya katılma
request-asked-field = İstek
request-device-field = Cihaz
request-mode-field = VPN'den geçen
request-outcome-field = Karar
request-approve-button = Onayla
request-deny-button = Reddet
request-form-title = İsteği reddet
request-form-label = Sebep (isteğe bağlı, isteyen kişi görür)
request-outcome-approved = ✅ { $when } { $admin } onayladı.
request-outcome-undelivered = ✅ { $when } { $admin } onayladı. DM'im ulaşmadı: devam etmek için üyenin yeniden `/join` yazması gerek.
request-outcome-denied = ⛔ { $when } { $admin } reddetti.
request-outcome-expired = ⌛ Cevapsız kaldı, süresi { $when } doldu.
request-outcome-left = 🚪 { $when } kapandı: isteyen kişi sunucudan ayrıldı.
request-outcome-needless = ✅ { $when } kapandı: zaten erişimi var.
request-reason = Sebep: { $reason }
request-discord-fails = Discord'da bir sorun oldu. Bir dakika sonra tekrar dene.
request-stays-open = Hiçbir şey değişmedi, istek açık kalıyor.
request-unknown = Bu istek artık çalışmıyor. Yeniden istemek için `/join` yaz.
request-being-approved = { $admin } bunu şu an onaylıyor.
request-let-in = **{ $member }** içeride. Ayar dosyasını DM'den gönderdim.
request-let-in-undelivered = **{ $member }** içeride, ama DM'im ulaşmadı. Yeniden `/join` yazmasını söyle.
request-left = **{ $member }** sunucudan ayrıldı, isteği kapattım.
request-denied = Reddedildi. **{ $member }** erişim almadı, DM'den haber verdim.
request-denied-untold = Reddedildi. **{ $member }** erişim almadı. DM'im ulaşmadı.
# Discord shows it in its own audit log.
request-role-reason = guildgate: { $admin } erişim isteğini onayladı
request-role-failed = Rolü şimdi veremedim, o yüzden erişimi kendim aklımda tutuyorum. Rolü sen verebilirsin.
request-role-refused = ⚠️ Discord { $role } rolünü vermeme izin vermiyor, o yüzden erişimi kendim aklımda tutuyorum. Bir dahaki sefer için: rolüme *Rolleri Yönet* iznini ver ve onu { $role } rolünün üstüne sürükle.
request-role-missing = ⚠️ Sunucuda { $role } rolü yok (`member_roles` içindeki ilk rol), o yüzden erişimi kendim aklımda tutuyorum.
request-trouble-title = ⚠️ Yeni üyeler erişim isteyemiyor
request-no-channel = Sunucuda { $channel } yazı kanalı yok ya da onu göremiyorum: `[discord]` altında `admin_channel`.
request-no-permission = Bir üye erişim istedi, ama { $channel } kanalına yazamıyorum. Orada bana *Kanalı Görüntüle*, *Mesaj Gönder* ve *Bağlantı Yerleştir* izinlerini ver.

## Opening and closing ports.

forward-opened = { $count ->
    [one] **{ $ports } portu açık ({ $protocol }).** Oyuncular buraya bağlanır:
   *[other] **{ $ports } portları açık ({ $protocol }).** Oyuncular buraya bağlanır:
}
forward-opened-ipv6 = IPv6'sı olan oyuncular şunu da kullanabilir: { $address }.
forward-opened-target = **{ $device }** cihazında çalışıyor, { $count ->
    [one] { $ports } portunda
   *[other] { $ports } portlarında
}. WireGuard'ı ve sunucunu açık tut.
forward-opened-several = **Açık.** Oyuncular buraya bağlanır:
forward-opened-game = **{ $game } açık.** Oyuncular buraya bağlanır:
forward-opened-several-keep = **{ $device }** cihazında çalışıyor. WireGuard'ı ve sunucunu açık tut.
forward-opened-several-moved = Dışa açık port → **{ $device }** cihazındaki port: { $ports }
# Small print below the address that players paste, and inside a sentence.
address-port = Port: { $port }
address-also = Şunlar da açık: { $ports }
# $how is a `game-join-` message.
address-game = Oyunda: { $how }
address-port-of = { $address }, port { $port }
forward-friends-only = Yalnızca VPN'deki cihazlar ve `/connections` ile izin verdiğin adresler bağlanabilir.
forward-already-open = Bu sende zaten açık.
forward-note-split = Bu cihazın yalnızca VPN trafiği buradan geçer: sunucun oyuncu IP'lerini görmez.
forward-note-linux = Sunucun gerçek oyuncu IP'lerini görür. Yalnızca LAN adresini değil, tüm adresleri dinlesin.
forward-closes = { $relative } kapanıyor ({ $time }).
forward-never-closes = Sen kapatana kadar açık kalır.
forward-has-ended = Bu zaten kapandı. `/forward` yeniden açar.
# What is missing for an opening, above a button or menu that makes it.
forward-meant = Şunu mu demek istedin: { $games }? { $text } diye bir şey bilmiyorum. Port numarası da olur.
forward-instead-button = Yerine { $port } aç
forward-instead-keeps = Sunucun { $port } portunda kalır: { $free } portunu oraya yönlendiririm.
forward-no-device = **Önce PC'ni ekle.** Sonra ikinci butona bas.
forward-again-button = Şimdi aç
forward-which-device = Hangisinde çalışıyor?
forward-device-menu = PC'ni seç…
forward-close-menu = Onun yerine birini kapat…
unforward-done = { $count ->
    [one] **Kapandı.** Artık kimse giremez:
   *[other] **{ $count } port kapandı.** Artık kimse giremez:
}

## How the most played games are hosted, below the line that misses the server, and how they are joined.

game-host-minecraft = LAN'a mı açtın? Portunu { $port } yap.
game-join-minecraft = *Multiplayer* → *Direct Connection*
game-host-minecraft-bedrock = Bedrock Dedicated Server'ı `server-port={ $port }` ile çalıştır.
game-join-minecraft-bedrock = *Play* → *Servers* → *Add Server*
game-host-valheim = *Start Game* → *Start Server* kutusunu işaretle, *Crossplay* kapalı kalsın.
game-join-valheim = *Join Game* → *Add server*
game-host-palworld = Palworld Dedicated Server'ı `-port={ $port }` ile çalıştır.
game-join-palworld = *Join Multiplayer Game*, adresi en alta yapıştır
game-host-terraria = *Multiplayer* → *Host & Play* ya da TerrariaServer'ı { $port } portunda çalıştır.
game-join-terraria = *Multiplayer* → *Join via IP*
game-host-factorio = *Multiplayer* → *Host saved game*. Portu `config.ini` içinde: `port={ $port }`.
game-join-factorio = *Multiplayer* → *Connect to address*
game-host-satisfactory = Satisfactory Dedicated Server'ı `-Port={ $port }` ile çalıştır.
game-join-satisfactory = *Server Manager* → *Add Server*
game-host-project-zomboid = Ana menüde *Host*, port { $port }.
game-join-project-zomboid = *Join* → *Favorites*, portu kendi kutusuna yaz
game-host-enshrouded = Enshrouded Dedicated Server'ı çalıştır.
game-join-enshrouded = *Play* → *Join*, sunucunun adını ara
game-host-7-days-to-die = Oyunu başlatırken *Server Port* değerini { $port } yap.
game-join-7-days-to-die = *Join a Game* → *Connect to IP*, portu kendi kutusuna yaz
game-host-counter-strike-2 = Dedicated server'ı `-port { $port }` ile başlat.
game-join-counter-strike-2 = Konsol (`~`): `connect`, bir boşluk ve adres
game-host-rust = RustDedicated'ı `+server.port { $port }` ile başlat.
game-join-rust = F1'e bas: `client.connect`, bir boşluk ve adres
game-host-ark = ARK Dedicated Server'ı `?Port={ $port }` ile çalıştır.
game-join-ark = Konsol (Tab): `open`, bir boşluk ve adres
game-host-ark-ascended = ARK Ascended Dedicated Server'ı `-port={ $port }` ile çalıştır.
game-join-ark-ascended = Konsol (Tab): `open`, bir boşluk ve adres
game-host-garrys-mod = srcds'yi `-port { $port }` ile başlat.
game-join-garrys-mod = Konsol: `connect`, bir boşluk ve adres

## The gateway has another address.

moved-lost = 🚚 **VPN taşındı. Yeni adresi: { $address }.** { $count ->
    [one] Bu cihazın ayar dosyasında eski adres var. `/rotate` yaz ve eski dosyanın yerine yenisini koy.
   *[other] Bu cihazların ayar dosyalarında eski adres var. Her biri için `/rotate` yaz ve eski dosyanın yerine yenisini koy.
} Portların açık kalıyor:
moved-waiting = 🚚 **VPN taşındı.** { $count ->
    [one] Bu cihaz onu hâlâ eski yerinde arıyor. WireGuard'ı bir kez kapatıp aç:
   *[other] Bu cihazlar onu hâlâ eski yerinde arıyor. Her birinde WireGuard'ı bir kez kapatıp aç:
}

## Time running out.

reminder = { $count ->
    [one] ⏰ **Bir portun { $relative } kapanıyor.** Hâlâ oynuyor musun? Uzat:
   *[other] ⏰ **{ $count } portun { $relative } kapanıyor.** Hâlâ oynuyor musun? Uzat:
}
reminder-extend-button = Uzat
reminder-close-button = Kapat
extended = **Uzatıldı.**
extended-already = Zaten uzatılmış:

## Whether players can join, hop by hop. Bold: the one thing to do.

proof-check-button = Tekrar kontrol et
proof-how-button = Nasıl yapılır
proof-how =
    1. PC'nde WireGuard uygulamasını aç.
    2. Tüneli seç ve *Etkinleştir* butonuna bas.

    Daha eklemedin mi? `/join`
proof-other-port-button = Başka port…
proof-other-port-form-title = Başka port
proof-other-port-form-label = Sunucunun kullandığı port
proof-other-port-bad = Bu bir port değil. 1 ile 65535 arası bir sayı yaz.
change-button = Değiştir…
change-form-title = Değiştir
change-which-form-label = Hangi port?
change-device-form-label = Çalıştığı PC
change-time-form-label = Ne kadar ya da ne zamana kadar
proof-looking-title = Oyuncular girebiliyor mu?
proof-done-title = Oyuncular girebiliyor
proof-ready-title = Oyunculara hazır
proof-missing-title = Oyuncular henüz giremiyor
proof-unknown-title = Az kaldı
proof-over-title = Son baktığımda hazır değildi
proof-gone-title = Kapandı
proof-until = Şu saate kadar canlı: { $time }
proof-stopped = Artık canlı değil. *{ proof-check-button }* butonuna bas.
proof-gateway-away = VPN şu an cevap vermiyor. Açık olanlar açık kalıyor, denemeye devam ediyorum.
proof-open = { $count ->
    [one] { $ports } portu açık
   *[other] { $ports } portları açık
}
# $problem: a `problem-` message.
proof-blocked = **Bir adminden oyunculara yol açmasını iste.** { $problem }
proof-suspended = **Bir adminden { $device } cihazına erişimi geri vermesini iste.** Erişimi kesik, portları o zamana kadar kapalı.
proof-tunnel = { $device } cihazında WireGuard
proof-connected = { $device } bağlı ({ $handshake })
proof-not-connected = **{ $device } cihazında WireGuard'ı aç.** Son görülme: { $handshake }.
proof-never-connected = **{ $device } cihazında WireGuard'ı aç.** Henüz hiç bağlanmadı.
proof-server = { $device } cihazındaki sunucu
# $ports is the message `port`.
proof-server-refused = **{ $device } cihazında sunucuyu başlat.** { $ports } üzerinde çalışan bir şey yok.
proof-server-silent = **{ $device } cihazında sunucuyu başlat ve güvenlik duvarında izin ver.** { $ports } üzerinde cevap veren bir şey yok.
proof-server-frozen = **{ $device } cihazındaki sunucuya bak.** { $ports } üzerinde oyuncuları alıyor, sonra susuyor: ya hâlâ açılıyor ya da dondu.
proof-server-refused-tcp = **{ $device } cihazında sunucuyu başlat.** TCP { $ports } üzerinde çalışan bir şey yok. UDP sunucuları kontrol edilemiyor.
proof-server-silent-tcp = **{ $device } cihazında sunucuyu başlat ve güvenlik duvarında izin ver.** TCP { $ports } üzerinde cevap veren bir şey yok. UDP sunucuları kontrol edilemiyor.
proof-playing = { $device } cihazındaki sunucu cevap veriyor: { $players } kişi oynuyor
proof-playing-of = { $device } cihazındaki sunucu cevap veriyor: { $players }/{ $slots } kişi oynuyor
# Follows proof-playing and proof-playing-of.
proof-version = , sürüm { $version }
proof-answers = { $device } cihazındaki sunucu cevap veriyor
proof-takes = { $device } cihazındaki sunucu oyuncu alıyor
proof-udp = Bu oyunu buradan kontrol edemiyorum. { $device } cihazında çalıştığından emin ol.
proof-players = İlk oyuncu
proof-knocked = Bir oyuncu bağlanmayı denedi. Şu an içeride kimse yok.
proof-nobody = **Oyunculara { $address } adresini ver.** Henüz deneyen olmadı. Arkadaşların bağlanamıyorsa, bir adminden VPS sağlayıcısının güvenlik duvarında şunu açmasını iste: { $ports } ({ $protocol }).

## Match cards.

card-announce-button = Duyur
card-close-button = Kapat
card-anyway-button = Yine de duyur
card-not-ready-offline = 🟡 Henüz duyurulmadı: { $device } çevrimdışı. Önce orada WireGuard'ı aç.
card-not-ready-silent = 🟡 Henüz duyurulmadı: { $device } cihazındaki sunucu cevap vermiyor.
card-not-ready-blocked = 🟡 Henüz duyurulmadı: sunucumuzdaki bir güvenlik duvarı ya da ayar oyuncuları içeri almıyor. Adminler /status ile fazlasını görür.
card-announced = 📣 Burada duyuruldu: { $link }
card-announced-already = 📣 Zaten duyurulmuş: { $link }
card-not-announced = Duyuramadım. Tekrar denemek için **{ card-announce-button }** butonuna bas.
card-not-here = Bunu DM'lerimizde duyuramam. Arkadaşlarının göreceği kanala şunu yaz: { $command }
card-cannot-announce = Duyuramadım: { $channel } kanalında bende { $count ->
    [one] şu izin yok: { $permissions }
   *[other] şu izinler yok: { $permissions }
}. Bu sunucunun bir admini verdikten sonra **{ card-announce-button }** butonuna bas.
# The names of permissions in Discord's client.
permission-view_channel = Kanalı Görüntüle
permission-send_messages = Mesaj Gönder
permission-send_messages_in_threads = Alt Başlıklarda Mesaj Gönder
permission-embed_links = Bağlantı Yerleştir
permission-create_events = Etkinlik Oluştur
permission-manage_events = Etkinlikleri Yönet
card-not-yours = Bunu yalnızca kurucusu ve adminler kapatabilir.
card-title = 🎮 { $what }
card-ended-title = 🏁 { $what }: bitti
card-host = Kuran: **{ $host }**
card-stale = ⚠️ VPN cevap vermiyor. Bunlar { $since } alınan bilgiler.
card-offline = 🟡 { $device } ({ $host }) çevrimdışı, son görülme { $since }.
card-offline-never = 🟡 { $device } ({ $host }) henüz bağlanmadı.
card-way-blocked = 🟡 Sunucumuzdaki bir güvenlik duvarı ya da ayar oyuncuları içeri almıyor. Adminler /status ile fazlasını görür.
card-way-silent = 🟡 { $device } cihazındaki sunucu cevap vermiyor.
card-way-ready = 🟢 Hazır: sunucu cevap veriyor.
card-version-field = Sürüm
card-address-field = Adres
card-players-field = Şu anki oyuncular
card-players = { $players } oyuncu (en çok { $peak })
card-players-of = { $players }/{ $slots } oyuncu (en çok { $peak })
card-since-field = Açılış
card-until-field = Kapanış
card-until = { $time }, { $relative }
card-until-closed = kurucu kapatınca
card-lasted-field = Süre
card-most-field = Aynı anda en çok
card-most = { $players } oyuncu
card-open-field = Açıktı
card-open = { $since } – { $until }

## The live message of /panel.

panel-head = ## 🎮 { $server }
panel-away = 🔴 **VPN cevap vermiyor, son cevap { $since }.** Açık olanlar açık kalıyor.
panel-blocked = 🔴 **Arkadaşlar şu an giremiyor.**
    Adminler: ne yapılacağını `/doctor` söyler.
panel-problems = ⚠️ Sunucuda { $count } sorun var. Adminler: ne yapılacağını `/doctor` söyler.
panel-none = Şu an açık oyun yok. Başlamak için **Oyun kur** butonuna bas.
panel-more = … ve { $count } oyun daha
panel-match = ### { $game } · { $host }
# $state is one of the messages below.
panel-match-short = **{ $game }** · { $host } · { $state }
panel-playing = { $players ->
    [0] 🟢 Açık
   *[other] 🟢 **{ $players }** oyuncu
}
panel-playing-of = 🟢 **{ $players }**/{ $slots }
panel-players = { $state } · en çok { $most } { $picture }
panel-pc-offline = 🟡 PC çevrimdışı, son görülme { $since }
panel-pc-never = 🟡 Kurucunun PC'si bekleniyor
panel-silent = 🟡 Oyun cevap vermiyor
panel-time = -# { $since } açıldı
panel-time-until = -# { $since } açıldı · { $until } kapanıyor
panel-devices = { $online }/{ $devices } cihaz çevrimiçi
# $devices is the message `panel-devices`.
panel-foot = -# { $devices }
panel-foot-traffic = -# { $devices } · { $rate }
panel-host-button = Oyun kur
panel-again-button = Yeniden kur
panel-add-button = PC'mi ekle
panel-mine-button = Benimkiler
panel-help-button = Yardım
panel-devices-button = Cihazlar
panel-requests-button = { $count ->
    [0] İstekler
   *[other] İstekler ({ $count })
}
panel-host-which = Hangi oyunu kurmak istiyorsun?
panel-host-choose-menu = Bir oyun seç
panel-host-other-menu = Başka…
panel-host-form-title = Oyun kur
panel-host-form-label = Hangi oyun ya da port?
panel-host-hint-menu = minecraft, valheim, 25565
panel-no-device = Önce PC'ni ekle: **{ panel-add-button }** butonuna bas ya da `/join` yaz.
panel-try-again = Discord'da bir sorun oldu. Butona tekrar bas.
panel-nothing-again = Henüz hiç oyun kurmadın. **{ panel-host-button }** butonuna bas.
panel-requests-none = Bekleyen istek yok.
panel-requests = **{ $count } istek bekliyor:**
panel-request = - **{ $name }** { $since } istedi: { $link }
panel-there = 📌 Canlı mesaj zaten var: { $link }
panel-posted = 📌 Canlı mesaj burada: { $link }
    Sabitle ki herkes bulabilsin.
panel-cannot-post = Buraya yazamıyorum. Bu kanalda bana **{ permission-view_channel }** ve **{ permission-send_messages }** izinlerini ver, sonra yeniden `/panel` yaz.
# What /help says, by whether the member has a device.
help-join = **Buradan başla: `/join`** PC'ni VPN'e ekler.
    1. WireGuard'ı aç ve oyununu başlat.
    2. `/forward` arkadaşların için adresi verir.
help-host = **Buradan başla: `/forward`** arkadaşların için adresi verir.
    WireGuard açık, oyunun çalışır kalsın. `/join` bir cihaz daha ekler.
help-more = Fazlası:
    - `/status` cihazların ve portların
    - `/unforward` port kapat
    - `/connections` kim bağlı
    - `/rotate` yeni ayar dosyası
    - `/policy` ne kadar hakkın var
help-admin = **Adminler:**
    - `/panel` canlı mesaj
    - `/peers` herkesin cihazları
    - `/forwards` herkesin portları
    - `/revoke` bir üyeyi çıkar
    - `/audit` kim ne yaptı
    - `/doctor` sorun nerede
    - `/settings` ne ayarlı
panel-help = **Arkadaşlarına oyun kur**
    1. **{ panel-add-button }**: WireGuard ayar dosyanı alırsın.
    2. WireGuard'ı aç ve oyununun sunucusunu başlat.
    3. **{ panel-host-button }**: arkadaşlarına vereceğin adresi alırsın.
    - **{ panel-again-button }** son oyununu yeniden açar.
    - **{ panel-mine-button }** cihazlarını ve portlarını gösterir.
    Takıldın mı? **{ panel-host-button }** hangi adımın eksik olduğunu söyler.

# The set-up in Discord: /setup with its code, and the form.
setup-begin = **Az kaldı.** Arkadaşların ve adminler için birer rol yoksa oluştur. Sonra burada seç.
setup-form-button = Rolleri ve kanalı seç
setup-form-title = VPN'i kur
setup-members-form-label = VPN'i kimler kullanabilir?
setup-admins-form-label = Adminler kimler?
setup-channel-form-label = İstek ve log kanalı (isteğe bağlı)
setup-zone-form-label = Saat dilimi, örneğin Europe/Istanbul
setup-language-form-label = Kanallardaki mesajların dili
setup-language-menu = Sunucununki gibi
setup-done = ✅ **Kurulum tamam.** Artık arkadaşların `/join` yazabilir. `/settings` ayarları, `/help` ne yapılacağını gösterir.
# $keys: keys of the configuration file, in backticks.
setup-fixed = `config.toml` şunları zaten söylüyor: { $keys }. Öyle kalır.
setup-lack = ⚠️ { $problem }
setup-not-allowed = Beni yalnızca **Sunucuyu Yönet** izni olan üyeler kurabilir.
setup-code-wrong = Bu kod yanlış. `setup` çalıştırdığın terminale bak.
setup-code-over = Bu kod artık çalışmıyor: ya bir saati doldu ya da çok fazla denendi. `sudo guildgate setup` yenisini yazar.
setup-code-none = Kurulacak bir şey yok. VPS'te `sudo guildgate setup` bir kod yazar.
setup-missing = Seçtiğin bir rol ya da kanal artık yok. Formu yeniden aç.
setup-bot-role = Bir botun kendi rolünü seçtin, hiçbir üyede olamaz. Başkasını seç.
setup-everyone-admin = @everyone admin rolü olamaz. Başkasını seç.
setup-unknown-zone = Bu saat dilimini bilmiyorum. Europe/Istanbul ya da America/New_York gibi yaz.
setup-refused = Bu, `config.toml` ile uyuşmuyor: orada { $key } kısmına bak.

# What /settings shows.
settings-title = Ayarlar
settings-line = **{ $what }:** { $shown }
settings-none = yok
settings-member_roles = Üyeler
settings-admin_roles = Adminler
settings-guest_roles = Misafirler
settings-admin_channel = Katılma istekleri
settings-log_channel = Log
settings-posts_channel = Oyun paylaşımları
settings-timezone = Saat dilimi
settings-language = Kanallardaki dil
# What set it: /setup or the configuration file.
settings-by-chosen = · Discord'da seçildi
settings-by-file = · `config.toml`
settings-members-field = Üyeler ne yapabilir
settings-policy = `/policy` gösterir. Buradan değil, `config.toml` içindeki `[policy]` altından ayarlanır.
settings-change-field = Bir şeyi değiştirmek için
settings-change = VPS'te `sudo guildgate setup` çalıştır: `/setup` için bir kod yazar. `config.toml` içinde yazanlar aynı kalır.
settings-hide-field = Admin komutlarını kimler görür
settings-hidden = Yalnızca **Sunucuyu Yönet** izni olan üyeler görür, çünkü her admin rolünde bu izin var.
settings-hide = Herkes görür, yalnızca adminler kullanabilir. Gizlemek için: *Sunucu Ayarları → Entegrasyonlar*, beni seç ve her komuta yalnızca admin rolün için izin ver. Ya da her admin rolüne **Sunucuyu Yönet** ver.

# Beside the bot's name.
presence-playing = { $matches } oyunda { $players } oyuncu
presence-open = { $matches } oyun açık

# The posts in `posts_channel`.
post-hosting = 🎮 **{ $host }** oyun kurdu: **{ $game }**, { $address }
post-first-player = 👋 **{ $game }** oyununa ilk oyuncu girdi (kuran: **{ $host }**).
post-offline = 📴 **{ $host }**: PC { $since } çevrimdışı oldu, **{ $game }** oyununda { $players } oyuncu vardı.
    WireGuard yeniden açılınca oyun geri gelir.
post-silent = 🟡 **{ $game }** (kuran: **{ $host }**) cevap vermiyor, son cevap { $since }.
    Oyunun sunucusu hâlâ çalışıyor mu?
posts-on = Oyunlarını yeniden paylaşabilirim.
posts-off = Artık oyunların hakkında hiçbir şey paylaşmıyorum. `/posts state:on` geri getirir.

## Status.

status-title = Cihazların
status-everyone-title = Tüm cihazlar
status-none = VPN'de henüz cihazın yok. Eklemek için `/join` yaz.
status-none-at-all = VPN'de henüz cihaz yok. Eklemek için `/join` yaz.
status-connected = { $connected }/{ $devices } cihaz bağlı.
status-address = Oyuncular { $address } adresine ve aşağıdaki portlardan birine bağlanır.
status-no-ports = Açık port yok; `/forward` bir tane açar.
# $problem: a `problem-` message.
status-problem = ⚠️ { $problem }
status-lan = LAN modu açık: cihazlar VPN adresleriyle birbirine ulaşır.
status-never = Henüz hiç bağlanmadı. Ayar dosyasını WireGuard'a ekle ve aç.
status-handshake = Bağlı, son görülme { $handshake }
status-handshake-from = Bağlı ({ $endpoint }), son görülme { $handshake }
status-away = Bağlı değil, son görülme { $handshake }
# The device sent and received.
status-traffic = Gönderilen { $sent }, alınan { $received }
status-vpn-address = VPN adresi { $addresses }
status-more = … ve { $count } cihaz daha. VPS'te `guildgate status` hepsini listeler.

## LAN mode.

doctor-title = 🩺 Doktor
doctor-level-failure = ❌ **{ $check }**: { $found }
doctor-level-warning = ⚠️ **{ $check }**: { $found }
doctor-step = → { $advice }
# $check is found by another version of guildgate on the VPS.
doctor-other = Bir sorun var. Ne olduğunu VPS'te `guildgate doctor` söyler.
doctor-where = -# → sonrasındaki komutları VPS'te root olarak yaz.
doctor-fine = ✅ { $count } kontrol sorunsuz.
doctor-check-gateway = VPN servisi
doctor-check-names = roller ve kanallar
doctor-check-permissions = izinler
doctor-check-intents = intent'ler
doctor-check-commands = komutlar
doctor-check-version = sürüm

# The names of the gateway's checks.
doctor-check-backups = yedekler
doctor-check-clock = saat
doctor-check-configs = ayar dosyaları
doctor-check-conntrack = bağlantı takibi
doctor-check-database = veritabanı
doctor-check-disk = disk
doctor-check-doctor = doktor
doctor-check-firewalls = güvenlik duvarları
doctor-check-flow-table = bağlantı tablosu
doctor-check-forwarding = paket iletimi
doctor-check-ipv6-route = IPv6 rotası
doctor-check-listen-port = VPN portu
doctor-check-nf_tables = nf_tables
doctor-check-privileges = yetkiler
doctor-check-problem = sorun
doctor-check-public-address = genel adres
doctor-check-reserved-ports = ayrılmış portlar
doctor-check-reverse-path = dönüş yolu
doctor-check-socket-users = socket kullanıcıları
doctor-check-state = durum
doctor-check-tunnel-size = paket boyutu
doctor-check-vpn-subnets = VPN ağı
doctor-check-way-out = çıkış yolu
doctor-check-way-to-devices = cihazlara giden yol
doctor-check-wireguard = WireGuard

# What a check of the VPS found, for admins. Words in backticks and in [brackets] are keys of the configuration.
# $reason: what was refused and why, in English, as the system says it.
finding-unread = Bu kontrol bakamadı. Nedenini VPS'te `guildgate doctor` söyler.
finding-privileges = Gateway'in ağı değiştirme yetkisi yok (CAP_NET_ADMIN), bu yüzden bazı kontroller atlandı.
finding-container = Gateway, CAP_NET_ADMIN olmadan root olarak çalışıyor. Docker'da `--cap-add NET_ADMIN --network host` ekle.
finding-no_wireguard = Çekirdekte WireGuard yok: { $reason }. Daha yeni bir çekirdek kullan ya da `backend = "auto"` yaz.
finding-no_wireguard_go = Çekirdekte WireGuard yok, `wireguard-go` da yüklü değil.
finding-no_tun = `wireguard-go`, /dev/net/tun aygıtını kullanamıyor: { $reason }. Docker'da `--device /dev/net/tun` ekle.
finding-no_nftables = Güvenlik duvarı okunamıyor: { $reason }.
finding-no_libnftables = libnftables kütüphanesi eksik.
finding-no_conntrack = Bağlantılar listelenemiyor: { $reason }.
finding-few_flows = VPS en fazla { $size } bağlantı takip ediyor, bir üye { $most } bağlantı açabiliyor. Tablo dolunca yeni bağlantılar kurulamaz.
finding-few_buckets = Bağlantı tablosu dolunca yavaşlıyor ({ $size } kayıt).
finding-ipv4_only = VPS'te IPv6 yok, o yüzden VPN yalnızca IPv4 taşıyor. IPv6'sız devam etmek için `subnet6 = ""` yaz.
finding-no_forwarding = VPS paketleri iletmiyor, gateway de bunu değiştiremiyor ({ $settings }).
finding-reverse_path = İkinci bir hattan gelen oyuncuların paketleri düşürülüyor ({ $setting }).
finding-way_out = Oyunculara giden cevaplar { $interface } üzerinden çıkıyor, bu yanlış yol. VPS'teki bir VPN istemcisi buna yol açabilir.
finding-devices_astray = { $address } adresine giden paketler VPN yerine { $interface } üzerinden çıkıyor. Etkilenen cihaz: { $count }.
finding-devices_nowhere = { $address } adresine giden paketler hiçbir yere ulaşmıyor. Etkilenen cihaz: { $count }.
finding-reserved_ports = VPS'teki başka bir program açık bir portu kapabilir ({ $setting } yazılamıyor).
finding-state_unwritable = Gateway kendi klasörüne yazamıyor: { $folder }.
finding-state_exposed = VPS'in diğer kullanıcıları { $folder } içindeki { $files } dosyalarını okuyabiliyor.
finding-firewall_players = VPS'teki { $program } oyuncuları durduruyor, yeri: { $chains }.
finding-firewall_devices = VPS'teki { $program } cihazları durduruyor, yeri: { $chains }.
finding-firewall_flowtable = VPS'teki { $program } bağlantıları bir flowtable'a veriyor, yeri: { $chains }. Kapatılan port onlara açık kalıyor.
finding-firewall_doubt = VPS'teki { $program } oyuncuları ya da cihazları durduruyor olabilir, yeri: { $chains }.
finding-firewall_legacy = Eski iptables kullanılıyor ve kuralları listelenemiyor.
finding-firewall_hidden = { $program } oyuncuları durduruyor olabilir. Kurallarını yalnızca root görebilir.
finding-firewall_crash = Başka bir programın kuralı güvenlik duvarı kütüphanesini çökertiyor. Hangisi olduğunu VPS'te `guildgate doctor` söyler.
finding-mark_written = Başka bir programın kuralı oyuncuların bağlantılarını kesiyor: { $rules } conntrack mark'ının tamamını yazıyor. Yalnızca kendi bitlerini yazsın.
finding-mark_compared = Başka bir programın kuralı conntrack mark'ının tamamını karşılaştırıyor: { $rules }. Yalnızca kendi bitlerini karşılaştırsın.
finding-mark_shared = Başka bir programın kuralı, gateway'in conntrack mark'ındaki bitlerini kullanıyor: { $rules }. Başka bir `conntrack_mask` yaz.
finding-no_route = VPS'in varsayılan rotası yok. `public_interface` değerini internete bakan arabirim yap.
finding-no_interface = { $interface } diye bir arabirim yok. `public_interface` değerini düzelt.
finding-no_address = { $interface } arabiriminin IPv4 adresi yok. `public_address` yaz.
finding-address_shared = { $address } sağlayıcının birçok müşterisiyle ortak (CGNAT), o yüzden arkadaşlar bağlanamaz. Kendi adresi olan bir VPS kullan.
finding-address_private = { $address } özel bir adres, o yüzden arkadaşlar bağlanamaz. `public_address` için sağlayıcının panelindeki adresi yaz ve portları orada aç.
finding-address_unresolved = { $name } adı bulunamıyor. Bu VPS'e yönlendir ya da bir IPv4 adresi yaz.
finding-address_lan = Genel adres { $address } özel bir adres. Bu yalnızca LAN için doğru olur.
finding-address_other = Genel adres { $address }, ama { $interface } arabiriminde { $own } var. `public_address` doğru mu?
finding-subnet_taken = { $interface } arabiriminin adresi { $address } ve bu, VPN ağının içinde. `subnet4` ya da `subnet6` için başka bir ağ yaz.
finding-mtu_uplink = VPN'in paketleri VPS'in hattı için fazla büyük, indirmeler takılabilir. `mtu = "auto"` yaz.
finding-mtu_path = VPN'in paketleri bazı cihazlar ({ $count }) için fazla büyük, indirmeler takılabilir. `mtu = { $mtu }` yaz.
finding-listen_port = VPN'e lazım olan UDP { $port } portunu başka bir program kullanıyor. O programı durdur ya da başka bir `listen_port` yaz.
finding-accept_ra = VPS IPv6'sını kaybedebilir ({ $setting } 1).
finding-socket_user = { $user } diye bir sistem kullanıcısı yok. Oluştur ya da `socket_users` listesinden çıkar.
finding-clock_wrong = Saat yanlış: { $date } gösteriyor. Saat geri giderse cihazlar bağlanamaz.
finding-clock_set_back = Saat geri alınmış: { $now } UTC gösteriyor, ama { $newest } tarihli bir kayıt var. Cihazlar bağlanamıyor.
finding-clock_alone = Saati hiçbir zaman sunucusu ayarlamıyor. Saat geri giderse cihazlar bağlanamaz.
finding-no_answer = Gateway cevap vermiyor.
finding-other_version = Gateway'in { $running } sürümü çalışıyor, ama yüklü olan { $installed }. Yeniden başlat.
finding-bare_addresses = Bazı ayar dosyalarında ad yerine adres var ({ $count }). Şunlardan /rotate iste: { $names }.
finding-disk_full = { $folder } diskinde { $left } MiB yer kaldı, veritabanına { $needed } gerekebilir. Yer aç, yoksa hiçbir değişiklik kaydedilemez.
finding-disk_files = { $folder } diski yeni dosya almıyor. Yer aç, yoksa hiçbir değişiklik kaydedilemez.
finding-journal_full = { $folder } diski neredeyse dolu, log en eski satırlarını kaybediyor.
finding-database_unreadable = { $file } okunamıyor. Bir yedek geri yükle; log fazlasını söyler.
finding-database_damaged = { $file } bozuk. Bir yedek geri yükle; log fazlasını söyler.
finding-database_newer = { $file } daha yeni bir guildgate sürümüyle yazılmış. O sürümü yükle.
finding-database_owner = { $file } yanlış kullanıcıya ait, o yüzden yazılamıyor olabilir.
finding-database_exposed = VPS'in diğer kullanıcıları { $file } dosyasını okuyabiliyor.
finding-backups_unreadable = { $folder } içindeki yedeklere bakılamıyor.
finding-no_backup = { $folder } içinde henüz yedek yok. Gateway başladıktan bir dakika sonra bir yedek alır.
finding-old_backup = { $folder } içindeki en yeni yedek { $days } günlük. Nedenini gateway'in logu söyler.
lan-on = **LAN modu açık.** VPN'deki cihazlar, kendi güvenlik duvarları izin verirse, VPN adresleriyle birbirine ulaşır. Seninkini `/status` gösterir. Kapatmak için: `/lan state:off`
lan-off = **LAN modu kapalı.** VPN'deki cihazlar artık birbirine ulaşamaz, aralarındaki bağlantılar kesildi. Açık portlar açık kalıyor.

## What members may do.

policy-title = Burada neler yapabilirsin
policy-devices-field = Cihazlar
policy-devices = En fazla { $count }, bir saatte en fazla { $joins } yeni.
policy-devices-until = En fazla { $count }, bir saatte en fazla { $joins } yeni. Her biri { $duration } sonra çıkarılır.
policy-flows = Her cihazın aynı anda { $count } açık bağlantısı olabilir; IPv4 ve IPv6 için ayrı ayrı.
policy-forwards-field = Portlar
policy-forwards = En fazla { $count } port ya da aralık, { $ports } portlarında, toplam { $most } port.
policy-time-field = Bir port ne kadar açık kalır
# $usual is a time such as 12 hours, or `policy-usual-forever`. $longest is `policy-longest` or `policy-longest-forever`.
policy-time = Varsayılan: { $usual }, { $longest }.
policy-usual-forever = sen kapatana kadar
policy-longest = en fazla { $duration }
policy-longest-forever = istediğin kadar uzun olabilir
policy-leave-field = Ayrılırsan ya da rolünü kaybedersen
policy-leave = Cihazlarının erişimi kesilir, { $duration } sonra çıkarılırlar.
policy-leave-kept = Cihazlarının erişimi kesilir, ama cihazlar saklanır.
policy-kept-field = Neler kaydedilir
policy-kept = Adminler burada yaptığın değişiklikleri { $duration } boyunca okuyabilir.
policy-flow-log = Cihazlarının internette bağlandığı adresler { $duration } boyunca loglanır.
policy-no-flow-log = Cihazlarının internette ne yaptığı loglanmaz.
policy-kept-forever = Adminler burada yaptığın değişiklikleri okuyabilir.

## Lists for admins.

connections-title = Bağlantılar
connections-count = { $count ->
    [0] Bağlı kimse yok.
   *[other] { $count } bağlantı
}
connections-to = { $name } → { $port }
connections-since = Başlangıç: { $since }
# Both are seen from the player.
connections-traffic = Gönderilen { $sent }, alınan { $received }
connections-live = Şu an bağlı
connections-from-device = Cihazın başlattı
connections-friends-only = 🚪 { $ports }: yalnızca arkadaşlar. Diğerlerinden { $packets } paket geri çevrildi.
connections-hint = *At* bağlantıyı keser ve o oyuncunun programını bir dakika içeri almaz. Engel, portu yeniden açsan da kalır.
connections-kick-button = At
connections-block-button = Engelle
connections-around-button = Engelle: { $network }
connections-let-in-button = İzin ver
connections-undo-button = Geri al
connections-again-button = Tekrar bak
connections-rules-button = Engelli ve izinli ({ $count })
connections-friends-button = Yalnızca arkadaşlar
connections-all-button = Herkese aç
connections-flow-menu = Bir bağlantı seç…
connections-rule-menu = Birini geri al…
connections-rules-title = Engelli ve izinli
connections-rules-none = Engelli ya da izinli adres yok.
connections-rule-since = Başlangıç: { $since }
connections-dropped = { $packets } paket geri çevrildi
connections-blocked = 🚷 { $address } · { $ports }
connections-let-in = 🚪 { $address } · { $ports }
connections-kick-done = 👢 { $address } atıldı: **{ $device }**, { $ports }. Bir dakika sonra geri gelebilir.
connections-block-done = 🚷 { $address } engellendi: **{ $device }**, { $ports }. Bağlantıları kesildi.
connections-let-in-done = 🚪 { $address } bağlanabilir: **{ $device }**, { $ports }.
connections-undo-done = ↩️ { $address } artık ne engelli ne de izinli: **{ $device }**, { $ports }.
connections-friends-said = 🚪 Artık yalnızca VPN'deki cihazlar ve izin verdiğin adresler bağlanabilir.
connections-all-said = Tüm oyuncular yeniden bağlanabilir. Engeller kalıyor.
connections-old = Bu liste çok eski. Yeniden `/connections` yaz.
let-in-button = Bir adrese izin ver…
let-in-form-title = Bir adrese izin ver
let-in-form-label = Kişinin adresi, whatismyip'te gördüğü gibi
list-previous-button = Önceki
list-next-button = Sonraki
list-back-button = Geri
list-show-button = Adresi göster
list-revoke-button = Çıkar…
list-extend-button = Uzat
list-close-button = Kapat…
list-sure-button = Evet, kapat
list-keep-button = Açık kalsın
list-device-menu = Bir cihaz seç…
list-port-menu = Bir port seç…
list-page = Sayfa { $number }/{ $last }
list-port-gone = Bu port zaten kapanmış.
list-close = **Kapatılsın mı?** Üzerindeki oyuncuların bağlantısı hemen kopar.
list-not-yours = Diğer üyelerin cihazlarını yalnızca adminler görür. Seninkileri `/status` gösterir.
peers-title = Cihazlar
peers-none = Hiç cihaz yok.
peers-facts = { $addresses }, { $mode } modu, { $since } eklendi
peers-suspended = Erişimi { $since } kesildi
peers-ends = { $relative } bitiyor
peers-ports = Açık: { $ports }
forwards-title = Açık portlar
forwards-none = Açık port yok.
forwards-count = { $count } açık port ya da aralık, adres { $address }.
forwards-target = Cihazda port { $port }
# $end is the message `ends` or `forwards-never-ends`.
forwards-opened = { $since } açıldı, { $end }
forwards-never-ends = kapatılana kadar açık

# The details of one device or one port.
detail-state-field = Durum
detail-handshake-field = Son görülme
detail-endpoint-field = Bağlandığı yer
traffic-title = 📈 { $period ->
    [day] Son bir gün
    [week] Son bir hafta
    [month] Son bir ay
   *[year] Son bir yıl
}
graph-period-button = { $period ->
    [day] Gün
    [week] Hafta
    [month] Ay
   *[year] Yıl
}
# Names inside the picture, of at most 24 characters. The arrows stand for the colours.
graph-received = ▼ { $size } alınan
graph-sent = ▲ { $size } gönderilen
graph-from-players = ▼ { $size } oyunculardan
graph-to-players = ▲ { $size } oyunculara
graph-players = { $players ->
    [0] oyuncu yok
   *[other] en çok { $players } oyuncu
}
graph-online = { $hours } saat bağlı
graph-weekday = { $day ->
    [1] Pzt
    [2] Sal
    [3] Çar
    [4] Per
    [5] Cum
    [6] Cmt
   *[7] Paz
}
graph-month = { $month ->
    [1] Oca
    [2] Şub
    [3] Mar
    [4] Nis
    [5] May
    [6] Haz
    [7] Tem
    [8] Ağu
    [9] Eyl
    [10] Eki
    [11] Kas
   *[12] Ara
}
# The picture's text, for screen readers.
graph-alt = { $period ->
    [day] Son bir günde
    [week] Son bir haftada
    [month] Son bir ayda
   *[year] Son bir yılda
}: { $incoming }, { $outgoing }, { $presence }. En yüksek değer { $rate } ({ $when }).
graph-nothing = { $period ->
    [day] Son bir günde trafik yok.
    [week] Son bir haftada trafik yok.
    [month] Son bir ayda trafik yok.
   *[year] Son bir yılda trafik yok.
}
nights-field = 🌙 Oynadığın geceler
nights-line = { $day }: { $what }
nights-played = { $hours ->
    [0] { $minutes } dk oynadın
   *[other] { $hours } sa { $minutes } dk oynadın
}
nights-hosted = { $hours ->
    [0] { $minutes } dk kurucuydun
   *[other] { $hours } sa { $minutes } dk kurucuydun
}
nights-none = Son bir ayda yok. Bundan sonra ne kadar oynadığını not ediyorum.
nights-on-button = Gecelerimi göster
nights-off-button = Gecelerimi gizle
detail-traffic-field = Trafik
detail-address-field = VPN adresi
detail-mode-field = VPN'den geçen
detail-added-field = Eklenme
detail-suspended-field = Erişimin kesilmesi
detail-ports-field = Açık portlar
detail-game-field = Oyun
detail-reach-field = Oyuncuların bağlandığı adres
detail-target-field = Çalıştığı yer
detail-target = { $count ->
    [one] **{ $device }** cihazında { $ports } portu
   *[other] **{ $device }** cihazında { $ports } portları
}
detail-now-field = Şu an
detail-traffic = Oyunculardan { $received }, oyunculara { $sent }
detail-opened-field = Açılış
detail-ends-field = Bitiş

# The answer to /audit.
audit-title = Neler yapıldı
audit-none = Henüz hiçbir şey yapılmadı.
# $user: the system user of the VPS whose program asked: root, or the bot's by its number.
audit-asked-by = { $user } üzerinden
log-asked-by = VPS'te { $user } istedi
audit-ports-of = { $ports } → { $devices }
audit-devices-with = { $devices }, portlar: { $ports }

# What differs on the VPS from what should be. $what: a device with its owner, or an interface.
difference-table = başka bir programın değiştirdiği güvenlik duvarı kuralları
difference-unseen = gözden kaçan değişiklikler
difference-address = başka bir programın kaldırdığı VPN adresi
difference-down = başka bir programın kapattığı VPN arabirimi
difference-deleted = başka bir programın kaldırdığı VPN arabirimi
difference-drift = değişmiş olabilecekler
difference-uplinks = internete giden yol
difference-torn = başarısız bir değişiklikten kalanlar
difference-key = VPN'in anahtarı
difference-port = VPN'in portu
difference-peer = VPN cihazı { $what }
difference-link = { $what } arabirimi
difference-flows = bir değişiklikten önceki bağlantılar

# What does not work on the VPS. Admins read these in the log channel, /status and /audit.
problem-firewall = VPS'teki { $program } oyuncuları durduruyor, yeri: { $chains }. Yol açan komutları orada `guildgate doctor` söyler.
problem-firewall_devices = VPS'teki { $program } cihazları durduruyor, yeri: { $chains }. Yol açan komutları orada `guildgate doctor` söyler.
problem-offload = VPS'teki { $program } bağlantıları bir flowtable'a veriyor, yeri: { $chains }. Kapatılan port onlara açık kalıyor. Bunu bitiren komutları orada `guildgate doctor` söyler.
problem-marks = VPS'te başka bir programın kuralı oyuncuların bağlantılarını kesiyor: { $rules } conntrack mark'ının tamamını yazıyor. Çaresini orada `guildgate doctor` söyler.
problem-unreadable = VPS'teki diğer programların güvenlik duvarlarını değerlendiremiyorum: { $reason }.
problem-left = VPS'te bir onarım şunu düzeltemedi: { $difference }. Giderek daha seyrek aralıklarla yeniden denenecek. Nedeni gateway'in logunda olabilir.
# $reason: what was refused and why, in English, as the system says it.
problem-forwarding = VPS paketleri iletmiyor, o yüzden kimse oyuna giremiyor: { $reason }. Orada `sysctl` ile aç ya da konteyneri `--sysctl` ile başlat.
problem-settings = VPS'in ayarları değiştirilemiyor: { $reason }. Paket iletimi olmadan hiçbir cihaza IPv6 ulaşmaz, accept_ra=2 olmadan VPS IPv6'sını kaybedebilir. Orada `sysctl` ile ayarla ya da konteyneri `--sysctl` ile başlat.
problem-reserved = Açık portlar VPS'in kendi bağlantılarından korunamıyor: { $reason }. Portlar yine de çalışır; nadiren bir oyuncu giremez.
problem-link = VPN arabiriminde bir adres ya da rota eksik: { $reason }. Gateway'in logu fazlasını söyler.
problem-flows = Bir değişiklikten önceki bağlantılar kesilemiyor: { $reason }. Yanlış cihaza gidiyor olabilirler.
problem-name = { $name } adı güncel tutulamıyor: { $reason }. Eski bir adrese, Minecraft kaydı da eski bir porta götürebilir.
problem-backup = VPS'te yeni yedek yok: { $reason }. Eskileri duruyor.
problem-strict = VPS'in her zamankinden başka bir hattından gelen oyuncuların paketleri düşürülüyor. Orada `sysctl` ile { $settings } değerini 2 yap.
problem-astray = Oyuncular VPS'ten cevap alamıyor: { $reason }. Orada root olarak yaz: `{ $commands }`
problem-unresolved = Genel adres { $name } için sorun: { $reason }. O adı arayan cihazlar ve oyuncular bir şey bulamıyor.
problem-database = VPN'in veritabanına yazılamıyor: { $reason }. Açık olanlar açık kalıyor, her değişiklik reddediliyor. Diskte yer aç ya da veritabanını yazılabilir yap.
problem-traffic = Bu ayki trafikten ({ $limit }) kullanılan: %{ $share }. Sağlayıcı hattı yavaşlatabilir ya da fazlası için ücret alabilir.
problem-no_ipv6 = VPS'te IPv6 kapalı: { $reason }. Yeniden açılana kadar VPN yalnızca IPv4 taşır. Cihazların IPv6 adresleri duruyor.
problem-other = VPS'te bir şey çalışmıyor: { $code }. Fazlasını orada `guildgate status` söyler.

# Why a device was cut off or let back in.
reason-left = artık sunucuda değil
reason-banned = sunucudan yasaklandı
reason-no_role = artık erişim veren bir rolü yok
reason-back = yeniden erişimi var
reason-revoked = bir admin tarafından çıkarıldı

# How far it has come to cut a member off, with several regions.
cut-off-in = Erişim { $regions } içinde kesildi.
cut-off-later = **{ $region }** { $time } tarihinden beri yok. Geri gelir gelmez orada da kesilir.

## The actions of the audit log: a line for /audit, and the title in the log channel. $subject: devices, ports, or both.

audit-join = { $when } **{ $actor }** ekledi: { $subject }
log-join-title = 🆕 Cihaz eklendi
audit-rotate = { $when } **{ $actor }** yeni anahtar oluşturdu: { $subject }
log-rotate-title = 🔑 Yeni anahtarlar
audit-rename = { $when } **{ $actor }** bir cihazın ismini değiştirdi, önce eski ismi: { $subject }
log-rename-title = ✏️ Cihazın ismi değişti, önce eski ismi
audit-give = { $when } **{ $actor }** bir cihazı başka bir üyeye verdi, önce eski sahibi: { $subject }
log-give-title = 🎁 Cihaz başka bir üyeye verildi
audit-import = { $when } **{ $actor }** şuradan cihaz ve port devraldı: { $subject }
log-import-title = 📦 Başka bir programdan devralındı
log-leave-title = 👋 Cihaz çıkarıldı
audit-revoke = { $when } **{ $actor }** VPN'den çıkardı: { $subject }
log-revoke-title = ⛔ Erişim kaldırıldı
audit-forward = { $when } **{ $actor }** açtı: { $subject }
log-forward-title = 🔓 Port açıldı
audit-unforward = { $when } **{ $actor }** kapattı: { $subject }
log-unforward-title = 🔒 Port kapandı
audit-extend = { $when } **{ $actor }** uzattı: { $subject }
log-extend-title = ⏰ Port daha uzun açık kalacak
audit-to-port = { $when } **{ $actor }** başka bir porta ya da cihaza yönlendirdi: { $subject }
log-to-port-title = ↪️ Port başka yere gidiyor
audit-kick = { $when } **{ $actor }** bir oyuncuyu attı: { $subject }
log-kick-title = 👢 Oyuncu atıldı
audit-block = { $when } **{ $actor }** bir adresi engelledi: { $subject }
log-block-title = 🚷 Adres engellendi
audit-let-in = { $when } **{ $actor }** bir adrese izin verdi: { $subject }
log-let-in-title = 🚪 Adrese izin verildi
audit-unblock = { $when } **{ $actor }** bir engeli ya da izni geri aldı: { $subject }
log-unblock-title = ↩️ Engel geri alındı
audit-friends-only = { $when } **{ $actor }** yalnızca arkadaşlar ayarını değiştirdi: { $subject }
log-friends-only-title = 🚪 Yalnızca arkadaşlar
log-friends-only-on = Artık yalnızca VPN'deki cihazlar ve izinli adresler bağlanabilir.
log-friends-only-off = Tüm oyuncular yeniden bağlanabilir.
log-address = Adres: { $address }
audit-suspend = { $when } **{ $actor }** erişimi kesti: { $subject }
log-suspend-title = ⛔ Erişim kesildi
audit-restore = { $when } **{ $actor }** erişimi geri verdi: { $subject }
log-restore-title = ✅ Erişim geri verildi
audit-guest = { $when } **{ $actor }** bir misafirin süresini belirledi ya da kaldırdı: { $subject }
log-guest-title = ⏳ Misafirin süresi belirlendi ya da kaldırıldı
audit-forget = { $when } **{ $actor }** bir üyeyi unutturdu, buradaki adı: { $subject }
log-forget-title = 🧹 Üye unutuldu
log-forgotten = Logda üyenin yerine { $alias } yazıyor.
audit-expire = { $when } **{ $actor }** kapattı (süresi doldu): { $subject }
log-expire-title = ⌛ Süre doldu
audit-lan = { $when } **{ $actor }** LAN modunu değiştirdi: { $subject }
log-lan-title = 🏠 LAN modu
audit-repair = { $when } **{ $actor }** onardı: { $subject }
log-repair-title = 🔧 Onarıldı
audit-problem = { $when } **{ $actor }** sorun yaşıyor: { $subject }
log-problem-title = ⚠️ Sorun
audit-solved = { $when } **{ $actor }** artık şu sorunu yaşamıyor: { $subject }
log-solved-title = ✅ Sorun kalmadı
audit-follow = { $when } **{ $actor }** yeni adrese geçti: { $subject }
log-follow-title = 📍 Yeni genel adres
audit-other = { $when } **{ $actor }** { $action } { $subject }
log-other-title = 📝 { $action }

## Taking devices away.

revoke-revoke-button = Çıkar
revoke-cancel-button = Vazgeç
revoke-title = { $member }: { $count } cihaz çıkarılsın mı?
revoke-device = **{ $device }**, { $mode } modu, { $since } eklendi
revoke-means = Bu hemen geçerli olur ve geri alınamaz: cihaz ancak yeni bir `/join` ile döner.
revoke-means-ports = Bu hemen geçerli olur. { $ports } port da kapanır. Geri alınamaz: cihaz ancak yeni bir `/join` ile döner.
revoke-means-players = Bu hemen geçerli olur. { $ports } port da kapanır ve oyuncuların { $connections } bağlantısı kesilir. Geri alınamaz: cihaz ancak yeni bir `/join` ile döner.
revoke-cancelled = Vazgeçildi. Hiçbir şey çıkarılmadı.
revoke-changed = **Bu arada bir şeyler değişti.** Şimdi çıkarılacaklar:
revoke-device-gone = Bu cihaz zaten VPN'de değil.
revoke-devices-gone = Bu cihazlar zaten VPN'de değil.
revoke-nothing = { $member }: VPN'de cihazı yok.
revoke-unseen = { $member }: cevap veren bölgelerde cihazı yok. Onaylarsan diğerlerindeki cihazları, bölgeler geri gelir gelmez çıkarılır.
revoke-access = { $member }: cihazı yoktu; erişimi kaldırıldı.
revoke-done = { $count ->
    [one] **{ $member }: { $count } cihaz çıkarıldı.** Bağlantıları kesildi:
   *[other] **{ $member }: { $count } cihaz çıkarıldı.** Bağlantıları kesildi:
}
revoke-ports = Onunla birlikte { $count } port kapandı:

## The log channel.

log-by = Yapan: { $actor }
log-why = Neden: { $reason }
log-device = **{ $device }**, { $mode } modu
log-device-until = **{ $device }**, { $mode } modu, bitiş { $time }
log-closed = { $count ->
    [one] Kapanan port:
   *[other] Kapanan portlar:
}
log-kept = Erişim kesildi, oyuncuların bağlantısı koptu. Cihazlar ve portlar şu zamana kadar saklanır: { $time }. { $again ->
    [restored] VPS'te `guildgate restore` sonrası
   *[role] Rol geri gelince
} yeniden çalışırlar.
log-kept-forever = Erişim kesildi, oyuncuların bağlantısı koptu. Cihazlar ve portlar bir admin çıkarana kadar saklanır. { $again ->
    [restored] VPS'te `guildgate restore` sonrası
   *[role] Rol geri gelince
} yeniden çalışırlar.
log-lan-on = Açık: cihazlar birbirine ulaşır.
log-lan-off = Kapalı: cihazlar ayrı kalır.
log-repaired = Şunu onardım: { $difference }.
log-followed = Oyuncular artık { $address } adresine bağlanıyor. Eski adresli ayar dosyaları artık çalışmıyor.
log-skipped-title = … ve dahası
log-skipped = { $count } eski kayıt burada tekrarlanmıyor; `/audit` gösterir.
log-refused-title = 🚫 Reddedildi
log-broken-title = 💥 Hata
# $count: refusals like the one above.
log-repeated = … ve bir dakika içinde bunun gibi { $count } tane daha.
# $command is a command or `log-button`, in backticks.
log-asked = { $member }: { $command }
# A member without the role for it.
log-turned-away = { $member }: { $command } için rolü yok
log-button = bir buton
log-away-title = 🔴 VPN servisi cevap vermiyor
log-away = Başlangıç: { $time }, { $relative }. Oyuncular ve cihazlar bağlı kalıyor, ama hiçbir şey değiştirilemiyor.
log-back-title = 🟢 VPN servisi yeniden cevap veriyor
log-back = { $duration } yoktu.
log-undelivered-title = 📭 Bir ayar dosyası ulaşmadı
log-undelivered = **{ $device }** için ayar dosyası ulaştırılamadı: { $member }. Yenisini almak için `/rotate` yazabilir.
log-not-reminded-title = 📭 Bir hatırlatma ulaşmadı
log-not-reminded = DM'leri kapalı: { $member }. Şunun kapanmak üzere olduğunu bilmiyor:
log-not-told-of-move-title = 📭 Bir cihaz sahibi yeni adresi öğrenemedi
log-not-told-of-move = DM'leri kapalı: { $member }. Bu cihazlar için `/rotate` ile yeni ayar dosyası ya da WireGuard'ı bir kez kapatıp açmak gerek:
log-card-lost-title = 📭 Bir oyun kartı güncel değil
log-card-lost = { $channel } içindeki kartı güncelleyemiyorum ({ $member }): kanal yok ya da oraya yazamıyorum. Yazabilince kart devam eder. Açık olanlar açık kalıyor:
log-no-events-title = 📅 Oyun geceleri sunucu etkinliklerinde yok
log-no-events = Oyun gecelerinin portları yine de açılır. Onları etkinlik olarak göstermem için { $count ->
    [one] şu izin lazım: { $permissions }.
   *[other] şu izinler lazım: { $permissions }.
}
log-panel-lost-title = 📭 Canlı mesaj güncel değil
log-panel-lost = { $channel } içindeki canlı mesajı güncelleyemiyorum: kanalı göremiyor ya da oraya yazamıyor olabilirim. İzinleri ver, devam eder.
log-panel-gone-title = 🗑️ Canlı mesaj silinmiş
log-panel-gone = { $channel } içindeki canlı mesaj silindi. Geri gelsin mi? Butona bas ya da `/panel` yaz.
log-panel-back-button = Geri getir
log-no-intent-title = 🙉 Discord bana üyeleri bildirmiyor
log-no-intent = Rolünü kaybeden ya da ayrılan üyelerin erişimi yine de kesilir, ama birkaç saniye geç, çünkü her cihaz sahibini tek tek sormam gerekiyor. Bunu değiştirmek için Discord'un geliştirici portalını aç, uygulamamı seç, *Bot → Server Members Intent* seçeneğini aç ve beni yeniden başlat.
log-versions-title = 🧩 Bot ve gateway farklı sürümlerde
# $bot and $gateway are versions.
versions-differ = Botun sürümü { $bot }, gateway'inki { $gateway }. Bazı komutlar çalışmayabilir. Eski olanı güncelle ya da yeniden başlat.
log-release-title = 🎁 Yeni sürüm
# $version and $present are versions.
log-release = guildgate { $version } çıktı; bu { $present }. Güncellemek için VPS'te `sudo guildgate update` çalıştır. Oyunlar sürer.
log-misnamed-title = 🪪 Ayarlanan roller ve kanallar

## What is wrong with a role or channel that the configuration names.
## $kind is role or channel. $keys are keys of [discord]. $id, $others and $now are ids and a name.

named-missing = { $kind ->
    [role] { $keys } içindeki { $name } adında bir rol yok. Oluştur ya da oraya başka bir rolün id'sini yaz.
   *[channel] { $keys } içindeki { $name } adında bir yazı kanalı yok. Oluştur ya da oraya başka bir kanalın id'sini yaz.
}
named-other-case = { $now } var, ama büyük ve küçük harf fark eder.
named-no-id = { $kind ->
    [role] { $keys } içindeki { $id } id'li bir rol yok.
   *[channel] { $keys } içindeki { $id } id'li bir kanal göremiyorum.
}
named-gone = { $kind ->
    [role] { $keys } içindeki { $name } rolü, { $id }, silinmiş. Oraya başka bir rolün id'sini yaz.
   *[channel] { $keys } içindeki { $name } kanalı, { $id }, silinmiş. Oraya başka bir kanalın id'sini yaz.
}
named-gone-others = Şimdi bu ad şunda: { $others }. Oraya id'si yazılmadan geçerli olmaz.
named-ambiguous = { $kind ->
    [role] İlk baktığımda { $name } adında birkaç rol vardı, o yüzden hiçbiri erişim vermiyor. Doğru olanın id'sini { $keys } içine yaz.
   *[channel] İlk baktığımda { $name } adında birkaç kanal vardı, o yüzden hiçbirini kullanmıyorum. Doğru olanın id'sini { $keys } içine yaz.
}
named-ambiguous-now = Şu an bu adı taşıyanlar: { $others }.
named-namesake = { $kind ->
    [role] { $name } adında başka bir rol daha var: { $others }. Erişim vermiyor, çünkü { $keys } şunu kastediyor: { $id }.
   *[channel] { $name } adında başka bir kanal daha var: { $others }. Onu kullanmıyorum, çünkü { $keys } şunu kastediyor: { $id }.
}
named-renamed = { $kind ->
    [role] { $keys } içindeki { $name } rolünün adı artık { $now }, erişimi sürüyor. Oraya id'sini yaz: { $id }.
   *[channel] { $keys } içindeki { $name } kanalının adı artık { $now }, onu kullanmaya devam ediyorum. Oraya id'sini yaz: { $id }.
}
named-found = { $kind ->
    [role] Artık { $name } rolü var: { $id }. { $keys } erişimi onda, aynı adlı başka bir rol bunu alamaz.
   *[channel] Artık { $name } kanalı var: { $id }. { $keys } için onu kullanıyorum, aynı adlı başka bir kanalı değil.
}

## What the bot lacks on its server. $key is a key of [discord], $permissions are names of permissions in Discord.

need-write = #{ $channel } kanalına yazamıyorum ({ $key }). Orada bana şu izinleri ver: { $permissions }.
need-history = #{ $channel } kanalına yazdıklarımı geri okuyamıyorum ({ $key }), o yüzden uzun bir kesintiden sonra iki kez gelebilirler. Orada bana Mesaj Geçmişini Oku iznini ver.
need-give-roles = Bir admin isteği onayladığında { $role } rolünü veremiyorum. Rolüme Rolleri Yönet iznini ver.
need-rank = Bir admin isteği onayladığında { $role } rolünü veremiyorum, çünkü o rol benimkinin altında değil. Sunucu Ayarları, Roller bölümünde rolümü onun üstüne sürükle.
need-events = Discord bana bir üyenin ayrıldığını ya da rol kaybettiğini bildirmiyor, o yüzden her cihaz sahibini tek tek soruyorum. Uygulamanın Bot sayfasında Server Members Intent seçeneğini aç ve beni yeniden başlat.
need-commands = Sunucuda şu komutlarım yok: { $commands }. Beni yeniden başlat; işe yaramazsa bot ve applications.commands kapsamlarıyla (scopes) davet et.

# The line of the log that says that the bot works.

ready = { $name } içinde hazır
ready-wrong = { $name } içinde hazır, ama { $count } sorun var: { $reason }
ready-not-registered = Komutlar henüz kaydedilmedi.
ready-no-gateway = Gateway cevap vermiyor ({ $code }).
ready-private-address = Oyuncular özel bir adres alıyor: { $address }. İnternet ona ulaşamaz: [gateway] altında public_address değerini genel adres yap.
