"""Which folder of a mailbox is Sent, Archive, Junk, Trash, Drafts: by its flag, else by its name."""

import unicodedata
from collections.abc import Iterable

from storage.records.remote import RemoteFolder
from storage.records.words import FolderRole

_FLAGS = {
    FolderRole.SENT: "\\sent",
    FolderRole.ARCHIVE: "\\archive",
    FolderRole.JUNK: "\\junk",
    FolderRole.TRASH: "\\trash",
    FolderRole.DRAFTS: "\\drafts",
}
# As Gmail, Exchange, Dovecot set-ups, Apple Mail and Thunderbird call them; the likeliest first.
_NAMES = {
    FolderRole.SENT: (
        "sent|sent items|sent messages|sent mail|gesendet|gesendete elemente|gesendete objekte"
        "|gesendete nachrichten|envoyés|éléments envoyés|messages envoyés|envoyé"
        "|enviados|elementos enviados|mensajes enviados|correo enviado|itens enviados"
        "|mensagens enviadas|e-mails enviados|enviats|elements enviats|bidalitakoak"
        "|inviata|posta inviata|inviati|elementi inviati|messaggi inviati|trimise"
        "|elemente trimise|verzonden|verzonden items|verzonden berichten|verstuurd"
        "|sendt|sendte elementer|sendt post|sende elementer|skickat|skickade|skickade objekt"
        "|lähetetyt|saadetud|nosūtītie|išsiųsti|išsiųsta|wysłane|elementy wysłane"
        "|odeslané|odeslaná pošta|odoslané|odoslaná pošta|poslano|poslana pošta|poslane stavke"
        "|elküldött|elküldött elemek|отправленные|надіслані|изпратени|послато|послати"
        "|απεσταλμένα|gönderilmiş öğeler|gönderilmiş|gönderilenler|נשלח|פריטים שנשלחו"
        "|المرسلة|العناصر المرسلة|ارسال شده|भेजे गए|ส่งแล้ว|รายการที่ส่ง|đã gửi|thư đã gửi"
        "|terkirim|item terkirim|送信済み|送信済みアイテム|送信済みメール|已发送|已发送邮件"
        "|已傳送|寄件備份|보낸편지함|보낸 편지함|보낸 메일함"
    ),
    FolderRole.ARCHIVE: (
        "archive|archives|archiv|archivo|archivados|arquivo|arquivos|arquivo morto|arxiu"
        "|artxiboa|archivio|archiviati|arhiva|arhivă|archief|gearchiveerd|arkiv|arkisto|arhiiv"
        "|arhīvs|archyvas|archiwum|archív|arhiv|archívum|архив|архів|архива|αρχειοθέτηση"
        "|αρχείο|arşiv|ארכיון|הארכיון|أرشيف|الأرشيف|بایگانی|संग्रह|เก็บถาวร|lưu trữ|arsip"
        "|アーカイブ|存档|归档|封存|보관함|보관"
    ),
    FolderRole.JUNK: (
        "junk|spam|junk e-mail|junk email|junk mail|bulk mail|unerwünscht|junk-e-mail"
        "|spamverdacht|courrier indésirable|indésirables|pourriel|correo no deseado"
        "|no deseado|lixo eletrônico|lixo eletrónico|lixo electrónico|correu brossa"
        "|correu no desitjat|zabor-posta|posta indesiderata|indesiderata|mesaje nedorite"
        "|ongewenste e-mail|ongewenst|reclame|uønsket post|uønsket e-mail|søppelpost"
        "|skräppost|roskaposti|rämpspost|mēstules|surogātpasts|šlamštas|brukalas"
        "|wiadomości-śmieci|śmieci|niechciane|nevyžádaná pošta|nevyžiadaná pošta"
        "|neželena pošta|neželjena pošta|levélszemét|спам|нежелательная почта|небажана пошта"
        "|нежелана поща|непожељна пошта|ανεπιθύμητη αλληλογραφία|ανεπιθύμητα|önemsiz"
        "|önemsiz e-posta|istenmeyen|דואר זבל|ספאם|البريد غير الهام|البريد العشوائي|هرزنامه"
        "|स्पैम|อีเมลขยะ|thư rác|迷惑メール|垃圾邮件|垃圾郵件|스팸|스팸메일함|정크 메일"
    ),
    FolderRole.TRASH: (
        "trash|deleted items|deleted messages|deleted mail|deleted|bin|papierkorb|gelöscht"
        "|gelöschte elemente|gelöschte objekte|gelöschte nachrichten|corbeille"
        "|éléments supprimés|messages supprimés|supprimés|papelera|elementos eliminados"
        "|mensajes eliminados|eliminados|paperera|elements suprimits|zakarrontzia|cestino"
        "|posta eliminata|messaggi eliminati|eliminati|lixeira|lixo|itens excluídos"
        "|itens eliminados|mensagens excluídas|coș de gunoi|coş de gunoi|gunoi"
        "|elemente șterse|prullenbak|prullenmand|verwijderde items|verwijderde berichten"
        "|verwijderd|papirkurv|slettede elementer|slettet post|slettet|papperskorgen"
        "|papperskorg|borttagna objekt|borttaget|roskakori|poistetut|prügikast|kustutatud"
        "|atkritne|dzēstie vienumi|šiukšlinė|šiukšliadėžė|kosz|elementy usunięte|usunięte"
        "|koš|odstraněná pošta|odstraněné položky|kôš|odstránená pošta|odstránené položky"
        "|smetnjak|izbrisano|izbrisane stavke|smeće|otpad|kuka|lomtár|törölt elemek|törölt"
        "|корзина|удаленные|удалённые|кошик|видалені|видалені елементи|кошче|изтрити"
        "|изтрити елементи|смеће|отпад|κάδος απορριμμάτων|κάδος|διαγραμμένα|çöp kutusu|çöp"
        "|silinmiş öğeler|silinmiş|silinenler|אשפה|פריטים שנמחקו|المهملات|سلة المهملات"
        "|العناصر المحذوفة|سطل زباله|حذف شده|ट्रैश|रद्दी|ถังขยะ|รายการที่ถูกลบ|thùng rác"
        "|thư đã xóa|sampah|item terhapus|ゴミ箱|ごみ箱|削除済みアイテム|削除済みメール"
        "|已删除|已删除邮件|垃圾桶|已刪除的郵件|刪除的郵件|휴지통|지운편지함|지운 편지함"
    ),
    FolderRole.DRAFTS: (
        "drafts|draft|entwürfe|entwurf|brouillons|brouillon|borradores|borrador|esborranys"
        "|zirriborroak|bozze|bozza|rascunhos|rascunho|ciorne|schițe|concepten|utkast|kladder"
        "|kladde|luonnokset|mustandid|melnraksti|juodraščiai|wersje robocze|kopie robocze"
        "|szkice|koncepty|rozepsané|rozpísané|osnutki|skice|nacrti|piszkozatok|piszkozat"
        "|черновики|чернетки|чернови|нацрти|πρόχειρα|taslaklar|טיוטות|المسودات|مسودات"
        "|پیش نویس|ड्राफ़्ट|ฉบับร่าง|แบบร่าง|thư nháp|bản nháp|draf|konsep|下書き|草稿|草稿箱"
        "|草稿匣|임시보관함|임시 보관함"
    ),
}
_ROLES = {
    unicodedata.normalize("NFC", name).casefold(): role
    for role, names in _NAMES.items()
    for name in names.split("|")
}
_GMAIL = ("[gmail]", "[google mail]")
_PREFIXES = ("inbox", *_GMAIL)
_SEPARATORS = str.maketrans("/.", "\0\0")


