"""What people call permission and its absence, in the languages of our users: the words of headers, cells, file names.

Stems (stems.py). Order within a block: English, German, French, Spanish, Portuguese, Italian, Dutch, Polish, Swedish,
Danish, Norwegian, Czech, Japanese, Chinese,
Russian. A word too many restricts somebody who had not asked for it; a word
too few mails somebody who had: in doubt it stands here.
"""

from contact_pipeline.wording.stems import Stems

# --- has left -----------------------------------------------------------------------------------------------------

LEFT = Stems("""
    asked_to_stop stop$ no_more nicht_mehr ne_plus no_mas nunca_mais non_piu niet_meer juz_nie uz_ne inte_langre
    ikke_laengere ikke_lenger больше_не もう 不再
    cancel cancell left$ left_the_list opsagt avslutt uppsagt meldt_av utmeldt wyrejestr optou_por_sair sair$ udelukk
    uteslut frabed motsatt tilbagetraek отказа$ отказ$ 停止 取消 拒 remover_da
    *unsubscr unsubs$ unsub$ unsubbed *optout opt_out opted_out opts_out opting_out sign_off signed_off sign_out_of
    signoff removed$ removed_from remove_me removal_request left_list stop_mail stop_contact objected objection
    withdrawn withdrew withdrawal revoked revocation cancelled_sub canceled_sub churned_from
    *abmeld *abgemeld *abbestell *abbestellt *widerspr *widerruf ausgetragen *austragung *ausgeschlossen kundigung
    *gekundigt *kuendig *gekuendigt storniert
    desabon desinscri desinscrit oppose$ opposee oppositio s_oppose retracte retractation retire_son
    retrait_du_consent retrait_consent consentement_retire radie$ radiation resilie
    baja$ bajas$ *desuscri dessuscri *dessubscri *desinscre desubscri *desapunta anulad oposicion se_opone revocad
    revocacion cancelacion_de cancelo cancelado cancelados_del$ borrad
    *descadastr *descadastro *descinscri cancelou cancelament remocao removid oposicao se_opoe revogad saiu_da saida_da
    *disiscri *disiscriz cancellat cancellaz disdett disdic rimoss rimozion opposizion si_oppone revocat revoca$
    annullat *desiscri disattivat
    *afmeld *afgemeld uitschrij *uitgeschrev *uitschrijv opgezegd bezwaar ingetrokken opzegg
    wypisan *wypis rezygn zrezygn sprzeciw wycofan cofnie odwolan zgoda_cofn usun usuniet
    *avregistr *avanmal *avanmald *avprenumer avbestall avslutad avsagt avsagd uppsagd aterkall aterkallat
    *frameld *afmeldt *udmeld afregistr *tilbagetrukk tilbagekald
    *avmeld *avmeldt *reservert reservasjon trukket_samtykk trukket_tilbake oppsagt
    *odhlas *odhlaseni odvolan odvola namitk vyrazen zrusen
    配信停止 配信解除 登録解除 購読解除 購読停止 受信拒否 受信停止 解除 退会 解約 停止希望 オプトアウト 拒否 配信拒否
    配信不要 不要 停止済
    退订 退訂 取消订阅 取消訂閱 取消关注 拒收 拒绝 拒絕 撤回 注销
    отписа отписк отписал отписался отпис отказал отказ_от отозва отозван отзыв возража
""")

# --- must not be contacted ----------------------------------------------------------------------------------------

