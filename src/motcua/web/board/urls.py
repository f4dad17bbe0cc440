from django.urls import path

from motcua.web.board import deciding, exporting, money, passing, views

app_name = "board"

urlpatterns = [
    path("", views.board, name="home"),
    path("ho-so/", views.cases, name="cases"),
    path("cach-tinh/", views.meanings, name="meanings"),
    path("man-hinh-lon/", views.screen, name="screen"),
    path("muc-tieu/", deciding.targets, name="targets"),
    path("muc-tieu/<uuid:target_id>/rut/", deciding.target_withdraw, name="target-withdraw"),
    path("chot/", deciding.closing, name="closing"),
    path("so-lieu.csv", exporting.as_csv, name="csv"),
    path("so-lieu.xlsx", exporting.as_xlsx, name="xlsx"),
    path("mo/", passing.handover, name="handover"),
    path("tien/", money.board, name="money"),
    path("tien/khoan/", money.cases, name="money-cases"),
    path("tien/so-lieu.csv", money.as_csv, name="money-csv"),
    path("vao/", passing.enter, name="enter"),
]
