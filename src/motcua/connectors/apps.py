from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    name = "motcua.connectors"
    label = "connectors"

    def ready(self) -> None:
        from motcua.connectors.identity import sign_in  # noqa: F401  hears of erased customers
        from motcua.connectors.portals import callbacks  # noqa: F401  hears of each act on a request
