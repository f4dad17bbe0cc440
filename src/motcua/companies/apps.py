from django.apps import AppConfig


class CompaniesConfig(AppConfig):
    name = "motcua.companies"
    label = "companies"
