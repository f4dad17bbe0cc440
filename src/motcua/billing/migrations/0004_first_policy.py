"""How bills are run until somebody says otherwise. What no text fixes is named so in the source and is the company's to change."""

from django.db import migrations

FIRST = """
INSERT INTO billing_billingpolicy (unit_code, valid_from, valid_to, reading_day, days_around, above_percent, below_percent,
                                   due_days, estimate_cycles, norm_rounding, source, set_at, set_by)
VALUES ('', '2015-01-01', NULL, 5, 1, 30, 50, 5, 3, 'CIRCULAR',
        'Ngày ghi được lệch một ngày: Nghị định 18/2025/NĐ-CP, Điều 7. Tăng trên 30 %: cách làm của EVN từ năm 2020. Ước tính theo ba kỳ: Nghị định 137/2013/NĐ-CP, Điều 20. Ngày ghi, giảm trên 50 % và hạn trả: chưa văn bản nào định, tổng công ty tự đặt.',
        '2026-11-23 00:00:00+07', 'system:install')
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0003_bill_runs")]

    operations = [migrations.RunSQL(FIRST, "DELETE FROM billing_billingpolicy", hints={"national": False})]
