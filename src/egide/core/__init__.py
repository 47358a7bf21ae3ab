"""The values every package speaks in: no input or output, no clock."""
