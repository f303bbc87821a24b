"""Settings, operation, URLs, error pages, Overview, applications, and changes of several users at once.

No other package imports this one.
"""
