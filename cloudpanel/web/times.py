"""`{{ moment|time_element:"exact" }}`: a time within a sentence. Table cells use the component `time`."""

from django import template

from accounts import moments

register = template.Library()
register.filter("time_element", moments.element)
