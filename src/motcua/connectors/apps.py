from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    name = "motcua.connectors"
    label = "connectors"
