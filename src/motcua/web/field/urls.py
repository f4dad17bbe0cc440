from django.urls import path

from motcua.web.field import acting, files, papers, rounds, signing, visits

app_name = "field"

urlpatterns = [
    path("hien-truong/", visits.today, name="today"),
    path("hien-truong/ngay-mai/", visits.tomorrow, name="tomorrow"),
    path("hien-truong/cho-gui/", visits.pending, name="pending"),
    path("hien-truong/ghi-chi-so/", rounds.read_meters, name="rounds"),
    path("hien-truong/in/", files.print_job, name="print"),
    path("hien-truong/<uuid:visit_id>/", visits.visit, name="visit"),
    path("hien-truong/<uuid:visit_id>/len-duong/", acting.start, name="start"),
    path("hien-truong/<uuid:visit_id>/ket-thuc/", acting.finish, name="finish"),
    path("hien-truong/<uuid:visit_id>/viec/<slug:action>/", acting.act, name="act"),
    path("hien-truong/<uuid:visit_id>/ky/", signing.sign, name="sign"),
    path("hien-truong/<uuid:visit_id>/giay-to/", papers.papers, name="papers"),
    path("hien-truong/<uuid:visit_id>/hop-dong.pdf", files.contract, name="contract"),
    path("hien-truong/<uuid:visit_id>/hop-dong-da-ky.pdf", files.signed_contract, name="signed-contract"),
    path("hien-truong/<uuid:visit_id>/phieu-cong-tac.pdf", files.checklist, name="checklist"),
    path("hien-truong/<uuid:visit_id>/tep/<uuid:document_id>/", files.document, name="document"),
    path("hien-truong/<uuid:visit_id>/tep/<uuid:document_id>/nho/", files.thumbnail, name="thumbnail"),
]