def find_role(folders: Iterable[RemoteFolder], role: FolderRole) -> str | None:
    """Return the name of the likeliest folder that has `role`; None where nothing says so."""
    return next(iter(candidates(folders, role)), None)


def meant_by(name: str) -> FolderRole | None:
    """Return what programs use a folder of that name for; None where it may be anything."""
    return _ROLES.get(_nfc(name).casefold())


def candidates(folders: Iterable[RemoteFolder], role: FolderRole) -> list[str]:
    """Return the names of the folders that may have `role`, the likeliest first.

    The server's own flag counts most (RFC 6154), then the name: at the top, under INBOX or
    under Gmail's prefix. A folder deeper down ("Projects/Archive") is somebody's own. Several
    are equal: only a person knows which one is meant.
    """
    usable = [one for one in folders if one.can_be_opened]
    if role is FolderRole.INTAKE:
        return [one.name for one in usable if one.name.upper() == "INBOX"]
    ranked = sorted(
        (_rank(one, role), one.name.count(one.delimiter or "\0"), one.name) for one in usable
    )
    flagged = [name for rank, _, name in ranked if rank[0] == 0]
    if not flagged and role is FolderRole.ARCHIVE:
        flagged = [one.name for one in usable if _is_all_mail(one)]
    return flagged or [name for rank, _, name in ranked if rank[0] == 1]


def named(folders: Iterable[RemoteFolder], name: str) -> RemoteFolder | None:
    """Return the folder that a person means by `name`; None where there is none.

    As it is written; else whatever the server puts between levels ('/' or '.') and before
    every name ('INBOX.').
    """
    usable = [one for one in folders if one.can_be_opened]
    exact = next((one for one in usable if one.name == name), None)
    if exact is not None:
        return exact
    if name.upper() == "INBOX":
        return next((one for one in usable if one.name.upper() == "INBOX"), None)
    wanted = _nfc(name).translate(_SEPARATORS)
    meant = {wanted, f"INBOX\0{wanted}"}
    return next((one for one in usable if _levels_of(one) in meant), None)


def _rank(folder: RemoteFolder, role: FolderRole) -> tuple[int, int]:
    """Return how surely the folder has `role`: 0 the server says so, 1 its name does, 2 nothing."""
    plain, known = _plain(folder), _NAMES[role].casefold().split("|")
    place = known.index(plain) if plain in known else len(known)
    if _FLAGS[role] in {flag.lower() for flag in folder.flags}:
        return 0, place
    return (1, place) if plain in known else (2, 0)


def _is_all_mail(folder: RemoteFolder) -> bool:
    """Return whether it is where Gmail leaves what is taken out of the inbox."""
    top = folder.name.casefold().partition(folder.delimiter or "\0")[0]
    return top in _GMAIL and "\\all" in {flag.lower() for flag in folder.flags}


def _levels_of(folder: RemoteFolder) -> str:
    return _nfc(folder.name).replace(folder.delimiter or "\0", "\0")


def _nfc(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _plain(folder: RemoteFolder) -> str:
    name = _nfc(folder.name).casefold()
    levels = name.split(folder.delimiter) if folder.delimiter else [name]
    if len(levels) == 2 and levels[0] in _PREFIXES:
        return levels[1]
    return levels[0] if len(levels) == 1 else ""
