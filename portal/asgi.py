import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

django = get_asgi_application()

from portal.streams import Streams  # noqa: E402 - reads settings

application = Streams(django)
