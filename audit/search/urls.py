from django.urls import path, register_converter

from audit.reading import Cursor
from audit.search import views


class CursorConverter:
    regex = "[0-9]{1,17}-[0-9]{1,19}"

    def to_python(self, value: str) -> Cursor:
        return Cursor.parse(value)

    def to_url(self, value: Cursor) -> str:
        return str(value)


register_converter(CursorConverter, "event_cursor")

app_name = "audit"
urlpatterns = [
    path("", views.trail, name="trail"),
    path("<event_cursor:cursor>/", views.event, name="event"),
]
