from django.apps import AppConfig


class SandboxConfig(AppConfig):
    name = "motcua.sandbox"
    label = "sandbox"
