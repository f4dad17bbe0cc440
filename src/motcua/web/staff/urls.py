from django.urls import path

from motcua.web.staff import administration, home, people, records

app_name = "staff"

urlpatterns = [
    path("nhan-vien/", home.home, name="home"),
    path("quan-tri/nhan-vien/", people.people, name="people"),
    path("quan-tri/nhan-vien/them/", people.add, name="person-add"),
    path("quan-tri/nhan-vien/<uuid:staff_id>/", people.person, name="person"),
    path("quan-tri/nhan-vien/<uuid:staff_id>/viec/", people.act, name="person-act"),
    path("quan-tri/don-vi/", administration.units, name="units"),
    path("quan-tri/don-vi/them/", administration.unit_add, name="unit-add"),
    path("quan-tri/don-vi/<str:code>/", administration.unit, name="unit"),
    path("quan-tri/don-vi/<str:code>/khu-vuc/", administration.areas, name="areas"),
    path("quan-tri/khu-vuc/<int:area_id>/ket-thuc/", administration.area_end, name="area-end"),
    path("quan-tri/ngay/", administration.days, name="days"),
    path("quan-tri/ngay/<str:day>/bo/", administration.day_forget, name="day-forget"),
    path("quan-tri/nhat-ky/", records.audit, name="audit"),
    path("quan-tri/su-kien/", records.events, name="events"),
    path("quan-tri/su-kien/<int:event_id>/", records.event_act, name="event-act"),
    path("quan-tri/bao-cong/<uuid:callback_id>/", records.portal_retry, name="portal-retry"),
    path("quan-tri/tin-gui/<uuid:outbox_id>/", records.outbox_act, name="outbox-act"),
]
