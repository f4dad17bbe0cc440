"""Under /api/wallets/."""

from django.urls import path

from motcua.api.wallets import views

app_name = "api-wallets"

urlpatterns = [
    path("vnpay/ipn", views.vnpay, name="vnpay"),
    path("momo/ipn", views.momo, name="momo"),
    path("zalopay/ipn", views.zalopay, name="zalopay"),
    path("casso/credits", views.credit, {"source": "CASSO"}, name="casso"),
    path("sepay/credits", views.credit, {"source": "SEPAY"}, name="sepay"),
    path("payos/credits", views.credit, {"source": "PAYOS"}, name="payos"),
]