BLOCKED = Stems("""
    *verbot reserveret_mod reserverad_mot reserverad_emot
    blocage *sparr *spaerr запрещ запрет 拉黑 uitsluit wyklucz wykreslon
    *blacklist black_list *blocklist block_list *denylist deny_list suppress *donotcontact *donotcall *donotmail
    *donotemail dnc$ dnd$ do_not_disturb do_not_track_mail excluded exclusion exclude_from blocked banned barred
    off_limits hands_off robinson tps$ ctps$ fps$ mps$
    *sperrlist *sperrliste *gesperrt *sperre sperr$ sperrvermerk *werbesperr *kontaktsperr *anrufsperr *blockiert
    *ausschluss negativliste
    liste_noire liste_rouge liste_d_opposition liste_opposition liste_repoussoir bloctel bloque exclu exclus
    lista_negra lista_robinson bloquead exclusion excluid lista_de_exclusion
    lista_negra lista_de_bloqueio bloqueio excluid nao_perturbe
    lista_nera bloccat blocco esclus registro_delle_opposizioni
    zwarte_lijst geblokkeerd blokkeer *blokkade bel_me_niet uitgesloten
    czarna_lista zablokowan blokad wykluczon zastrzezon
    sparr$ *sparrad *sparrlist sparrregist svartlist blockerad nix$ nix_register nixregist
    *blokeret sortlist robinsonlist sortelist
    *svartelist *blokkert *sperret *sperrelist
    cerna_listin blokovan zablokovan vyloucen
    ブラックリスト 配信不可 送信不可 連絡不可 電話不可 架電不可 架電禁止 送信禁止 連絡禁止 禁止 除外 配信除外 ng$
    電話ng 架電ng 連絡ng メールng 送信ng 配信ng 訪問ng dmng
    黑名单 黑名單 屏蔽 禁止 勿扰 勿擾 请勿 請勿 排除
    черный_спис черном_спис черн_спис заблокир блокир стоп_лист стоп_спис исключ
""")

# --- came back ----------------------------------------------------------------------------------------------------

BOUNCED = Stems("""
    on_hold
    gebounced afvist afviste avvist avviste non_recapitab エラーアドレス エラー onbezorgba odbici olevere недействит
    не_доставл ikke_leveres ikke_levert nelze_dorucit
    *bounce bouncing undeliver *undeliverable non_deliver not_deliver returned_mail return_to_sender mailer_daemon
    delivery_fail failed_delivery npai$
    *rucklauf *ruckläuf *ruecklauf *ruecklaeuf *unzustellbar *nicht_zustellbar zustellung_fehlgeschlagen
    zustellfehler
    rebond *rejete non_delivr non_distribu adresse_invalide retour_mail en_erreur_de_livraison
    rebotad rebote rebot devuelt no_entregad rechazad_por_servidor
    devolvid retornad nao_entreg rejeitad
    rimbalz respint non_recapitat mancat_recapit non_consegn
    onbestelbaar teruggestuurd *onbezorgbaar bouncend niet_bezorgd
    odbit zwrot zwrocon niedostarcz nie_dostarcz
    *studs studsat *obestallbar ej_levere inte_levere
    ikke_levere returneret afvist_mail uleveret
    ikke_levert returnert avvist_post uleverbar
    nedoruc *nedorucitel odrazen vracen vracene
    不達 バウンス エラーメール 配信エラー 配信失敗 未達
    退信 弹回 彈回 反弹 無法投遞 无法送达 无法投递 投递失败 硬退 软退
    недостав не_достав возврат отскок баунс
""")
HARD = Stems(
    "hard *hardbounce permanent perm$ fatal dauerhaft definiti duro dura rigido rigida twarde trwal hart$ harte fast$ "
    "tvrd ハード 恒久 永久 硬 постоянн жестк"
)
SOFT = Stems(
    "soft *softbounce temporary temp$ tempora transient block$ blocked weich voruberg vorueberg weiche suave "
    "temporaire "
    "morbido miekk miekki zacht zachte tijdelijk miekkie czasow mjuk blod midlertid forbigaende forbigående mekk "
    "docasn "
    "ソフト 一時 软 軟 临时 мягк временн mailbox_full"
)

# --- complained ---------------------------------------------------------------------------------------------------

COMPLAINED = Stems("""
    complain *spamreport spam_report marked_as_spam reported_as_spam spam$ abuse fbl$ feedback_loop junk_report
    *beschwerde *beschwert spam_meldung
    plaint signale_comme quejas$ queja$ denuncia reclama$ reclamac reclamo reclamation klacht klachten skarg
    zgloszon_spam klagomal klagat klage$
    klaget
    *spamklag *spamklach stiznost 苦情 迷惑メール報告 クレーム 投诉 投訴 举报 檢舉 жалоб пожаловал
""")

