from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "motcua.billing"
    label = "billing"

    def ready(self) -> None:
        from motcua.billing import personal, telling  # noqa: F401  what is held of a customer; hears of issued bills
        from motcua.messaging.mass import audiences

        audiences.register(telling.NEW_BILLS)
        audiences.register(telling.BILLS_DUE)
        from motcua.billing.einvoice import issuing, operations  # noqa: F401  hear of issued and cancelled bills
