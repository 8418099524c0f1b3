"""How mail systems put it that a mail came back, waits, or is answered by a machine: words and forms of lines, as data.

Sources: the manuals and sources of Postfix, Exim, sendmail, qmail, Courier, OpenSMTPD, DragonFly, Apache James,
Exchange, Domino, Notes, GroupWise, Messaging Server, IMail and Zimbra; what the large providers write; RFC 3834 and
5230 for answers by machines. Patterns are for lower-case text, gaps are bounded.
"""

import re

# Who writes reports, by the display name or the account of From.
REPORTING_NAMES = re.compile(
    r"mailer[-_ ]?da?e?mon|mail[-_ ]?da?e?mon|post[-_ ]?master|mail (delivery|deliver|transfer|router|system|"
    r"administrator|"
    r"gateway)|delivery (sub)?-?system|internet mail|system administrator|mdaemon|bounce|mail_system|smtp ?server|"
    r"e?mail (notification|filter|security)|microsoft exchange|mmsc|interscan|returned mail|"
    r"delivery (notification|status)"
)
REPORTING_SUBJECTS = re.compile(
    r"undeliver|not deliver|non[- ]?deliver|returned? (e-?)?mail|mail.{0,20} return|returning message|"
    r"delivery.{0,30}(fail|problem|"
    r"error|notification|status|report|delay|has|warning)|fail.{0,20}(deliver|notice|notification|mail)|(mail|"
    r"message|send).{0,20}"
    r"(fail|could not|couldn.t|not be|error|delay|problem|rejected|blocked)|could(n.t| not) (be )?(deliver|send|"
    r"sent)|bounce|"
    r"unknown (user|address|recipient|mailbox)|user unknown|address.{0,10}(unknown|invalid|error)|mailbox (full|"
    r"unavailable)|"
    r"unzustellbar|nicht zugestellt|zustellung|unzustellbare|retour|non remis|.chec|non distribu|no entregado|devuelto|"
    r"mancato recapito|no se pudo|impossibile recapit|n.o entregue|devolvid|niedor.cz|nedoru|olevererbar|onbestelbaar|"
    r"退信|未送达|配信|配送|エラー|送信できません|недоставлен|не доставлен|возвращ|"
    r"undelivered|message status|mail error"
)
# A sentence that introduces the addresses which failed, or says so beside one.
FAILURE = re.compile(
    r"(could|can|would|did|was|were|been|be|is|are|has|have)\s?(not|n.t)\s.{0,40}(deliver|sent|send|reach|receiv|"
    r"accept|"
    r"route|complete|process|forward|find|match)|cannot (be )?(deliver|send|sent|reach|find)|"
    r"can.t (be )?(deliver|send|sent)|"
    r"unable to (deliver|send|route|contact|relay|find|reach|complete|forward)|undeliver|not (be )?delivered|"
    r"fail(ed|ure|s)?\b.{0,60}(deliver|address|recipient|send|reach|permanent|mail|following|for)|"
    r"deliver(y|ing|ed)?\b.{0,60}(fail|error|problem|unsuccess|abort|impossible|has been)|"
    r"(address|recipient|user|mailbox|account)\S{0,3}.{0,40}(fail|fatal error|errors?\b|problem|reject|unknown|"
    r"not found|"
    r"invalid|not exist|unavailable|disabled|full|over quota|exceed|affected|not listed)|"
    r"(unknown|invalid|no such|bad|illegal|nonexistent|over quota).{0,20}(user|recipient|address|mailbox|account|"
    r"host|domain)|"
    r"no such|not exist|not a valid|doesn.t exist|returned to (you|sender)|rejected|user unknown|was not|"
    r"trouble delivering|problem|"
    r"postponed|deferred|delayed|permanent(ly)? (error|fail|fatal)|returned because|no mailbox|"
    r"error (has )?occurred|sorry|reason:|error:|non-delivery|non-recept|not accepted|"
    r"zugestellt|zustell|unzustell|fehlgeschlagen|nicht erreicht|n.a pas|impossible|n.ont pas|pas pu|"
    r"no se (ha )?p[ou]d|failure reason|kon(den)? niet|niet bezorgd|bezorgd worden|nepoda|iletilemedi|edilemedi|"
    r"kunne ikke|"
    r"kunde inte|ei voitu|nem siker|"
    r"no pudo|impossibile|non . stato|n.o (foi|p.de)|nie (mo|zosta)|niedor|не может быть|не удалось|не было|"
    r"送信できません|配信できません|届け|失敗|無法|无法|退回|投递"
)
# An answer of an SMTP server on the line: the code first, or behind `said:`, `<<<`, `ERROR_CODE :`.
REPLY_ON_LINE = re.compile(r"(?:^|[\s<>:;#(\"'=])[45]\d\d(?:[ \-:,#]|$)|(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.])")
# Only a warning: the mail is still on its way.
WAITING = re.compile(
    r"will (keep|continue) (on )?(try|attempt|to try)|(will|to) (be )?retr(y|ied) (again|until|for)|"
    r"still (be )?(trying|in the queue)|"
    r"this is a warning( message)? only|you do not need to resend|attempts (to deliver )?.{0,30}will continue|"
    r"no action is required on your part|message (still )?(undelivered after|delayed)|delivery (is |has been |"
    r"was )?delayed|"
    r"has not yet been delivered|warning: could not send|not yet been delivered|keep trying"
)
GIVEN_UP = re.compile(
    r"permanent|giving up|given up|gave up|retry time(out)? (not reached|exceeded)|will not be retried|"
    r"no further attempts|"
    r"too long in the queue|in the queue too long|has expired"
)
# Answers of a machine for a person. RFC 3834 has a header for them that half of them do not set.
AWAY_SUBJECTS = re.compile(
    r"out of (the )?office|out-of-office|^ooo\b|auto(matic|matische?|matique|m.tica)?[- ]?(reply|response|"
    r"respond|answer|antwort)|"
    r"autom?a?t?\w{0,10} (reply|response|answer|antwort\w*|antwoord|svar|vastaus|odpowied.)|autoreply|auto:|vacation|"
    r"(on|am|bin) (vacation|holiday|leave|urlaub)|away from|i am away|i.m away|annual leave|maternity leave|"
    r"parental leave|"
    r"abwesen|nicht im (b.ro|haus)|urlaub|automatische antwort|r.ponse automatique|absence|absent|en cong|cong.s|"
    r"fuera de (la )?oficina|respuesta autom|ausencia|ausente|risposta automatica|fuori (sede|ufficio)|assenza|assente|"
    r"resposta autom|aus.ncia|f.rias|afwezig|automatisch antwoord|niet aanwezig|frav.r|autosvar|"
    r"automatisk(t)? svar|fr.nvaro|"
    r"poissa|poissaolo|nieobecno|autorespond|auto-?odpowied|automatick. odpov|nep..tomnost|automatikus v.lasz|"
    r"rasp?uns automat|otomatik yan.t|.zindeyim|автоответ|автоматический ответ|отпуск|нет на месте|автовідповід|"
    r"自動返信|自動応答|不在|休暇|自动回复|自動回覆|外出|부재중|자동 ?(응답|회신)|"
    r"رد تلقائي|מענה אוטומטי|αυτόματη απάντηση"
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
    r"your )?(?:original )?message|"
    r"(?:the )?original (?:message|mail)(?: (?:follows|headers?|text|body|info|as follows|attached|"
    r"is (?:included|following|"
    r"attached|below)|details))?\s?[:.]?\s?-*$|original mail (?:info|as follows)|unsent message (?:follows|below)|"
    r"(?:start of )?returned message\b|returned (?:mail|message|content|text) (?:follows|begins)|"
    r"undelivered message (?:follows|"
    r"below|headers?)|message (?:headers?|text|body|contents?) (?:follows?|is|are|were)|(?:the )?(?:first|"
    r"headers?).{0,30}"
    r"(?:of|from) (?:the |your )(?:original |undelivered |returned |unsent )?(?:message|mail)|"
    r"your (?:original )?(?:message|mail) "
    r"(?:follows|reads|\(.{0,20}\) follows|header)|(?:the )?text of (?:the|your) (?:message|mail)|forwarded message|"
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
    r"^\W{0,10}(from|sender|reply-to|return-path|mail from|mail-from|message-?id|in-reply-to|references|received|"
    r"cc|bcc|"
    r"errors-to|to|subject|date|reporting-mta|original-envelope-id|x-[\w-]{1,40}|by|envelope-from|"
    r"list-[\w-]{1,20}|signed-by|"
    r"content-[\w-]{1,30}|von|de|da|return receipt)\s?[:=]|mail from:|\bfrom (the )?sender|"
    r"\b(contact|e-?mail|mail|write( to)?|forward(ed)?( \w{1,12}){0,4} to|send( \w{1,12}){0,6} to|reply to|"
    r"report(ed)?( \w{1,12}){0,3}"
    r" to|call|assistance|questions?|ask|notify|inform|help|support|wenden|kontakt\w{0,6}|contactez|contacte)\b"
    r"[^<@]{0,30}<?@$|questions|assistance|contact (your|the|us|me|our)|for (more|further) (information|help)|"
    r"please (contact|"
    r"e-?mail|send|forward|write|direct)|postmaster|administrator|wenden sie|\bhelpdesk\b|"
    r"\b(message|mail|sent|received|was|submitted) from <?@|hi\. this is the|this is the .{0,40}(program|system) at"
)
# In front of an address, at the beginning of a line: RECIPIENT_LABEL says it by itself, LABEL only with other evidence.
RECIPIENT_LABEL = re.compile(
    r"^\W{0,12}((the )?(failed |original |final |intended |invalid |unknown |destination |bad |envelope )?(e-?mail )?"
    r"(recipients?|rcpt|destinataire|empf.nger|destinatario|宛先|收件人)( e-?mail)?( address(es)?| name|\(s\)|"
    r"\(es\))?|rcpt to|"
    r"addressed to|unknown user|invalid final delivery userid|undeliverable to|could not be delivered to|"
    r"original address|"
    r"error-for|(failed|unknown|invalid|bad|recipient) address(es)?)\s?(is|was)?[:= ]\s?\W{0,5}(smtp:|mailto:)?@"
)
LABEL = re.compile(
    r"^\W{0,12}((the )?(e-?mail ?)?(address(es)?|user|account|mailbox|alias)( address| name|\(e?s\))?|e-?mail)\s?[:=]"
)
# In front of an address, anywhere on a line.
BESIDE = re.compile(
    r"(addressed( to)?|generated from|expanded from|intended for|recipient( address)?|deliver(y|ed|"
    r"ing)?( \w{1,10}){0,4} to|"
    r"smtp=|reach|(message|mail) to|mailbox( for)?|user(name)?|account|address|mail box)\W{0,6}$"
)
# A report that says of which address of ours a failed one came about (Exim, Postfix): that one is whom the mail was
# for.
CAME_FROM = re.compile(r"\((?:ultimately )?(?:generated|expanded) from:? ?<?@")
