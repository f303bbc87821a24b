from typing import Any

from django.db import migrations, models
from django.db.models import Count


def mark(apps: Any, schema_editor: Any) -> None:
    contracts = apps.get_model("accounts", "Contract").objects
    owners = contracts.order_by().values("owner").annotate(held=Count("pk")).filter(held__gt=1).values("owner")
    contracts.filter(owner__in=list(owners.values_list("owner", flat=True))).update(one_of_several=True)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_rights_version")]

    operations = [
        migrations.AddField(
            model_name="contract",
            name="one_of_several",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
