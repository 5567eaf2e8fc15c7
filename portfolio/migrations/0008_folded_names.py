import portfolio.models.fields
from django.db import migrations

BATCH = 500


def fill(apps, schema_editor):
    """Fold the names of the rows that are there."""
    for model in apps.get_app_config("portfolio").get_models():
        fields = [
            field for field in model._meta.concrete_fields if isinstance(field, portfolio.models.fields.FoldedField)
        ]
        if not fields:
            continue
        newest = 0
        while batch := list(model.objects.filter(pk__gt=newest).order_by("pk")[:BATCH]):
            newest = batch[-1].pk
            for row in batch:
                for field in fields:
                    field.pre_save(row, add=False)
            model.objects.bulk_update(batch, [field.name for field in fields])


class Migration(migrations.Migration):

    dependencies = [
        ('portfolio', '0007_publications'),
    ]

    operations = [
        migrations.AddField(
            model_name='chipmodel',
            name='folded_name',
            field=portfolio.models.fields.FoldedField(db_index=True, max_length=500, of=('vendor', 'name'), verbose_name='folded name'),
        ),
        migrations.AddField(
            model_name='envelope',
            name='folded_name',
            field=portfolio.models.fields.FoldedField(db_index=True, max_length=500, of=('name',), verbose_name='folded name'),
        ),
        migrations.AddField(
            model_name='financier',
            name='folded_name',
            field=portfolio.models.fields.FoldedField(db_index=True, max_length=500, of=('name',), verbose_name='folded name'),
        ),
        migrations.AddField(
            model_name='memorandum',
            name='folded_name',
            field=portfolio.models.fields.FoldedField(db_index=True, max_length=500, of=('title',), verbose_name='folded name'),
        ),
        migrations.AddField(
            model_name='programme',
            name='folded_name',
            field=portfolio.models.fields.FoldedField(db_index=True, max_length=500, of=('name',), verbose_name='folded name'),
        ),
        migrations.AddField(
            model_name='project',
            name='folded_name',
            field=portfolio.models.fields.FoldedField(db_index=True, max_length=500, of=('name',), verbose_name='folded name'),
        ),
        migrations.AddField(
            model_name='project',
            name='folded_text',
            field=portfolio.models.fields.FoldedField(of=('name', 'slug', 'city', 'host'), verbose_name='folded text'),
        ),
        migrations.AddField(
            model_name='source',
            name='folded_name',
            field=portfolio.models.fields.FoldedField(db_index=True, max_length=500, of=('publisher', 'title'), verbose_name='folded name'),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
