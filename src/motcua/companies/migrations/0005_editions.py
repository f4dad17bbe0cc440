"""Marks of what is read once and remembered: a change of such a row sets a new one in the same transaction.

The functions are SECURITY DEFINER, so that whoever may change the rows need not be allowed to change the mark.
"""

from django.db import migrations, models

from motcua.companies.definers import shut_path

NATIONAL = ("companies_province", "companies_provinceservice", "companies_nationalday", "companies_domain")
OWN = ("companies_unit", "companies_unitarea", "companies_workspan", "companies_companyday")


def turn(edition: str, tables: tuple[str, ...]) -> str:
    triggers = "".join(
        f"""
CREATE TRIGGER {table}_edition AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION {edition}_turn();
"""
        for table in tables
    )
    return f"""
INSERT INTO {edition} (id, mark) VALUES (1, gen_random_uuid());
CREATE FUNCTION {edition}_turn() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    UPDATE {edition} SET mark = gen_random_uuid();
    RETURN NULL;
END $$;
{shut_path(f"{edition}_turn")}
{triggers}
"""


def unturn(edition: str, tables: tuple[str, ...]) -> str:
    return "".join(f"DROP TRIGGER {table}_edition ON {table};" for table in tables) + f"DROP FUNCTION {edition}_turn();"


class Migration(migrations.Migration):
    dependencies = [("companies", "0004_staff_absence")]

    operations = [
        migrations.CreateModel(
            name="CompanyEdition",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("mark", models.UUIDField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="company_edition_single")
                ],
            },
        ),
        migrations.CreateModel(
            name="NationalEdition",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("mark", models.UUIDField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="national_edition_single")
                ],
            },
        ),
        migrations.RunSQL(
            turn("companies_nationaledition", NATIONAL),
            unturn("companies_nationaledition", NATIONAL),
            hints={"national": True},
        ),
        migrations.RunSQL(
            turn("companies_companyedition", OWN),
            unturn("companies_companyedition", OWN),
            hints={"national": False},
        ),
    ]
