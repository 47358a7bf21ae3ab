"""Commands that keep an installation elsewhere, and bring it back."""
