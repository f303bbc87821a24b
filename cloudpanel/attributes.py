"""`|flatatt`: the attributes of a form's field by Django's own function, which a widget's template can't call itself.

Django's template for them takes four times as long, attribute by attribute.
"""

from django import template
from django.forms.utils import flatatt

register = template.Library()
register.filter("flatatt", flatatt)
