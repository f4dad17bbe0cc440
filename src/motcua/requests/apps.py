from django.apps import AppConfig


class RequestsConfig(AppConfig):
    name = "motcua.requests"
    label = "requests"

    def ready(self) -> None:
        from motcua.requests import effects  # noqa: F401  registers what the declarations may name
