from django.urls import path

from motcua.web.customer import acts, follow, forms, paying, portal_sign_in, services, telling

app_name = "customer"

urlpatterns = [
    path("", services.home, name="home"),
    path("dich-vu/", services.services, name="services"),
    path("dich-vu/<str:code>/", services.service, name="service"),
    path("dich-vu/<str:code>/quy-trinh.svg", services.picture, name="picture"),
    path("dich-vu/<str:code>/bat-dau/", forms.start, name="start"),
    path("phieu/<uuid:draft_id>/", forms.go_on, name="draft"),
    path("phieu/<uuid:draft_id>/giay-to/", forms.papers, name="draft-papers"),
    path("phieu/<uuid:draft_id>/xem-lai/", forms.review, name="draft-review"),
    path("phieu/<uuid:draft_id>/huy/", forms.discard, name="draft-discard"),
    path("phieu/<uuid:draft_id>/<slug:page>/", forms.form_page, name="draft-page"),
    path("tiep-tuc/", forms.resume, name="resume"),
    path("theo-doi/", follow.find, name="follow"),
    path("theo-doi/<str:number>/", follow.request_page, name="request"),
    path("theo-doi/<str:number>/gui-ma/", follow.send_code, name="send-code"),
    path("theo-doi/<str:number>/nhap-ma/", follow.enter_code, name="enter-code"),
    path("theo-doi/<str:number>/tu-khoa/", follow.enter_word, name="enter-word"),
    path("theo-doi/<str:number>/quy-trinh.svg", follow.picture, name="request-picture"),
    path("theo-doi/<str:number>/phieu.pdf", follow.slip, name="slip"),
    path("theo-doi/<str:number>/tai-lieu/<uuid:document_id>/", follow.document, name="document"),
    path("theo-doi/<str:number>/to-cong-tac/<uuid:staff_id>/anh/", follow.crew_photo, name="crew-photo"),
    path("theo-doi/<str:number>/thanh-toan/", acts.pay, name="pay"),
    path("theo-doi/<str:number>/lich-hen/", acts.visit, name="visit"),
    path("theo-doi/<str:number>/giay-to/", acts.papers, name="papers"),
    path("theo-doi/<str:number>/huy/", acts.cancel, name="cancel"),
    path("theo-doi/<str:number>/phan-hoi/", acts.object_to, name="object"),
    path("theo-doi/<str:number>/viec/<slug:action>/", acts.act, name="act"),
    path("thanh-toan/", paying.owed, name="owed"),
    path("thanh-toan/<str:code>/", paying.owed_charge, name="owed-charge"),
    path("mat-dien/", telling.power_cut, name="power-cut"),
    path("gia-dien/", telling.prices, name="prices"),
    path("dang-nhap/cong/xong/", portal_sign_in.come_back, name="portal-return"),
    path("dang-nhap/cong/thoat/", portal_sign_in.leave, name="portal-leave"),
    path("dang-nhap/cong/<str:provider>/", portal_sign_in.start, name="portal-start"),
    path("lien-he/", services.contact, name="contact"),
    path("rieng-tu/", services.privacy, name="privacy"),
    path("tro-nang/", services.accessibility, name="accessibility"),
]
