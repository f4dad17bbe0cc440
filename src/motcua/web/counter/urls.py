from django.urls import path

from motcua.web.counter import cash, clerk, notes, shifts, views

app_name = "counter"

urlpatterns = [
    path("quay/", views.home, name="home"),
    path("quay/phieu-moi/<str:code>/", views.new, name="new"),
    path("quay/xong/<str:number>/", views.done, name="done"),
    path("quay/phieu/<str:number>.pdf", views.slip, name="slip"),
    path("quay/thu-tien/", cash.home, name="cash"),
    path("quay/thu-tien/<uuid:charge_id>/", cash.take, name="cash-take"),
    path("quay/phieu-thu/<str:number>.pdf", cash.receipt_pdf, name="receipt-pdf"),
    path("quay/phieu-thu/<str:number>/", cash.receipt, name="receipt"),
    path("quay/phieu-thu/<str:number>/huy/", cash.void, name="receipt-void"),
    path("quay/so-quy/", cash.day, name="cash-day"),
    path("quay/ca/", shifts.shifts, name="shifts"),
    path("quay/ca/<uuid:shift_id>/", shifts.shift, name="shift"),
    path("quay/ghi-chu/", notes.note, name="note"),
    path("quay/da-nop/", clerk.mine, name="mine"),
    path("quay/ho-so/<str:number>/", clerk.case, name="case"),
    path("quay/ho-so/<str:number>/giay-to/", clerk.papers, name="case-papers"),
    path("quay/ho-so/<str:number>/trao/", clerk.hand, name="case-hand"),
    path("quay/ho-so/<str:number>/huy/", clerk.cancel, name="case-cancel"),
]
