"""Settings, start-up, URLs, error pages, Overview. No other package imports this one."""
