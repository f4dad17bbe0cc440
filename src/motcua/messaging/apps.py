from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "motcua.messaging"
    label = "messaging"

    def ready(self) -> None:
        from motcua.customers import registry
        from motcua.messaging import fallbacks, outbox, personal, push  # noqa: F401  personal: what is held of a customer
        from motcua.messaging import registry as joining
        from motcua.messaging.desk import episodes

        registry.on_erasure("push", push.erase)
        outbox.on_stopped(fallbacks.fall_back)
        joining.on_joined(episodes.joined)