# --- may be contacted ---------------------------------------------------------------------------------------------

CONSENT = Stems("""
    permit povol zezwal *tilladelse *tillatelse godta godtar 可 てもよい 可以 能否 *samtyk allowed$
    consent *permission permitted allow approv opt_in opts_in opted_in *optin optedin agree$ agrees$ agreed agreement_to
    accept$ accepts accepting wants_ want_to may_we may_i may_be can_we can_be can_contact ok_to okay_to happy_to gdpr
    gdpr_ok
    mailable contactable marketable callable textable
    *einwillig *zustimm *erwunscht *gewunscht *erwuenscht *erlaub *erlaubnis genehmig darf$ durfen$ duerfen$
    akzeptiert einverst *einverstand dsgvo
    *freigabe
    *kontaktierbar
    consentem autoris accepte accord$ peut_on pouvons_nous rgpd souhait accepte_de contactable_par
    consentim permis autoriz acept acuerdo puede_ podemos_ desea quiere lgpd
    consentiment permiss autoriz aceit concord pode_ podemos_ deseja quer$
    consens permess autorizz accett acconsent possiamo_ puo_essere vuole desidera
    *toestemm toegestaan akkoord mag$ mogen_we wil_ontvang gewenst avg$
    zgod pozwol akcept wyraza czy_mozemy mozna_ rodo$ chce zyczy
    samtyck tillat tillåt godkann far_vi_ vill_ha
    samtykk tillad godkend ma_vi_ accepterer onsker_
    samtykk tillat godkjen kan_vi_ onsker_
    souhlas povolen svolen smime_ muzeme_ chce$ preje_si prijima_ opravnen
    同意 許可 許諾 承諾 希望 可否 受信可 配信可 連絡可
    同意 允许 允許 许可 許可 授权 授權 愿意 接受 接收
    соглас разреш можно_ допуст хочет желает получать
""")
# With a channel: may it be used?
MODAL = Stems(
    "enabled activated aktiviert activado attivat wlaczon 有効化 启用 "
    "may$ can$ darf$ kann$ peut$ puede pode$ puo$ mag$ kan$ far$ ma$ moze$ muze$ smi$ 能 можно"
)
# Being on a list, or a kind of message: yes and no stand in the cells.
WANTED = Stems("""
    *markedsfor *marknadsfor odebir geabonne prospection prospecc prospezion
    *newsletter subscri *mailinglist mailing_list marketing promo special_offers offers$ advert email_blast news$ digest
    updates$ active_sub
    abonn *angemeldet *anmeldung *werbung *werbe *rundbrief *infobrief *infopost *verteiler$ *mailing$ empfanger$
    eingetragen
    inscrit inscription infolettre offres publicit lettre_d_info lettre_d_inform
    suscri subscri boletin publicidad ofertas promocion
    inscri assina boletim informativo publicidade propaganda ofertas promoc
    iscri abbona bollettino pubblicit offerte promoz
    abonn *ingeschrev *inschrij *aangemeld *nieuwsbrief reclame aanbieding mailinglijst
    zapisan subskryb subskryp biuletyn reklam ofert promoc newsletter
    prenumer *nyhetsbrev reklam erbjudand *utskick
    tilmeld *nyhedsbrev reklame abonn tilbud$ tilbudsmail
    pameld *nyhetsbrev reklame abonn
    odber prihlasen novink zpravodaj reklam obchodni_sdel
    購読 メルマガ メールマガジン ニュースレター 配信 案内送付 お知らせ
    订阅 訂閱 电子报 電子報 营销 營銷 推广 推廣 广告 廣告 简报
    подпис рассылк реклам новост
""")
# Somebody else's messages, or of somebody else: a no says nothing about ours.
THIRD_PARTY = Stems(
    "partner third_part 3rd_party dritt drittanbiet tiers partenaire tercero terceir terzi derden partnerow trzec "
    "tredje treti 第三者 第三方 третьих партнер"
)

