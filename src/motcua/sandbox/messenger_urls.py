"""Under /sandbox/messenger/, in the namespace `sandbox`: the phone. The interface is served beside the edge."""

from django.urls import path

from motcua.sandbox import messenger_views

urlpatterns = [
    path("", messenger_views.phone, name="messenger"),
    path("lines.json", messenger_views.lines, name="messenger-lines"),
    path("say", messenger_views.say, name="messenger-say"),
    path("act", messenger_views.act, name="messenger-act"),
    path("faults", messenger_views.faults, name="messenger-faults"),
]
