import django.core.validators
import django.db.models.deletion
from django.apps import apps as live_apps
from django.contrib.auth.management import create_permissions
from django.db import migrations, models

FROZEN = ["portfolio_publication", "portfolio_publishedtable"]
SENTENCE = "A publication is frozen: nothing of it is changed or deleted."

# SQLite drops the triggers of a table that a later migration makes anew: such a migration has to repeat them.
SQLITE = [
    f"CREATE TRIGGER {table}_no_{what} BEFORE {what} ON {table} BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END"
    for table in FROZEN
    for what in ("update", "delete")
]
POSTGRESQL = [
    f"""
    CREATE FUNCTION portfolio_publication_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE found boolean := true;
    BEGIN
        IF TG_OP = 'TRUNCATE' THEN
            EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', TG_TABLE_NAME) INTO found;
        END IF;
        IF found THEN
            RAISE EXCEPTION '{SENTENCE}' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NULL;
    END $$
    """,  # noqa: S608 - names of this file alone
    *(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION portfolio_publication_is_frozen()"
        for table in FROZEN
    ),
    *(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION portfolio_publication_is_frozen()"
        for table in FROZEN
    ),
]


def freeze(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement, params=None)


def thaw(apps, schema_editor):
    """Triggers go with their tables; what stands beside these goes here."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION portfolio_publication_is_frozen() CASCADE", params=None)


def extend_roles(apps, schema_editor):
    """All roles see publications; who works on the programme publishes."""
    create_permissions(
        live_apps.get_app_config("portfolio"), apps=apps, verbosity=0, using=schema_editor.connection.alias
    )
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")

    def permissions(*codenames):
        return Permission.objects.filter(codename__in=codenames, content_type__app_label="portfolio")

    for role in Group.objects.filter(name__in=["Viewer", "Officer", "Analyst", "Editor", "Administrator"]):
        role.permissions.add(*permissions("view_publication", "view_publishedtable"))
    for role in Group.objects.filter(name__in=["Officer", "Editor", "Administrator"]):
        role.permissions.add(*permissions("add_publication"))


class Migration(migrations.Migration):
    dependencies = [
        ("portfolio", "0006_verification"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.CreateModel(
            name="Publication",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "slug",
                    models.CharField(
                        max_length=255,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Za-z0-9][A-Za-z0-9._-]*\\Z",
                                "Use letters, digits, dots, hyphens and underscores, beginning with a letter or a digit.",
                            )
                        ],
                        verbose_name="slug",
                    ),
                ),
                ("name", models.CharField(max_length=200, unique=True, verbose_name="name")),
                ("note", models.TextField(blank=True, verbose_name="note")),
                ("as_of", models.DateField(db_index=True, verbose_name="as of")),
                ("data_version", models.PositiveBigIntegerField(verbose_name="data version")),
                ("rules_version", models.CharField(max_length=20, verbose_name="rules version")),
                ("published_at", models.DateTimeField(verbose_name="published at")),
                ("published_by", models.CharField(blank=True, max_length=400, verbose_name="published by")),
                ("checksum", models.CharField(max_length=64, verbose_name="checksum")),
            ],
            options={
                "ordering": ["-published_at", "-id"],
                "default_permissions": ("add", "view"),
            },
        ),
        migrations.CreateModel(
            name="PublishedTable",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40, verbose_name="name")),
                ("csv", models.TextField(verbose_name="CSV")),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("rows", models.PositiveIntegerField(verbose_name="rows")),
                (
                    "publication",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tables",
                        to="portfolio.publication",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "default_permissions": ("view",),
                "constraints": [
                    models.UniqueConstraint(fields=("publication", "name"), name="published_table_once")
                ],
            },
        ),
        migrations.RunPython(freeze, thaw),
        migrations.RunPython(extend_roles, migrations.RunPython.noop),
    ]
