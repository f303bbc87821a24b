from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_notice"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="user",
            name="user_two_factor_pending",
        ),
        migrations.AddIndex(
            model_name="attempts",
            index=models.Index(
                condition=models.Q(("blocked_until__isnull", False), ("user__isnull", False)),
                fields=["blocked_until", "user"],
                name="attempts_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="auditrow",
            index=models.Index(
                condition=models.Q(("contract_id__isnull", True)),
                fields=["actor_id", "-at", "-id"],
                name="audit_alone_by_actor",
            ),
        ),
        migrations.AddIndex(
            model_name="auditrow",
            index=models.Index(
                condition=models.Q(("contract_id__isnull", True)),
                fields=["target_id", "-at", "-id"],
                name="audit_alone_by_target",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                condition=models.Q(("two_factor_active_since__isnull", True), ("two_factor_required", True)),
                fields=["contract", "name_key", "id"],
                name="user_pending_by_name",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                condition=models.Q(("two_factor_active_since__isnull", True), ("two_factor_required", False)),
                fields=["contract", "name_key", "id"],
                name="user_without_by_name",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                condition=models.Q(("is_active", False)),
                fields=["contract", "name_key", "id"],
                name="user_deactivated_by_name",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                condition=models.Q(("password_revoked_at__isnull", False)),
                fields=["contract", "name_key", "id"],
                name="user_stolen_by_name",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                condition=models.Q(("password_set_by_other", True)),
                fields=["contract", "name_key", "id"],
                name="user_set_by_other_by_name",
            ),
        ),
    ]
