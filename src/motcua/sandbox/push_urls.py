"""Under /sandbox/push/, in the namespace `sandbox`."""

from django.urls import path

from motcua.sandbox import push_views

urlpatterns = [
    path("", push_views.screen, name="push"),
    path("shown.json", push_views.shown, name="push-shown"),
    path("faults", push_views.faults, name="push-faults"),
    path("<str:device>", push_views.take, name="push-take"),
]
