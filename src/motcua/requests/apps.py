from django.apps import AppConfig


class RequestsConfig(AppConfig):
    name = "motcua.requests"
    label = "requests"

    def ready(self) -> None:
        from motcua.messaging import registry, templates
        from motcua.requests import effects, notice_texts, personal  # noqa: F401  register what declarations may name, what is held of whom
        from motcua.requests.operations import drafts

        registry.on_joined(drafts.follow)
        templates.add_source(notice_texts.ServiceNotices())
