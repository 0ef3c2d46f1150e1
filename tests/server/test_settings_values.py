"""Where settings come from, which place wins, and what stops a start."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from callmanager.domain.errors import Invalid
from callmanager.setting_kinds import is_loopback
from callmanager.setting_sources import SettingsError
from callmanager.settings import TABLE, Settings, load_settings

SECRET = "cm_a1b2_very-secret-key"


def load(home: Path, overrides: Mapping[str, object] | None = None, **environ: str) -> Settings:
    return load_settings(home, overrides, environ)


def config(home: Path, text: str) -> Path:
    (home / "config.py").write_text(text, "utf-8")
    return home


def refused(home: Path, overrides: Mapping[str, object] | None = None, **environ: str) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        load(home, overrides, **environ)
    assert SECRET not in str(caught.value) + repr(caught.value) + repr(caught.value.fields)
    return caught.value


def test_the_documented_defaults_hold_in_an_empty_folder(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert settings.ENABLE_AUTH is True
    assert settings.SERVER_HOST == "0.0.0.0"
    assert settings.SERVER_PORT == 5000
    assert settings.BACKUP_INTERVAL_MINUTES == 30
    assert settings.AUTH_TOKENS == {}
    assert settings.TOKEN_HOURS == 24
    assert settings.LOGIN_PER_MINUTE == 10
    assert settings.DATABASE == tmp_path / "contacts.db"
    assert settings.LOG_FILE == tmp_path / "callmanager.log"
    assert settings.BACKUP_FOLDER == tmp_path / "backups"
    assert settings.BACKUP_SECOND_FOLDER is None


def test_every_place_overrules_the_weaker_ones(tmp_path: Path) -> None:
    config(tmp_path, "SERVER_PORT = 5001\n")
    assert load(tmp_path).SERVER_PORT == 5001
    (tmp_path / ".env").write_text("CALLMANAGER_SERVER_PORT=5002\n")
    assert load(tmp_path).SERVER_PORT == 5002
    assert load(tmp_path, CALLMANAGER_SERVER_PORT="5003").SERVER_PORT == 5003
    assert load(tmp_path, {"SERVER_PORT": 5004}, CALLMANAGER_SERVER_PORT="5003").SERVER_PORT == 5004


def test_an_option_that_was_not_given_overrules_nothing(tmp_path: Path) -> None:
    assert load(config(tmp_path, "SERVER_PORT = 5001\n"), {"server_port": None}).SERVER_PORT == 5001


def test_the_real_environment_is_used_when_none_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("CALLMANAGER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CALLMANAGER_SERVER_PORT", "5009")
    assert load_settings(tmp_path).SERVER_PORT == 5009


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("ENABLE_AUTH", "yes", True),
        ("SERVER_PORT", " 5001 ", 5001),
        ("SERVER_HOST", "localhost", "localhost"),
        ("SERVER_HOST", "::1", "::1"),
        ("LANGUAGE", "EN", "en"),
        ("LOG_LEVEL", "Debug", "debug"),
        ("DEFAULT_REGION", "es", "ES"),
        ("ALLOWED_HOSTS", "pc-1, pc-2,", ("pc-1", "pc-2")),
        ("TRUSTED_PROXIES", "10.0.0.1,10.1.0.0/16", ("10.0.0.1/32", "10.1.0.0/16")),
        ("AUTH_TOKENS", "k1, k2:ana", {"k1": "", "k2": "ana"}),
        ("AUTH_TOKENS", "", {}),
    ],
)
def test_texts_of_the_environment_become_values(tmp_path: Path, name: str, written: str, value: object) -> None:
    assert getattr(load(tmp_path, **{f"CALLMANAGER_{name}": written}), name) == value


def test_allowed_keys_are_a_list_or_name_their_user(tmp_path: Path) -> None:
    assert load(config(tmp_path, 'AUTH_TOKENS = ["k1", "k2"]\n')).AUTH_TOKENS == {"k1": "", "k2": ""}
    assert load(config(tmp_path, 'AUTH_TOKENS = {"k1": "ana"}\n')).AUTH_TOKENS == {"k1": "ana"}


def test_relative_files_are_beside_config_py_and_absolute_ones_stay(tmp_path: Path) -> None:
    config(tmp_path, f"DATABASE = 'data/c.db'\nLOG_FILE = {str(tmp_path / 'elsewhere.log')!r}\n")
    settings = load(tmp_path)
    assert settings.DATABASE == tmp_path / "data" / "c.db"
    assert settings.LOG_FILE == tmp_path / "elsewhere.log"


def test_config_py_is_python_and_its_lower_case_names_are_its_own(tmp_path: Path) -> None:
    config(tmp_path, "import os\nfrom pathlib import Path\nbase = 5000\nSERVER_PORT = base + 1\n_X = 1\ndef f(): ...\n")
    with pytest.raises(SettingsError, match="_X"):
        load(tmp_path)
    config(
        tmp_path, "import os\nfrom pathlib import Path\nbase = 5000\nSERVER_PORT = base + 1\nDATABASE = Path('x.db')\n"
    )
    assert load(tmp_path).SERVER_PORT == 5001
    assert load(tmp_path).DATABASE == tmp_path / "x.db"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_config_py_is_read_however_a_windows_editor_saved_it(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "config.py").write_bytes("# Contraseñas y señales\r\nSERVER_PORT = 5001\r\n".encode(encoding))
    assert load(tmp_path).SERVER_PORT == 5001


def test_dotenv_takes_quotes_comments_export_and_leaves_other_programs_alone(tmp_path: Path) -> None:
    text = (
        "# office\n\nexport CALLMANAGER_SERVER_PORT=5001 # busy\nOTHER=1\nCALLMANAGER_SERVER_HOST='127.0.0.1'\n"
        'CALLMANAGER_LOG_FILE="a # b.log"\nCALLMANAGER_SERVER_URL=http://x\n'
    )
    (tmp_path / ".env").write_text(text)
    settings = load(tmp_path)
    assert (settings.SERVER_PORT, settings.SERVER_HOST) == (5001, "127.0.0.1")
    assert settings.LOG_FILE.name == "a # b.log"


def test_names_of_the_client_and_of_the_tests_are_not_settings(tmp_path: Path) -> None:
    load(tmp_path, CALLMANAGER_SERVER_URL="http://x", CALLMANAGER_API_KEY=SECRET, CALLMANAGER_REQUIRE_ALL="1", PATH="/")


def test_an_unknown_name_in_config_py_stops_the_start_and_offers_the_nearest(tmp_path: Path) -> None:
    error = refused(config(tmp_path, "\nSERVER_PROT = 5001\n"))
    assert isinstance(error, Invalid)
    assert error.code == "setting_unknown"
    assert str(error) == "config.py:2: there is no setting SERVER_PROT. Did you mean SERVER_PORT?"
    assert error.fields == {"file": "config.py", "line": 2, "name": "SERVER_PROT", "nearest": "SERVER_PORT"}


def test_an_unknown_name_stops_the_start_from_every_other_place(tmp_path: Path) -> None:
    assert refused(tmp_path, CALLMANAGER_SERVER_PROT="1").fields["nearest"] == "SERVER_PORT"
    assert refused(tmp_path, {"SERVER_PROT": 1}).fields["nearest"] == "SERVER_PORT"
    (tmp_path / ".env").write_text("\nCALLMANAGER_ZZZ=1\n")
    error = refused(tmp_path)
    assert (error.fields["file"], error.fields["line"]) == (".env", 2)
    assert "nearest" not in error.fields


def test_a_setting_without_its_prefix_in_dotenv_is_not_silently_ignored(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SERVER_PORT=5001\n")
    assert refused(tmp_path).fields["nearest"] == "CALLMANAGER_SERVER_PORT"


@pytest.mark.parametrize(
    ("line", "read", "allowed"),
    [
        ("SERVER_PORT = 0", "0", "a whole number from 1 to 65535"),
        ("SERVER_PORT = 65536", "65536", "a whole number from 1 to 65535"),
        ("SERVER_PORT = '50x1'", "'50x1'", "a whole number from 1 to 65535"),
        ("SERVER_PORT = 5000.5", "5000.5", "a whole number from 1 to 65535"),
        ("SERVER_PORT = True", "True", "a whole number from 1 to 65535"),
        ("SERVER_PORT = None", "None", "a whole number from 1 to 65535"),
        ("ENABLE_AUTH = 'maybe'", "'maybe'", "True or False"),
        ("ENABLE_AUTH = 2", "2", "True or False"),
        ("BACKUP_INTERVAL_MINUTES = 0", "0", "a whole number from 1 to 1440"),
        ("BCRYPT_COST = 16", "16", "a whole number from 4 to 15"),
        ("SERVER_HOST = '999.1.1.1'", "'999.1.1.1'", "an address or a host name"),
        ("SERVER_HOST = 'http://pc'", "'http://pc'", "an address or a host name"),
        ("SERVER_HOST = ''", "''", "an address or a host name"),
        ("LANGUAGE = 'fr'", "'fr'", 'one of "es", "en"'),
        ("DEFAULT_REGION = 'ZZ'", "'ZZ'", "the two letters of a country"),
        ("DATABASE = 'postgresql://x'", "'postgresql://x'", "a file or folder"),
        ("DATABASE = ''", "''", "a file or folder"),
        ("BACKUP_FOLDER = 'D:\\backups'", "'D:\\x08ackups'", "a file or folder"),
        ("ALLOWED_HOSTS = 5", "5", "a list of texts, or one text with commas"),
        ("ALLOWED_HOSTS = [5]", "[5]", "a list of texts, or one text with commas"),
        ("TRUSTED_PROXIES = ['proxy']", "['proxy']", "a list of addresses or networks"),
    ],
)
def test_a_wrong_value_says_what_was_read_and_what_is_allowed(
    tmp_path: Path, line: str, read: str, allowed: str
) -> None:
    error = refused(config(tmp_path, f"# office\n{line}\n"))
    assert error.code == "setting_wrong"
    assert error.fields["name"] == line.split(maxsplit=1)[0]
    assert (error.fields["file"], error.fields["line"]) == ("config.py", 2)
    assert (error.fields["read"], error.fields["allowed"]) == (read, allowed)
    assert str(error).startswith(f"config.py:2: {line.split(maxsplit=1)[0]} is {read}. Write ")


def test_a_wrong_value_is_refused_even_where_a_stronger_place_corrects_it(tmp_path: Path) -> None:
    assert (
        refused(config(tmp_path, "SERVER_PORT = 'x'\n"), CALLMANAGER_SERVER_PORT="5001").fields["file"] == "config.py"
    )


def test_a_very_long_value_is_shortened_in_the_message(tmp_path: Path) -> None:
    assert len(str(refused(config(tmp_path, f"SERVER_PORT = {'x' * 5000!r}\n")))) < 300


@pytest.mark.parametrize(
    "text",
    [
        f"AUTH_TOKENS = [{SECRET!r}, 5]",
        f"AUTH_TOKENS = {{5: {SECRET!r}}}",
        f"AUTH_TOKENS = [{SECRET!r}",
        f"AUTH_TOKENS = ['{SECRET}]",
        f"AUTH_TOKENS = [{SECRET.replace('-', '_')}]",
        f"AUTH_TOKENS = {{}}[{SECRET!r}]",
        f"AUTH_TOKENS = int({SECRET!r})",
        f"DATABASE = 'postgresql://cm:{SECRET}@db/cm'",
    ],
)
def test_a_secret_is_never_repeated_in_an_error(tmp_path: Path, text: str) -> None:
    error = refused(config(tmp_path, text))
    assert SECRET.replace("-", "_") not in str(error)
    assert error.__cause__ is None
    assert error.__suppress_context__


def test_secrets_are_neither_in_the_repr_nor_in_what_is_shown(tmp_path: Path) -> None:
    settings = load(config(tmp_path, f"AUTH_TOKENS = [{SECRET!r}]\n"))
    assert SECRET in settings.AUTH_TOKENS
    assert SECRET not in repr(settings)
    assert settings.shown()["AUTH_TOKENS"] == "***"
    assert settings.shown()["SERVER_PORT"] == 5000
    assert set(settings.shown()) == set(TABLE)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("SERVER_PORT = 5001\nENABLE_AUTH = = True\n", 2, "quote, comma or bracket"),
        ("\nBACKUP_FOLDER = 'C:\\Users\\ana'\n", 2, 'Write "/" instead'),
        ("SERVER_HOST = 'pc\n", 1, "quote, comma or bracket"),
        ("ENABLE_AUTH = true\n", 1, "NameError"),
        ("x = 1\n\nSERVER_PORT = 5000 / 0\n", 3, "ZeroDivisionError"),
        ("import no_such_module\n", 1, "ModuleNotFoundError"),
        ("return 5\n", 1, "cannot read this line"),
        ("SERVER_PORT = 1\0\n", 0, "NUL"),
    ],
)
def test_a_config_py_that_python_cannot_run_names_file_and_line(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    error = refused(config(tmp_path, text))
    assert error.fields["line"] == line
    assert str(error).startswith(f"config.py:{line}: " if line else "config.py holds")
    assert words in str(error)


def test_a_line_of_dotenv_that_is_no_assignment_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CALLMANAGER_SERVER_PORT=5001\nhello\n")
    assert str(refused(tmp_path)).startswith(".env:2: this line cannot be read")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.3.2.1"])
def test_no_sign_in_is_accepted_on_this_pc_only(tmp_path: Path, host: str) -> None:
    assert load(config(tmp_path, f"ENABLE_AUTH = False\nSERVER_HOST = '{host}'\n")).ENABLE_AUTH is False


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.10", "pc-1", "localhost.example"])
def test_no_sign_in_is_refused_on_the_network(tmp_path: Path, host: str) -> None:
    error = refused(config(tmp_path, f"ENABLE_AUTH = False\nSERVER_HOST = '{host}'\n"))
    assert error.code == "auth_needs_loopback"
    assert not is_loopback(host)


def test_certificate_and_key_go_together(tmp_path: Path) -> None:
    assert refused(tmp_path, CALLMANAGER_TLS_CERT="c.pem").fields["nearest"] == "TLS_KEY"
    assert refused(tmp_path, CALLMANAGER_TLS_KEY="k.pem").fields["nearest"] == "TLS_CERT"
    settings = load(tmp_path, CALLMANAGER_TLS_CERT="c.pem", CALLMANAGER_TLS_KEY="k.pem")
    assert settings.TLS_CERT == tmp_path / "c.pem"


def test_settings_cannot_be_changed_after_the_start(tmp_path: Path) -> None:
    with pytest.raises(AttributeError):
        load(tmp_path).SERVER_PORT = 1  # type: ignore[misc]


@pytest.mark.parametrize("name", TABLE)
def test_every_setting_has_a_help_in_both_languages_and_takes_its_own_default(name: str) -> None:
    row = TABLE[name]
    assert re.fullmatch(r"[A-Z][A-Z_]+", name)
    assert row.help.strip()
    assert row.help_es.strip()
    row.kind.parse(row.default)
