from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "motcua.customers"
    label = "customers"
