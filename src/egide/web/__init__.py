"""Assembles the faces into one server; holds no rule."""
