from django.apps import AppConfig


class FieldworkConfig(AppConfig):
    name = "motcua.fieldwork"
    label = "fieldwork"

    def ready(self) -> None:
        from motcua.fieldwork import effects  # noqa: F401  registers what declarations may name
