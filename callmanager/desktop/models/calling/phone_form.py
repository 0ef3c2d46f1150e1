"""The settings of this PC's phone as they are typed, checked and saved. Secrets go to the keyring and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import phonenumbers

from callmanager.desktop.models.calling.phone import PhoneModel
from callmanager.desktop.models.calling.phone_settings import (
    DRIVERS,
    STYLES,
    DriverKind,
    PhoneSettings,
    secret_name,
)
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.speech import Speech
from callmanager.domain.errors import CallManagerError, Invalid, Unavailable
from callmanager.domain.phones import check_region, format_national, parse_phone
from callmanager.domain.texts import N_
from callmanager.softphones.formats import DialFormat, DialStyle, to_dial
from callmanager.softphones.loader import driver_names


@dataclass(frozen=True, slots=True)
class ShownOption:
    """One field of the settings. A secret that is kept is shown as kept, never its text."""

    name: str
    label: str
    hint: str
    text: str
    is_secret: bool
    is_kept: bool
    choices: tuple[str, ...]


class PhoneForm:
    """The form in which `phone` is chosen and described. `changed` when anything shown is another."""

    def __init__(self, tools: Tools, phone: PhoneModel) -> None:
        self._tools, self._phone = tools, phone
        self._changes: PhoneSettings | None = None
        self._is_saving = False
        self.changed: Signal[[]] = Signal()
        self.field_errors: dict[str, CallManagerError] = {}

    @property
    def drivers(self) -> list[DriverKind]:
        """What can be chosen on this PC; `label` and `hint` are msgids."""
        return [DRIVERS[name] for name in DRIVERS if name in driver_names()]

    @property
    def typed(self) -> PhoneSettings:
        """The settings as they are typed (`form` is the form of numbers); as they are saved while nothing is."""
        return self._phone.settings if self._changes is None else self._changes

    @property
    def options(self) -> list[ShownOption]:
        """The fields of the chosen driver."""
        say, typed = self._tools.speech.say, self.typed
        return [
            ShownOption(
                one.name,
                say(one.label),
                say(one.hint) if one.hint else "",
                typed.secrets.get(one.name, "") if one.is_secret else typed.options.get(one.name, one.default),
                one.is_secret,
                one.is_secret and bool(self._kept_secrets().get(one.name)),
                one.choices,
            )
            for one in DRIVERS[typed.driver].options
        ]

    @property
    def styles(self) -> list[tuple[str, str]]:
        """Codes and names of the forms in which numbers are dialled."""
        return [(code, self._tools.speech.say(name)) for code, name in STYLES.items()]

    @property
    def is_changed(self) -> bool:
        """Whether something typed is not saved."""
        return self._changes is not None

    @property
    def is_busy(self) -> bool:
        """Whether settings are being saved."""
        return self._is_saving

    def choose_driver(self, name: str) -> None:
        """Choose another kind of phone in the form."""
        if name in DRIVERS and name != self.typed.driver:
            self._type(replace(self.typed, driver=name, options={}, secrets={}))

    def type_option(self, name: str, text: str) -> None:
        """An option of the driver is being typed."""
        kind = next((one for one in DRIVERS[self.typed.driver].options if one.name == name), None)
        if kind is None:
            return
        typed = self.typed
        if kind.is_secret:
            self._type(replace(typed, secrets={**typed.secrets, name: text}))
        else:
            secrets = {} if kind.is_home and text.strip() != typed.options.get(name) else typed.secrets
            self._type(replace(typed, options={**typed.options, name: text.strip()}, secrets=secrets))

    def type_format(
        self,
        *,
        region: str | None = None,
        style: str | None = None,
        outside_line: str | None = None,
        international_prefix: str | None = None,
    ) -> None:
        """The form of numbers is being typed; what is None stays."""
        form = self.typed.form
        changed = DialFormat(
            form.region if region is None else region.strip().upper(),
            form.style if style is None else DialStyle(style),
            form.outside_line if outside_line is None else outside_line.strip(),
            form.international_prefix if international_prefix is None else international_prefix.strip(),
        )
        self._type(replace(self.typed, form=changed))

    def save(self) -> None:
        """Take what is typed, and look at once whether that phone is there."""
        typed = self._with_kept_secrets()
        try:
            self._check_free()
            typed.check()
        except Invalid as error:
            self.field_errors = {str(error.fields.get("field", "driver")): error}
            self.changed.emit()
            return
        self._is_saving, self._phone.problem = True, None
        self._tools.background.run(lambda: self._keep_secrets(typed), lambda _none: self._saved(typed), self._not_saved)
        self.changed.emit()

    def _check_free(self) -> None:
        if self._phone.has_call:
            raise Invalid("call_live", N_("Finish the call at hand first."), fields={"field": "driver"})

    def drop_changes(self) -> None:
        """Show what is saved again."""
        self._type(self._phone.settings)

    def _type(self, settings: PhoneSettings) -> None:
        self._changes = settings if settings != self._phone.settings else None
        self._phone.problem = None
        self.field_errors.clear()
        self.changed.emit()

    def _with_kept_secrets(self) -> PhoneSettings:
        """A secret that is not typed anew stays as it is kept, for the exchange that it was given for."""
        typed = {name: text for name, text in self.typed.secrets.items() if text}
        return replace(self.typed, secrets={**self._kept_secrets(), **typed})

    def _kept_secrets(self) -> Mapping[str, str]:
        saved = self._phone.settings
        return saved.secrets if self.typed.has_home_of(saved) else {}

    def _keep_secrets(self, settings: PhoneSettings) -> None:
        for name, text in settings.secrets.items():
            if self._phone.safe is None:
                raise Unavailable("no_keyring", N_("This PC has no safe for passwords, so this phone cannot be used."))
            self._phone.safe.keep_secret(secret_name(settings.driver, name), text)

    def _saved(self, settings: PhoneSettings) -> None:
        self._is_saving, self._changes = False, None
        self._phone.change_settings(settings)
        self.changed.emit()

    def _not_saved(self, error: CallManagerError) -> None:
        self._is_saving, self._phone.problem = False, error
        self.changed.emit()


HOME, WRITTEN = "CR", "8888-8888"


def dial_example(form: DialFormat, speech: Speech) -> tuple[str, bool]:
    """A sentence with a number of the phone's country and its digits, and whether the form can be used."""
    try:
        written, e164 = _number_of(check_region(form.region))
        digits = to_dial(written, e164, form).digits
    except Invalid as error:
        return speech.explain(error), False
    return speech.say(N_("The contact %(written)s would be dialled %(digits)s."), written=written, digits=digits), True


def _number_of(region: str) -> tuple[str, str]:
    """The number of the example: the usual one at home, elsewhere that of the country's numbering plan."""
    if region == HOME:
        return WRITTEN, str(parse_phone(WRITTEN, HOME).e164)
    known = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    found = known or phonenumbers.example_number(region)
    assert found is not None, "every country of the plan has an example"
    e164 = phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)
    return format_national(e164, region), e164
