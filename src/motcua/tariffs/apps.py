from django.apps import AppConfig


class TariffsConfig(AppConfig):
    name = "motcua.tariffs"
    label = "tariffs"
