from django.apps import AppConfig
from django.core import checks


class ServicesConfig(AppConfig):
    name = "motcua.services"
    label = "services"

    def ready(self) -> None:
        checks.register(_check_declarations)


def _check_declarations(**kwargs: object) -> list[checks.CheckMessage]:
    """A wrong declaration stops the start; effects are checked later, when all rooms have registered."""
    from motcua.services import catalogue

    return [checks.Error(str(error), id="services.E001") for error in catalogue.check_all()]
