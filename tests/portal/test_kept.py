"""What is rendered once is rendered once in each language."""

from django.template import Context, Template
from django.utils import translation


def test_a_kept_part_is_rendered_once_in_each_language():
    page = Template("{% kept %}{% get_current_language as now %}{{ now }} {{ word }}{% endkept %}")
    shown = []
    for language, word in (("en", "first"), ("en", "second"), ("ja", "third"), ("en", "fourth")):
        with translation.override(language):
            shown.append(page.render(Context({"word": word})))
    assert shown == ["en first", "en first", "ja third", "en first"]
