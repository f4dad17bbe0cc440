from django.apps import AppConfig


class SandboxConfig(AppConfig):
    name = "motcua.sandbox"
    label = "sandbox"

    def import_models(self) -> None:
        super().import_models()
        from motcua.sandbox import (
            portal_models,  # noqa: F401  the portal keeps its books in a file of its own
            wallets_models,  # noqa: F401  and so do the wallets
        )
