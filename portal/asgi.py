import os

import django

from portal.requests import StreamHandler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

django.setup(set_prefix=False)

from portal.streams import Streams  # noqa: E402 - reads settings

application = Streams(StreamHandler())