# --- no -----------------------------------------------------------------------------------------------------------

NOT = Stems("""
    against$ gegen$ contre$ contra$ contro$ tegen$ przeciw$ proti$ mot$ emot$ mod$ imod$ против$
    noemail nomail nocall nophone nocontact noads nospam nosms nonewsletter nomarketing nopublic nopubbl sinpublic
    sempublic sanspub pasdepub pasdemail
    nej$ nein$ nei$ nee$ niente$ nessun *unerwunscht *unerwuenscht unwanted *oonsk neprijima refuse$ recusa rifiuta
    odmita
    not$ dont$ don_t never$ without$ cannot$ can_t cant$ non$ refus declin reject deny denied denies disallow disagree
    unwilling prohibit forbid
    nicht kein niemals$ ohne$ verweiger abgelehnt untersag verbot
    pas$ jamais$ sans$ aucun ne$
    nunca$ sin$ ningun rechaz negad prohib denegad no_ser
    nao$ sem$ nunca$ recus proibi nega
    mai$ senza$ rifiut vietat nega
    niet$ geen nooit$ zonder$ geweiger verbod
    nie$ bez$ brak$ zakaz odmow
    inte$ ej$ aldrig$ ingen$ inga$ utan$ nekat forbjud avbojt
    ikke$ aldrig$ ingen$ intet$ uden$ afslaet forbud
    ikkje$ aldri$ ingen$ uten$ avsla forbudt
    neposil nevol nekontakt nesouhl nechce nepreje nesmi nezasil nedovol nevolat neni$ bez$ zadn zakaz odmit
    しない 不可 不要 無し なし 未 禁止 いいえ ない$
    不 未 勿 没有 沒有 否 无
    не$ нельзя никогда без$ запрет
""")
# `no` means a negation before what it negates, and a number behind it (Phone No, Contact no.): Spanish and Italian too.
# In Portuguese it is `in the` behind a word of being entered.
NO_BEFORE = r"(?<!inscrito )(?<!inscrita )(?<!cadastro )(?<!cadastrado )(?<!registro )(?<= )no (?=[a-z])"

# One word that says both, as Czech does.
NOT_CONTACTED = Stems("nevol nevolejte neposil nezasil nekontakt nerusit nepis")

# Switched off, where a channel stands beside it.
OFF = Stems(
    "disabled deactivat deaktiv inaktiv inactive desactiv disattiv inativ desativ uitgeschakeld wylacz nieaktyw "
    "avaktiver deaktiver vypnut neaktiv 無効 無效 停用 禁用 отключ неактив"
)

# --- channels -----------------------------------------------------------------------------------------------------

EMAIL = Stems("""
    *email e_mail e_mails *mailing mail$ mails$ mailen$ mailbox mailed *newsletter *mailadress correo courriel mel$
    posta_elettron
    electronic correio emaile mejl mejle *epost e_post e_posta sahkopost spam bulk_mail messaging *rundbrief
    メール メルマガ eメール 邮件 郵件 邮箱 電郵 电邮 почт рассылк имейл емейл
""")
PHONE = Stems("""
    chamad *ringd *uppring ringas ringes
    *phone *rufnummer call$ calls$ calling called cold_call telemark dial voice tel$ *telefon telefoon *anruf
    *angerufen anrufen appel$ appels$
    appele appeler telephon llamar llamad llame llamen telefon ligar liga$ ligac ligacoes chiama telefona bellen$
    belt$ gebeld
    dzwon zadzwon telefonicz ringa$ ringas ringes ring$ opkald oppring samtal telefonsamtal volat volan hovor volat
    volej 電話 架電 通話 コール
    电话 電話 通话 звон телефон позвон cellphone handy movil celular komork
""")
SMS = Stems(
    "sms$ smsen *sms texts$ texting text_messag text_me texted short_messag ショートメッセージ 短信 簡訊 смс mms$"
)
POST = Stems(
    "post$ postal postmail *briefpost brief$ briefe$ letter$ direct_mail courrier$ correo_postal postalisch posta_ord "
    "fax faxes"
)
CONTACT = Stems("""
    send$ sends sende$ senden zusend verschick versend schreib write writing envoi envoy ecrire enviar envio inviare
    invio scriver escrib escrev stuur sturen verzend schrijv wysyl pisac skicka skriv posil zasil psat 送 发送 發送 写
    отправл присыл писать слать контакт *contattar
    contact contat disturb solicit approach *kontakt *kontaktier anschreib ansprech contacter solliciter contactar
    molestar
    contattar
    disturbar benader contacteer kontaktowa kontakta kontakte kontaktov oslov 連絡 勧誘 联系 聯繫 联络 打扰 связ беспоко
""")

