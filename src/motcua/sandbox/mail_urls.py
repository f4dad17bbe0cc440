"""Under /sandbox/mail/, in the namespace `sandbox`: a person's mailbox. The mail server itself has doors of its own."""

from django.urls import path

from motcua.sandbox import mail_views

urlpatterns = [
    path("", mail_views.box, name="mail"),
    path("letters.json", mail_views.letters, name="mail-letters"),
    path("write", mail_views.write, name="mail-write"),
    path("faults", mail_views.faults, name="mail-faults"),
]
