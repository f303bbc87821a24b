from django.apps import AppConfig


class CloudPanelConfig(AppConfig):
    name = "cloudpanel"

    def ready(self) -> None:
        from accounts.audit.record import recorded
        from accounts.outbox import written
        from cloudpanel.operation import metrics, wake

        written.connect(wake.ring, dispatch_uid="cloudpanel.operation.wake")
        recorded.connect(metrics.count_event, dispatch_uid="cloudpanel.operation.metrics")
