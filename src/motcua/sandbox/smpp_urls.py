"""Under /sandbox/smpp/, in the namespace `sandbox`."""

from django.urls import path

from motcua.sandbox import smpp_views

urlpatterns = [
    path("", smpp_views.phone, name="smpp"),
    path("inbox.json", smpp_views.inbox, name="smpp-inbox"),
    path("reply", smpp_views.reply, name="smpp-reply"),
    path("faults", smpp_views.faults, name="smpp-faults"),
]
