"""Under /sandbox/wallets/, in the namespace `sandbox`. The providers' own paths behind their names."""

from django.urls import path

from motcua.sandbox import wallets_views as views

urlpatterns = [
    path("", views.index, name="wallets"),
    path("pay/<str:token>/", views.pay, name="wallet-pay"),
    path("orders/<str:wallet>/<str:ref>", views.order_state, name="wallet-order"),
    path("settlement/<str:wallet>/<str:day>.csv", views.settlement, name="wallet-settlement"),
    path("vnpay/paymentv2/vpcpay.html", views.vnpay_pay, name="vnpay-pay"),
    path("vnpay/merchant_webapi/api/transaction", views.vnpay_api, name="vnpay-api"),
    path("momo/v2/gateway/api/create", views.momo_create, name="momo-create"),
    path("momo/v2/gateway/api/query", views.momo_query, name="momo-query"),
    path("momo/v2/gateway/api/refund", views.momo_refund, name="momo-refund"),
    path("zalopay/v2/create", views.zalopay_create, name="zalopay-create"),
    path("zalopay/v2/query", views.zalopay_query, name="zalopay-query"),
    path("zalopay/v2/refund", views.zalopay_refund, name="zalopay-refund"),
]
