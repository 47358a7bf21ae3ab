"""The commands of Égide."""
