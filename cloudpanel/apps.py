from django.apps import AppConfig


class CloudPanelConfig(AppConfig):
    name = "cloudpanel"

    def ready(self) -> None:
        from django.core.signals import got_request_exception

        from accounts.audit.record import recorded
        from accounts.management.commands.housekeeping import upkeep
        from accounts.outbox import written
        from cloudpanel.operation import error_reports, metrics, sentry, wake
        from cloudpanel.web import old_static

        written.connect(wake.ring, dispatch_uid="cloudpanel.operation.wake")
        got_request_exception.connect(error_reports.report, dispatch_uid="cloudpanel.operation.error_reports")
        sentry.start()
        upkeep.connect(old_static.remove_old, dispatch_uid="cloudpanel.web.old_static")
        recorded.connect(metrics.count_event, dispatch_uid="cloudpanel.operation.metrics")
