"""How mail systems put it that a mail came back, waits, or is answered by a machine: words and forms of lines, as data.

Sources: the manuals and sources of Postfix, Exim, sendmail, qmail, Courier, OpenSMTPD, DragonFly, Apache James,
Exchange, Domino, Notes, GroupWise, Messaging Server, IMail and Zimbra; what the large providers write; RFC 3834 and
5230 for answers by machines. Patterns are for lower-case text, gaps are bounded.
"""

import re

# Who writes reports, by the display name or the account of From.
REPORTING_NAMES = re.compile(
    r"mailer[-_ ]?da?e?mon|mail[-_ ]?da?e?mon|post[-_ ]?master|mail (delivery|deliver|transfer|router|system|"
    r"administrator|gateway)|delivery (sub)?-?system|internet mail|system administrator|mdaemon|bounce|mail_system|"
    r"smtp ?server|e?mail (notification|filter|security)|microsoft exchange|mmsc|interscan|returned mail|"
    r"delivery (notification|status)"
)
REPORTING_SUBJECTS = re.compile(
    r"undeliver|not deliver|non[- ]?deliver|returned? (e-?)?mail|mail.{0,20} return|returning message|"
    r"delivery.{0,30}(fail|problem|error|notification|status|report|delay|has|warning)|fail.{0,20}(deliver|notice|"
    r"notification|mail)|(mail|message|send).{0,20}(fail|could not|couldn.t|not be|error|delay|problem|rejected|"
    r"blocked)|could(n.t| not) (be )?(deliver|send|sent)|bounce|unknown (user|address|recipient|mailbox)|"
    r"user unknown|address.{0,10}(unknown|invalid|error)|mailbox (full|unavailable)|unzustellbar|nicht zugestellt|"
    r"zustellung|unzustellbare|retour|non remis|.chec|non distribu|no entregado|devuelto|mancato recapito|no se pudo|"
    r"impossibile recapit|n.o entregue|devolvid|niedor.cz|nedoru|olevererbar|onbestelbaar|退信|未送达|配信|配送|"
    r"エラー|送信できません|"
    r"недоставлен|не доставлен|возвращ|undelivered|message status|mail error"
)
# A sentence that introduces the addresses which failed, or says so beside one.
FAILURE = re.compile(
    r"(could|can|would|did|was|were|been|be|is|are|has|have)\s?(not|n.t)\s.{0,40}(deliver|sent|send|reach|receiv|"
    r"accept|route|complete|process|forward|find|match)|cannot (be )?(deliver|send|sent|reach|find)|"
    r"can.t (be )?(deliver|send|sent)|unable to (deliver|send|route|contact|relay|find|reach|complete|forward)|"
    r"undeliver|not (be )?delivered|fail(ed|ure|s)?\b.{0,60}(deliver|address|recipient|send|reach|permanent|mail|"
    r"following|for)|deliver(y|ing|ed)?\b.{0,60}(fail|error|problem|unsuccess|abort|impossible|has been)|(address|"
    r"recipient|user|mailbox|account)\S{0,3}.{0,40}(fail|fatal error|errors?\b|problem|reject|unknown|not found|"
    r"invalid|not exist|unavailable|disabled|full|over quota|exceed|affected|not listed)|(unknown|invalid|no such|"
    r"bad|illegal|nonexistent|over quota).{0,20}(user|recipient|address|mailbox|account|host|domain)|no such|"
    r"not exist|not a valid|doesn.t exist|returned to (you|sender)|rejected|user unknown|was not|trouble delivering|"
    r"problem|postponed|deferred|delayed|permanent(ly)? (error|fail|fatal)|returned because|no mailbox|"
    r"error (has )?occurred|sorry|reason:|error:|non-delivery|non-recept|not accepted|zugestellt|zustell|unzustell|"
    r"fehlgeschlagen|nicht erreicht|n.a pas|impossible|n.ont pas|pas pu|no se (ha )?p[ou]d|failure reason|"
    r"kon(den)? niet|niet bezorgd|bezorgd worden|nepoda|iletilemedi|edilemedi|kunne ikke|kunde inte|ei voitu|"
    r"nem siker|no pudo|impossibile|non . stato|n.o (foi|p.de)|nie (mo|zosta)|niedor|не может быть|не удалось|"
    r"не было|送信できません|配信できません|届け|失敗|無法|无法|退回|投递"
)
# An answer of an SMTP server on the line: the code first, or behind `said:`, `<<<`, `ERROR_CODE :`.
REPLY_ON_LINE = re.compile(r"(?:^|[\s<>:;#(\"'=])[45]\d\d(?:[ \-:,#]|$)|(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.])")
# Only a warning: the mail is still on its way.
WAITING = re.compile(
    r"will (keep|continue) (on )?(try|attempt|to try)|(will|to) (be )?retr(y|ied) (again|until|for)|"
    r"still (be )?(trying|in the queue)|this is a warning( message)? only|you do not need to resend|"
    r"attempts (to deliver )?.{0,30}will continue|no action is required on your part|"
    r"message (still )?(undelivered after|delayed)|delivery (is |has been |was )?delayed|has not yet been delivered|"
    r"warning: could not send|not yet been delivered|keep trying"
)
GIVEN_UP = re.compile(
    r"permanent|giving up|given up|gave up|retry time(out)? (not reached|exceeded)|will not be retried|"
    r"no further attempts|too long in the queue|in the queue too long|has expired"
)
# Answers of a machine for a person. RFC 3834 has a header for them that half of them do not set.
AWAY_SUBJECTS = re.compile(
    r"out of (the )?office|out-of-office|^ooo\b|auto(matic|matische?|matique|m.tica)?[- ]?(reply|response|respond|"
    r"answer|antwort)|autom?a?t?\w{0,10} (reply|response|answer|antwort\w*|antwoord|svar|vastaus|odpowied.)|"
    r"autoreply|auto:|vacation|(on|am|bin) (vacation|holiday|leave|urlaub)|away from|i am away|i.m away|annual leave|"
    r"maternity leave|parental leave|abwesen|nicht im (b.ro|haus)|urlaub|automatische antwort|r.ponse automatique|"
    r"absence|absent|en cong|cong.s|fuera de (la )?oficina|respuesta autom|ausencia|ausente|risposta automatica|"
    r"fuori (sede|ufficio)|assenza|assente|resposta autom|aus.ncia|f.rias|afwezig|automatisch antwoord|niet aanwezig|"
    r"frav.r|autosvar|automatisk(t)? svar|fr.nvaro|poissa|poissaolo|nieobecno|autorespond|auto-?odpowied|"
    r"automatick. odpov|nep..tomnost|automatikus v.lasz|rasp?uns automat|otomatik yan.t|.zindeyim|автоответ|"
    r"автоматический ответ|отпуск|нет на месте|автовідповід|自動返信|自動応答|不在|休暇|自动回复|自動回覆|外出|"
    r"부재중|자동 ?(응답|회신)|رد تلقائي|"
    r"מענה אוטומטי|αυτόματη απάντηση"
)
AWAY_HEADERS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply",
    "x-autoreply-from",
    "x-mail-autoreply",
)
# Where the original begins, if it is not a part of its own. The line is looked at without dashes and quoting around it.
ORIGINAL_BEGINS = re.compile(
    r"(?:below (?:this line )?is (?:a|the) copy|this is a copy of (?:the|your)|copy of (?:the |"
    r"your )?(?:original )?message|(?:the )?original (?:message|mail)(?: (?:follows|headers?|text|body|info|"
    r"as follows|attached|is (?:included|following|attached|below)|details))?\s?[:.]?\s?-*$|original mail (?:info|"
    r"as follows)|unsent message (?:follows|below)|(?:start of )?returned message\b|returned (?:mail|message|content|"
    r"text) (?:follows|begins)|undelivered message (?:follows|below|headers?)|message (?:headers?|text|body|"
    r"contents?) (?:follows?|is|are|were)|(?:the )?(?:first|headers?).{0,30}(?:of|from) (?:the |your )(?:original |"
    r"undelivered |returned |unsent )?(?:message|mail)|your (?:original )?(?:message|mail) (?:follows|reads|"
    r"\(.{0,20}\) follows|header)|(?:the )?text of (?:the|your) (?:message|mail)|forwarded message|"
    r"no message was collected|here is (?:a|your|the) (?:copy|original|returned|message)|included (?:is|below) |"
    r"message (?:is )?(?:attached|enclosed|returned|follows)|body of (?:the )?(?:returned|original|message)|"
    r"ursprüngliche (?:nachricht|mail)|message (?:original|d.origine)|mensaje original|元のメッセージ|原始邮件|"
    r"content-type: (?:message/rfc822|text/rfc822-headers))",
    re.IGNORECASE,
)
# Or its header begins, which is indented only where a report quotes a field or two of it.
HEADER_BEGINS = re.compile(
    r"(?:> ?)?(?:return-path: ?<|received: (?:from|by|\()|message-id: ?<|mime-version: 1)", re.IGNORECASE
)
# Lines on which addresses stand that are not the recipient.
OTHERS = re.compile(
    r"^\W{0,10}(from|sender|reply-to|return-path|mail from|mail-from|message-?id|in-reply-to|references|received|cc|"
    r"bcc|errors-to|to|subject|date|reporting-mta|original-envelope-id|x-[\w-]{1,40}|by|envelope-from|"
    r"list-[\w-]{1,20}|signed-by|content-[\w-]{1,30}|von|de|da|return receipt)\s?[:=]|mail from:|"
    r"\bfrom (the )?sender|\b(contact|e-?mail|mail|write( to)?|forward(ed)?( \w{1,12}){0,4} to|"
    r"send( \w{1,12}){0,6} to|reply to|report(ed)?( \w{1,12}){0,3} to|call|assistance|questions?|ask|notify|inform|"
    r"help|support|wenden|kontakt\w{0,6}|contactez|contacte)\b[^<@]{0,30}<?@$|questions|assistance|contact (your|the|"
    r"us|me|our)|for (more|further) (information|help)|please (contact|e-?mail|send|forward|write|direct)|postmaster|"
    r"administrator|wenden sie|\bhelpdesk\b|\b(message|mail|sent|received|was|submitted) from <?@|hi\. this is the|"
    r"this is the .{0,40}(program|system) at"
)
# In front of an address, at the beginning of a line: RECIPIENT_LABEL says it by itself, LABEL only with other evidence.
RECIPIENT_LABEL = re.compile(
    r"^\W{0,12}((the )?(failed |original |final |intended |invalid |unknown |destination |bad |"
    r"envelope )?(e-?mail )?(recipients?|rcpt|destinataire|empf.nger|destinatario|宛先|"
    r"收件人)( e-?mail)?( address(es)?|"
    r" name|\(s\)|\(es\))?|rcpt to|addressed to|unknown user|invalid final delivery userid|undeliverable to|"
    r"could not be delivered to|original address|error-for|(failed|unknown|invalid|bad|"
    r"recipient) address(es)?)\s?(is|was)?[:= ]\s?\W{0,5}(smtp:|mailto:)?@"
)
LABEL = re.compile(
    r"^\W{0,12}((the )?(e-?mail ?)?(address(es)?|user|account|mailbox|alias)( address| name|\(e?s\))?|e-?mail)\s?[:=]"
)
# In front of an address, anywhere on a line.
BESIDE = re.compile(
    r"(addressed( to)?|generated from|expanded from|intended for|recipient( address)?|deliver(y|ed|"
    r"ing)?( \w{1,10}){0,4} to|smtp=|reach|(message|mail) to|mailbox( for)?|user(name)?|account|address|"
    r"mail box)\W{0,6}$"
)
# A report that says of which address of ours a failed one came about (Exim, Postfix): that one is whom the mail was
# for.
CAME_FROM = re.compile(r"\((?:ultimately )?(?:generated|expanded) from:? ?<?@")
