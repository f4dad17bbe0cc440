from django.apps import AppConfig


class SupplyConfig(AppConfig):
    name = "motcua.supply"
    label = "supply"
