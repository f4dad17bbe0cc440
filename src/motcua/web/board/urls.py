from django.urls import path

from motcua.web.board import views

app_name = "board"

urlpatterns = [
    path("", views.board, name="home"),
    path("ho-so/", views.cases, name="cases"),
    path("so-lieu.csv", views.as_csv, name="csv"),
    path("mo/", views.handover, name="handover"),
    path("vao/", views.enter, name="enter"),
]
