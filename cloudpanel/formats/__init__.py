"""Formats of dates and times by language. Templates use the names of these formats.

Every language defines the same names. All times are in UTC, which the page says.
"""
