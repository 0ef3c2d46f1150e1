"""A10: the letters inside words decide between old encodings, and an encoding can be said."""

from __future__ import annotations

import pytest

from callmanager.server.lists.old_encodings import OLD, guess_old_encoding
from tests.trial.lists_tried import people, preview, refusal, sample, tried
from tests.web import Web

NAMES = (
    *("Muñoz", "Peña", "Ramírez", "José", "María", "Íñigo", "Ángel", "Núñez", "Güell", "Compañía"),
    *("niño", "ÁLVARO", "NUÑEZ", "PEÑA", "Estévez", "Gómez", "López", "JESÚS", "Krämer"),
)
LIST = "Nombre;Teléfono\nMuñoz Peña;8811-0009\nRamírez;8811-0010\nÁlvaro ÑAÑEZ;8811-0011\n"


def test_a_list_of_an_old_mac_is_read(web: Web) -> None:
    assert preview(web, sample("macroman.csv"))["encoding"] == "mac_roman"
    tried(web, sample("macroman.csv"))
    assert people(web) == {"Muñoz Peña": ["+50688110009"], "Ramírez": ["+50688110010"]}


@pytest.mark.parametrize("encoding", OLD)
def test_each_old_encoding_is_told_by_its_words(web: Web, encoding: str) -> None:
    shown = preview(web, LIST.encode(encoding))
    assert (shown["encoding"], shown["words"]) == (encoding, ["Muñoz Peña", "Ramírez", "Álvaro ÑAÑEZ"])


@pytest.mark.parametrize("encoding", OLD)
@pytest.mark.parametrize("name", NAMES)
def test_one_word_is_enough(encoding: str, name: str) -> None:
    assert guess_old_encoding([f"Nombre;{name};8811".encode(encoding)]) == encoding


def test_the_whole_list_tells_not_only_its_beginning() -> None:
    chunks = [f"{name};8811".encode("mac_roman") for name in ("Müller", "Núñez", "Peña", "Estévez")]
    assert guess_old_encoding([b"M\xfcller;8811", *chunks]) == "mac_roman"


def test_the_encoding_can_be_said(web: Web) -> None:
    content = "Nombre;Teléfono\n\u00a4\u00a4;8811-0009\n".encode("cp1252")
    shown = preview(web, content, encoding="cp850")
    assert (shown["encoding"], shown["rows"][0]["cells"]["Nombre"]) == ("cp850", "ññ")
    tried(web, "Nombre;Móvil\nMuñoz;8811-0009\n".encode("cp850"), encoding="cp850")
    assert set(people(web)) == {"Muñoz"}


def test_an_encoding_that_the_bytes_contradict_is_refused(web: Web) -> None:
    assert refusal(web, LIST.encode("cp1252"), encoding="utf-8") == "file_encoding"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("how", [{}, {"encoding": "utf-16"}])
def test_utf_16_is_read_with_and_without_its_mark(web: Web, encoding: str, how: dict[str, str]) -> None:
    tried(web, LIST.encode(encoding), **how)
    assert set(people(web)) == {"Muñoz Peña", "Ramírez", "Álvaro ÑAÑEZ"}


@pytest.mark.parametrize("encoding", OLD)
def test_a_row_of_another_encoding_is_refused_alone_and_comes_back_readable(web: Web, encoding: str) -> None:
    content = LIST.encode() + "Güell Ávila;8811-0012\n".encode(encoding) + b"Eva;8811-0013\n"
    report = tried(web, content)
    assert (report["inserted"], [error["code"] for error in report["errors"]]) == (4, ["row_other_encoding"])
    rejected = web.ask("manager", "GET", f"/imports/{report['import_id']}/rejected.csv").get_data()
    tried(web, rejected)
    assert people(web)["Güell Ávila"] == ["+50688110012"]


def test_letters_that_were_lost_before_are_no_sign_of_an_old_encoding(web: Web) -> None:
    assert preview(web, "Nombre;Teléfono\nMu\ufffdoz;8811-0009\nPe\ufffda;8811-0010\n".encode())["encoding"] == "utf-8"


def test_the_separator_can_be_said(web: Web) -> None:
    shown = preview(web, b"telefono|nombre;apodo\n88110009|Ana;Anita\n", separator="|")
    assert (shown["separator"], shown["columns"]) == ("|", ["telefono", "nombre;apodo"])
    assert preview(web, b"telefono\tnombre\n88110009\tAna\n", separator="tab")["columns"] == ["telefono", "nombre"]
