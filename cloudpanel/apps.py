from django.apps import AppConfig

from accounts.outbox import written
from cloudpanel.operation import wake


class CloudPanelConfig(AppConfig):
    name = "cloudpanel"

    def ready(self) -> None:
        written.connect(wake.ring, dispatch_uid="cloudpanel.operation.wake")
