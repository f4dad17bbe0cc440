from django.apps import AppConfig


class RequestsConfig(AppConfig):
    name = "motcua.requests"
    label = "requests"

    def ready(self) -> None:
        from motcua.requests import effects, personal  # noqa: F401  register what declarations may name, what is held of whom
