"""The wiring: settings, start-up, addresses, error pages, Overview. Nothing imports this package but itself."""
