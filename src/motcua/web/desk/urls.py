from django.urls import path

from motcua.web.desk import (
    acts,
    calls,
    conversations,
    keys,
    many,
    mentions,
    oversee,
    papers,
    request_page,
    search,
    step_acts,
    suspense,
    visits,
    worklist,
)

app_name = "desk"

urlpatterns = [
    path("ban-viec/", worklist.worklist, name="worklist"),
    path("ban-viec/gan-day/", worklist.recent, name="recent"),
    path("ban-viec/nhieu/", many.act, name="many"),
    path("ban-viec/nhieu/<uuid:bulk_id>/hoan-tac/", many.undo, name="many-undo"),
    path("ban-viec/danh-sach/luu/", many.keep, name="list-keep"),
    path("ban-viec/danh-sach/cot/", many.choose_columns, name="list-columns"),
    path("ban-viec/danh-sach/<uuid:list_id>/bo/", many.forget, name="list-forget"),
    path("ban-viec/giam-sat/", oversee.oversee, name="oversee"),
    path("ban-viec/giam-sat/ban-giao/", oversee.hand_over, name="hand-over"),
    path("ban-viec/giam-sat/vang/", oversee.absence_add, name="absence-add"),
    path("ban-viec/giam-sat/vang/<int:absence_id>/xong/", oversee.absence_end, name="absence-end"),
    path("ban-viec/cho-toi/", mentions.for_me, name="for-me"),
    path("ban-viec/cho-toi/da-doc/", mentions.read_all, name="for-me-read"),
    path("ban-viec/phim-tat/", keys.keys, name="keys"),
    path("ban-viec/tim/", search.search, name="search"),
    path("ban-viec/lich-hen/", visits.visits, name="visits"),
    path("ban-viec/lich-hen/in.pdf", visits.print_job, name="visits-print"),
    path("ban-viec/lich-hen/<uuid:visit_id>/to/", visits.assign, name="visit-assign"),
    path("ban-viec/cuoc-goi/", calls.call, name="call"),
    path("ban-viec/cuoc-goi/<str:code>/", calls.call_form, name="call-form"),
    path("ban-viec/yeu-cau/<str:number>/", request_page.request_page, name="request"),
    path("ban-viec/yeu-cau/<str:number>/buoc/<slug:action>/", step_acts.advance, name="advance"),
    path("ban-viec/yeu-cau/<str:number>/viec/<slug:slug>/", acts.act, name="act"),
    path("ban-viec/yeu-cau/<str:number>/phieu.pdf", papers.slip, name="slip"),
    path("ban-viec/yeu-cau/<str:number>/giay-to/<uuid:document_id>/", papers.document, name="document"),
    path("ban-viec/yeu-cau/<str:number>/giay-to/<uuid:document_id>/nho/", papers.thumbnail, name="thumbnail"),
    path("ban-viec/tien-treo/", suspense.cases, name="suspense"),
    path("ban-viec/tien-treo/<uuid:case_id>/", suspense.case, name="suspense-case"),
    path("ban-viec/tien-treo/<uuid:case_id>/xu-ly/", suspense.act, name="suspense-act"),
    path("ban-viec/hoi-thoai/", conversations.conversations, name="conversations"),
    path("ban-viec/hoi-thoai/<uuid:conversation_id>/", conversations.conversation, name="conversation"),
    path("ban-viec/hoi-thoai/<uuid:conversation_id>/viec/", conversations.act, name="conversation-act"),
    path(
        "ban-viec/hoi-thoai/<uuid:conversation_id>/phieu/", conversations.send_form, name="conversation-form"
    ),
    path(
        "ban-viec/hoi-thoai/<uuid:conversation_id>/tep/<int:seq>/",
        conversations.file,
        name="conversation-file",
    ),
]
