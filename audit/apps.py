from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"

    def ready(self) -> None:
        from audit import checks, events, propagation  # noqa: F401 (events register themselves)

        checks.register_all()
        propagation.connect()
