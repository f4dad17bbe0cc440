from django.apps import AppConfig


class FieldworkConfig(AppConfig):
    name = "motcua.fieldwork"
    label = "fieldwork"

    def ready(self) -> None:
        from motcua.fieldwork import effects, personal  # noqa: F401  register what declarations may name, what is held of whom
