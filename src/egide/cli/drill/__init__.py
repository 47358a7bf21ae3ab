"""The command of the drill."""
