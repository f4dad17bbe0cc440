"""Under /sandbox/zalo/, in the namespace `sandbox`: the phone. The interface is served beside the edge."""

from django.urls import path

from motcua.sandbox import zalo_views

urlpatterns = [
    path("", zalo_views.phone, name="zalo"),
    path("lines.json", zalo_views.lines, name="zalo-lines"),
    path("say", zalo_views.say, name="zalo-say"),
    path("act", zalo_views.act, name="zalo-act"),
    path("faults", zalo_views.faults, name="zalo-faults"),
]
