from django.apps import AppConfig


class AssistantConfig(AppConfig):
    name = "motcua.assistant"
    label = "assistant"

    def ready(self) -> None:
        from motcua.assistant import operations, personal  # noqa: F401  what goes with an erased customer
        from motcua.messaging import registry

        registry.on_message(operations.handle_inbound)
        registry.on_joined(operations.follow)
