from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "motcua.ledger"
    label = "ledger"

    def ready(self) -> None:
        from motcua.ledger import personal  # noqa: F401  registers what is held of a customer
