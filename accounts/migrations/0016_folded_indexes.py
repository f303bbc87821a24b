"""The indexes by name once more, over the folded columns, and one for each new order of the table of users."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

BY_NAME = {
    "user_by_name": None,
    "user_pending_by_name": Q(two_factor_required=True, two_factor_active_since__isnull=True),
    "user_without_by_name": Q(two_factor_required=False, two_factor_active_since__isnull=True),
    "user_activated_by_name": Q(is_active=True),
    "user_deactivated_by_name": Q(is_active=False),
    "user_stolen_by_name": Q(password_revoked_at__isnull=False),
    "user_set_by_other_by_name": Q(password_set_by_other=True),
}
OTHERS = {
    "user_by_username": ["contract", "username_key", "id"],
    "user_by_required": ["contract", "two_factor_required", "name_key", "id"],
    "user_by_role": ["role", "name_key", "id"],
}


class Migration(migrations.Migration):
    dependencies = [("accounts", "0015_folded_text")]

    operations = [
        *(
            migrations.AddIndex(
                "user", models.Index(fields=["contract", "name_key", "id"], name=name, condition=condition)
            )
            for name, condition in BY_NAME.items()
        ),
        *(migrations.AddIndex("user", models.Index(fields=fields, name=name)) for name, fields in OTHERS.items()),
        migrations.AlterField(
            "user",
            "role",
            models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="users",
                to="accounts.role",
            ),
        ),
        migrations.AddConstraint(
            "role",
            models.UniqueConstraint(
                fields=("contract", "name_key"),
                name="role_name_in_contract",
                violation_error_message="There is already a role of this name.",
            ),
        ),
    ]
