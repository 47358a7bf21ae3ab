"""The portal: its page, and the routes that its page calls."""
