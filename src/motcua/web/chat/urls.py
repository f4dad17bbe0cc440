"""Under /chat/."""

from django.urls import path

from motcua.web.chat import views

app_name = "chat"

urlpatterns = [
    path("", views.home, name="home"),
    path("panel", views.panel, name="panel"),
    path("poll", views.poll, name="poll"),
    path("unread", views.count_unread, name="unread"),
    path("send", views.send, name="send"),
    path("person", views.ask_person, name="person"),
    path("file/<int:seq>", views.file, name="file"),
]
