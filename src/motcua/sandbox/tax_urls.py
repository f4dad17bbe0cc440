from django.urls import path

from motcua.sandbox import tax_views

urlpatterns = [
    path("", tax_views.page, name="tax"),
    path("faults", tax_views.faults, name="tax-faults"),
    path("messages", tax_views.messages, name="tax-messages"),
    path("tests", tax_views.tests, name="tax-tests"),
    path("answers", tax_views.answers, name="tax-answers"),
]
