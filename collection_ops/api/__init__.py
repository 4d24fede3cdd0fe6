"""The root of the API: its routes from the apps, its description, the page that shows it. Assembles, decides nothing.

What all routes share is in `collection_ops/core/api/`; serializers and views are in the `api/` rooms of the apps.
"""
