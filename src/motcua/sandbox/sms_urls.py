"""Under /sandbox/sms/, in the namespace `sandbox`."""

from django.urls import path

from motcua.sandbox import sms, sms_views

urlpatterns = [
    path("", sms_views.phone, name="sms"),
    path("inbox.json", sms_views.inbox, name="sms-inbox"),
    path("reply", sms_views.reply, name="sms-reply"),
    path("faults", sms_views.faults, name="sms-faults"),
    path(sms.API_PATH, sms_views.take, name="sms-take"),
]
