"""Under /sandbox/."""

from django.urls import include, path

from motcua.sandbox import views

app_name = "sandbox"

# What needs no books of the company's own: `motcua sandbox` serves these alone.
PHONES = [
    path("sms/", include("motcua.sandbox.sms_urls")),
    path("smpp/", include("motcua.sandbox.smpp_urls")),
    path("zalo/", include("motcua.sandbox.zalo_urls")),
    path("mail/", include("motcua.sandbox.mail_urls")),
    path("messenger/", include("motcua.sandbox.messenger_urls")),
    path("push/", include("motcua.sandbox.push_urls")),
]

urlpatterns = [
    *PHONES,
    path("portal/", include("motcua.sandbox.portal_urls")),
    path("", views.index, name="index"),
    path("clock", views.clock_page, name="clock"),
    path("bank/", views.bank_page, name="bank"),
    path("bank/pay", views.bank_pay, name="bank-pay"),
    path("bank/transfers/<str:txn_id>", views.bank_transfer, name="bank-transfer"),
    path("bank/transfers/<str:txn_id>/take-back", views.bank_take_back, name="bank-take-back"),
]
