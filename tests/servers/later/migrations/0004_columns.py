from django.db import migrations

from tests.servers.later.columns import columns


class Migration(migrations.Migration):
    dependencies = [("later", "0003_columns")]
    operations = columns(4)
