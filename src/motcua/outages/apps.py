from django.apps import AppConfig


class OutagesConfig(AppConfig):
    name = "motcua.outages"
    label = "outages"
