"""The pages, for a WSGI server."""

import gc
import os

import django
from django.urls import get_resolver

from portal.requests import PageHandler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

django.setup(set_prefix=False)

application = PageHandler()

# Everything is loaded now and stays. The garbage collector need not walk over it again, and where objects
# live for one request, it comes too often by its own reckoning: it took a tenth of a sign-in's time.
assert get_resolver().url_patterns
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)
