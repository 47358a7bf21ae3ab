"""``python -m egide.cli``: what the door calls."""

from egide.cli.french import speak_french

speak_french()  # before click writes its help

from egide.cli.main import main  # noqa: E402  # decorators take their texts when read

main()
