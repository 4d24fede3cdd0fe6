"""Words of the wording check in templates."""

from django import template

from compliance.wordcheck.words import category_label

register = template.Library()
register.filter("wording_category", category_label)
