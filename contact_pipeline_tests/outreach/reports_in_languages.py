"""Reports in words of other languages than English."""

from contact_pipeline.outreach.bounce_classes import BounceClass
from contact_pipeline_tests.outreach.written_reports import GONE, mail

HARD = BounceClass.HARD

# language → mail, and the class of each recipient
LANGUAGES: dict[str, tuple[bytes, dict[str, BounceClass]]] = {
    "French": (
        mail(
            f"Votre message n'a pas pu être délivré à\n{GONE}\n\nAdresse inconnue\n",
            subject="Message non remis",
            headers="Content-Type: text/plain; charset=utf-8\n",
        ),
        {GONE: HARD},
    ),
    "German": (
        mail(
            f"Ihre Nachricht konnte nicht zugestellt werden:\n\n  {GONE}\n    Empfänger unbekannt\n",
            subject="Unzustellbar: What we make",
            headers="Content-Type: text/plain; charset=utf-8\n",
        ),
        {GONE: HARD},
    ),
    "Spanish": (
        mail(
            f"No se ha podido entregar el mensaje a:\n\n    {GONE}\n\nMotivo: el usuario no existe\n",
            subject="No se pudo entregar",
            headers="Content-Type: text/plain; charset=utf-8\n",
        ),
        {GONE: HARD},
    ),
    "Portuguese": (
        mail(
            f"Sua mensagem não foi entregue para {GONE}\nUsuário inexistente\n",
            subject="Mensagem devolvida",
            headers="Content-Type: text/plain; charset=utf-8\n",
        ),
        {GONE: HARD},
    ),
    "Dutch": (
        mail(
            f"Uw bericht kon niet worden bezorgd bij:\n{GONE}\nGebruiker onbekend\n",
            subject="Onbestelbaar",
            headers="Content-Type: text/plain; charset=utf-8\n",
        ),
        {GONE: HARD},
    ),
    "Polish": (
        mail(
            f"Wiadomość nie mogła zostać dostarczona do:\n{GONE}\nnieznany użytkownik\n",
            subject="Niedoręczona wiadomość",
            headers="Content-Type: text/plain; charset=utf-8\n",
        ),
        {GONE: HARD},
    ),
    "Russian": (
        mail(
            f"Ваше сообщение не было доставлено:\n\n{GONE}\n\nПричина: такого пользователя нет\n",
            subject="Недоставлено",
            headers="Content-Type: text/plain; charset=utf-8\n",
        ),
        {GONE: HARD},
    ),
    "Japanese": (
        mail(
            f"下記の宛先にメールを配信できませんでした。\n\n宛先: {GONE}\n理由: 550 User unknown\n",
            subject="配信エラー通知",
            headers="Content-Type: text/plain; charset=utf-8\n",
        ),
        {GONE: HARD},
    ),
    "Japanese, in the letters of 1993": (
        mail(
            f"------- Failure Reasons  --------\n\n{{0}}\n{GONE}\n\n------- Returned Message --------\n",
            subject="Undeliverable message",
            headers="Content-Type: text/plain; charset=ISO-2022-JP\n",
        ).replace(b"{0}", "ユーザーはディレクトリのリストにありません".encode("iso-2022-jp")),
        {GONE: HARD},
    ),
}
