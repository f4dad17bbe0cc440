"""Under /sandbox/."""

from django.urls import include, path

from motcua.sandbox import debits, views

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
    path("debits/files/<str:number>", debits.take_file, name="debit-file"),
    path("debits/files/<str:number>/result", debits.results, name="debit-result"),
    path("wallets/", include("motcua.sandbox.wallets_urls")),
    path("portal/", include("motcua.sandbox.portal_urls")),
    path("tax/", include("motcua.sandbox.tax_urls")),
    path("", views.index, name="index"),
    path("clock", views.clock_page, name="clock"),
    path("bank/", views.bank_page, name="bank"),
    path("bank/pay", views.bank_pay, name="bank-pay"),
    path("bank/statement/<str:day>.<str:form>", views.bank_statement, name="bank-statement"),
    path("bank/transfers/<str:txn_id>", views.bank_transfer, name="bank-transfer"),
    path("bank/transfers/<str:txn_id>/take-back", views.bank_take_back, name="bank-take-back"),
]
