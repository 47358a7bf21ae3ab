"""Click says its own things in French: its texts are in ``texts/``, in gettext's form."""

import gettext
import os
from importlib.resources import as_file, files

import rich_click.rich_click as shown

_DOMAIN = "egide"


def speak_french() -> None:
    """Have every command's usage, errors and help in French, whatever the machine's language."""
    with as_file(files("egide.cli") / "texts") as texts:
        gettext.bindtextdomain(_DOMAIN, str(texts))
        gettext.textdomain(_DOMAIN)
        os.environ["LANGUAGE"] = "fr"
        gettext.translation(_DOMAIN, str(texts))  # read while the folder is there
    shown.ERRORS_PANEL_TITLE = "Erreur"
    shown.ARGUMENTS_PANEL_TITLE = "Arguments"
    shown.COMMANDS_PANEL_TITLE = "Commandes"
    shown.DEFAULT_STRING = "[défaut : {}]"
    shown.REQUIRED_LONG_STRING = "[obligatoire]"
    shown.ERRORS_SUGGESTION = ""
