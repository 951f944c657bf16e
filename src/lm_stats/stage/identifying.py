"""Columns that identify a person directly, known by their names and titles.

A column is one if its name or title holds a word for such a thing (a passport, a name, a telephone) and no word beside
it but those that say whose it is, so that the name of a village or a question whether someone has a passport is none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_NUMBERS = frozenset({"number", "numbers", "no", "nr", "num", "nomoro", "numero"})
_STOP = frozenset(
    {"what", "is", "are", "the", "a", "an", "of", "or", "and", "s", "your", "his", "her", "their", "this", "that",
     "please", "write", "enter", "record", "give", "full", "each", "every",
     "de", "da", "do", "du", "des", "d", "l", "la", "le", "del", "el", "os", "as", "e", "et", "y",
     "st", "nd", "rd", "th"}
)  # fmt: skip
_PERSON = frozenset(
    {"person", "persons", "people", "individual", "member", "members", "household", "hh", "head", "respondent",
     "resp", "informant", "applicant", "worker", "employee", "holder", "citizen", "migrant", "emigrant", "immigrant",
     "returnee", "absentee", "beneficiary", "mother", "father", "parent", "child", "spouse", "wife", "husband",
     "guardian", "kin", "next", "contact", "usual", "resident", "deceased", "dead", "died", "student", "patient",
     "client", "visitor", "relative", "friend", "traveller", "passenger", "own", "personal", "foreign", "permit",
     "motho", "ngoana", "mme", "ntate", "hlooho", "lelapa", "mosebeletsi", "mokopi",
     "pessoa", "pai", "mae", "chefe", "agregado", "membro", "respondente", "inquirido", "trabalhador",
     "personne", "pere", "mere", "chef", "menage", "membre", "enquete", "travailleur"}
)  # fmt: skip
# who asked; the names of these are names, but their numbers are those of staff
_STAFF = frozenset(
    {"enumerator", "interviewer", "supervisor", "operator", "coder", "officer", "recenseador", "enqueteur"}
)
_NAMES = frozenset(
    {"name", "names", "surname", "surnames", "forename", "forenames", "firstname", "lastname", "fullname", "middlename",
     "fname", "lname", "mname", "maidenname", "nickname", "lebitso", "mabitso", "fane", "nome", "nomes", "apelido",
     "sobrenome", "nom", "noms", "prenom", "prenoms", "nombre", "nombres", "apellido", "apellidos"}
)  # fmt: skip
_OF_NAMES = frozenset(
    {"first", "last", "middle", "given", "family", "maiden", "other", "full", "initials", "famille", "complet",
     "completo", "completa", "ea", "ho", "second", "third", "christian", "legal", "preferred"}
)  # fmt: skip
_SESOTHO = frozenset({"lebitso", "mabitso", "fane"})
_PAPERS = frozenset(
    {"passport", "passportno", "passportnumber", "passaporte", "passeport", "pasaporte", "pasepoto", "phasepote",
     "nationalid", "natid", "nid", "nin", "idcard", "omang", "ssn", "cni", "dni", "nuit", "cedula"}
)  # fmt: skip
_OF_PAPERS = frozenset(
    {"id", "national", "identity", "identification", "identite", "identidade", "identidad", "card", "carte", "cartao",
     "bilhete", "document", "documento", "travel", "book", "valid", "current", "social", "security", "huduma",
     "nationale", "nacional", "boitsebiso", "naha"}
)  # fmt: skip
# each of these sets of words speaks of a paper of a person
_OF_IDENTITY = (
    {"national", "id"}, {"national", "identity"}, {"national", "identification"}, {"identity", "card"}, {"id", "card"},
    {"identification", "card"}, {"carte", "identite"}, {"bilhete", "identidade"}, {"cartao", "identidade"},
    {"boitsebiso", "nomoro"}, {"huduma", "number"}, {"identity", "document"}, {"id", "document"},
    {"social", "security", "number"}, {"documento", "identidad"},
)  # fmt: skip
# a number of identity, unless it is that of a row: a person or member in a household
_SERIAL = frozenset(
    {"person", "persons", "individual", "member", "members", "household", "hh", "head", "permit", "child"}
)
_PHONES = frozenset(
    {"phone", "phones", "telephone", "telephones", "tel", "telno", "phoneno", "cellphone", "cellno", "msisdn",
     "whatsapp", "telefone", "telefono", "telemovel", "portable", "mohala", "selefouno", "founo", "fax"}
)  # fmt: skip
_OF_PHONES = frozenset(
    {"cell", "cellular", "mobile", "home", "work", "daytime", "alternative", "primary", "landline", "ea", "celular",
     "movel", "second", "first", "other"}
)  # fmt: skip
_MAILS = frozenset({"email", "emails", "mail", "courriel", "mel", "imeile"})
_OF_MAILS = frozenset(
    {"e", "electronic", "address", "addresses", "adresse", "endereco", "correio", "eletronico", "correo"}
)
_ADDRESSES = frozenset({"address", "addresses", "adresse", "endereco", "direccion", "aterese", "morada", "domicile"})
_OF_ADDRESSES = frozenset(
    {"physical", "postal", "home", "residential", "street", "current", "permanent", "residence", "line", "p", "o", "po",
     "box", "mailing", "house", "number", "present", "previous", "contact", "full"}
)  # fmt: skip
_ASKS = frozenset(
    {"has", "have", "had", "having", "does", "do", "did", "was", "were", "whether", "if", "own", "owns", "owned", "use",
     "uses", "used", "using", "can", "could", "possess", "possesses", "possession", "any",
     "is", "are", "tem", "possui"}
)  # fmt: skip
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_PLACEHOLDER = re.compile(r"[(\[<{]\s*(?:name|names|nome|nom|lebitso)\s*[)\]>}]", re.IGNORECASE)
# the number of a question: P62, H12a, Q3.1
_QUESTION = re.compile(r"^\s*(?:[A-Za-z]{1,3}[-_ ]?\d+[A-Za-z]?\d*(?:[._-]\d+[a-z]?)*|\d+[a-z]?)\b[\s.:)_-]*")


def direct_identifiers(names: Sequence[str], titles: Sequence[str]) -> list[str]:
    """Columns that hold what identifies a person directly.

    These are the number of a passport or an identity card, the name of a person, a telephone number, an e-mail
    address and an address, in English, Sesotho, Portuguese, French and Spanish. A number that stands for a row
    (of a household, a line, an enumerator) is none, nor is a question whether a person has such a thing.

    Args:
        names: Names of the columns.
        titles: Their titles, in the same order; empty where there is none.

    Returns:
        The names of those, in their order.
    """
    found = []
    for name, title in zip(names, titles, strict=True):
        asks = _asks(title)
        words = _words(name)
        by_name = _identifies(words) and not _counts(_list_words(name)) and (not asks or bool(words & _NUMBERS))
        if by_name or (not asks and _identifies(_words(title))):
            found.append(name)
    return found


def _list_words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", _QUESTION.sub("", _PLACEHOLDER.sub(" ", text).replace("e-mail", "email")))
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return [word.casefold() for word in _WORD.findall(letters) if not word.isdecimal()]


def _words(text: str) -> frozenset[str]:
    return frozenset(_list_words(text))


def _asks(title: str) -> bool:
    """Whether a title asks for a yes or a count, not for the thing itself."""
    words = _list_words(title)
    return bool(words) and (words[0] in _ASKS or _counts(words))


def _counts(words: Sequence[str]) -> bool:
    return bool(words) and words[0] in ("number", "count", "total", "no") and words[1:2] == ["of"]


def _identifies(words: frozenset[str]) -> bool:
    rest = words - _STOP
    if not rest:
        return False
    whose = _PERSON | _NUMBERS
    of_names = _NAMES | _PERSON | _STAFF | (_OF_NAMES if words & _SESOTHO else _OF_NAMES - {"ea", "ho"})
    papers = _PAPERS | _OF_PAPERS
    if rest & _NAMES and rest <= of_names:
        return True
    is_paper = bool(rest & _PAPERS) or any(phrase <= words for phrase in _OF_IDENTITY)
    if is_paper and rest <= papers | whose:
        return True
    is_number = bool(rest & {"id", "identity", "identification", "idno", "idnumber", "idnum"})
    if is_number and (words & _NUMBERS or rest & {"idno", "idnumber", "idnum"}):
        known = {"id", "identity", "identification", "idno", "idnumber", "idnum"} | (whose - _SERIAL)
        if rest <= known:
            return True
    is_phone = bool(rest & _PHONES) or bool(rest & {"cell", "mobile", "contact"} and words & _NUMBERS)
    if is_phone and rest <= _PHONES | _OF_PHONES | whose | _STAFF:
        return True
    if rest & _MAILS and rest <= _MAILS | _OF_MAILS | whose:
        return True
    if rest & _ADDRESSES or {"po", "box"} <= words or {"p", "o", "box"} <= words:
        return rest <= _ADDRESSES | _OF_ADDRESSES | whose
    return False