# --- what kind of column it is ------------------------------------------------------------------------------------

WHEN = Stems("""
    date dated$ at$ on$ time timestamp ts$ since$ when$ dt$ until$
    datum *datum$ am$ zeitpunkt *zeitpunkt seit$ uhrzeit vom$ le$ depuis$ heure fecha *fecha hora$ desde$ dia$ data$
    em$ il$ dal$
    op$ sinds$ dnia$ od$ kiedy$ tid$ den$ nar$ dato *dato$ tidspunkt dne$ kdy$ cas$ 日時 日付 年月日 日 時刻 日期 时间
    時間 时刻 дата
    время когда
""")
WHY = Stems("""
    reason why$ comment note$ notes$ cause feedback *grund$ begrundung bemerkung motif raison commentaire motivo causa
    razon
    commento nota$ reden opmerking powod przyczyn uwagi anledning orsak arsag bemaerk arsak merknad duvod poznam
    理由 原因 備考 备注 причин коммент
""")
RATE = Stems("rate$ ratio score percent taux tasa taxa tasso wskaznik andel podil 率 比率 рейтинг процент")
HOW_MANY = Stems(
    "count number_of total$ anzahl nombre_de nb$ num$ cantidad quantidade numero_di numero_de numero_di aantal liczba "
    "antal "
    "antall pocet 回数 件数 次数 数量 количеств *count$ percent"
)
STATUS = Stems(
    "status *status$ state$ statut estado situacao situacion situaz stato lage$ lege$ "
    "stan$ stav$ tilstand tillstand zustand 状态 狀態 状態 "
    "ステータス 状況 статус состоян"
)
# A status of these says nothing about messages.
OTHER_THING = Stems("""
    order payment invoice ship deliver employ marital project deal$ ticket stock product task visa account_balance
    *bestell *zahlung *rechnung *versand *liefer *auftrag beschaft familien commande paiement facture livraison pedido
    pago$ factura envio civil pagamento fatura entrega ordine fattura spedizion consegna bestelling betaling levering
    zamowien platnosc faktur dostaw betalning leverans ordre betaling objednav platb dodav 注文 支払 配送 订单 付款 发货
    заказ оплат достав
""")
KIND = Stems(
    "type$ typ$ kind$ art$ tipo category categor code$ klasse soort rodzaj slag druh 種別 種類 タイプ 类型 類型 тип "
    "вид *type$"
)
# What somebody did with a message, or what a paid subscription is: no permission either way.
ENGAGED = Stems(
    "department budget team$ manager agency agentur abteilung spend$ channel$ sent$ open opened click delivered "
    "replied replies last_ first_ recent viewed read$ plan$ price amount renewal tier "
    "geoffnet geklickt gesendet letzte letzter zuletzt ouvert clique envoye dernier abierto clic enviado ultim aberto "
    "inviat apert geopend verzonden wyslan otwart skickad oppnad sendt apnet odeslan 開封 送信数 打开 点击 открыт "
    "отправлен"
)
# Columns beside a permission that give or take none: where it was given, and how one leaves.
BESIDE = Stems("""
    link$ url$ uri$ token hash$ campaign *link$ ip$ ipaddress ip_addr source$ origin method version text$ wording
    form$ page$
    document proof evidence language id$ uuid guid by$ agent
    quelle *quelle$ *nachweis herkunft version$ lien source_du enlace fuente origen version fonte origem origine bron
    zrodlo
    kalla kilde zdroj リンク 経路 出典 链接 来源 ссылк источник
""")
# A word about all channels, where none is named; the others of LEFT are about messages.
EVERYWHERE = Stems("""
    *optout opt_out opted_out opts_out opting_out object withdr revo *widerspr *widerruf oppos oposi revoc retract
    sprzeciw wycof
    cofnie odwol aterkall reserv tilbagekald namitk odvol bezwaar ingetrokken 拒否 オプトアウト 拒绝 拒絕 撤回 отказ
    возраж отоз отзыв
    contact disturb *kontakt *sperr *blacklist *blocklist suppress robinson exclu black_list block_list liste_noire
    lista_n
    连络 连絡 連絡 联系 黑名 ブラック черн
""")
OF_CALLS = Stems("dnc$ tps$ ctps$ nix$ nix_register bloctel *anrufsperr bel_me_niet registro_delle 架電")
# --- a state of things that nobody need fear ----------------------------------------------------------------------
FINE = Stems("""
    alta$ anmald geabonne активен
    active$ activ$ activated enabled confirmed verified valid$ ok$ okay$ good$ deliver live$ current$ open$ new$
    member customer client
    lead$ leads$ prospect subscriber contact$ contacted qualified working engaged registered vip$ regular won$
    opportunity in_progress
    partner supplier evangelist guessed extrapolated catch_all accept_all unknown$ unverified unavailable risky
    user_managed likely
    pending_verif normal standard
    aktiv aktivert bestatigt gultig kunde kunden interessent neu$ neukunde mitglied registriert bestandskunde
    stammkunde lieferant
    actif active confirme valide nouveau membre fournisseur activo activa confirmad valido vigente nuevo miembro socio
    proveedor
    ativo ativa confirmado novo membro fornecedor attivo attiva confermat nuovo fornitore iscritto actief bevestigd
    geldig klant nieuw
    lid$ leverancier aktywn potwierdz wazny klient nowy czlonek dostawca bekraftad giltig kund$ ny$ medlem leverantor
    bekraeftet gyldig
    leverandor bekreftet aktivni potvrz platn zakaznik novy clen dodavatel 有効 アクティブ 確認済 顧客 会員 新規 見込
    購読中 登録済 配信中
    活跃 正常 有效 已确认 客户 會員 会员 新 已订阅 активн подтвержд клиент новый участник действ
""")
# What a checker says of an address, good or bad: its claim, and no word of the person's.
CHECKED = Stems("""
    *valid *verif *deliver catch_all catchall accept_all acceptall ok_for_all unknown unavailable not_unavailable risky
    risk$ guessed extrapolated questionable likely update_required new_data user_managed disposable temporary role
    webmail free$ syntax no_mx mx_ dns smtp timeout time_out greylist full$ mailbox_ inbox_ does_not_exist
    not_exist not_found no_such nxdomain spamtrap spam_trap honeypot toxic do_not_mail safe$ bad$ poor$ good$ high$
    medium$ low$ unchecked not_checked pending_manual pending_check pending_verif error processing retry
    ungultig gultig unbekannt gepruft ungepruft nicht_pruf existiert zustellbar wegwerf fehler riskant
    inconnu introuvable jetable erreur distribuable risque
    valid invalid desconocid inexistent entregable desechable riesg
    desconhecid entregavel descartavel arrisc
    sconosciut inesistent consegnabil usa_e_getta rischi
    geldig ongeldig onbekend bestaat bezorgbaar wegwerp
    wazn niewazn poprawn niepoprawn nieznan istniej dostarczal jednorazow zweryfik ryzyk
    giltig ogiltig okand finns leveransbar leverbar
    gyldig ugyldig ukendt ukjent findes finnes leveringsdygtig kontroller
    platn neplatn neznam existuje dorucitel overen jednorazov
    有効 無効 不明 検証 存在しない 使い捨て エラー 有效 无效 無效 未知 验证 驗證 不存在 一次性
    действит недейств неизвест существует провер доставля одноразов
""")
