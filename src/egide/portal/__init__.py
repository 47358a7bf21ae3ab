"""The portal: its page, which calls the routes that each capability declares for it."""

from egide.portal.pages import ROUTES

__all__ = ["ROUTES"]
