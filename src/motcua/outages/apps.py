from django.apps import AppConfig


class OutagesConfig(AppConfig):
    name = "motcua.outages"
    label = "outages"

    def ready(self) -> None:
        from motcua.messaging.mass import audiences
        from motcua.outages import telling

        audiences.register(telling.TOUCHED)
