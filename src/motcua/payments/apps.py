from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "motcua.payments"
    label = "payments"

    def ready(self) -> None:
        from motcua.messaging.mass import audiences
        from motcua.payments import day_checks, personal  # noqa: F401  registers what is held of a customer
        from motcua.payments.dunning import operations, orders, reversals, telling  # noqa: F401  hear of charges

        audiences.register(telling.STEP)
