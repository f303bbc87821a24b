from django.db import migrations

from tests.servers.later.columns import columns


class Migration(migrations.Migration):
    dependencies = [("twofactor", "0001_initial")]
    operations = columns(1)
