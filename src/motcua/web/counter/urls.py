from django.urls import path

from motcua.web.counter import clerk, views

app_name = "counter"

urlpatterns = [
    path("quay/", views.home, name="home"),
    path("quay/phieu-moi/<str:code>/", views.new, name="new"),
    path("quay/xong/<str:number>/", views.done, name="done"),
    path("quay/phieu/<str:number>.pdf", views.slip, name="slip"),
    path("quay/da-nop/", clerk.mine, name="mine"),
    path("quay/ho-so/<str:number>/", clerk.case, name="case"),
    path("quay/ho-so/<str:number>/giay-to/", clerk.papers, name="case-papers"),
    path("quay/ho-so/<str:number>/huy/", clerk.cancel, name="case-cancel"),
]
