from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('portfolio', '0020_alerts_of_advice'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(fields=['acknowledged_at'], name='alert_by_acknowledgement'),
        ),
        migrations.AddIndex(
            model_name='chipcomparison',
            index=models.Index(fields=['result_set', '-chips'], name='chips_by_number'),
        ),
        migrations.AddIndex(
            model_name='contributionevent',
            index=models.Index(fields=['occurred_on', 'kind', 'amount_eur', 'id'], name='event_by_day'),
        ),
        migrations.AddIndex(
            model_name='contributionstate',
            index=models.Index(
                condition=models.Q(('envelope__isnull', False)),
                fields=['envelope', 'amount_eur', 'contribution'],
                name='state_by_envelope',
            ),
        ),
    ]
